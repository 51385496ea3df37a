"""What the engine says now of a case's coupon, and which codes its customer has."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.aio.frozen import part
from bot.domain.cards import CaseNow
from bot.domain.case import Case, Facts, KnownCodes
from bot.domain.coupon import CouponPage
from bot.domain.customer import CustomerId, by_id
from bot.domain.errors import EngineError, UserError
from bot.domain.lookup import PAGE_SIZE, Filter
from bot.services.lookup import FindCoupon, LookUpCoupons
from bot.services.ports import PageQuery

#: Pages of a customer's coupons that are read for their codes.
PAGES = 5
_NEWEST = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)


@part(kw_only=True)
class ReadCaseFacts:
    """Neither method raises for what the engine does: a case is asked and answered without it, too."""

    find: FindCoupon
    look_up: LookUpCoupons

    async def now(self, case: Case) -> CaseNow:
        """Return the case with an uncached answer about its coupon."""
        customer, code = case.facts.customer, case.facts.code
        if customer is None or code is None:
            return CaseNow(case=case)
        try:
            found = await self.find(by_id(customer), code, fresh=True)
        except (EngineError, UserError):
            return CaseNow(case=case)
        return CaseNow(case=case, finding=found.facts, as_of=found.at)

    async def codes(self, facts: Facts) -> KnownCodes:
        """Return the codes of the case's customer: the newest fifty coupons, in at most two rounds of reads."""
        if facts.customer is None:
            return KnownCodes()
        try:
            first = await self._page(facts.customer, 0)
        except (EngineError, UserError):
            return KnownCodes(all_of_them=False)
        total = first.total if first.total is not None else PAGES * PAGE_SIZE
        offsets = range(PAGE_SIZE, min(total, PAGES * PAGE_SIZE), PAGE_SIZE)
        rest = await asyncio.gather(
            *(self._page(facts.customer, one) for one in offsets), return_exceptions=True
        )
        pages = [first, *(page for page in rest if isinstance(page, CouponPage))]
        known = tuple(coupon.code for page in pages for coupon in page.coupons)
        return KnownCodes(known=known, all_of_them=len(known) >= total)

    async def _page(self, customer: CustomerId, offset: int) -> CouponPage:
        return (await self.look_up(by_id(customer), replace(_NEWEST, offset=offset))).facts
