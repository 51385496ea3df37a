"""One coupon for one customer, from two answers of the engine: its check and its record."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.aio.frozen import frozen
from bot.domain.coupon import Coupon, CouponCode, CouponRecord, Discount, DiscountKind, Redeemability
from bot.domain.customer import Customer, CustomerId
from bot.domain.redemption import Redemption
from bot.domain.refusal import Refusal


class Verdict(StrEnum):
    REDEEMABLE = "redeemable"
    NOT_REDEEMABLE = "not_redeemable"
    NO_SUCH_COUPON = "no_such_coupon"
    NOT_THEIRS = "not_theirs"


@frozen(kw_only=True)
class CouponFinding:
    """
    One coupon looked up by its code for one customer.

    Attributes:
        record: None if there is no such coupon, or if it is another customer's: a card must not say whose it is
            or where it was used.

    """

    code: CouponCode
    customer: Customer
    verdict: Verdict
    check: Redeemability
    record: CouponRecord | None

    @property
    def discount(self) -> Discount | None:
        """What the coupon takes off; None if it is not known or not this customer's."""
        return discount_of(self.check, self.record)


@frozen(kw_only=True)
class CouponDetails:
    """
    One coupon.

    Attributes:
        coupon: as in the customer's list; None if it is no longer on that page.
        finding: the look-up by its code; made only if `coupon` is None.

    """

    customer: Customer
    coupon: Coupon | None
    finding: CouponFinding | None
    as_of: datetime
    #: Requests for it from here that are open or have redeemed something, the latest first.
    requests: tuple[Redemption, ...] = ()


def discount_of(check: Redeemability, record: CouponRecord | None) -> Discount | None:
    """
    Return what the coupon takes off, from the check or, if that leaves it out, from the record.

    If they differ the larger one counts, so that a wrong figure never avoids an approval.
    """
    recorded = record.discount if record else None
    if check.discount is None or recorded is None:
        return check.discount or recorded
    return max(check.discount, recorded, key=_most)


def _most(of: Discount) -> Decimal:
    """Return the most that it can take off; infinite for a percentage without a cap, -1 if it is not stated."""
    if of.kind is None or of.value is None:
        return Decimal(-1)
    if of.kind is DiscountKind.AMOUNT:
        return of.value
    return of.cap if of.cap is not None else Decimal("Infinity")


def judge(
    customer: CustomerId, code: CouponCode, check: Redeemability, record: CouponRecord | None
) -> CouponFinding:
    """
    Combine the engine's check, which says whether it may be redeemed, with the record of the code.

    Only the record tells "no such coupon" from "not this customer's": the check uses codes such as 702 and 703 for
    both (docs: coupon-apis).
    """
    verdict = _verdict(customer, check, record)
    theirs = verdict in {Verdict.REDEEMABLE, Verdict.NOT_REDEEMABLE}
    own = record if record is not None and theirs and record.belongs_to(customer) is not False else None
    return CouponFinding(
        code=own.code if own else check.code if theirs else code,
        customer=_customer(customer, check, own),
        verdict=verdict,
        check=check,
        record=own,
    )


def _verdict(customer: CustomerId, check: Redeemability, record: CouponRecord | None) -> Verdict:
    if check.redeemable:
        return Verdict.REDEEMABLE
    if record is not None and record.belongs_to(customer) is False:
        return Verdict.NOT_THEIRS
    if record is None and check.refusal is Refusal.NO_SUCH_COUPON:
        return Verdict.NO_SUCH_COUPON
    if check.refusal is Refusal.NOT_THEIRS and (record is None or record.owner is None):
        return Verdict.NOT_THEIRS
    return Verdict.NOT_REDEEMABLE


def _customer(customer: CustomerId, check: Redeemability, own: CouponRecord | None) -> Customer:
    """Return the customer from whichever answer names them; one with another id is not used."""
    for named in (check.customer, own.owner if own else None):
        if named is not None and named.id == customer:
            return named
    return Customer(id=customer)
