"""Live reads: whoever asks is told by a call that began afterwards, and shares it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from bot.aio.tasks import Spawn

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LiveReads(Generic[K, V]):
    """
    One call for each key runs at a time.

    Who asks while it runs waits for the next one, which all who asked meanwhile share: what was on its way when
    somebody was removed lets nobody in. A failure reaches all who share the call. Nobody's cancelling ends it.
    """

    def __init__(self, spawn: Spawn) -> None:
        self._spawn = spawn
        self._running: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, call: Callable[[], Coroutine[Any, Any, V]]) -> V:
        waiting = self._next.get(key)
        if waiting is None:
            waiting = self._next[key] = self._spawn(self._run(key, call))
        return await asyncio.shield(waiting)

    async def _run(self, key: K, call: Callable[[], Coroutine[Any, Any, V]]) -> V:
        try:
            while (running := self._running.get(key)) is not None:
                await asyncio.wait({running})
        finally:
            # From here on the call has begun: a later press must not share it.
            own = self._next.pop(key)
        self._running[key] = own
        try:
            return await call()
        finally:
            del self._running[key]
