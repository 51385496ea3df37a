"""Answers that are shared for a moment: equal questions cost one call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, TypeVar

from cachetools import TLRUCache

from bot.aio.tasks import Spawn

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[V]):
    """
    A call, running or done.

    Attributes:
        number: a later call has a higher one, and the newer answer.
        until: when it is too old, by the cache's timer; its age counts from the question.

    """

    task: asyncio.Task[V]
    number: int
    until: float


class CoalescingCache(Generic[K, V]):
    """
    A bounded cache of calls, running and done.

    Whoever asks while a call runs waits for that call. A failure reaches all of them and is not
    kept. The call goes on when one of them, or all, are cancelled.
    """

    def __init__(self, *, spawn: Spawn, keep_s: float, at_most: int, timer: Callable[[], float]) -> None:
        self._spawn = spawn
        self._keep_s = keep_s
        self._timer = timer
        self._numbers = count()
        self._calls: TLRUCache[K, _Kept[V]] = TLRUCache(
            at_most, ttu=lambda _key, kept, _now: kept.until, timer=timer
        )

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
        kept = None if fresh else self._calls.get(key)
        if kept is None:
            kept = self._begun(key, call, known_as)
        return asyncio.shield(kept.task)

    def drop(self, concerns: Callable[[V], bool], *, running: bool = True) -> None:
        """Forget every answer that `concerns` says yes to, and with `running` every call that has not answered yet."""
        for key, kept in list(self._calls.items()):
            task = kept.task
            # A call that has just failed is still kept until its callback has run; it has no result to ask.
            failed = task.done() and (task.cancelled() or task.exception() is not None)
            if failed or (concerns(task.result()) if task.done() else running):
                self._calls.pop(key, None)

    def _begun(
        self, key: K, call: Callable[[], Coroutine[Any, Any, V]], known_as: Callable[[V], K] | None
    ) -> _Kept[V]:
        kept = _Kept(self._spawn(call()), next(self._numbers), self._timer() + self._keep_s)
        self._calls[key] = kept
        kept.task.add_done_callback(lambda _: self._settle(key, kept, known_as))
        return kept

    def _settle(self, key: K, kept: _Kept[V], known_as: Callable[[V], K] | None) -> None:
        if self._calls.get(key) is not kept:
            return  # Dropped, or gone past, while it ran.
        if kept.task.cancelled() or kept.task.exception() is not None:
            self._calls.pop(key, None)
        elif known_as is not None:
            other = known_as(kept.task.result())
            there = self._calls.get(other)
            # What was asked later, a Refresh for one, is not replaced by what was asked before it.
            if there is None or there.number < kept.number:
                self._calls[other] = kept
