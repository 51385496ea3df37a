"""Stretches of days that a history is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.errors import NotUnderstood

#: The periods a card offers besides everything.
OFFERED = ("7d", "30d", "90d")
EVERYTHING = "everything"
MAX_DAYS = 3660
#: No day outside of these can be meant, and those at the calendar's own edges have no day after them.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
_DAYS = re.compile(r"([0-9]{1,5})d")
_RANGE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.\.([0-9]{4}-[0-9]{2}-[0-9]{2})")


@dataclass(frozen=True, slots=True)
class Period:
    """
    As it was typed or chosen: `30d`, `2025-01-01..2025-03-31` or `everything`.

    It stays what it is when the clock moves: thirty days are always the last thirty.
    """

    words: str = EVERYTHING

    @property
    def open(self) -> bool:
        return self.words == EVERYTHING

    def days(self, now: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
        """First and last day, both included, on the desk's calendar; None is every day."""
        if self.open:
            return None
        counted = _DAYS.fullmatch(self.words)
        if counted:
            today = now.astimezone(zone).date()
            return today - timedelta(days=int(counted[1])), today
        first, _, last = self.words.partition("..")
        return date.fromisoformat(first), date.fromisoformat(last)


#: No bounds.
EVER = Period()


def looks_like_period(word: str) -> bool:
    return word.lower() == EVERYTHING or ".." in word or bool(_DAYS.fullmatch(word.lower()))


def parse_period(word: str) -> Period:
    """Raises NotUnderstood."""
    lowered = word.lower()
    if lowered == EVERYTHING:
        return EVER
    counted = _DAYS.fullmatch(lowered)
    if counted and 0 < int(counted[1]) <= MAX_DAYS:
        return Period(f"{int(counted[1])}d")
    days = _two_days(lowered) if _RANGE.fullmatch(lowered) else None
    if days is None:
        raise NotUnderstood(
            "That period could not be read. Type `7d`, `30d`, `90d`, or two dates like `2025-01-01..2025-03-31`."
        )
    first, last = days
    if first > last:
        raise NotUnderstood(
            f"That period ends before it begins. Type the earlier date first: `{last}..{first}`."
        )
    return Period(lowered)


def _two_days(words: str) -> tuple[date, date] | None:
    """None where one is no day, or none that the engine could mean."""
    first, _, last = words.partition("..")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return days if min(days) >= FIRST_DAY and max(days) <= LAST_DAY else None
