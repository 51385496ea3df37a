"""The loyalty engine in memory; `tests/contract/test_engine.py` compares it with the sandbox engine over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import EllipsisType
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.domain.answer import Answer, NotSent, Redeemed, Refused
from bot.domain.coupon import (
    CouponCode,
    CouponPage,
    CouponRecord,
    Redeemability,
    Use,
    UsesLeft,
    same_code,
)
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind
from bot.domain.errors import EngineError, EngineFault, EngineUnreadable, UnknownCustomer
from bot.domain.history import LATEST, History, HistoryKind, HistoryQuery
from bot.domain.lookup import PAGE_SIZE
from bot.domain.promotions import Mode, PromoCode, PromotionRecords, PromotionUse
from bot.domain.redemption import Stop
from bot.domain.refusal import Refusal
from bot.services.ports import Order, PageQuery
from tests.fakes.coupons import ANSWERS, CODES, REDEEMS, FakeCoupon, Post, Says, as_listed, as_row, is_shown
from tests.fakes.reads import Read

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)
KOLKATA = ZoneInfo("Asia/Kolkata")


@dataclass
class FakeEngine:
    """
    `services.ports.Engine`, `RedeemEngine` and `HistoryEngine` of these customers and coupons.

    `check`, `record`, `named`, `found` and `answer` are said instead of what its records tell; tests that are about
    an answer set them.

    Attributes:
        stock: its coupons, the newest last.
        aliases: other numbers by which it finds a customer.
        next_answer: to the next redeem call for a coupon; YES where there is none.
        promotions: the redemptions of cart promotions; `tills` are names, None, or what is raised.
        failing: the mode in which promotions cannot be read.
        hold: keeps answers back until it is set; `asked` is set when a question arrives.
        beside: done when a redeem call arrives.
        calls: what was asked, in order; redeem calls and `uses` are in `orders`, `posts`, `looks` and `listed`.
        begin_within: seconds within which each redeem call had to begin.

    """

    customers: dict[CustomerId, Customer] = field(default_factory=dict)
    stock: dict[CouponCode, FakeCoupon] = field(default_factory=dict)
    aliases: dict[str, CustomerId] = field(default_factory=dict)
    till: str | None = "coupon.desk"
    now: Callable[[], datetime] = lambda: NOON
    zone: ZoneInfo = KOLKATA
    unreadable: set[Read] = field(default_factory=set)
    next_answer: dict[CouponCode, Says] = field(default_factory=dict)
    promotions: dict[Mode, tuple[PromotionUse, ...]] = field(default_factory=dict)
    tills: dict[str, str | EngineError | None] = field(default_factory=dict)
    failing: Mode | None = None

    check: Redeemability | Exception | None = None
    record: CouponRecord | EllipsisType | None = ...
    named: Customer | Exception | None = None
    found: tuple[Use, ...] | Exception | None = None
    answer: Answer | None = None

    hold: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    beside: Callable[[], None] | None = None
    calls: list[str] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    looks: list[tuple[date, bool]] = field(default_factory=list)
    listed: list[bool] = field(default_factory=list)
    begin_within: list[float] = field(default_factory=list)

    def knows(self, *customers: Customer) -> None:
        self.customers |= {one.id: one for one in customers}

    def holds(self, coupon: FakeCoupon) -> FakeCoupon:
        self.knows(coupon.owner)
        self.stock[coupon.code] = coupon
        return coupon

    def use(self, code: CouponCode, *, bill: str, till: str | None) -> Use:
        """Redeem a coupon of these, past every check."""
        coupon = self.stock[code]
        made = Use(
            by=coupon.owner.id, id=f"{code}-{len(coupon.uses) + 1}", at=self.now(), bill=bill, till=till
        )
        coupon.uses.append(made)
        if coupon.left is not None:
            coupon.left -= 1
        return made

    # `services.ports.Engine`.

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        self.calls.append(f"coupons {query.offset}")
        await self._held()
        who = self._find(customer)
        newest = reversed(self.stock.values())
        theirs = [one for one in newest if one.owner.id == who.id and is_shown(one, query.filter)]
        if query.oldest_first:
            theirs.reverse()
        page = theirs[query.offset : query.offset + PAGE_SIZE]
        listed = tuple(as_listed(one) for one in page)
        return CouponPage(customer=who, coupons=listed, offset=query.offset, total=len(theirs))

    async def customer_id(self, customer: Identifier) -> CustomerId:
        self.calls.append("customer_id")
        return customer.customer_id or self._find(customer).id

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        self.calls.append(f"redeemability {customer} {code}")
        await self._held()
        return self._checked(customer, code)

    async def redeemability_as_named(self, customer: Identifier, code: CouponCode) -> Redeemability:
        self.calls.append(f"redeemability_as_named {customer.kind} {code}")
        await self._held()
        try:
            who = self._find(customer).id
        except UnknownCustomer:
            return Redeemability(redeemable=False, refusal=Refusal.NO_SUCH_CUSTOMER, code=code)
        return self._checked(who, code)

    def _checked(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        self._readable(Read.COUPON)
        if self.check is not None:
            return _said(self.check)
        coupon, no = self._coupon(code), self._refusal(customer, code)
        if coupon is None or coupon.owner.id != customer:
            return Redeemability(redeemable=False, refusal=no, code=code)
        return Redeemability(
            redeemable=no is None,
            refusal=no,
            code=coupon.code,
            discount=coupon.discount,
            uses_left=UsesLeft(coupon.left),
            used_by_customer=len(coupon.uses),
            customer=coupon.owner,
        )

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        self.calls.append(f"coupon_record {code}")
        self._readable(Read.COUPON)
        if not isinstance(self.record, EllipsisType):
            return self.record
        coupon = self._coupon(code)
        if coupon is None:
            return None
        return CouponRecord(
            code=coupon.code,
            id=coupon.id or coupon.code,
            owner=coupon.owner,
            discount=coupon.discount,
            last_use=coupon.uses[-1] if coupon.uses else None,
        )

    # `services.ports.RedeemEngine`.

    async def customer(self, customer: CustomerId) -> Customer:
        if self.named is not None:
            return _said(self.named)
        if customer not in self.customers:
            raise UnknownCustomer
        return self.customers[customer]

    async def uses(
        self,
        customer: CustomerId,
        code: CouponCode,
        *,
        since: date,
        single: bool,
        listed: bool = False,
    ) -> tuple[Use, ...]:
        self.looks.append((since, single))
        self.listed.append(listed)
        self._readable(Read.USES)
        if self.found is not None:
            return _said(self.found)
        coupon = self._coupon(code)
        if coupon is None and single:
            raise EngineUnreadable
        told = self._told(customer, coupon, listed=listed) if coupon is not None else []
        counted = [use for use in told if use.at is None or use.at.astimezone(self.zone).date() >= since]
        return tuple(counted[-1:] if single else counted)

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        self.begin_within.append(begin_within_s)
        self.orders.append(order)
        if self.beside is not None:
            self.beside()
        if self.answer is not None:
            return self.answer
        if order.named.kind is IdentifierKind.ID:
            return NotSent(stop=Stop.NO_IDENTIFIER)
        return self._redeem(order, self.next_answer.pop(order.code, Says.YES))

    # `services.ports.HistoryEngine`.

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        self.calls.append(f"history {customer} {query.kind} {now:%H:%M:%S}")
        self._readable(Read.HISTORY)
        if customer not in self.customers:
            raise UnknownCustomer
        days = query.period.days(now, self.zone)
        theirs = [one for one in self.stock.values() if one.owner.id == customer]
        uses = [
            as_row(use, one)
            for one in theirs
            for use in one.uses
            if days is None or use.at is None or days[0] <= use.at.astimezone(self.zone).date() <= days[1]
        ]
        uses.sort(key=lambda use: use.at or NOON, reverse=not query.oldest_first)
        told = () if query.kind is HistoryKind.POINTS else tuple(uses[:LATEST])
        return History(customer=self.customers[customer], coupons=told, cut=len(uses) >= LATEST)

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> PromotionRecords:
        self.calls.append(f"uses {' '.join(codes)} {mode}")
        if mode is self.failing:
            raise EngineFault
        uses = tuple(one for one in self.promotions.get(mode, ()) if one.code in codes)
        return PromotionRecords(
            uses=uses, known=frozenset(one for one in codes if any(use.code == one for use in uses))
        )

    async def till_name(self, till: str) -> str | None:
        self.calls.append(f"till {till}")
        name = self.tills.get(till)
        if isinstance(name, EngineError):
            raise name
        return name

    # What it stands on.

    async def _held(self) -> None:
        self.asked.set()
        if self.hold is not None:
            await self.hold.wait()

    def _readable(self, what: Read) -> None:
        if what in self.unreadable:
            raise EngineFault

    def _coupon(self, code: CouponCode) -> FakeCoupon | None:
        return next((one for one in self.stock.values() if same_code(one.code, code)), None)

    def _find(self, customer: Identifier) -> Customer:
        """Raises UnknownCustomer."""
        wanted = {customer.value, self.aliases.get(customer.value)}
        for one in self.customers.values():
            ids: dict[IdentifierKind, str | None] = {
                IdentifierKind.MOBILE: one.mobile,
                IdentifierKind.EMAIL: one.email,
                IdentifierKind.EXTERNAL_ID: one.external_id,
            }
            if one.id in wanted or ids.get(customer.kind, one.id) == customer.value:
                return one
        raise UnknownCustomer(customer.hint)

    def _told(self, customer: CustomerId, coupon: FakeCoupon, *, listed: bool) -> list[Use]:
        """Every use to its owner; to others the last one, by the coupon's record alone."""
        if coupon.owner.id == customer:
            return coupon.uses
        return [] if listed else coupon.uses[-1:]

    def _refusal(self, customer: CustomerId, code: CouponCode) -> Refusal | None:
        coupon = self._coupon(code)
        if customer not in self.customers:
            return Refusal.NO_SUCH_CUSTOMER
        if coupon is None:
            return Refusal.NO_SUCH_COUPON
        if coupon.owner.id != customer:
            return Refusal.NOT_THEIRS
        return Refusal.ALREADY_USED if coupon.left == 0 else None

    def _redeem(self, order: Order, says: Says) -> Answer:
        no = self._refusal(order.customer, order.code) if says in REDEEMS else None
        redeemed = says in REDEEMS and no is None
        self.posts.append(Post(order, redeemed))
        if no is not None:
            return Refused(refusal=no, code=CODES.get(no), status=200)
        if not redeemed:
            return ANSWERS[says]
        coupon = self._coupon(order.code)
        assert coupon is not None
        use = self.use(coupon.code, bill=order.bill_number, till=self.till)
        return Redeemed(redemption_id=use.id, status=200) if says is Says.YES else ANSWERS[says]


Said = TypeVar("Said")


def _said(what: Said | Exception) -> Said:
    if isinstance(what, Exception):
        raise what
    return what
