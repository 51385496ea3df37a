"""Answers that are shared for a moment: equal questions cost one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from cachetools import TTLCache

from bot.services.ports import Spawn

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Shared(Generic[K, V]):
    """
    A bounded cache of calls, running and done.

    Whoever asks while a call runs waits for that call. A failure reaches all of them and is not
    kept. The call goes on when one of them, or all, are cancelled.
    """

    def __init__(self, *, spawn: Spawn, keep_s: float, at_most: int, timer: Callable[[], float]) -> None:
        self._spawn = spawn
        self._calls: TTLCache[K, asyncio.Task[V]] = TTLCache(at_most, ttl=keep_s, timer=timer)

    def get(
        self,
        key: K,
        call: Callable[[], Coroutine[Any, Any, V]],
        *,
        fresh: bool = False,
        known_as: Callable[[V], K] | None = None,
    ) -> Awaitable[V]:
        """
        `fresh` goes past what is kept, but joins nobody's older call; what it learns is kept for the others.

        `known_as` names, once there is an answer, another key that it answers too.
        """
        task = None if fresh else self._calls.get(key)
        if task is None:
            task = self._spawn(call())
            self._calls[key] = task
            task.add_done_callback(lambda ended: self._settle(key, ended, known_as))
        return asyncio.shield(task)

    def drop(self, concerns: Callable[[V], bool]) -> None:
        """Forget every answer that `concerns` says yes to, and every call that has not answered yet."""
        for key, task in list(self._calls.items()):
            # A call that has just failed is still kept until its callback has run; it has no result to ask.
            failed = task.done() and (task.cancelled() or task.exception() is not None)
            if failed or not task.done() or concerns(task.result()):
                self._calls.pop(key, None)

    def _settle(self, key: K, ended: asyncio.Task[V], known_as: Callable[[V], K] | None) -> None:
        if self._calls.get(key) is not ended:
            return  # Dropped, or gone past, while it ran.
        if ended.cancelled() or ended.exception() is not None:
            self._calls.pop(key, None)
        elif known_as is not None:
            self._calls[known_as(ended.result())] = ended
