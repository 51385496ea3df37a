"""Counts rounds: engine calls that wait for one another. Calls that run side by side are one round."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

#: Steps of the loop in which everything that waits for no engine comes to rest.
STEPS = 50


@dataclass
class Rounds:
    """Every engine call waits until all others that can begin have begun; then all of them are answered."""

    taken: list[list[str]] = field(default_factory=list)
    _waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    def slow(self, engine: Any) -> Any:
        """Return the engine with calls that wait for their round."""
        return _Slow(engine, self)

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns, after as many rounds as it needs."""
        running = asyncio.get_running_loop().create_task(work)
        while True:
            for _ in range(STEPS):
                await asyncio.sleep(0)
            if running.done():
                return running.result()
            assert self._waiting, "the work waits for something else than the engine"
            self.taken.append(sorted(self._waiting))
            waiting, self._waiting = self._waiting, {}
            for event in waiting.values():
                event.set()

    async def turn(self, call: str) -> None:
        event = asyncio.Event()
        self._waiting[f"{call}{'*' * sum(one.startswith(call) for one in self._waiting)}"] = event
        await event.wait()


class _Slow:
    def __init__(self, engine: Any, rounds: Rounds) -> None:
        self._engine, self._rounds = engine, rounds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def waits(*given: Any, **named: Any) -> Any:
            await self._rounds.turn(name)
            answer: Awaitable[Any] = found(*given, **named)
            return await answer

        return waits
