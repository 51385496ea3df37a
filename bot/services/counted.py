"""Counts look-ups by how they ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from bot import meters

P = ParamSpec("P")
R = TypeVar("R")

_Call = Callable[P, Coroutine[Any, Any, R]]


def look_up(card: str) -> Callable[[_Call[P, R]], _Call[P, R]]:
    """Count each call as a look-up of this `card`: as ok, or by the kind of what it raises."""

    def counted(call: _Call[P, R]) -> _Call[P, R]:
        @wraps(call)
        async def counting(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                found = await call(*args, **kwargs)
            except Exception as err:
                meters.LOOK_UPS.labels(card, type(err).__name__).inc()
                raise
            meters.LOOK_UPS.labels(card, "ok").inc()
            return found

        return counting

    return counted
