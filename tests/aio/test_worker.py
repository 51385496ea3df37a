"""A periodic worker: what it has begun is finished, and what breaks ends nothing but its run."""

from __future__ import annotations

import asyncio

import structlog

from bot.aio.tasks import TaskSet
from bot.aio.worker import PeriodicWorker
from bot.domain.errors import DeskError


async def test_a_stop_lets_the_run_that_has_begun_finish_and_begins_no_other(tasks: TaskSet) -> None:
    begun, goes_on, done = asyncio.Event(), asyncio.Event(), []

    async def work() -> int:
        begun.set()
        await goes_on.wait()
        done.append(1)
        return 1

    worker = PeriodicWorker("one", work, pause_s=60.0, expected=DeskError)
    tasks.spawn(worker.run())
    await begun.wait()
    worker.stop()
    assert not worker.ended.is_set()
    goes_on.set()
    async with asyncio.timeout(5):
        await worker.ended.wait()

    assert done == [1]


async def test_a_run_that_breaks_is_told_and_the_next_one_goes_on() -> None:
    broken = [RuntimeError("a fault of ours"), DeskError("a neighbour is away")]

    async def work() -> int:
        if broken:
            raise broken.pop()
        return 3

    worker = PeriodicWorker("one", work, pause_s=60.0, expected=DeskError)
    with structlog.testing.capture_logs() as logged:
        runs = [await worker.once() for _ in range(3)]

    assert runs == [0, 0, 3]
    assert [line["event"] for line in logged] == ["worker_failed", "worker_broke"]
