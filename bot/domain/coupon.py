"""Coupons: what one takes off, until when it is valid, and where it was used."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from bot.aio.frozen import frozen
from bot.domain.customer import Customer, CustomerId
from bot.domain.refusal import Refusal
from bot.domain.typed import tidy

#: Spelt as it was created, with letter case and leading zeros. Compare with `same_code`.
CouponCode = NewType("CouponCode", str)


def same_code(one: str, other: str) -> bool:
    """Whether two spellings name the same coupon: the engine ignores case (docs: get-customer-coupons-basic)."""
    return one.casefold() == other.casefold()


def spellings(code: CouponCode) -> tuple[CouponCode, ...]:
    """
    Return the code as typed and, if different, without the signs that keyboards and sentences add.

    Ask the engine for the second only if it does not know the first.
    """
    plain = unicodedata.normalize("NFKC", tidy(code)).rstrip(".,;:!?… ")
    # The engine reads a comma as two codes (docs: get-coupon-detail).
    other = plain and "," not in plain and plain != code
    return (code, CouponCode(plain)) if other else (code,)


class DiscountKind(StrEnum):
    AMOUNT = "amount"
    PERCENT = "percent"


@frozen(kw_only=True)
class Discount:
    """
    What a coupon takes off.

    Attributes:
        kind: None if the engine names a kind that the desk does not know.
        value: an amount in the desk's currency, or per cent (12 is 12 %); None if the engine gave none.
        cap: the most that a percentage can take off, in the desk's currency; None is no cap.

    """

    kind: DiscountKind | None
    value: Decimal | None
    cap: Decimal | None = None


@frozen
class UsesLeft:
    """
    How often a coupon may still be redeemed, as the engine gives it.

    Nothing is computed from it but by `bot.domain.own_uses`, which takes off what the engine did not know of yet.

    Attributes:
        count: None is no limit (the engine writes -1; docs: create-coupon-series).

    """

    count: int | None

    @property
    def none(self) -> bool:
        return self.count is not None and self.count <= 0


@frozen(kw_only=True)
class Place:
    """A store, a till or an app: the engine does not say which."""

    code: str | None = None
    name: str | None = None

    @property
    def label(self) -> str | None:
        return self.name or self.code


@frozen(kw_only=True)
class Use:
    """
    One redemption of a coupon, as the engine tells of it.

    Attributes:
        id: the redemption's id, not the coupon's; None in the oldest answers.
        at: aware; None when the engine gave no readable time.
        bill: the bill number; None when no bill is linked.
        till: code of the till it was booked on; None if the engine gave none.
        reversed_at: when it was undone; None when it stands.
        by: whose use it is; None when the engine did not say.

    """

    id: str | None = None
    at: datetime | None = None
    bill: str | None = None
    place: Place | None = None
    till: str | None = None
    reversed_at: datetime | None = None
    by: CustomerId | None = None


@frozen(kw_only=True)
class Coupon:
    """
    One coupon of a customer.

    Attributes:
        expires_at: the first moment at which it can no longer be redeemed; None if the engine gives no end.
        uses_left: None when the engine did not say.
        used: redemptions that were not reversed, as the engine counts them; None if it did not say.

    """

    code: CouponCode
    id: str | None = None
    series_id: str | None = None
    description: str | None = None
    discount: Discount
    expires_at: datetime | None = None
    created_at: datetime | None = None
    uses_left: UsesLeft | None = None
    used: int | None = None
    uses: tuple[Use, ...] = ()
    reversed_uses: tuple[Use, ...] = ()
    issued_at: Place | None = None
    properties: tuple[tuple[str, str], ...] = ()

    def standing(self, now: datetime) -> Standing:
        """Return the state at `now`. A coupon that is both expired and used up counts as expired."""
        if self.expires_at is not None and now >= self.expires_at:
            return Standing.EXPIRED
        if self.uses_left is not None and self.uses_left.none:
            return Standing.USED
        return Standing.OPEN


class Standing(StrEnum):
    """State of a coupon by the facts of a look-up; the engine's own check may know more."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"


@frozen(kw_only=True)
class CouponPage:
    """
    One page of a customer's coupons, in the engine's order.

    Attributes:
        customer: None if the engine listed nobody; that alone does not mean that the customer is unknown.
        total: coupons that match the filter, on all pages; None if the engine did not say.

    """

    customer: Customer | None
    coupons: tuple[Coupon, ...]
    offset: int
    total: int | None


@frozen(kw_only=True)
class Redeemability:
    """
    The engine's own check of one coupon for one customer.

    Attributes:
        refusal: why it may not be redeemed; None if it may.
        discount: None if the engine left it out, as it may when it refuses.
        description: the series' own words; None if the engine left them out, as it does when it refuses.

    """

    redeemable: bool
    refusal: Refusal | None = None
    code: CouponCode
    discount: Discount | None = None
    uses_left: UsesLeft | None = None
    used_by_customer: int | None = None
    customer: Customer | None = None
    description: str | None = None


@frozen(kw_only=True)
class CouponRecord:
    """
    A coupon looked up by its code alone.

    Attributes:
        owner: whose it is; None when it was issued to nobody in particular.
        last_use: the last redemption; None when it was never redeemed.

    """

    code: CouponCode
    id: str
    owner: Customer | None
    expires_at: datetime | None = None
    discount: Discount
    last_use: Use | None = None
    issued_at: Place | None = None

    def belongs_to(self, customer: CustomerId) -> bool | None:
        """Whether it is this customer's; None if the coupon was issued to nobody in particular."""
        return None if self.owner is None else self.owner.id == customer
