"""The database behind the ledger: SQLite for one process, PostgreSQL for several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from typing import Any

import stamina
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.domain.errors import LedgerUnavailable

#: Seconds any one statement, and any wait for a connection or a lock, may take.
WAIT_S = 5
#: The same while the tables are brought up to date, one process after the other.
MIGRATION_S = 60
#: Any number that no other program uses on the same database.
MIGRATION_LOCK = 0x0C0FFEE
MIGRATIONS = Path(__file__).parent / "migrations"


def database_url(given: str, *, driver: str) -> URL:
    """The URL with the driver of this project; `postgres://` is how Heroku spells it."""
    url = make_url(given)
    if url.get_backend_name() in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url.set(drivername=driver)


@dataclass(frozen=True, slots=True)
class Database:
    """An open ledger database. Raises LedgerUnavailable when it cannot be used."""

    engine: AsyncEngine

    @classmethod
    def open(cls, given: str) -> Database:
        """Connects at the first use."""
        url = database_url(given, driver="sqlite+aiosqlite")
        sqlite = url.get_backend_name() == "sqlite"
        # Only a connection over a network can have died since its last use.
        engine = create_async_engine(
            url, pool_pre_ping=not sqlite, pool_timeout=WAIT_S, connect_args=_limits(url, WAIT_S)
        )
        if sqlite:
            _prepare_sqlite(engine.sync_engine)
        return cls(engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Committed at the end, rolled back on any error."""
        try:
            async with self.engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as err:
            # The original may quote a statement's values.
            raise LedgerUnavailable(type(err).__name__) from None

    async def ping(self) -> None:
        async with self.transaction() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


async def migrate(given: str) -> None:
    """Bring the database up to date, one process at a time. Raises LedgerUnavailable."""
    try:
        await asyncio.to_thread(_migrate, database_url(given, driver="sqlite"))
    except (SQLAlchemyError, OSError) as err:
        raise LedgerUnavailable(type(err).__name__) from None


def newest_version() -> str:
    """Of the tables, as this program knows them: its migrations are numbered."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def _is_up_to_date(url: URL) -> bool:
    """
    Whether the tables are of this version or a newer one, which is used as it is.

    Asked first and without a lock: usually there is nothing to migrate, and alembic is slow to import.
    """
    engine = create_engine(url, poolclass=NullPool, connect_args=_limits(url, WAIT_S))
    with engine.connect() as connection:
        try:
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except (OperationalError, ProgrammingError):
            # There is no such table yet.
            return False
    return version is not None and str(version) >= newest_version()


def _migrate(url: URL) -> None:
    if _is_up_to_date(url):
        return
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    engine = create_engine(url, connect_args=_limits(url, MIGRATION_S))
    postgresql = url.get_backend_name() == "postgresql"
    if not postgresql:
        _write_ahead(url)
        _prepare_sqlite(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        # SQLite: the write lock taken by BEGIN IMMEDIATE keeps a second process out.
        with engine.begin() as connection:
            if postgresql:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _limits(url: URL, wait_s: int) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": wait_s}
    return {"connect_timeout": WAIT_S, "options": f"-c statement_timeout={wait_s * 1000}"}


def _refused_a_lock(err: Exception) -> bool:
    return isinstance(err, OperationalError) and getattr(err.orig, "sqlite_errorcode", None) == SQLITE_BUSY


@stamina.retry(on=_refused_a_lock, attempts=None, timeout=MIGRATION_S, wait_initial=0.01, wait_max=0.1)
def _write_ahead(url: URL) -> None:
    """
    Readers beside the writer; the file remembers it.

    When several ask for it at the same moment SQLite refuses some at once, without its own wait for a lock.
    """
    with create_engine(url, poolclass=NullPool, connect_args=_limits(url, WAIT_S)).connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def _prepare_sqlite(engine: Engine) -> None:
    """Durable writes, and the write lock taken at BEGIN: a late one can fail half-way."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
