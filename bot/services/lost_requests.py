"""
Finds out that the ledger has lost requests: the engine shows redemptions of ours that no request has.

A database that is put back to an earlier state, or a standby that was behind when it took over, forgets what was
acknowledged. What the engine holds is compared with the ledger whenever a coupon is looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import structlog

from bot.aio.frozen import part
from bot.aio.tasks import Spawn
from bot.domain.answer import Answer
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, Identifier
from bot.domain.errors import LedgerUnavailable
from bot.domain.recent_uses import sent_from_here
from bot.services.ports import Engine, Order, PageQuery, RedeemEngine

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class LostRequests:
    """
    Looks at uses that the engine has just shown; nobody waits for it.

    Attributes:
        alarm: raises an alarm for those that no request has, and returns them. Raises LedgerUnavailable.
        till: the code of ours; None leaves it to the engine.

    """

    alarm: Callable[[CouponCode, Sequence[Use]], Awaitable[Sequence[Use]]]
    till: str | None
    spawn: Spawn
    #: Redemptions that this process has raised an alarm for. Those that a request had may be lost the next time.
    _told: set[str] = field(default_factory=set)

    def look(self, code: CouponCode, uses: Sequence[Use]) -> None:
        ours = [use for use in sent_from_here(uses, self.till) if use.id not in self._told]
        if ours:
            self.spawn(self._compared(code, ours))

    async def _compared(self, code: CouponCode, ours: Sequence[Use]) -> None:
        try:
            lost = await self.alarm(code, ours)
            self._told.update(use.id for use in lost if use.id is not None)
        except LedgerUnavailable as err:
            log.warning("not_compared_with_engine", reason=err.kind)


@part
class WatchedEngine:
    """An `Engine` whose records are looked at; `engine` returns it, which is made at the first call."""

    engine: Callable[[], Engine]
    lost: LostRequests

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        return await self.engine().coupons(customer, query)

    async def customer_id(self, customer: Identifier) -> CustomerId:
        return await self.engine().customer_id(customer)

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        return await self.engine().redeemability(customer, code)

    async def redeemability_as_named(self, customer: Identifier, code: CouponCode) -> Redeemability:
        return await self.engine().redeemability_as_named(customer, code)

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        record = await self.engine().coupon_record(code)
        if record is not None and record.last_use is not None:
            self.lost.look(code, [record.last_use])
        return record


@part
class WatchedRedeeming:
    """A `RedeemEngine` whose uses are looked at; likewise."""

    engine: Callable[[], RedeemEngine]
    lost: LostRequests

    @property
    def till(self) -> str | None:
        return self.lost.till

    async def customer(self, customer: CustomerId) -> Customer:
        return await self.engine().customer(customer)

    async def uses(
        self,
        customer: CustomerId,
        code: CouponCode,
        *,
        since: date,
        single: bool,
        listed: bool = False,
    ) -> tuple[Use, ...]:
        found = await self.engine().uses(customer, code, since=since, single=single, listed=listed)
        self.lost.look(code, found)
        return found

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        return await self.engine().redeem(order, begin_within_s=begin_within_s)
