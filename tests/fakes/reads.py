"""What a fake may be told not to answer."""

from __future__ import annotations

from enum import StrEnum


class Read(StrEnum):
    """What may be unreadable."""

    COUPON = "the coupon"
    USES = "its redemptions"
    HISTORY = "the customer's history"
    GROUPS = "Slack's groups"
