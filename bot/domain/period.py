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
TODAY, YESTERDAY = "today", "yesterday"
_DAYS = re.compile(r"([0-9]{1,5})d")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
#: Also a date that nobody can be sure of: its digits must not be taken for a customer's.
_ANY_DATE = r"[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}"
_SPOKEN_DAYS = re.compile(r"(?:(?:the )?(?:last|past) )?([0-9]{1,5}) ?(?:d|days?)")
_RANGE = re.compile(rf"({_DATE})(?: ?\.\. ?| to )({_DATE})")
_PERIODS = re.compile(
    rf"(?<!\S)(?:{EVERYTHING}|{TODAY}|{YESTERDAY}|{_SPOKEN_DAYS.pattern}|{_RANGE.pattern}|\S*\.\.\S*|{_ANY_DATE})(?!\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """
    As it was typed or chosen: `30d`, `yesterday`, `2025-01-01..2025-03-31` or `everything`.

    It stays what it is when the clock moves: thirty days are always the last thirty. Words are stored:
    add, never rename.
    """

    words: str = EVERYTHING

    @property
    def open(self) -> bool:
        return self.words == EVERYTHING

    def days(self, now: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
        """First and last day, both included, on the desk's calendar; None is every day."""
        if self.open:
            return None
        today = now.astimezone(zone).date()
        if self.words in _NAMED_DAYS:
            day = today - timedelta(days=_NAMED_DAYS[self.words])
            return day, day
        counted = _DAYS.fullmatch(self.words)
        if counted:
            return today - timedelta(days=int(counted[1])), today
        first, _, last = self.words.partition("..")
        return date.fromisoformat(first), date.fromisoformat(last)


#: No bounds.
EVER = Period()


#: How many days ago they are.
_NAMED_DAYS = {TODAY: 0, YESTERDAY: 1}


def periods_in(text: str) -> tuple[list[str], list[str]]:
    """What looks like a period in a tidy text, and what stands between."""
    found = list(_PERIODS.finditer(text))
    starts, ends = [one.start() for one in found], [one.end() for one in found]
    between = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
    return [one[0] for one in found], between


def parse_period(typed: str) -> Period:
    """
    Read `30d`, `7 days`, `yesterday`, `today`, one date, two dates, or `everything`.

    Raises NotUnderstood.
    """
    lowered = typed.lower()
    if lowered in {EVERYTHING, *_NAMED_DAYS}:
        return Period(lowered)
    counted = _SPOKEN_DAYS.fullmatch(lowered)
    if counted and 0 < int(counted[1]) <= MAX_DAYS:
        return Period(f"{int(counted[1])}d")
    days = _days(lowered)
    if days is None:
        raise NotUnderstood(
            "That period could not be read. "
            "Type `7d`, `30d`, `90d`, or two dates like `2025-01-01..2025-03-31`; "
            "`7 days`, `yesterday` and one date like `2025-01-31` do as well."
        )
    first, last = days
    if first > last:
        raise NotUnderstood(
            f"That period ends before it begins. Type the earlier date first: `{last}..{first}`."
        )
    return Period(f"{first}..{last}")


def _days(words: str) -> tuple[date, date] | None:
    """None where one is no day, or none that the engine could mean."""
    two = _RANGE.fullmatch(words)
    try:
        days = tuple(map(date.fromisoformat, two.groups() if two else (words, words)))
    except ValueError:
        return None
    first, last = days
    return (first, last) if min(days) >= FIRST_DAY and max(days) <= LAST_DAY else None
