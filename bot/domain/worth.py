"""A coupon's worth, which decides rule and limits, and what it takes off a bill, which is only shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from bot.aio.frozen import frozen
from bot.domain.coupon import Discount, DiscountKind

_HUNDRED = Decimal(100)


@frozen(kw_only=True)
class Worth:
    """
    The most a coupon can take off, which decides rule and limits.

    Attributes:
        amount: in the desk's currency.
        from_bill: whether it was computed from the typed bill, because the percentage has no cap. Whoever typed the
            bill then chose the figure.

    """

    amount: Decimal
    from_bill: bool = False


def worth(of: Discount, bill: Decimal) -> Worth | None:
    """Return the worth; None if the engine does not say what the coupon takes off."""
    if of.kind is None or of.value is None or of.value < 0:
        return None
    if of.kind is DiscountKind.AMOUNT:
        return Worth(amount=of.value)
    if of.cap is not None:
        return Worth(amount=of.cap)
    return Worth(amount=bill * of.value / _HUNDRED, from_bill=True)


def takes_off(of: Discount, bill: Decimal, *, decimals: int) -> Decimal | None:
    """
    Return what is taken off this bill, rounded to the currency's `decimals`; only to be shown.

    None if the engine does not say what the coupon takes off.
    """
    if of.kind is None or of.value is None or of.value < 0:
        return None
    share = of.value if of.kind is DiscountKind.AMOUNT else bill * of.value / _HUNDRED
    most = min(bill, of.cap) if of.cap is not None else bill
    return min(share, most).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
