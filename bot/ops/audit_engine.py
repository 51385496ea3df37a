"""`coupon-desk audit --against-engine`: the desk's redemptions compared with the engine's own records."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.capillary.engine_records import FEWEST_CALLS, MOST_CALLS, CapillaryRecords
from bot.adapters.ledger.budgets import ENGINE_BUDGET, supply
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.records import LedgerRecords
from bot.aio.budget import Bucket, Budget, Rate, Supplied, Supply, Urgency, per_minute, urgency
from bot.aio.tasks import TaskSet
from bot.app import Tuning
from bot.bootstrap.engine import engine_transport
from bot.bootstrap.ports import till_of
from bot.domain.against_engine import Differences, EngineRecords, OurPlace, compared
from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineBusy, EngineError, UserError
from bot.domain.masking import masked
from bot.domain.redemption import Redemption
from bot.ops.ledger import display_of
from bot.ops.sentences import counted, moment
from bot.services.health import Pulse
from bot.settings import Settings
from bot.views.text import Display

#: Exit codes.
FINE, FAILED = 0, 1
#: The command's part of CAPILLARY_CALLS_PER_MINUTE: what the background gets while everybody waits.
PART = 10
#: Seconds to wait where the engine, or the budget, is busy, and how often for one customer.
BUSY_S, BUSY_TIMES = 5.0, 20

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstEngine:
    """
    One comparison, told as it goes.

    Attributes:
        calls_per_minute: of this command.

    """

    records: LedgerRecords
    engine: CapillaryRecords
    place: OurPlace
    display: Display
    calls_per_minute: int
    say: Say
    found: Counter[str] = field(default_factory=Counter)

    async def __call__(self) -> int:
        """Returns the exit code: 1 where anything differs or could not be read. Raises LedgerUnavailable."""
        customers = await self.records.customers(self.place.since, self.place.until)
        self._beforehand(len(customers))
        claimed = frozenset(await self.records.every_claim())
        for customer in customers:
            await self._customer(customer, claimed)
        return self._whole()

    def _beforehand(self, customers: int) -> None:
        calls = customers * FEWEST_CALLS
        self.say(
            f"{counted(customers, 'customer', 'customers')}: {calls} calls to the engine, at most {customers * MOST_CALLS}; at "
            f"{self.calls_per_minute} a minute, beside what people wait for, about {max(1, calls // self.calls_per_minute)} min."
        )
        place = (
            f"booked on till {self.place.till}"
            if self.place.till
            else "that carry a generated number (no till is set)"
        )
        self.say(
            "It cannot see: customers without a request here in that period; more than the latest 100 redemptions of "
            f"one; what the engine does not record. Uses at our place are those {place}."
        )

    async def _customer(self, customer: CustomerId, claimed: frozenset[str]) -> None:
        rows = await self.records.requests_of(customer, self.place.since, self.place.until)
        redeemed = [row for row in rows if row.state.value == "redeemed"]
        self.found["ours"] += len(redeemed)
        try:
            engine = await self._read(customer, rows)
        except (EngineError, UserError) as err:
            self.found["unread"] += 1
            self.say(f"NOT READ customer {customer}: {type(err).__name__}.")
            return
        self._tell(customer, compared(redeemed, engine, claimed, self.place), cut=engine.cut)

    async def _read(self, customer: CustomerId, rows: Sequence[Redemption]) -> EngineRecords:
        """Waits while the engine or the budget is busy: nobody waits for this."""
        since = min(row.made_at for row in rows).astimezone(self.engine.zone).date() - timedelta(days=1)
        for left in reversed(range(BUSY_TIMES)):
            try:
                return await self.engine.of(customer, since, [row.terms.code for row in rows])
            except EngineBusy as err:
                if not left:
                    raise
                await asyncio.sleep(err.retry_after_s or BUSY_S)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _tell(self, customer: CustomerId, differs: Differences, *, cut: bool) -> None:
        for row in differs.missing:
            self._count(
                "unseen" if cut else "missing",
                f"request {row.reference}: redemption {row.outcome.redemption_id} of customer {customer} is not "
                f"in the engine's records{', which hold more than were read' if cut else ''}.",
            )
        for row in differs.unnamed:
            self._count("unseen", f"request {row.reference}: it is redeemed without a redemption id.")
        for row, use in differs.reversed:
            when = f" on {moment(use.reversed_at, self.display)}" if use.reversed_at else ""
            self._count(
                "reversed", f"request {row.reference}: redemption {use.id} was undone{when} at the engine."
            )
        for use in differs.unclaimed:
            self._count("unclaimed", f"redemption {use.id} of customer {customer}{self._when(use)}.")

    def _count(self, what: str, sentence: str) -> None:
        self.found[what] += 1
        self.say(f"{what.upper()} {sentence}")

    def _when(self, use: Use) -> str:
        at = f", {moment(use.at, self.display)}" if use.at else ""
        bill = f", bill {masked(use.bill)}" if use.bill else ""
        return f"{at}{bill}: at our place, and no request claims it"

    def _whole(self) -> int:
        told = ("missing", "reversed", "unclaimed", "unseen", "unread")
        same = self.found["ours"] - self.found["missing"] - self.found["reversed"] - self.found["unseen"]
        counts = ", ".join(f"{self.found[one]} {one}" for one in told)
        self.say(f"{same} of {self.found['ours']} redemptions are as the engine shows them; {counts}.")
        return FAILED if any(self.found[one] for one in told) else FINE


async def against_engine(
    settings: Settings,
    database: Database,
    say: Say,
    *,
    since: datetime | None,
    until: datetime | None,
    tuning: Tuning | None = None,
) -> int:
    """Returns the exit code. Raises LedgerUnavailable."""
    async with _records(settings, database, tuning or Tuning()) as engine:
        compare = AgainstEngine(
            records=LedgerRecords(database),
            engine=engine,
            place=OurPlace(till=till_of(settings), since=since, until=until),
            display=display_of(settings),
            calls_per_minute=_rate_of(settings, tuning),
            say=say,
        )
        with urgency(Urgency.BACKGROUND):
            return await compare()


@asynccontextmanager
async def _records(settings: Settings, database: Database, tuning: Tuning) -> AsyncIterator[CapillaryRecords]:
    async with AsyncExitStack() as stack:
        tasks = TaskSet()
        stack.push_async_callback(tasks.close)
        budget = _budget(settings, database, tasks, tuning)
        heard = Pulse(tuning.now).beat
        transport = engine_transport(settings, tuning.monotonic, heard, stack, budget)
        yield CapillaryRecords(transport, settings.capillary_timezone)


def _rate_of(settings: Settings, tuning: Tuning | None) -> int:
    calls = (tuning.engine_per_minute if tuning else None) or settings.capillary_calls_per_minute
    return max(2, calls // PART)


def _budget(settings: Settings, database: Database, tasks: TaskSet, tuning: Tuning) -> Budget:
    """Its part of the budget that all instances share, so that they keep the rest."""
    rate = per_minute(_rate_of(settings, tuning))
    whole = per_minute(tuning.engine_per_minute or settings.capillary_calls_per_minute)
    shared = supply(database, ENGINE_BUDGET, whole, time.monotonic)
    return Budget(_Part(rate, shared), batch=1, spawn=tasks.spawn, monotonic=time.monotonic)


class _Part:
    """Tokens of the shared budget, no more often than the part allows."""

    def __init__(self, rate: Rate, shared: Supply) -> None:
        self._own, self._shared = Bucket(rate, time.monotonic), shared

    async def lease(self, want: int) -> Supplied:
        own = await self._own.lease(want)
        return await self._shared.lease(own.count) if own.count else own
