"""Limits on waits during a press, until Slack is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass


@dataclass(slots=True)
class _Limit:
    """`began` and `at` are moments of the event loop's clock."""

    began: float
    at: float
    acknowledged: Callable[[], bool]
    over: bool = False


_current: ContextVar[_Limit | None] = ContextVar("acknowledge_by", default=None)


@contextmanager
def until_acknowledged(limit_s: float, acknowledged: Callable[[], bool]) -> Iterator[None]:
    """
    Within this context waits end at most `limit_s` seconds from now.

    The limit ends when `acknowledged` returns True. Spawned tasks (`bot.aio.tasks`) have no such limit, because they may
    outlive the acknowledgement.
    """
    now = asyncio.get_running_loop().time()
    limit = _Limit(now, now + limit_s, acknowledged)
    token = _current.set(limit)
    try:
        yield
    finally:
        limit.over = True
        _current.reset(token)


def left_s(usual_s: float) -> float:
    """Return the seconds that a wait may take from now, at most `usual_s`; below 0 if no time is left."""
    limit = _current.get()
    if limit is None or limit.over or limit.acknowledged():
        return usual_s
    return min(usual_s, limit.at - asyncio.get_running_loop().time())


def passed_s() -> float:
    """Return the seconds since the press arrived; 0 where nobody waits for an acknowledgement."""
    limit = _current.get()
    if limit is None or limit.over or limit.acknowledged():
        return 0.0
    return asyncio.get_running_loop().time() - limit.began


def unlimited() -> Context:
    """Return the current context without the limit."""
    context = copy_context()
    context.run(_current.set, None)
    return context
