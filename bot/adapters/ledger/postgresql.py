"""PostgreSQL, as the ledger connects to it: over a network that may fall silent, perhaps through a pooler."""

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

#: Seconds that a connection which was open already may take to answer at all; then it is thrown away.
FIRST_ANSWER_S = 0.75
#: Seconds that the server gives up before we do: then the connection stays usable.
SOONER_S = 0.2
#: Seconds that a transaction may stand idle: its host has vanished, and others wait for its rows.
IDLE_S = 4
#: libpq's own time-outs (www.postgresql.org/docs/current/libpq-connect.html), where the address names none.
#: A host that vanished is noticed after some ten seconds.
_NETWORK: Mapping[str, int] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}

#: Of this transaction alone, so that a pooler may give the connection to anybody after it. `synchronous_commit` is
#: raised where it promises less than `on`, and never lowered; `transaction_read_only` tells a primary that is none
#: any more.
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
    One that never waits for longer than `limit_s`, and is closed then, or when whoever waits is cancelled.

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
    """Whether it is at that address; `postgres://` is how Heroku spells it."""
    return given.startswith(("postgres://", "postgresql://"))


def parameters(given: str) -> dict[str, Any]:
    """The address as libpq reads it, with our time-outs where it names none. Raises psycopg.ProgrammingError."""
    return {**_NETWORK, **conninfo_to_dict(given)}


def open_engine(given: str, *, pool: int, limit_s: float) -> AsyncEngine:
    """At most `pool` connections; who finds none waits. No prepared statement outlives its transaction."""
    of_libpq = parameters(given)

    async def connect() -> PostgresConnection:
        return await PostgresConnection.connect(**of_libpq, prepare_threshold=None)

    engine = create_async_engine(
        # Everything else stands in what libpq reads; SQLAlchemy's own URLs know less than its.
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
    """A connection to a primary that is none any more is worth nothing, and neither are those opened with it."""

    @event.listens_for(engine, "handle_error")
    def _on_error(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
            context.is_disconnect = True


async def begin(
    connect: Callable[[], Coroutine[Any, Any, AsyncConnection]], left_s: Callable[[], float]
) -> AsyncConnection:
    """
    A connection in a transaction with its settings made.

    One that was open already and is broken, silent or read-only is thrown away, and the next one used: nothing was
    done on it yet.
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
