"""Background tasks that outlive the caller who started them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from bot.aio.deadline import unlimited

T = TypeVar("T")


class Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task that goes on when nobody waits for it; it is cancelled when the desk closes."""
        ...


class Draining(Protocol):
    """What may still be working when the process is told to stop."""

    async def drain(self, limit_s: float) -> bool:
        """Wait up to `limit_s` seconds for running work; returns False if some still runs then."""
        ...


class TaskSet:
    """
    Keeps every task it starts until it ends.

    The event loop holds tasks by weak references, so a task that nobody keeps can be collected while it runs
    (cpython 91887).
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, context=unlimited())  # noqa: TID251 - the one place
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel the tasks that still run, and wait until they have ended."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Whoever waited has got the error. Reading it here keeps asyncio from logging it as never retrieved.
            task.exception()
