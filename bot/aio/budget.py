"""A budget: how often something may be done, for all who do it, by what cannot wait first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from bot import meters
from bot.aio.frozen import frozen
from bot.aio.tasks import Spawn


class Urgency(Enum):
    """
    Who waits for it. Each is served while there are any tokens, the first most often.

    Values are shares: of ten tokens that all three wait for, six go to redemptions and one to the background.
    """

    REDEEM = 6
    PRESS = 3
    BACKGROUND = 1


_URGENCY: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.PRESS)


@contextmanager
def urgency(of: Urgency) -> Iterator[None]:
    """Whatever is done inside, by tasks begun there too, is so urgent."""
    token = _URGENCY.set(of)
    try:
        yield
    finally:
        _URGENCY.reset(token)


class BudgetSpent(TimeoutError):
    """It was not to be had in time; `wait_s` after which it may be, as far as that is known."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("budget spent")
        self.wait_s = wait_s


@frozen
class Supplied:
    """
    Tokens that were leased.

    Attributes:
        count: how many may be spent now, 0 or more.
        wait_s: when there are none, seconds after which to ask again.
        left: how many more there would be at this moment.

    """

    count: int
    wait_s: float = 0.0
    left: int = 0


class Supply(Protocol):
    """Where tokens come from."""

    async def lease(self, want: int) -> Supplied:
        """As many as there are, at most `want`."""
        ...


@frozen(kw_only=True)
class Rate:
    """
    What is allowed.

    Attributes:
        burst: tokens that may be spent at once, after a rest.
        each_s: seconds in which one more comes.

    """

    burst: int
    each_s: float

    def times(self, factor: int) -> Rate:
        """So many times as much."""
        return Rate(burst=self.burst * factor, each_s=self.each_s / factor)

    @property
    def batch(self) -> int:
        """Tokens that are leased at once: what comes in two seconds, so that few are left lying about."""
        return max(1, min(self.burst, round(2.0 / self.each_s)))


