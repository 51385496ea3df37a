"""What tests of look-ups stand on: two customers and their coupons."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

from bot.aio.tasks import TaskSet
from bot.domain.coupon import CouponCode, CouponRecord, Discount, DiscountKind, Redeemability
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind
from bot.domain.refusal import Refusal
from tests.fakes.coupons import FakeCoupon
from tests.fakes.engine import FakeEngine

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


def filled(engine: FakeEngine, size: int) -> None:
    """Asha has so many coupons, "0" is the newest."""
    engine.stock.clear()
    for number in reversed(range(size)):
        engine.holds(FakeCoupon(CouponCode(str(number)), Decimal(100), 1, ASHA))


def shelf() -> FakeEngine:
    """An engine with Asha's coupons and Ravi, that says of each coupon that it may be redeemed and has no record."""
    engine = FakeEngine(check=yes(), record=None)
    engine.knows(ASHA, RAVI)
    filled(engine, 25)
    return engine


async def settled(tasks: TaskSet) -> None:
    """Until what was started behind an answer has ended."""
    await asyncio.gather(*tasks._running)
