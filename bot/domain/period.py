"""The period of a history: parsing and its days."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.aio.frozen import frozen
from bot.domain.errors import NotUnderstood

#: The periods that a card's select offers, besides everything.
OFFERED = ("7d", "30d", "90d")
EVERYTHING = "everything"
MAX_DAYS = 3660
#: The first and last day that are accepted; date.max would have no day after it.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
TODAY, YESTERDAY = "today", "yesterday"
_DAYS = re.compile(r"([0-9]{1,5})d")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
#: Dates in any order of their parts, also ambiguous ones: their digits must not be read as a customer's number.
_ANY_DATE = r"[0-9]{4}[-./][0-9]{1,2}[-./][0-9]{1,2}|[0-9]{1,2}[-./][0-9]{1,2}[-./][0-9]{4}"
_SPOKEN_DAYS = re.compile(r"(?:(?:the )?(?:last|past) )?([0-9]{1,5}) ?(?:d|days?)")
_RANGE = re.compile(rf"({_DATE})(?: ?\.\. ?| to )({_DATE})")
_PERIODS = re.compile(
    rf"(?<!\S)(?:{EVERYTHING}|{TODAY}|{YESTERDAY}|{_SPOKEN_DAYS.pattern}|{_RANGE.pattern}|\S*\.\.\S*|{_ANY_DATE})(?!\S)",
    re.IGNORECASE,
)


@frozen
class Period:
    """
    A period in words: `30d`, `yesterday`, `2025-01-01..2025-03-31` or `everything`.

    Its days are computed when they are needed: `30d` is always the last thirty days. The words are stored: add,
    never rename.
    """

    words: str = EVERYTHING

    @property
    def open(self) -> bool:
        return self.words == EVERYTHING

    def days(self, now: datetime, zone: ZoneInfo) -> tuple[date, date] | None:
        """Return the first and last day, both included, in the desk's time zone; None is every day."""
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


#: Every day.
EVER = Period()


#: How many days ago each word is.
_NAMED_DAYS = {TODAY: 0, YESTERDAY: 1}


def periods_in(text: str) -> tuple[list[str], list[str]]:
    """Return what looks like a period in a tidied text, and the texts between."""
    found = list(_PERIODS.finditer(text))
    starts, ends = [one.start() for one in found], [one.end() for one in found]
    between = [text[end:start] for end, start in zip([0, *ends], [*starts, len(text)], strict=True)]
    return [one[0] for one in found], between


def parse_period(typed: str) -> Period:
    """
    Parse `30d`, `7 days`, `yesterday`, `today`, one date, two dates, or `everything`.

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
    """Return the two days; None if one of them does not exist or is outside the accepted range."""
    two = _RANGE.fullmatch(words)
    try:
        days = tuple(map(date.fromisoformat, two.groups() if two else (words, words)))
    except ValueError:
        return None
    first, last = days
    return (first, last) if min(days) >= FIRST_DAY and max(days) <= LAST_DAY else None
