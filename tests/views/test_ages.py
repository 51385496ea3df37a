"""How long something has waited."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.views.ages import age
from tests.tables import table

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@table(
    ("seconds", "told"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 day"),
        (200_000, "2 days"),
    ],
)
def test_an_age_is_told_in_the_largest_unit_that_fits(seconds: int, told: str) -> None:
    assert age(NOON, NOON + timedelta(seconds=seconds)) == told
