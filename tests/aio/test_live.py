"""Whoever asks is told by a call that began afterwards."""

from __future__ import annotations

import asyncio

import pytest

from bot.aio.live import LiveReads
from bot.aio.tasks import TaskSet


class Calls:
    """Calls that answer their own number when they are let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.first = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        number = self.begun
        self.first.set()
        await self.go.wait()
        return number


async def test_each_key_has_calls_of_its_own(tasks: TaskSet) -> None:
    reads: LiveReads[str, int] = LiveReads(tasks.spawn)
    calls = Calls()
    calls.go.set()

    told = await asyncio.gather(*(reads.get(key, calls) for key in "aba"))
    assert told == [1, 2, 1]


async def test_one_that_is_on_its_way_is_not_shared(tasks: TaskSet) -> None:
    reads: LiveReads[str, int] = LiveReads(tasks.spawn)
    calls = Calls()
    first = tasks.spawn(reads.get("a", calls))
    await calls.first.wait()
    later = [tasks.spawn(reads.get("a", calls)) for _ in range(3)]
    await asyncio.sleep(0)
    calls.go.set()

    assert await first == 1
    assert await asyncio.gather(*later) == [2, 2, 2]


async def test_whoever_gives_up_ends_nobody_elses_call(tasks: TaskSet) -> None:
    reads: LiveReads[str, int] = LiveReads(tasks.spawn)
    calls = Calls()
    impatient, patient = tasks.spawn(reads.get("a", calls)), tasks.spawn(reads.get("a", calls))
    await asyncio.sleep(0)
    impatient.cancel()
    calls.go.set()

    assert await patient == 1


async def test_a_failure_reaches_all_and_the_next_call_is_a_new_one(tasks: TaskSet) -> None:
    reads: LiveReads[str, int] = LiveReads(tasks.spawn)
    calls = Calls()
    calls.go.set()

    async def fails() -> int:
        raise ValueError("no")

    told = await asyncio.gather(*(reads.get("a", fails) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [ValueError] * 3
    with pytest.raises(ValueError, match="no"):
        await reads.get("a", fails)

    assert await reads.get("a", calls) == 1
