"""What the engine's records show of one customer, for `coupon-desk audit --against-engine`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from zoneinfo import ZoneInfo

from bot.adapters.capillary import decode
from bot.adapters.capillary.customer_uses import PAGES, ROWS, coupon_page, history_rows, use_of
from bot.adapters.capillary.transport import Transport
from bot.aio.frozen import part
from bot.domain.against_engine import EngineRecords
from bot.domain.coupon import CouponCode, Use
from bot.domain.customer import CustomerId

#: Calls for one customer: the history, and the list of coupons, which alone tells what was undone.
FEWEST_CALLS, MOST_CALLS = 2, 1 + PAGES


@part
class CapillaryRecords:
    """Raises EngineError, UnknownCustomer."""

    transport: Transport
    zone: ZoneInfo

    async def of(self, customer: CustomerId, since: date, codes: Collection[CouponCode]) -> EngineRecords:
        """Redemptions since that day; what was undone is read until each of these codes was met."""
        told = await history_rows(self.transport, customer, since)
        uses = {row.id: use_of(row, self.zone) for row in told.rows if row.id is not None}
        undone = await self._undone(customer, {code.casefold() for code in codes})
        return EngineRecords(
            uses={number: use for number, use in uses.items() if number not in undone},
            reversed=undone,
            cut=told.cut,
        )

    async def _undone(self, customer: CustomerId, wanted: set[str]) -> dict[str, Use]:
        undone: dict[str, Use] = {}
        for page in range(PAGES):
            coupons = await coupon_page(self.transport, customer, page * ROWS, reversals=True)
            for one in (decode.coupon(coupon, self.zone) for coupon in coupons):
                wanted.discard(one.code.casefold())
                undone |= {use.id: use for use in one.reversed_uses if use.id is not None}
            if len(coupons) < ROWS or not wanted:
                break
        return undone
