from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import NotUnderstood
from bot.domain.period import EVER, FIRST_DAY, LAST_DAY, Period, parse_period, periods_in
from tests.tables import table

KOLKATA = ZoneInfo("Asia/Kolkata")
#: Half past one at night in India, on the second of September.
LATE = datetime(2025, 9, 1, 20, 0, tzinfo=UTC)


@table(
    ("typed", "words"),
    [
        ("7d", "7d"),
        ("007D", "7d"),
        ("3660d", "3660d"),
        ("Everything", "everything"),
        ("2025-01-01..2025-03-31", "2025-01-01..2025-03-31"),
        ("2025-01-01..2025-01-01", "2025-01-01..2025-01-01"),
        ("7 days", "7d"),
        ("7days", "7d"),
        ("1 Day", "1d"),
        ("last 30 days", "30d"),
        ("the past 30d", "30d"),
        ("Yesterday", "yesterday"),
        ("today", "today"),
        ("2025-01-31", "2025-01-31..2025-01-31"),
        ("2025-01-01 .. 2025-03-31", "2025-01-01..2025-03-31"),
        ("2025-01-01 to 2025-03-31", "2025-01-01..2025-03-31"),
    ],
)
def test_a_period_is_days_a_date_a_range_or_everything(typed: str, words: str) -> None:
    assert periods_in(f"98450 {typed} 12345") == ([typed], ["98450 ", " 12345"])
    assert parse_period(typed) == Period(words)


@table(
    "typed",
    [
        "0d",
        "3661d",
        "99999d",
        "d",
        "7",
        "7 weeks",
        "2025-02-30",
        "31-01-2025",
        "31/01/2025",
        "2025.01.31",
        "..",
        "2025-01-01..",
        "..2025-01-01",
        "2025-02-30..2025-03-01",
        "2025-1-1..2025-3-1",
        "2025-01-01..2025-02-01..2025-03-01",
        "2025-01-01..9999-12-31",
        "0001-01-01..2025-01-01",
        "٧d",
    ],
)
def test_what_is_no_period_is_answered_with_what_to_type(typed: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        parse_period(typed)

    assert "`7d`, `30d`, `90d`, or two dates like" in refused.value.sentence


def test_a_reversed_range_is_answered_with_the_right_order() -> None:
    with pytest.raises(NotUnderstood, match="ends before it begins") as refused:
        parse_period("2025-03-31..2025-01-01")

    assert "`2025-01-01..2025-03-31`" in refused.value.sentence


@table(
    "word",
    ["points", "98450", "12345", "asha@example.com", "id:7", "7", "d", "+919845012345", "984-501-2345"],
)
def test_a_customer_is_no_period(word: str) -> None:
    assert periods_in(word) == ([], [word])


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (EVER, None),
        (Period("7d"), (date(2025, 8, 26), date(2025, 9, 2))),
        (Period("2025-01-01..2025-03-31"), (date(2025, 1, 1), date(2025, 3, 31))),
        (Period("today"), (date(2025, 9, 2), date(2025, 9, 2))),
        (Period("yesterday"), (date(2025, 9, 1), date(2025, 9, 1))),
    ],
)
def test_days_are_those_of_the_desks_calendar(period: Period, days: tuple[date, date] | None) -> None:
    assert period.days(LATE, KOLKATA) == days


def test_the_last_days_move_on_with_the_clock() -> None:
    assert Period("7d").days(LATE + timedelta(days=1), KOLKATA) == (date(2025, 8, 27), date(2025, 9, 3))


@given(st.dates(FIRST_DAY, LAST_DAY), st.dates(FIRST_DAY, LAST_DAY))
def test_a_range_that_is_read_has_a_day_after_it(one: date, other: date) -> None:
    first, last = sorted([one, other])
    days = parse_period(f"{first}..{last}").days(LATE, KOLKATA)

    assert days == (first, last)
    assert days[1] + timedelta(days=1) > last


@given(st.text(alphabet="0123456789d.-everything", max_size=24) | st.text(max_size=24))
def test_any_word_is_a_period_with_days_or_is_refused(word: str) -> None:
    try:
        period = parse_period(word)
    except NotUnderstood:
        return

    assert period.open or period.days(LATE, KOLKATA)
