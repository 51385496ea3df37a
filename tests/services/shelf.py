"""A small engine in place of the real one (`services.ports.Engine`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.coupon import (
    Coupon,
    CouponCode,
    CouponPage,
    CouponRecord,
    Discount,
    DiscountKind,
    Redeemability,
)
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind
from bot.domain.lookup import PAGE_SIZE
from bot.domain.refusal import Refusal
from bot.services.ports import PageQuery

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)
ASHA = Customer(id=CustomerId("5"), name="Asha Menon", mobile="919845012345")
RAVI = Customer(id=CustomerId("6"), name="Ravi Kumar")
MOBILE = Identifier(kind=IdentifierKind.MOBILE, value="919845012345")
ABC = CouponCode("ABC")
FIVE_OFF = Discount(kind=DiscountKind.AMOUNT, value=None)


def yes(customer: Customer | None = None) -> Redeemability:
    return Redeemability(redeemable=True, code=ABC, customer=customer)


def no(refusal: Refusal) -> Redeemability:
    return Redeemability(redeemable=False, refusal=refusal, code=ABC)


def record(owner: Customer | None) -> CouponRecord:
    return CouponRecord(code=ABC, id="9", owner=owner, discount=FIVE_OFF)


@dataclass
class Shelf:
    """An engine with one customer and so many coupons; `hold` keeps its answers back, `asked` tells of a question."""

    size: int = 25
    customer: Customer = ASHA
    check: Redeemability | Exception = field(default_factory=yes)
    found: CouponRecord | None = None
    hold: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[str] = field(default_factory=list)

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:  # noqa: ARG002 - see the port
        self.calls.append(f"coupons {query.offset}")
        await self._held()
        left = range(query.offset, min(self.size, query.offset + PAGE_SIZE))
        return CouponPage(
            customer=self.customer,
            coupons=tuple(Coupon(code=CouponCode(str(number)), discount=FIVE_OFF) for number in left),
            offset=query.offset,
            total=self.size,
        )

    async def customer_id(self, customer: Identifier) -> CustomerId:  # noqa: ARG002 - see the port
        self.calls.append("customer_id")
        return self.customer.id

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        self.calls.append(f"redeemability {customer} {code}")
        await self._held()
        if isinstance(self.check, Exception):
            raise self.check
        return self.check

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        self.calls.append(f"coupon_record {code}")
        return self.found

    async def _held(self) -> None:
        self.asked.set()
        if self.hold is not None:
            await self.hold.wait()
