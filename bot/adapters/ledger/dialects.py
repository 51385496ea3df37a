"""SQL that differs between the two databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Double, Executable, Table, func, literal_column, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.tables import Moment

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

#: Milliseconds with zeros to six digits, as `Moment` is written, so that both compare as text.
_SQLITE_MOMENT = "%Y-%m-%d %H:%M:%f000"

#: Seconds since 1970 by the database's clock; on PostgreSQL also while a statement waits for a lock.
_CLOCKS: Mapping[str, str] = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) AS double precision)",
}


def is_postgresql(given: str) -> bool:
    """Whether the address is one of PostgreSQL; Heroku spells it `postgres://`."""
    return given.startswith(("postgres://", "postgresql://"))


def clock_s(dialect: str) -> ColumnElement[float]:
    """The database's clock in seconds since 1970."""
    return literal_column(_CLOCKS[dialect], Double)


def database_now(connection: AsyncConnection) -> ColumnElement[datetime]:
    """
    Return the database's current time, which all instances share.

    PostgreSQL's `now()` is the start of the transaction; this goes on while the statement waits for a lock.
    """
    if connection.dialect.name == "sqlite":
        return func.strftime(_SQLITE_MOMENT, "now", type_=Moment)
    return func.clock_timestamp(type_=Moment)


async def read_now(connection: AsyncConnection) -> datetime:
    """Return when a transaction of `Database` began, which it was told with its settings; else the time by now."""
    if connection.dialect.name == "postgresql":
        from bot.adapters.ledger.postgresql_connection import line_of  # noqa: PLC0415 - it imports psycopg

        began_at = (await line_of(connection)).began_at
        if began_at is not None:
            return began_at
    return (await connection.execute(select(database_now(connection)))).scalar_one()


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that supports ON CONFLICT."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - the driver has imported it

    return postgresql.insert(table)


async def later(connection: AsyncConnection, statement: Executable) -> None:
    """
    Execute a statement whose answer nobody reads. On PostgreSQL it goes in the round trip of the next one.

    An INSERT into a table whose ids the database makes needs `inline()`, else it returns one.
    """
    if connection.dialect.name == "sqlite":
        await connection.execute(statement)
        return
    from bot.adapters.ledger import postgresql  # noqa: PLC0415 - it imports psycopg

    await postgresql.later(connection, statement)
