"""The command that looks one coupon up, for messages that have no button for it."""

from __future__ import annotations

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.views.text import code


def look_up_command(customer: CustomerId, coupon: CouponCode) -> str:
    """Return what to type, unmasked, so never for a channel."""
    return code(f"/coupons id:{customer} code:{coupon}", 200)
