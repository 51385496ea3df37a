"""What is the same for every redemption of this desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfiguration:
    """
    Its rules, its day, its money, and where it books.

    Attributes:
        zone: of the limits' day.
        region: whose mobile numbers are masked in notes without their country code.
        currency: by its ISO letters.
        decimals: of the currency.
        till: code of the till that redemptions are booked on; None when the engine's own default counts.

    """

    policy: Policy
    zone: ZoneInfo
    region: str
    currency: str
    decimals: int
    till: str | None

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()
