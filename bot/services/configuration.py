"""The configuration that use cases share."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.aio.frozen import frozen
from bot.domain.policy import Policy


@frozen(kw_only=True)
class DeskConfiguration:
    """
    Policy, time zone, region, currency and till of this desk.

    Attributes:
        zone: time zone of the limits' day.
        region: ISO 3166 country whose mobiles may be written without their country code.
        currency: ISO 4217.
        decimals: how many the currency has.
        till: code of the till that redemptions are booked on; None leaves it to the engine.

    """

    policy: Policy
    zone: ZoneInfo
    region: str
    currency: str
    decimals: int
    till: str | None

    def day(self, at: datetime) -> date:
        """Return the date in the desk's zone: the day that limits count by."""
        return at.astimezone(self.zone).date()
