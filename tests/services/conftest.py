from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from bot.services.look_up import Caching
from bot.services.shared import Shared
from bot.services.tasks import Tasks
from tests.services.calls import Call, Counted
from tests.services.shelf import NOON, Shelf

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
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def now(timer: Timer) -> Callable[[], datetime]:
    return lambda: NOON + timedelta(seconds=timer.seconds)


@pytest.fixture
def caching(tasks: Tasks, timer: Timer) -> Caching:
    return Caching(tasks.spawn, KEEP_S, timer)


@pytest.fixture
async def call() -> Call:
    return Call()


@pytest.fixture
async def counted() -> Counted:
    return Counted()


@pytest.fixture
def shared(tasks: Tasks, timer: Timer) -> Shared[str, str]:
    return Shared(spawn=tasks.spawn, keep_s=KEEP_S, at_most=3, timer=timer)


@pytest.fixture
def numbers(tasks: Tasks, timer: Timer) -> Shared[str, int]:
    return Shared(spawn=tasks.spawn, keep_s=KEEP_S, at_most=3, timer=timer)
