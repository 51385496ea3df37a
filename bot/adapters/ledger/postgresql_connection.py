"""A connection to PostgreSQL that never waits without a limit and sends statements together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Self, TypeVar

import psycopg
from psycopg import waiting
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy.ext.asyncio import AsyncConnection

RV = TypeVar("RV")

#: Statements of SQLAlchemy's own whose only answer is that they were done.
_SILENT = ("SAVEPOINT ", "RELEASE SAVEPOINT ")


class PostgresConnection(psycopg.AsyncConnection[Any]):
    """
    A connection that never waits longer than `limit_s`; it is then closed, as it is when the caller is cancelled.

    psycopg 3.3 asks the server to cancel and waits ten seconds for it, which a silent server never answers. What the
    server was doing ends by its own `statement_timeout`.

    It begins and commits by itself, in the round trip of other statements; psycopg, which thinks that each statement
    stands alone, would wait for BEGIN even in a pipeline.
    """

    limit_s: float = 5.0
    #: Whether a statement begins a transaction.
    begins: bool = True
    #: By the server's clock; None outside of a transaction of ours.
    began_at: datetime | None = None
    #: Whether what is executed now waits for the next statement, and whether the next one is the last.
    waits: bool = False
    ends: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting: list[tuple[Any, Any]] = []
        #: What went with the latest statement.
        self.sent: Sequence[psycopg.AsyncCursor[Any]] = ()

    async def set_autocommit(self, value: bool) -> None:  # noqa: FBT001 - psycopg's own
        """As SQLAlchemy asks for it; to psycopg it is always on."""
        self.begins = not value

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """What is executed in here goes in one round trip, after BEGIN, where none was, and what waits for it."""
        idle = self.pgconn.transaction_status == TransactionStatus.IDLE
        waiting, self.waiting = self.waiting, []
        if idle and self.begins:
            waiting.insert(0, ("BEGIN", None))
        if not (waiting or self.ends):
            yield
            return
        async with self.pipeline():
            self.sent = [await psycopg.AsyncCursor(self).execute(*one) for one in waiting]
            yield
            if self.ends:
                await psycopg.AsyncCursor(self).execute("COMMIT")

    async def commit(self) -> None:
        self.began_at = None
        if not self.waiting:
            await super().commit()
            return
        async with self.together():
            await psycopg.AsyncCursor(self).execute("COMMIT")

    async def rollback(self) -> None:
        self.began_at = None
        self.waiting.clear()
        await super().rollback()

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ASYNC109
        limit_s = self.limit_s if timeout is None else min(timeout, self.limit_s)
        try:
            async with asyncio.timeout(limit_s):
                return await waiting.wait_async(gen, self.pgconn.socket, interval=interval)
        except TimeoutError:
            self._give_up(gen)
            raise psycopg.OperationalError("no answer in time") from None
        except asyncio.CancelledError:
            self._give_up(gen)
            raise

    def _give_up(self, gen: PQGen[RV]) -> None:
        """Close the connection, and the generator: at its end one of a pipeline would fail, and be told of much later."""
        self.pgconn.finish()
        with suppress(psycopg.Error):
            gen.close()


class PostgresCursor(psycopg.AsyncCursor[Any]):
    """
    Sends a statement together with what waits for it.

    A pipeline (www.psycopg.org/psycopg3/docs/advanced/pipeline.html) raises the first error of what it sent.
    """

    async def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
        line = self._line
        if line.waits or (isinstance(query, str) and query.startswith(_SILENT)):
            line.waiting.append((query, params))
            return self
        async with line.together():
            return await super().execute(query, params, **how)

    async def executemany(self, query: Any, params_seq: Any, *, returning: bool = False) -> None:
        async with self._line.together():
            await super().executemany(query, params_seq, returning=returning)

    @property
    def _line(self) -> PostgresConnection:
        if not isinstance(self.connection, PostgresConnection):
            raise TypeError("open_engine makes no other")
        return self.connection


async def line_of(connection: AsyncConnection) -> PostgresConnection:
    line = (await connection.get_raw_connection()).driver_connection
    if not isinstance(line, PostgresConnection):
        raise TypeError("open_engine makes no other")
    return line
