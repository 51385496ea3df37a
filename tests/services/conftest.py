from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta

import pytest

from bot.services.look_up import Caching
from bot.services.tasks import Tasks
from tests.services.shelf import NOON, Shelf


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
    return Caching(tasks.spawn, 30.0, timer)
