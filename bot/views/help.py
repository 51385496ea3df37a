"""Short help with examples."""

from __future__ import annotations

from bot.domain.look_up import Filter
from bot.views.kit import Message, section

_FILTERS = ", ".join(f"`{one.value}`" for one in Filter)

COUPONS = f"""*/coupons* shows what a customer holds. Only you see the answer.
• `/coupons 98450 12345`  by mobile number, in any spelling
• `/coupons asha@example.com`  by e-mail; also `id:123` or `ext:E-1`
• `/coupons 98450 12345 redeemable`  one of {_FILTERS}
• `/coupons 98450 12345 oldest`  the oldest first
• `/coupons 98450 12345 code:ABC123`  one coupon: can it be redeemed, and if not, why"""


def coupons_help() -> Message:
    return Message(COUPONS, (section(COUPONS),))
