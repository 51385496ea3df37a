"""The session with the database behind the ledger: SQLite for one process, PostgreSQL for several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import field
from typing import Any

from sqlalchemy import Executable, Row, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import meters
from bot.adapters.ledger import sqlite
from bot.adapters.ledger.dialects import is_postgresql
from bot.adapters.ledger.faults import raised, unavailable
from bot.adapters.ledger.quarantine import Quarantine
from bot.adapters.ledger.upgrade import migrate as migrate
from bot.adapters.ledger.upgrade import newest_version as newest_version
from bot.aio.deadline import left_s
from bot.aio.frozen import part

#: Seconds that one transaction may take, the wait for a connection and for locks included; before an acknowledgement
#: it is less (`bot.aio.deadline`).
WAIT_S = 5.0
#: Connections of one instance.
POOL = 5


@part
class Database:
    """
    An open ledger database; every method raises LedgerUnavailable if it cannot be used.

    Attributes:
        limit_s: seconds that one transaction may take.
        quarantine: rows that this version could not read.
        keys: of digests, as they were read, by name.

    """

    engine: AsyncEngine
    limit_s: float = WAIT_S
    quarantine: Quarantine = field(default_factory=Quarantine)
    keys: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, given: str, *, pool: int = POOL, limit_s: float = WAIT_S) -> Database:
        """Open the database; it connects at the first use, with at most `pool` connections."""
        if is_postgresql(given):
            from bot.adapters.ledger import postgresql  # noqa: PLC0415 - it imports psycopg

            return cls(postgresql.open_engine(given, pool=pool, limit_s=limit_s), limit_s)
        return cls(sqlite.open_engine(make_url(given), limit_s=limit_s), limit_s)

    @property
    def one_process(self) -> bool:
        """Whether only one process may use it: SQLite is for one."""
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def transaction(self, *, limit_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """
        Run a transaction: committed at the end, rolled back on an error; `limit_s` makes its time limit shorter.

        An error at the end may come after the commit; a caller who must know has to read again.
        """
        try:
            left = left_s(self.limit_s if limit_s is None else limit_s)
            async with asyncio.timeout(left), aclosing(await self._begun(left)) as connection:
                yield connection
                await _commit(connection)
        except raised() as err:
            # The driver's error may quote a statement's values.
            raise unavailable(err) from None

    async def rows(self, statement: Executable) -> Sequence[Row[Any]]:
        """Return what one short read finds, in a transaction of its own: one round trip to PostgreSQL."""
        if self.engine.dialect.name == "sqlite":
            async with self.transaction() as connection:
                return (await connection.execute(statement)).all()
        from bot.adapters.ledger import postgresql  # noqa: PLC0415 - as above

        try:
            left = left_s(self.limit_s)
            async with asyncio.timeout(left):
                return await postgresql.rows(self._connected, _until(left), statement)
        except raised() as err:
            raise unavailable(err) from None

    async def _begun(self, left: float) -> AsyncConnection:
        if self.one_process:
            return await self._connected()
        from bot.adapters.ledger import postgresql  # noqa: PLC0415 - as above

        return await postgresql.begin(self._connected, _until(left))

    async def _connected(self) -> AsyncConnection:
        with meters.DATABASE_WAITED.time():
            connection = await self.engine.connect()
        try:
            await connection.begin()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def ping(self) -> None:
        async with self.transaction() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


async def _commit(connection: AsyncConnection) -> None:
    try:
        await connection.commit()
    except raised():
        await _roll_back(connection)
        raise


async def _roll_back(connection: AsyncConnection) -> None:
    """SQLAlchemy does not if a COMMIT failed, so that the next caller would be in the middle of that transaction."""
    line = None if connection.invalidated else (await connection.get_raw_connection()).driver_connection
    if line is None:
        return
    try:
        await line.rollback()
    except raised():
        await connection.invalidate()


def _until(left_s: float) -> Callable[[], float]:
    """Return how many of these seconds are left, whenever it is asked."""
    loop = asyncio.get_running_loop()
    end = loop.time() + left_s
    return lambda: end - loop.time()
