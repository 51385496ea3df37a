from __future__ import annotations

import pytest

from bot.aio.coalescing import CoalescingCache
from bot.aio.tasks import TaskSet
from tests.aio.calls import Call, Counted

KEEP_S = 30.0


class Timer:
    """Seconds that only the test counts."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
async def call() -> Call:
    return Call()


@pytest.fixture
async def counted() -> Counted:
    return Counted()


@pytest.fixture
def shared(tasks: TaskSet, timer: Timer) -> CoalescingCache[str, str]:
    return CoalescingCache(spawn=tasks.spawn, keep_s=KEEP_S, at_most=3, timer=timer)


@pytest.fixture
def numbers(tasks: TaskSet, timer: Timer) -> CoalescingCache[str, int]:
    return CoalescingCache(spawn=tasks.spawn, keep_s=KEEP_S, at_most=3, timer=timer)