def per_minute(calls: int) -> Rate:
    """
    Never more than so many in any minute: a fifth may come at once, the rest evenly.

    A little less, because a leased token may be spent some seconds later.
    """
    burst = max(1, calls // 5)
    return Rate(burst=burst, each_s=60.0 / ((calls - burst) * 0.95))


@dataclass(slots=True)
class Bucket:
    """Tokens of one process, in memory (the generic cell rate algorithm)."""

    rate: Rate
    monotonic: Callable[[], float]
    _free_at: float = field(init=False, default=float("-inf"))

    async def lease(self, want: int) -> Supplied:
        """See `Supply`."""
        now = self.monotonic()
        supplied, self._free_at = leased(self.rate, self._free_at, now, want)
        return supplied


def leased(rate: Rate, free_at: float, now: float, want: int) -> tuple[Supplied, float]:
    """
    What there is at this moment, and `free_at` afterwards.

    `free_at` tells up to when tokens are taken: each moves it on by `each_s`, from now or from where it stands,
    and there are some to be had until it is a whole burst ahead.
    """
    ahead = free_at - now
    # Further ahead than it can move, it means that a clock was set back.
    if not 0.0 <= ahead <= rate.burst * rate.each_s + rate.each_s:
        ahead = 0.0
    # A token that is here but for a rounding is here.
    free = int(rate.burst - ahead / rate.each_s + 1e-6)
    count = min(want, max(0, free))
    wait_s = 0.0 if count else ahead - (rate.burst - 1) * rate.each_s
    return Supplied(count, wait_s, max(0, free) - count), now + ahead + count * rate.each_s


#: Seconds that each may wait for a token, before it is told that there is none.
WAITS: Mapping[Urgency, float] = {Urgency.REDEEM: 5.0, Urgency.PRESS: 5.0, Urgency.BACKGROUND: 5.0}
#: Seconds after which a leased token that nobody needed is worth nothing any more.
KEPT_S = 2.0


@dataclass(slots=True)
class _Waiting:
    """Those of one urgency; `passed` moves on with every token they get, by less where their share is larger."""

    share: int
    queue: deque[asyncio.Future[None]] = field(default_factory=deque)
    passed: float = 0.0


class Budget:
    """
    Tokens are leased in batches, and given to who waits by their shares. Nobody waits for ever.

    A batch has no more than are needed soon: what is leased and not used is lost to all other processes.
    """

    def __init__(
        self,
        supply: Supply,
        *,
        batch: int,
        spawn: Spawn,
        monotonic: Callable[[], float],
        waits: Mapping[Urgency, float] = WAITS,
        called: str = "other",
    ) -> None:
        """`batch`: the most that are leased at once. `called`: its name in the metrics."""
        self._left = meters.BUDGET_LEFT.labels(called)
        self._waited = meters.BUDGET_WAITED.labels(called)
        self._spent = meters.BUDGET_SPENT.labels(called)
        self._supply = supply
        self._batch = batch
        self._spawn = spawn
        self._monotonic = monotonic
        self._waits = waits
        self._waiting = {one: _Waiting(one.value) for one in Urgency}
        self._stock = 0
        self._stock_until = 0.0
        self._needed = 1
        self._not_before = float("-inf")
        self._pump: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """One token, for what is urgent as the context says. Raises BudgetSpent."""
        now, of = self._monotonic(), _URGENCY.get()
        if self._not_before - now > self._waits[of]:
            self._spent.inc()
            raise BudgetSpent(self._not_before - now)
        if self._pump is None and self._in_stock(now):
            self._stock -= 1
            self._waited.observe(0.0)
            return
        await self._wait(self._waiting[of], self._waits[of])
        self._waited.observe(self._monotonic() - now)

    def heed(self, wait_s: float) -> None:
        """The other side asks to keep away for so long."""
        self._not_before = max(self._not_before, self._monotonic() + wait_s)
        self._stock = 0

    async def _wait(self, waiting: _Waiting, limit_s: float) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not waiting.queue:
            # Whoever has not waited for a while gets no more than their share for it.
            others = [one.passed for one in self._waiting.values() if one.queue]
            waiting.passed = max(waiting.passed, min(others, default=waiting.passed))
        waiting.queue.append(place)
        if self._pump is None:
            self._pump = self._spawn(self._serve())
        try:
            async with asyncio.timeout(limit_s):
                await place
        except TimeoutError:
            self._spent.inc()
            raise BudgetSpent(max(0.0, self._not_before - self._monotonic())) from None
        finally:
            if not place.done() or place.cancelled():
                with suppress(ValueError):
                    waiting.queue.remove(place)

    async def _serve(self) -> None:
        """Run while somebody waits."""
        try:
            while any(one.queue for one in self._waiting.values()):
                away_s = self._not_before - self._monotonic()
                if away_s > 0:
                    await asyncio.sleep(away_s)
                elif self._in_stock(self._monotonic()):
                    self._give()
                else:
                    await self._lease()
        finally:
            self._pump = None

    async def _lease(self) -> None:
        self._needed = self._needed_soon()
        waiting = sum(len(one.queue) for one in self._waiting.values())
        supplied = await self._supply.lease(min(max(waiting, self._needed), self._batch))
        self._stock, self._stock_until = supplied.count, self._monotonic() + KEPT_S
        self._left.set(supplied.count + supplied.left)
        if not supplied.count:
            await asyncio.sleep(max(supplied.wait_s, 0.001))

    def _needed_soon(self) -> int:
        """Return how many are needed while they are worth something, by what became of the last ones."""
        if self._stock:
            return max(1, self._needed - self._stock)
        used_up_early = self._monotonic() < self._stock_until
        return min(self._needed * 2, self._batch) if used_up_early else self._needed

    def _in_stock(self, now: float) -> bool:
        return self._stock > 0 and self._not_before <= now < self._stock_until

    def _give(self) -> None:
        first = min((one for one in self._waiting.values() if one.queue), key=lambda one: one.passed)
        place = first.queue.popleft()
        if not place.done():
            place.set_result(None)
            first.passed += 1.0 / first.share
            self._stock -= 1
