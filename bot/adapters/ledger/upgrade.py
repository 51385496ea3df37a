"""
Brings the database up to date while the version before serves.

On PostgreSQL the process that migrates holds a leased row, which others poll; each step is a transaction of its own
and waits only briefly for locks, so that presses are not held up. On SQLite the write lock keeps a second process out.
"""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.adapters.ledger import sqlite
from bot.adapters.ledger.dialects import is_postgresql
from bot.adapters.ledger.faults import BUSY, RIGHTS, fault_of, raised, unavailable
from bot.aio.tasks import TaskSet
from bot.domain.errors import LedgerNotOurs, LedgerUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
#: Seconds that one step, or waiting for another process, may take.
STEP_S = 600.0
WAIT_S = 60.0
#: Milliseconds that a step waits for a lock, because presses wait behind it. Then the step is retried.
LOCK_MS = 700
#: Seconds that a lease is valid without being renewed, and between two polls of it.
LEASE_S = 15
POLL_S = 0.1

_SETTINGS = text(
    "SELECT set_config('lock_timeout', :lock_ms, true), set_config('synchronous_commit', 'on', true), "
    "set_config('idle_in_transaction_session_timeout', '10000', true)"
)
_MAKE_LEASE = text(
    "CREATE TABLE IF NOT EXISTS migrating "
    "(id INTEGER NOT NULL PRIMARY KEY, holder VARCHAR(40) NOT NULL, held_until TIMESTAMP WITH TIME ZONE NOT NULL)"
)
_TAKE = text(
    "INSERT INTO migrating (id, holder, held_until) "
    "VALUES (1, :me, clock_timestamp() + make_interval(secs => :hold_s)) "
    "ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until "
    "WHERE migrating.held_until < clock_timestamp() OR migrating.holder = :me RETURNING holder"
)
_GIVE_BACK = text("UPDATE migrating SET held_until = clock_timestamp() WHERE holder = :me")


async def migrate(given: str) -> None:
    """
    Bring the database up to date, one process at a time.

    A newer ledger is used as it is if it says that this version may serve. Raises LedgerUnavailable, LedgerNotOurs.
    """
    try:
        await (_postgresql(given) if is_postgresql(given) else _sqlite(given))
    except raised() as err:
        # Of a migration it holds no row's values, and nobody else says which step failed.
        reason = str(getattr(err, "orig", None) or err)
        log.error("migration_failed", error=type(err).__name__, reason=reason)  # noqa: TRY400 - the reason is enough
        raise unavailable(err) from None


def newest_version() -> str:
    """Return the number of the newest migration that this program has."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def is_up_to_date(connection: Connection) -> bool:
    """
    Whether this version may serve without a migration. Raises LedgerNotOurs if the ledger is too new.

    This is checked first and without a lock: usually there is nothing to migrate, and alembic is slow to import.
    """
    stands, ours = _stands(connection), newest_version()
    if stands is None or stands < ours:
        return False
    if stands > ours and _oldest(connection) > ours:
        raise LedgerNotOurs(
            f"the ledger is at {stands}, and this version, which knows {ours}, may no longer serve with it; "
            "start a newer one"
        )
    return True


def _stands(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _oldest(connection: Connection) -> str:
    """Return the oldest revision whose version may still serve; if nothing says so, the newest."""
    if not inspect(connection).has_table("revisions"):
        return "9999"
    return str(connection.execute(text("SELECT max(oldest) FROM revisions")).scalar_one() or "9999")


async def _postgresql(given: str) -> None:
    from bot.adapters.ledger import postgresql  # noqa: PLC0415 - it imports psycopg

    engine = postgresql.open_engine(given, pool=2, limit_s=STEP_S)
    event.listen(engine.sync_engine, "begin", _step_settings)
    try:
        if await _run(engine, is_up_to_date):
            return
        async with _lease(engine):
            await _in_steps(engine)
    except raised() as err:
        if fault_of(err) is RIGHTS:
            raise LedgerNotOurs(f"the ledger is behind, and {RIGHTS.words}") from None
        raise
    finally:
        await engine.dispose()


async def _in_steps(engine: AsyncEngine) -> None:
    """Run the steps; one that does not get its lock in time is retried, the steps before it stay done."""
    import stamina  # noqa: PLC0415 - a ledger that is up to date does not need it

    async for attempt in stamina.retry_context(
        on=lambda err: fault_of(err) is BUSY, attempts=None, timeout=WAIT_S, wait_initial=0.1, wait_max=1.0
    ):
        with attempt:
            await _run(engine, _upgrade)


async def _run(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    async with engine.connect() as connection:
        return await connection.run_sync(work)


def _upgrade(connection: Connection) -> None:
    # Another process may have migrated meanwhile.
    up_to_date = is_up_to_date(connection)
    connection.rollback()
    if not up_to_date:
        _run_migrations(connection)


def _run_migrations(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _step_settings(connection: Connection) -> None:
    connection.execute(_SETTINGS, {"lock_ms": str(LOCK_MS)})


@asynccontextmanager
async def _lease(engine: AsyncEngine) -> AsyncIterator[None]:
    me, tasks = secrets.token_hex(8), TaskSet()
    await _make_lease(engine)
    await _take(engine, me)

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_S / 5)
            await _written(engine, _TAKE, me=me, hold_s=LEASE_S)

    tasks.spawn(renew())
    try:
        yield
    finally:
        await tasks.close()
        await _written(engine, _GIVE_BACK, me=me)


async def _make_lease(engine: AsyncEngine) -> None:
    try:
        await _written(engine, _MAKE_LEASE)
    except (IntegrityError, ProgrammingError) as err:
        # If two processes create it at once, one gets an error of some kind.
        if fault_of(err) is RIGHTS:
            raise


async def _take(engine: AsyncEngine, me: str) -> None:
    try:
        async with asyncio.timeout(WAIT_S):
            # Another process releases it, and only the database shows that.
            while not await _written(engine, _TAKE, me=me, hold_s=LEASE_S):  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise LedgerUnavailable("another process migrates it for too long", kind="busy") from None


async def _written(engine: AsyncEngine, statement: Any, **values: Any) -> bool:
    async with engine.begin() as connection:
        return (await connection.execute(statement, values)).rowcount == 1


async def _sqlite(given: str) -> None:
    url = make_url(given)
    await asyncio.to_thread(_write_ahead, url.database or "")
    engine = sqlite.open_engine(url, limit_s=STEP_S, lock_s=WAIT_S)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade_whole)
    finally:
        await engine.dispose()


def _upgrade_whole(connection: Connection) -> None:
    if not is_up_to_date(connection):
        _run_migrations(connection)


def _refused_a_lock(err: Exception) -> bool:
    return getattr(err, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


def _write_ahead(file: str) -> None:
    """
    Switch the file to WAL, so that reads do not block the writer; the setting is stored in the file.

    If several processes do so at the same moment, SQLite refuses some at once instead of waiting for the lock.
    """
    try:
        _switch(file)
    except sqlite3.Error as err:
        if not _refused_a_lock(err):
            raise
        import stamina  # noqa: PLC0415 - most starts are alone

        again = stamina.retry(
            on=_refused_a_lock, attempts=None, timeout=WAIT_S, wait_initial=0.01, wait_max=0.1
        )
        again(_switch)(file)


def _switch(file: str) -> None:
    with closing(sqlite3.connect(file, timeout=5.0)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
