"""Connects to PostgreSQL, over a network that may stop answering, perhaps through a pooler."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, Executable, Row, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.adapters.ledger.faults import READ_ONLY
from bot.adapters.ledger.postgresql_connection import PostgresConnection, PostgresCursor, line_of

T = TypeVar("T")

#: Seconds in which a connection from the pool must answer at all; else it is discarded.
FIRST_ANSWER_S = 0.75
#: Seconds by which the server's time-out is shorter than ours, so that the connection stays usable.
SOONER_S = 0.2
#: Seconds that a transaction may be idle: its host may have vanished while others wait for its rows.
IDLE_S = 4
#: libpq's time-outs (www.postgresql.org/docs/current/libpq-connect.html), unless the address names them. A vanished
#: host is noticed after about ten seconds.
_NETWORK: Mapping[str, int] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}

#: In the pool's notes: whether a connection has answered before.
_USED = "used"
#: Settings of one transaction only, so that a pooler may give the connection to others afterwards. `synchronous_commit`
#: is raised if it is weaker than `on`, never lowered. Every query is short: compiling it, or starting workers for it,
#: takes longer. `transaction_read_only` shows a server that is no longer the primary.
_SETTINGS = """
    SELECT set_config('synchronous_commit',
               CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
                    THEN 'on' ELSE current_setting('synchronous_commit') END, true),
           set_config('statement_timeout', %(limit_ms)s, true),
           set_config('lock_timeout', %(limit_ms)s, true),
           set_config('idle_in_transaction_session_timeout', %(idle_ms)s, true),
           set_config('jit', 'off', true),
           set_config('max_parallel_workers_per_gather', '0', true),
           current_setting('transaction_read_only') = 'on' AS read_only,
           clock_timestamp() AS now
    """
#: Where `read_only` stands in their answer.
_READ_ONLY = 6


def parameters(given: str) -> dict[str, Any]:
    """Parse the address as libpq does, and add our time-outs if it names none. Raises psycopg.ProgrammingError."""
    return {**_NETWORK, **conninfo_to_dict(given)}


def open_engine(given: str, *, pool: int, limit_s: float) -> AsyncEngine:
    """Open a pool of at most `pool` connections; without a free one callers wait. No prepared statements are kept."""
    of_libpq = parameters(given)

    async def connect() -> PostgresConnection:
        connection = await PostgresConnection.connect(
            **of_libpq, prepare_threshold=None, cursor_factory=PostgresCursor
        )
        await psycopg.AsyncConnection.set_autocommit(connection, True)
        return connection

    engine = create_async_engine(
        # Everything else is in libpq's parameters; SQLAlchemy's URLs cannot express all of them.
        "postgresql+psycopg://",
        async_creator=connect,
        use_native_hstore=False,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool,
        max_overflow=0,
        # Sooner than the transaction's own limit, which would only say that nothing answered.
        pool_timeout=max(0.0, limit_s - SOONER_S),
    )
    throw_away_read_only(engine.sync_engine)
    return engine


def throw_away_read_only(engine: Engine) -> None:
    """Discard a connection to a server that is no longer the primary, and the others of the pool."""

    @event.listens_for(engine, "handle_error")
    def _on_error(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True


async def begin(
    connect: Callable[[], Coroutine[Any, Any, AsyncConnection]], left_s: Callable[[], float]
) -> AsyncConnection:
    """
    Return a connection in a transaction, with its settings made: one round trip.

    A pooled connection that is broken, silent or read-only is discarded and the next one used: nothing was done on it
    yet.
    """

    async def settings(
        connection: AsyncConnection, line: PostgresConnection, left_s: float
    ) -> AsyncConnection:
        made = (await connection.exec_driver_sql(_SETTINGS, _values(left_s))).one()
        await _refuse_read_only(connection, read_only=made.read_only)
        line.began_at = made.now
        return connection

    return await _on_a_sound_one(connect, left_s, settings)


async def rows(
    connect: Callable[[], Coroutine[Any, Any, AsyncConnection]],
    left_s: Callable[[], float],
    statement: Executable,
) -> Sequence[Row[Any]]:
    """
    Return the rows of one read in a transaction of its own: one round trip in all.

    As `begin`; a read that takes longer than FIRST_ANSWER_S is made again on another connection.
    """

    async def read(
        connection: AsyncConnection, line: PostgresConnection, left_s: float
    ) -> Sequence[Row[Any]]:
        line.waiting.append((_SETTINGS, _values(left_s)))
        line.ends = True
        try:
            result = await connection.execute(statement)
        finally:
            line.ends = False
        made = await line.sent[-1].fetchone()
        await _refuse_read_only(connection, read_only=made is None or made[_READ_ONLY])
        found = result.all()
        await connection.close()
        return found

    return await _on_a_sound_one(connect, left_s, read)


async def later(connection: AsyncConnection, statement: Executable) -> None:
    """
    Execute with the next statement, or the commit: in its round trip, and its errors are raised there.

    The statement must return no rows: an INSERT needs `inline()`.
    """
    line = await line_of(connection)
    line.waits = True
    try:
        await connection.execute(statement)
    finally:
        line.waits = False


async def _on_a_sound_one(
    connect: Callable[[], Coroutine[Any, Any, AsyncConnection]],
    left_s: Callable[[], float],
    use: Callable[[AsyncConnection, PostgresConnection, float], Coroutine[Any, Any, T]],
) -> T:
    while True:
        connection = await connect()
        info, line, left = (await connection.get_raw_connection()).info, await line_of(connection), left_s()
        line.limit_s = min(left, FIRST_ANSWER_S) if info.get(_USED) else left
        try:
            found = await use(connection, line, left)
        except (SQLAlchemyError, psycopg.Error, OSError) as err:
            thrown_away = connection.invalidated or line.broken or _is_aborted(err)
            if thrown_away and not connection.invalidated:
                await connection.invalidate()
            await connection.close()
            if not (thrown_away and info.get(_USED)):
                raise
        except BaseException:
            # Whoever is cancelled tries no other one.
            await connection.close()
            raise
        else:
            info[_USED], line.limit_s = True, left
            return found


def _is_aborted(err: BaseException) -> bool:
    """Whether an earlier statement of the same round trip failed, as where the connection was lost meanwhile."""
    return isinstance(getattr(err, "orig", None) or err, psycopg.errors.PipelineAborted)


def _values(left_s: float) -> Mapping[str, str]:
    limit_ms = max(1, int((left_s - SOONER_S) * 1000))
    return {"limit_ms": str(limit_ms), "idle_ms": str(IDLE_S * 1000)}


async def _refuse_read_only(connection: AsyncConnection, *, read_only: bool) -> None:
    if read_only:
        await connection.invalidate()
        raise psycopg.errors.ReadOnlySqlTransaction
