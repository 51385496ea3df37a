"""A budget is kept, and nobody starves on it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bot.aio.budget import Bucket, Budget, BudgetSpent, Rate, Supplied, Urgency, leased, per_minute, urgency
from bot.aio.tasks import TaskSet

SECOND = Rate(burst=5, each_s=1.0)


@dataclass(slots=True)
class Clock:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


class Tap:
    """Tokens come when they are let through; `wanted` keeps how many were asked for each time."""

    def __init__(self) -> None:
        self.wanted: list[int] = []
        self._free: asyncio.Queue[int] = asyncio.Queue()

    def give(self, count: int) -> None:
        self._free.put_nowait(count)

    async def lease(self, want: int) -> Supplied:
        self.wanted.append(want)
        return Supplied(min(want, await self._free.get()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def budget(
    supply: Tap | Bucket, tasks: TaskSet, clock: Clock, *, batch: int = 1, wait_s: float = 30.0
) -> Budget:
    waits = dict.fromkeys(Urgency, wait_s)
    return Budget(supply, batch=batch, spawn=tasks.spawn, monotonic=clock, waits=waits)


async def test_a_burst_is_had_at_once_and_then_one_at_a_time(clock: Clock) -> None:
    bucket = Bucket(SECOND, clock)
    assert (await bucket.lease(9)).count == 5
    assert await bucket.lease(1) == Supplied(0, 1.0)
    clock.at += 1.0
    assert (await bucket.lease(9)).count == 1
    clock.at += 3600.0

    assert (await bucket.lease(9)).count == 5


def test_a_clock_that_was_set_back_shuts_nobody_out() -> None:
    supplied, _ = leased(SECOND, 5000.0, 1000.0, 3)

    assert supplied.count == 3


@pytest.mark.parametrize("calls", [20, 50, 100, 600])
async def test_no_minute_has_more_calls_than_it_may(calls: int, clock: Clock) -> None:
    """Whoever takes whatever there is, at every moment."""
    bucket, taken = Bucket(per_minute(calls), clock), list[float]()
    for _ in range(1200):
        taken += [clock.at] * (await bucket.lease(1000)).count
        clock.at += 0.1
    most = max(sum(start <= at < start + 60 for at in taken) for start in set(taken))

    assert 0.9 * calls <= most <= calls


async def test_those_who_wait_are_leased_for_at_once(tasks: TaskSet, clock: Clock) -> None:
    tap = Tap()
    tap.give(10)
    kept = budget(tap, tasks, clock, batch=10)
    await asyncio.gather(*(kept.take() for _ in range(7)))

    assert tap.wanted == [7]


async def test_batches_grow_as_long_as_they_are_used_up_in_time(tasks: TaskSet, clock: Clock) -> None:
    tap = Tap()
    kept = budget(tap, tasks, clock, batch=10)
    for _ in range(35):
        tap.give(10)
        await kept.take()

    assert tap.wanted == [1, 2, 4, 8, 10, 10]


async def test_who_needs_few_leases_few_and_leaves_the_rest_to_others(tasks: TaskSet, clock: Clock) -> None:
    """What one process leases and does not use is lost to all of them."""
    tap = Tap()
    kept = budget(tap, tasks, clock, batch=10)
    for _ in range(7):
        tap.give(10)
        await kept.take()
    assert tap.wanted == [1, 2, 4]
    for _ in range(4):
        clock.at += 2.0
        tap.give(10)
        await kept.take()

    assert tap.wanted == [1, 2, 4, 4, 1, 1, 1]


async def test_tokens_that_lay_about_are_not_spent(tasks: TaskSet, clock: Clock) -> None:
    """Or those of many instances could come in one moment."""
    tap = Tap()
    tap.give(10)
    kept = budget(tap, tasks, clock, batch=10)
    await kept.take()
    clock.at += 2.0
    tap.give(10)
    await kept.take()

    assert len(tap.wanted) == 2


async def takers(kept: Budget, tasks: TaskSet, of: Urgency, count: int, got: list[Urgency]) -> None:
    async def take() -> None:
        await kept.take()
        got.append(of)

    with urgency(of):
        for _ in range(count):
            tasks.spawn(take())
    await asyncio.sleep(0)


async def settled(tasks: TaskSet) -> None:
    for _ in range(50):
        await asyncio.sleep(0)
    assert tasks._running


async def test_each_urgency_gets_its_share_while_all_wait(tasks: TaskSet, clock: Clock) -> None:
    tap, got = Tap(), list[Urgency]()
    kept = budget(tap, tasks, clock)
    for of in (Urgency.BACKGROUND, Urgency.PRESS, Urgency.REDEEM):
        await takers(kept, tasks, of, 40, got)
    for _ in range(20):
        tap.give(1)
        await settled(tasks)

    assert [got.count(of) for of in Urgency] == [pytest.approx(12, abs=1), pytest.approx(6, abs=1), 2]


async def test_whoever_comes_late_is_served_before_a_crowd_that_is_less_urgent(
    tasks: TaskSet, clock: Clock
) -> None:
    tap, got = Tap(), list[Urgency]()
    kept = budget(tap, tasks, clock)
    await takers(kept, tasks, Urgency.PRESS, 100, got)
    for _ in range(10):
        tap.give(1)
        await settled(tasks)
    await takers(kept, tasks, Urgency.REDEEM, 1, got)
    for _ in range(2):
        tap.give(1)
        await settled(tasks)

    assert Urgency.REDEEM in got


async def test_ten_redemptions_wait_less_than_two_seconds_beside_two_hundred_look_ups(
    tasks: TaskSet, clock: Clock
) -> None:
    """At the engine's usual rate, after a burst that has taken all there was: counted in tokens, not in time."""
    tap, got = Tap(), list[Urgency]()
    kept = budget(tap, tasks, clock)
    await takers(kept, tasks, Urgency.PRESS, 200, got)
    await takers(kept, tasks, Urgency.REDEEM, 10, got)
    for _ in range(int(2.0 / per_minute(600).each_s)):
        tap.give(1)
        await settled(tasks)

    assert got.count(Urgency.REDEEM) == 10
    assert got.count(Urgency.PRESS) >= 5


async def test_whoever_gave_up_takes_nobodys_token(tasks: TaskSet, clock: Clock) -> None:
    tap, got = Tap(), list[Urgency]()
    kept = budget(tap, tasks, clock)
    impatient = tasks.spawn(kept.take())
    await asyncio.sleep(0)
    await takers(kept, tasks, Urgency.PRESS, 1, got)
    impatient.cancel()
    tap.give(1)
    await asyncio.wait({impatient})
    for _ in range(20):
        await asyncio.sleep(0)

    assert got == [Urgency.PRESS]


async def test_waiting_has_an_end(tasks: TaskSet, clock: Clock) -> None:
    kept = budget(Tap(), tasks, clock, wait_s=0.01)

    with pytest.raises(BudgetSpent):
        async with asyncio.timeout(5):
            await kept.take()


async def test_who_is_asked_to_keep_away_for_long_is_told_at_once(tasks: TaskSet, clock: Clock) -> None:
    tap = Tap()
    tap.give(10)
    kept = budget(tap, tasks, clock, batch=10)
    await kept.take()
    kept.heed(60.0)
    with pytest.raises(BudgetSpent) as spent:
        await kept.take()
    assert spent.value.wait_s == pytest.approx(60.0)
    clock.at += 60.0
    tap.give(1)

    await kept.take()
