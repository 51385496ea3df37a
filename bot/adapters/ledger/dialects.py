"""What the two databases spell differently."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.tables import Moment

#: Milliseconds, filled up to how `Moment` is written, so that the two compare as text.
_SQLITE_MOMENT = "%Y-%m-%d %H:%M:%f000"


def database_now(connection: AsyncConnection) -> ColumnElement[datetime]:
    """
    The database's clock: the one clock that all instances share.

    PostgreSQL's `now()` stands still during a transaction; this one moves on while a lock is waited for.
    """
    if connection.dialect.name == "sqlite":
        return func.strftime(_SQLITE_MOMENT, "now", type_=Moment)
    return func.clock_timestamp(type_=Moment)


async def read_now(connection: AsyncConnection) -> datetime:
    return (await connection.execute(select(database_now(connection)))).scalar_one()


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens on a conflict."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
