"""A cache of calls: equal questions share one call, and its answer for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from itertools import count
from typing import Any, Generic, TypeVar

from cachetools import TLRUCache

from bot import meters
from bot.aio.frozen import frozen
from bot.aio.tasks import Spawn

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@frozen
class _Kept(Generic[V]):
    """
    A call, running or done.

    Attributes:
        number: counts the calls; the answer of the call with the higher number is the newer one.
        until: when the answer is too old, by the cache's timer. Its age counts from the start of the call.

    """

    task: asyncio.Task[V]
    number: int
    until: float


class CoalescingCache(Generic[K, V]):
    """
    A bounded cache of calls, running and done.

    Callers who ask while a call runs wait for that call. If it fails, all of them get the error, and the
    error is not cached. The call goes on even if every caller is cancelled.
    """

    def __init__(
        self,
        *,
        spawn: Spawn,
        keep_s: float,
        at_most: int,
        timer: Callable[[], float],
        called: str = "other",
    ) -> None:
        """`called`: its name in the metrics."""
        self._hit, self._miss = (meters.CACHED.labels(called, result) for result in ("hit", "miss"))
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
        Return the shared task for this key, or start one.

        `fresh` starts a new call even if an answer is cached or a call runs; its answer is cached for the others.

        `known_as` takes the answer and returns another key that the answer is cached under as well.
        """
        kept = None if fresh else self._calls.get(key)
        (self._miss if kept is None else self._hit).inc()
        if kept is None:
            kept = self._begun(key, call, known_as)
        return asyncio.shield(kept.task)

    def drop(self, concerns: Callable[[V], bool], *, running: bool = True) -> None:
        """Forget every answer for which `concerns` returns True and, with `running`, every call that still runs."""
        for key, kept in list(self._calls.items()):
            task = kept.task
            # A call that has just failed stays in the cache until its callback runs; it has no result.
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
            return  # It was dropped, or replaced by a fresh call, while it ran.
        if kept.task.cancelled() or kept.task.exception() is not None:
            self._calls.pop(key, None)
        elif known_as is not None:
            other = known_as(kept.task.result())
            there = self._calls.get(other)
            # An older call that ends late must not replace the answer of a newer one, for example of Refresh.
            if there is None or there.number < kept.number:
                self._calls[other] = kept
