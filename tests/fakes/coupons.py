"""Coupons of the engine in memory, and what it says to a redeem call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot.domain.answer import Answer, NotSent, Refused, Unclear
from bot.domain.coupon import Coupon, CouponCode, Discount, DiscountKind, Use, UsesLeft
from bot.domain.customer import Customer
from bot.domain.history import CouponUse
from bot.domain.lookup import Filter
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal
from bot.services.ports import Order

#: The engine's codes for its refusals (docs: coupon-apis).
CODES = {Refusal.NO_SUCH_COUPON: 719, Refusal.NOT_THEIRS: 703, Refusal.ALREADY_USED: 711}


class Says(StrEnum):
    """What the engine does with a redeem call."""

    YES = "redeems and says so"
    YES_LOST = "redeems, and its answer is lost"
    LOST = "is lost before it redeems"
    NO = "says no"
    NOT_THERE = "takes no connection"
    USED_UP = "says that it is used up"
    YES_ECHOED = "redeems, and says to a second copy that it is used up"
    BUSY = "says that it is busy"
    YES_BUSY = "redeems, and says to a second copy that it is busy"


REDEEMS = frozenset({Says.YES, Says.YES_LOST, Says.YES_ECHOED, Says.YES_BUSY})
_USED_UP = Refused(refusal=Refusal.ALREADY_USED, code=711)
ANSWERS: Mapping[Says, Answer] = {
    Says.YES_LOST: Unclear(doubt=Doubt.TIMED_OUT),
    Says.LOST: Unclear(doubt=Doubt.TIMED_OUT),
    Says.NO: Refused(refusal=Refusal.WRONG_STORE),
    Says.NOT_THERE: NotSent(stop=Stop.NOT_CONNECTED),
    Says.USED_UP: _USED_UP,
    Says.YES_ECHOED: _USED_UP,
    Says.BUSY: NotSent(stop=Stop.BUSY),
    Says.YES_BUSY: NotSent(stop=Stop.BUSY),
}


@dataclass(slots=True)
class FakeCoupon:
    """
    A coupon of the engine.

    Attributes:
        left: how often it may still be redeemed; None is any number of times.
        id: its code if empty.

    """

    code: CouponCode
    worth: Decimal
    left: int | None
    owner: Customer
    id: str = ""
    uses: list[Use] = field(default_factory=list)

    @property
    def discount(self) -> Discount:
        return Discount(kind=DiscountKind.AMOUNT, value=self.worth)


@dataclass(frozen=True, slots=True)
class Post:
    """A redeem call that arrived, and whether it redeemed."""

    order: Order
    redeemed: bool


def is_shown(coupon: FakeCoupon, chosen: Filter) -> bool:
    """No coupon of the fake expires."""
    match chosen:
        case Filter.REDEEMABLE:
            return coupon.left != 0
        case Filter.REDEEMED:
            return bool(coupon.uses)
        case Filter.EXPIRED:
            return False
        case _:
            return True


def as_listed(coupon: FakeCoupon) -> Coupon:
    return Coupon(
        code=coupon.code,
        id=coupon.id or coupon.code,
        discount=coupon.discount,
        uses_left=UsesLeft(coupon.left),
        used=len(coupon.uses),
        uses=tuple(coupon.uses),
    )


def as_row(use: Use, of: FakeCoupon) -> CouponUse:
    return CouponUse(
        id=use.id,
        at=use.at,
        # The history has no option for the case, and spells codes in capitals.
        code=CouponCode(of.code.upper()),
        description=None,
        discount=of.discount,
        bill=use.bill,
        place=use.place,
    )
