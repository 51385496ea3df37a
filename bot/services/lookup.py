"""Look up a customer's coupons: a page, or one by its code."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import TypeVar

from bot.aio.clock import Clock
from bot.aio.coalescing import CoalescingCache
from bot.aio.frozen import frozen
from bot.aio.tasks import Spawn
from bot.aio.together import both
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, spellings
from bot.domain.customer import CustomerId, Identifier, by_id
from bot.domain.errors import EngineError, UnknownCustomer, UserError
from bot.domain.finding import CouponFinding, Verdict, judge
from bot.domain.lookup import PAGE_SIZE, AsOf
from bot.domain.refusal import Refusal
from bot.services.ports import Engine, PageQuery

#: Answers in each cache at most, with CACHE_SECONDS of half a minute more than a busy floor asks; each is some kilobytes.
KEPT = 500

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Page = AsOf[CouponPage]
Finding = AsOf[CouponFinding]


@frozen
class Caching:
    """What the caches need: their clock, how long answers are kept, and what runs the calls."""

    spawn: Spawn
    keep_s: float
    timer: Callable[[], float]

    def shared(self, at_most: int, called: str) -> CoalescingCache[K, V]:
        """Return an empty cache of at most so many answers; `called`: its name in the metrics."""
        return CoalescingCache(
            spawn=self.spawn, keep_s=self.keep_s, at_most=at_most, timer=self.timer, called=called
        )


class LookUpCoupons:
    """One page of a customer's coupons. Raises UnknownCustomer, SeveralCustomers, EngineError."""

    def __init__(self, engine: Engine, now: Clock, caching: Caching) -> None:
        self._engine = engine
        self._now = now
        self._pages: CoalescingCache[tuple[Identifier, PageQuery], Page] = caching.shared(KEPT, "coupons")

    async def __call__(self, customer: Identifier, query: PageQuery, *, fresh: bool = False) -> Page:
        if fresh:
            # Else the same customer, typed in another way, would be answered from an older cache entry.
            self._pages.drop(lambda page: _concerns(page, customer.customer_id), running=False)
        page = await self._pages.get(
            (customer, query),
            lambda: self._read(customer, query),
            fresh=fresh,
            # The card's buttons look the customer up by id.
            known_as=lambda read: (by_id(read.facts.customer.id) if read.facts.customer else customer, query),
        )
        total = page.facts.total
        if page.facts.coupons or not query.offset or not total or total <= 0:
            return page
        # The list has become shorter since the card was drawn: show its last page.
        last = replace(query, offset=(total - 1) // PAGE_SIZE * PAGE_SIZE)
        # Fresh, because the cached page is older than the change.
        return await self(customer, last, fresh=True) if last.offset < query.offset else page

    def forget(self, customer: CustomerId) -> None:
        """Drop the customer's answers and all running calls: a running call may have read before the change."""
        self._pages.drop(lambda page: _concerns(page, customer))

    async def _read(self, customer: Identifier, query: PageQuery) -> Page:
        at = self._now()
        return AsOf(await self._engine.coupons(customer, query), at)


def _concerns(page: Page, customer: CustomerId | None) -> bool:
    return page.facts.customer is None or page.facts.customer.id == customer


class FindCoupon:
    """One coupon by its code, for one customer. Raises UnknownCustomer, EngineError."""

    def __init__(self, engine: Engine, now: Clock, caching: Caching) -> None:
        self._engine = engine
        self._now = now
        self._found: CoalescingCache[tuple[Identifier, str], Finding] = caching.shared(KEPT, "coupon")

    async def __call__(self, customer: Identifier, code: CouponCode, *, fresh: bool = False) -> Finding:
        if fresh:
            # Else the same customer, typed in another way, would be answered from an older cache entry.
            self._forget_older(customer)
        key = (customer, code.casefold())
        return await self._found.get(key, lambda: self._read(customer, code), fresh=fresh)

    def forget(self, customer: CustomerId) -> None:
        """As `LookUpCoupons.forget`."""
        self._found.drop(lambda finding: finding.facts.customer.id == customer)

    def _forget_older(self, customer: Identifier) -> None:
        """Drop the answers about a customer named by id; whom a mobile or e-mail names, only the engine knows."""
        asked = customer.customer_id
        self._found.drop(lambda finding: finding.facts.customer.id == asked, running=False)

    async def _read(self, customer: Identifier, code: CouponCode) -> Finding:
        at = self._now()
        (customer_id, check), record = await both(
            self._checked(customer, code), self._engine.coupon_record(code)
        )
        found = [_judged(customer, customer_id, code, check, record)]
        for spelling in spellings(code)[1:]:
            if found[-1].verdict is Verdict.NO_SUCH_COUPON:
                answers = await both(
                    self._engine.redeemability(customer_id, spelling), self._engine.coupon_record(spelling)
                )
                found.append(_judged(customer, customer_id, spelling, *answers))
        known = (one for one in found if one.verdict is not Verdict.NO_SUCH_COUPON)
        return AsOf(next(known, found[0]), at)

    async def _checked(self, customer: Identifier, code: CouponCode) -> tuple[CustomerId, Redeemability]:
        """
        Check the coupon by what was typed while the customer's id is looked up, so that neither waits for the other.

        Only an answer about the customer of that id counts; else the check is made again, by the id.
        """
        known = customer.customer_id
        if known is not None:
            return known, await self._engine.redeemability(known, code)
        found, early = await both(self._engine.customer_id(customer), self._early(customer, code))
        if early is not None and early.customer is not None and early.customer.id == found:
            return found, early
        return found, await self._engine.redeemability(found, code)

    async def _early(self, customer: Identifier, code: CouponCode) -> Redeemability | None:
        try:
            return await self._engine.redeemability_as_named(customer, code)
        except (EngineError, UserError):
            return None


def _judged(
    customer: Identifier,
    customer_id: CustomerId,
    code: CouponCode,
    check: Redeemability,
    record: CouponRecord | None,
) -> CouponFinding:
    named = check.customer if check.customer and check.customer.id == customer_id else None
    if check.refusal is Refusal.NO_SUCH_CUSTOMER or (named and not customer.may_be(named.mobile)):
        raise UnknownCustomer(customer.hint)
    return judge(customer_id, code, check, record)
