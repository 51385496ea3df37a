from __future__ import annotations

import asyncio
import sqlite3
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from stamina import instrumentation

from bot.adapters.ledger.database import Database, migrate, newest_version
from bot.adapters.ledger.tables import whole
from bot.domain.errors import LedgerUnavailable
from tests.databases import new_postgres

#: Seconds; only a failing test waits this long.
PATIENCE_S = 30.0


@pytest.fixture(params=["sqlite", "postgres"])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new database of each kind, with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
    else:
        with new_postgres(request.getfixturevalue("postgres_server")) as url:
            yield url


async def test_several_processes_may_bring_it_up_to_date_at_once(new: str) -> None:
    await asyncio.gather(*(migrate(new) for _ in range(4)))

    database = Database.open(new)
    await database.ping()
    await database.close()


async def test_the_migrations_end_at_the_tables_of_the_code(database: Database) -> None:
    async with database.transaction() as connection:
        differences = await connection.run_sync(_differences)

    assert differences == []


def _version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def test_the_newest_version_is_the_one_that_alembic_ends_at(database: Database) -> None:
    async with database.transaction() as connection:
        assert await connection.run_sync(_version) == newest_version()


async def test_a_newer_database_is_left_as_it_is(new: str) -> None:
    await migrate(new)
    database = Database.open(new)
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await migrate(new)
    async with database.transaction() as connection:
        version = await connection.run_sync(_version)
    await database.close()

    assert version == "9999"


#: Spelt in each database's own words, which SQLAlchemy does not reflect alike.
_OF_EXPRESSIONS = {"ix_redemptions_bill"}


def _compared(_object: Any, name: str | None, *_: Any) -> bool:
    return name not in _OF_EXPRESSIONS


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"include_object": _compared})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
        return list(compare_metadata(context, whole()))


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/at/all/desk.db", "postgresql://nobody@127.0.0.1:9/none"],
    ids=["sqlite", "postgres"],
)
async def test_a_database_that_is_away_is_told_in_our_own_terms(url: str) -> None:
    database = Database.open(url)

    with pytest.raises(LedgerUnavailable):
        await database.ping()
    with pytest.raises(LedgerUnavailable):
        await migrate(url)
    await database.close()


@pytest.fixture
async def refused() -> AsyncIterator[asyncio.Event]:
    """Set when a retry is about to be made."""
    loop, happened = asyncio.get_running_loop(), asyncio.Event()

    def note(details: instrumentation.RetryDetails) -> None:
        del details
        loop.call_soon_threadsafe(happened.set)

    instrumentation.set_on_retry_hooks([note])
    yield happened
    instrumentation.set_on_retry_hooks(None)


async def test_a_new_file_that_another_process_prepares_is_waited_for(
    tmp_path: Path, refused: asyncio.Event
) -> None:
    file = tmp_path / "desk.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(migrate(f"sqlite:///{file}"))
            await refused.wait()
            other.execute("COMMIT")

        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
