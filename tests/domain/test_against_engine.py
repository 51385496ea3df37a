"""Which of the engine's redemptions are ours, and which nobody here claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.against_engine import EngineRecords, OurPlace, compared
from bot.domain.coupon import Use

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PLACE = OurPlace(till="desk.till", since=NOON, until=NOON + timedelta(days=1))


def shown(*uses: Use) -> EngineRecords:
    return EngineRecords(uses={use.id or "": use for use in uses}, reversed={})


def ours(number: str = "1", **other: object) -> Use:
    return Use(**{"id": number, "at": NOON, "till": "desk.till", "bill": "CD-1", **other})  # type: ignore[arg-type]


def test_a_use_that_a_request_of_another_day_claims_is_claimed() -> None:
    assert not compared([], shown(ours("1")), {"1"}, PLACE)
    assert compared([], shown(ours("1")), {"2"}, PLACE).unclaimed == [ours("1")]


def test_a_use_elsewhere_or_outside_of_the_period_is_not_ours() -> None:
    others = (
        ours("1", till="mgroad.1"),
        ours("2", at=NOON - timedelta(seconds=1)),
        ours("3", at=NOON + timedelta(days=1)),
        ours("4", till=None),
    )

    assert not compared([], shown(*others), (), PLACE)


def test_a_use_without_a_readable_time_may_be_in_the_period() -> None:
    assert compared([], shown(ours(at=None)), (), PLACE).unclaimed == [ours(at=None)]


def test_without_a_till_only_a_generated_number_tells_that_it_is_ours() -> None:
    place = OurPlace(till=None)

    found = compared(
        [], shown(ours("1", till="any"), ours("2", bill="MG-1"), ours("3", bill=None)), (), place
    )

    assert [use.id for use in found.unclaimed] == ["1"]
