"""Work that outlives whoever asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from bot.aio.deadline import unlimited

T = TypeVar("T")


class Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work that goes on when nobody waits for it any more; it is ended when the desk closes."""
        ...


class Draining(Protocol):
    async def drain(self, limit_s: float) -> bool:
        """Wait for what runs; False when something still ran after the limit."""
        ...


class TaskSet:
    """
    Keeps every task it starts until it ends.

    The event loop holds tasks weakly, so one that nobody keeps can vanish half-way (cpython 91887).
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, context=unlimited())  # noqa: TID251 - the one place
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self) -> None:
        """Cancel what still runs, and wait for its end."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            # Whoever waited has been told; without this line an error nobody waits for any more is logged at exit.
            task.exception()
