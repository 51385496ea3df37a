"""Behind pgbouncer in transaction mode, where each transaction may run on another connection."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from bot.adapters.ledger.database import Database, migrate
from bot.ops.doctor_connections import ConnectionChecks
from tests.databases import new_postgres, user
from tests.faults.conftest import AGAIN_S, PATIENCE_S, staged
from tests.faults.server import Server

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    PGBOUNCER is None, reason="pgbouncer is not installed: apt-get install pgbouncer"
)

#: Debian's own defaults but for the mode, the number of connections and who may come in.
CONFIGURATION = """
[databases]
* = host={folder} port=5432 user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = 3
"""


@pytest.fixture(scope="module")
def pooler(server: Server) -> Iterator[int]:
    """The port of a pgbouncer before that server."""
    with running_pooler(server, "transaction") as port:
        yield port


@contextmanager
def running_pooler(server: Server, mode: str) -> Iterator[int]:
    assert PGBOUNCER is not None
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="pgbouncer-") as own:
        file = Path(own) / "pgbouncer.ini"
        file.write_text(CONFIGURATION.format(folder=server.folder, port=port, mode=mode))
        Path(own).chmod(0o711)
        file.chmod(0o644)
        # It will not run as root; PostgreSQL's own user may use its socket.
        as_ = ["-u", name] if (name := user()) else []
        with subprocess.Popen([PGBOUNCER, "-q", *as_, str(file)]) as process:
            yield port
            process.terminate()


async def listening(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@pytest.fixture
def through(server: Server, pooler: int) -> Iterator[str]:
    """The URL of a new database, through the pooler."""
    with new_postgres(server.url) as url:
        yield f"postgresql://postgres@127.0.0.1:{pooler}{urlsplit(url).path}"


async def test_it_is_brought_up_to_date_through_it_by_several_at_once(through: str, pooler: int) -> None:
    await listening(pooler)
    await asyncio.gather(*(migrate(through) for _ in range(3)))

    database = Database.open(through)
    await database.ping()
    await database.close()


async def test_no_transaction_meets_what_another_one_left_on_its_connection(
    through: str, pooler: int
) -> None:
    await listening(pooler)
    instances = [Database.open(through) for _ in range(3)]

    async def one(database: Database, number: int) -> None:
        async with database.transaction() as connection:
            # Often enough to be prepared, where something prepares.
            for _ in range(8):
                found = await connection.execute(text("SELECT :number + 0"), {"number": number})
                assert found.scalar_one() == number

    await asyncio.gather(*(one(instances[number % 3], number) for number in range(120)))
    async with instances[0].transaction() as connection:
        prepared = await connection.execute(text("SELECT count(*) FROM pg_prepared_statements"))
        assert prepared.scalar_one() == 0
    for database in instances:
        await database.close()


async def test_a_redemption_goes_through_it(through: str, pooler: int, tmp_path: Path) -> None:
    await listening(pooler)
    async with staged(tmp_path, through) as stage:
        assert await stage.answers_again() < AGAIN_S
        assert stage.redeemed() == (1, 1)


async def _told_of(url: str, port: int) -> str:
    await listening(port)
    await migrate(url)
    database = Database.open(url)
    lines = [result.line async for result in ConnectionChecks(database=database, pool=5)()]
    await database.close()
    return next(line for line in lines if "database pooler" in line)


async def test_doctor_finds_it(through: str, pooler: int, server: Server) -> None:
    assert await _told_of(through, pooler) == (
        "ok    database pooler: one is in between, in transaction mode, which the desk is made for."
    )
    with running_pooler(server, "session") as port:
        told = await _told_of(through.replace(f":{pooler}/", f":{port}/"), port)

    assert told.startswith(
        "warn  database pooler: one is in between, and does not seem to be in transaction mode"
    )
    assert "pool_mode = transaction" in told
