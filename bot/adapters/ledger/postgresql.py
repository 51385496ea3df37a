"""Connects to PostgreSQL, over a network that may stop answering, perhaps through a pooler."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.adapters.ledger.faults import READ_ONLY

RV = TypeVar("RV")

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

#: Settings of one transaction only, so that a pooler may give the connection to others afterwards. `synchronous_commit`
#: is raised if it is weaker than `on`, never lowered; `transaction_read_only` shows a server that is no longer the
#: primary.
_USED = "used"
_SETTINGS = text(
    """
    SELECT set_config('synchronous_commit',
               CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
                    THEN 'on' ELSE current_setting('synchronous_commit') END, true),
           set_config('statement_timeout', :limit_ms, true),
           set_config('lock_timeout', :limit_ms, true),
           set_config('idle_in_transaction_session_timeout', :idle_ms, true),
           current_setting('transaction_read_only') = 'on' AS read_only
    """
)


class PostgresConnection(psycopg.AsyncConnection[Any]):
    """
    A connection that never waits longer than `limit_s`; it is then closed, as it is when the caller is cancelled.

    psycopg 3.3 asks the server to cancel and waits ten seconds for it, which a silent server never answers. What the
    server was doing ends by its own `statement_timeout`.
    """

    limit_s: float = 5.0

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ASYNC109
        limit_s = self.limit_s if timeout is None else min(timeout, self.limit_s)
        try:
            async with asyncio.timeout(limit_s):
                return await waiting.wait_async(gen, self.pgconn.socket, interval=interval)
        except TimeoutError:
            self.pgconn.finish()
            raise psycopg.OperationalError("no answer in time") from None
        except asyncio.CancelledError:
            self.pgconn.finish()
            raise


def speaks(given: str) -> bool:
    """Whether the address is one of PostgreSQL; Heroku spells it `postgres://`."""
    return given.startswith(("postgres://", "postgresql://"))


def parameters(given: str) -> dict[str, Any]:
    """Parse the address as libpq does, and add our time-outs if it names none. Raises psycopg.ProgrammingError."""
    return {**_NETWORK, **conninfo_to_dict(given)}


def open_engine(given: str, *, pool: int, limit_s: float) -> AsyncEngine:
    """Open a pool of at most `pool` connections; without a free one callers wait. No prepared statements are kept."""
    of_libpq = parameters(given)

    async def connect() -> PostgresConnection:
        return await PostgresConnection.connect(**of_libpq, prepare_threshold=None)

    engine = create_async_engine(
        # Everything else is in libpq's parameters; SQLAlchemy's URLs cannot express all of them.
        "postgresql+psycopg://",
        async_creator=connect,
        use_native_hstore=False,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=limit_s,
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
    Return a connection in a transaction, with its settings made.

    A pooled connection that is broken, silent or read-only is discarded and the next one used: nothing was done on it
    yet.
    """
    while True:
        connection = await connect()
        info = (await connection.get_raw_connection()).info
        try:
            await _prepare(connection, left_s(), used_before=bool(info.get(_USED)))
        except BaseException:
            thrown_away = connection.invalidated
            await connection.close()
            if not (thrown_away and info.get(_USED)):
                raise
        else:
            info[_USED] = True
            return connection


async def _prepare(connection: AsyncConnection, left_s: float, *, used_before: bool) -> None:
    line = (await connection.get_raw_connection()).driver_connection
    if not isinstance(line, PostgresConnection):
        raise TypeError("open_engine makes no other")
    line.limit_s = min(left_s, FIRST_ANSWER_S) if used_before else left_s
    limit_ms = max(1, int((left_s - SOONER_S) * 1000))
    values = {"limit_ms": str(limit_ms), "idle_ms": str(IDLE_S * 1000)}
    if (await connection.execute(_SETTINGS, values)).one().read_only:
        await connection.invalidate()
        raise psycopg.errors.ReadOnlySqlTransaction
    line.limit_s = left_s
