"""Short help with examples."""

from __future__ import annotations

from bot.domain.lookup import Filter
from bot.views.kit import Message, section

_FILTERS = ", ".join(f"`{one.value}`" for one in Filter)

COUPONS = f"""*/coupons* shows what a customer holds. Only you see the answer.
• `/coupons 98450 12345`  by mobile number, in any spelling
• `/coupons asha@example.com`  by e-mail; also `id:123` or `ext:E-1`
• `/coupons 98450 12345 redeemable`  one of {_FILTERS}
• `/coupons 98450 12345 oldest`  the oldest first
• `/coupons 98450 12345 code:ABC123`  one coupon: can it be redeemed, and if not, why
• `/coupons code:ABC123`  a coupon whose customer you do not know: its state and its uses"""

REDEMPTIONS = """*/redemptions* shows what a customer redeemed, points and coupons. Only you see the answer.
• `/redemptions 98450 12345`  the latest of both
• `/redemptions 98450 12345 points`  or `coupons`: one of them
• `/redemptions 98450 12345 30d`  a period: `7 days`, `yesterday`, `2025-01-31`, or `2025-01-01..2025-03-31`
• `/redemptions 98450 12345 oldest`  the oldest first
• `/redemptions ref:NWTUDXEH`  or `bill:MG-88`: what was redeemed or asked for from here, by whom, how it ended"""

PROMOTIONS = """*/promo-redemptions* shows where a promotion's code was redeemed. Only you see the answer.
• `/promo-redemptions UQ38T`  one code, or several with spaces between
• `/promo-redemptions UQ38T discount`  or `payment`: as one of them only"""


def coupons_help() -> Message:
    return _help(COUPONS)


def redemptions_help() -> Message:
    return _help(REDEMPTIONS)


def promotions_help() -> Message:
    return _help(PROMOTIONS)


def _help(text: str) -> Message:
    return Message(text, (section(text),))
