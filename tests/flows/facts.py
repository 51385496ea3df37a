"""The sandbox's customers, and the time at which flows play."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.customers import SandboxCustomer

#: A Monday noon in India, some days after the last redemption of the vendor's sample.
START = datetime(2025, 9, 1, 6, 30, tzinfo=UTC)

#: Tom Sawyer, 23 coupons: the vendor's own sample.
TOM = "919400488244"
TOMS_NEWEST = "0211706970002385"
#: Asha Menon, 9 coupons of every kind.
ASHA = "919845012345"
#: Ravi Kumar holds nothing.
RAVI = "919845000000"
#: 1 000 coupons, and 100 000.
THOUSAND = "919845001000"
LAKH = "919845100000"
#: A customer whose texts hold markup and mentions.
HOSTILE = "919845066666"

NOBODY_THERE = "919811111111"


def holder(parts: Sandbox, coupons: int, *, mobile: str = "919822222222") -> SandboxCustomer:
    """A new customer, Bina Shah, who holds so many open coupons: NEW-1 and so on."""
    made = parts.engine.customers.add_customer(mobile, firstname="Bina", lastname="Shah")
    for number in range(1, coupons + 1):
        parts.engine.customers.add_coupon(made, f"NEW-{number}")
    return made
