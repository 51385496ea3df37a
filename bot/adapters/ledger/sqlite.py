"""Opens SQLite: durable, with one writer; a running statement is never cancelled."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Self, TypeVar

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL, set_exception, set_result
from sqlalchemy import Engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")

#: What is said of a statement that does not end; `bot.adapters.ledger.faults` knows it.
NO_ANSWER = "the file does not answer"
#: Seconds to wait for another process's write lock.
LOCK_S = 1.5
#: Seconds after a cancellation for which a running statement is waited for; one that takes longer ends by itself.
ENDS_S = 0.5
#: Primary result codes after which a connection is discarded: its file may be another one by now
#: (www.sqlite.org/rescode.html).
_LOST = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }
)


class SqliteConnection(aiosqlite.Connection):
    """
    A connection that finishes a statement before a cancellation of its caller is raised.

    aiosqlite 0.22 runs a statement to its end in its thread even if the caller is cancelled: a cancelled BEGIN would
    take the write lock after the rollback and keep it. A statement that does not end, as on a disk that hangs, is left
    to its thread, which rolls back after it; the connection is not used again.
    """

    limit_s: float = 5.0
    _hung: bool = False

    async def _execute(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        if self._hung:
            raise sqlite3.OperationalError(NO_ANSWER)
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._run(future, partial(fn, *args, **kwargs))
        try:
            return await _finished(future, self.limit_s)
        except TimeoutError:
            self._hung = True
            raise sqlite3.OperationalError(NO_ANSWER) from None
        except asyncio.CancelledError:
            self._hung = not future.done()
            raise

    async def _connect(self) -> Self:
        """Likewise; what was opened for a cancelled caller is closed before that is raised, so that no thread is left."""
        future: asyncio.Future[sqlite3.Connection] = asyncio.get_running_loop().create_future()
        self._run(future, self._connector)
        try:
            self._connection = await _finished(future, self.limit_s)
        except asyncio.CancelledError:
            self._connection = None if future.exception() else future.result()
            if stopped := self.stop():
                await _finished(stopped, self.limit_s)
            raise
        except BaseException:
            self.stop()
            raise
        return self

    async def close(self) -> None:
        """Roll back, then close: SQLite keeps the lock of a closed connection while a cursor of it exists."""
        if self._hung:
            self.stop()
        elif self._connection is not None:
            try:
                await self._execute(self._connection.rollback)
            finally:
                await super().close()

    def stop(self) -> asyncio.Future[Any] | None:
        """As `close`, without waiting; the future, if a loop runs, is done when its thread ends."""
        self._running = False
        if self._connection is not None:
            self._tx.put_nowait((None, self._connection.rollback))
        try:
            ended = asyncio.get_running_loop().create_future()
        except RuntimeError:
            self._tx.put_nowait((None, self._closed))
            return None
        self._run(ended, self._closed)
        return ended

    def _closed(self) -> object:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return _STOP_RUNNING_SENTINEL

    def _run(self, future: asyncio.Future[T], function: Callable[[], T]) -> None:
        """Have the thread call it and tell the future; aiosqlite's own way fails there once the loop is closed."""
        self._tx.put_nowait((None, partial(_told, future, function)))


def _told(future: asyncio.Future[T], function: Callable[[], T]) -> T | None:
    try:
        result = function()
    except BaseException as err:  # noqa: BLE001 - whoever waits gets it
        _tell(future, set_exception, err)
        return None
    _tell(future, set_result, result)
    return result


def _tell(future: asyncio.Future[T], how: Callable[..., None], what: object) -> None:
    # A statement may outlive its loop; nobody waits for it then.
    with suppress(RuntimeError):
        future.get_loop().call_soon_threadsafe(how, future, what)


async def _finished(future: asyncio.Future[T], limit_s: float) -> T:
    """Wait for the future; a cancellation is raised after it has ended, or `ENDS_S` later. Raises TimeoutError."""
    loop, cancelled = asyncio.get_running_loop(), None
    end = loop.time() + limit_s
    while not future.done() and loop.time() < end:
        try:
            await asyncio.wait({future}, timeout=end - loop.time())
        except asyncio.CancelledError as err:
            cancelled, end = err, min(end, loop.time() + ENDS_S)
    if cancelled is not None:
        # Read whenever it ends, so that asyncio does not log it as never retrieved.
        future.add_done_callback(_read)
        raise cancelled
    if not future.done():
        future.add_done_callback(_read)
        raise TimeoutError
    return future.result()


def _read(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


def open_engine(url: URL, *, limit_s: float, lock_s: float = LOCK_S) -> AsyncEngine:
    """Open one connection: SQLite has one writer, and callers wait for it in our own queue."""
    file = url.database or ""

    async def connect() -> SqliteConnection:
        connection = SqliteConnection(lambda: sqlite3.connect(file, timeout=lock_s), iter_chunk_size=64)
        connection.limit_s = limit_s
        connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy 2.1 does to those that it makes
        await connection
        return connection

    engine = create_async_engine(
        url.set(drivername="sqlite+aiosqlite"),
        async_creator=connect,
        pool_size=1,
        max_overflow=0,
        pool_timeout=limit_s,
    )
    prepare(engine.sync_engine)
    return engine


def prepare(engine: Engine) -> None:
    """Make writes durable, take the write lock at BEGIN, because a later one can fail, and discard what is lost."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "handle_error")
    def _on_error(context: ExceptionContext) -> None:
        err = context.original_exception
        # Where the disk was away for a moment, SQLite may have made a new file, which has no tables.
        if getattr(err, "sqlite_errorcode", 0) & 0xFF in _LOST or "no such table" in str(err):
            context.is_disconnect = True

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
