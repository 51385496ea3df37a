"""How long the work of a press may wait for anything before Slack must be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass


@dataclass(slots=True)
class _Limit:
    """`at` is a moment of the event loop's clock."""

    at: float
    acknowledged: Callable[[], bool]
    over: bool = False


_current: ContextVar[_Limit | None] = ContextVar("acknowledge_by", default=None)


@contextmanager
def until_acknowledged(limit_s: float, acknowledged: Callable[[], bool]) -> Iterator[None]:
    """
    Inside, waits end `limit_s` seconds from now.

    Only until `acknowledged` says yes, or the context is left; what is spawned (`bot.aio.tasks`) may outlive the
    answer, and has its usual time.
    """
    limit = _Limit(asyncio.get_running_loop().time() + limit_s, acknowledged)
    token = _current.set(limit)
    try:
        yield
    finally:
        limit.over = True
        _current.reset(token)


def left_s(usual_s: float) -> float:
    """Seconds that a wait which begins now may take, at most `usual_s`; below 0 where none are left."""
    limit = _current.get()
    if limit is None or limit.over or limit.acknowledged():
        return usual_s
    return min(usual_s, limit.at - asyncio.get_running_loop().time())


def unlimited() -> Context:
    """The context of whoever asks, without such a limit."""
    context = copy_context()
    context.run(_current.set, None)
    return context
