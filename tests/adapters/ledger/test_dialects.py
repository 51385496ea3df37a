from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Text, func, literal, select, type_coerce

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import database_now, read_now
from bot.adapters.ledger.tables import Moment


async def test_the_clock_of_the_database_is_aware_and_runs(database: Database) -> None:
    async with database.transaction() as connection:
        first, second = await read_now(connection), await read_now(connection)

    assert first.tzinfo is not None
    assert first <= second < first + timedelta(minutes=1)


async def test_sqlite_compares_its_clock_with_stored_times(sqlite: str) -> None:
    """SQLite compares text: a time with fewer digits would sort before itself."""
    database = Database.open(sqlite)
    kept = literal(datetime(2026, 6, 1, tzinfo=UTC), Moment)

    async with database.transaction() as connection:
        now = type_coerce(database_now(connection), Text)
        lengths = (await connection.execute(select(func.length(now), func.length(kept)))).one()

    assert lengths[0] == lengths[1]
    await database.close()
