"""Which of the engine's rows a history keeps: the days that were asked for, and no more than a card has room for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.period import Period
from tests.adapters.capillary.test_history import COUPON_ROW, POINTS_ROW, page, read
from tests.adapters.capillary.wired import KOLKATA

MARCH = Period("2025-01-01..2025-03-31")
NEW_YEAR = datetime(2025, 1, 1, 12, 0, 0)  # noqa: DTZ001 - as the engine writes it


def at(row: dict[str, Any], written: str | datetime) -> dict[str, Any]:
    return {**row, "redeemed_time": str(written)}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2024-12-31 23:59:59", False),
        ("2025-01-01 00:00:00", True),
        ("2025-03-31 23:59:59", True),
        ("2025-04-01 00:00:00", False),
    ],
)
async def test_the_day_more_is_cut_off_on_the_engines_own_calendar(written: str, kept: bool) -> None:
    history = await read(
        page(at(COUPON_ROW, written), at(POINTS_ROW, written)), HistoryQuery(period=MARCH), zone=KOLKATA
    )

    assert (len(history.coupons), len(history.points)) == (kept, kept)


@pytest.mark.parametrize(
    ("kind", "coupons", "points"),
    [(HistoryKind.BOTH, 1, 1), (HistoryKind.COUPONS, 1, 0), (HistoryKind.POINTS, 0, 1)],
)
async def test_the_one_row_of_what_is_not_wanted_is_left_out(
    kind: HistoryKind, coupons: int, points: int
) -> None:
    history = await read(page(COUPON_ROW, POINTS_ROW), HistoryQuery(kind=kind))

    assert (len(history.coupons), len(history.points)) == (coupons, points)


@pytest.mark.parametrize(
    ("coupons", "points", "cut"), [(9, 0, False), (10, 0, True), (0, 10, True), (5, 5, True)]
)
async def test_as_many_rows_as_the_limit_may_mean_more(coupons: int, points: int, cut: bool) -> None:
    """Ten is also the most of both together where nothing else is said (docs: get-customer-redemptions)."""
    assert (await read(page([COUPON_ROW] * coupons, [POINTS_ROW] * points))).cut is cut


async def test_rows_that_are_cut_off_here_still_mean_that_there_may_be_more() -> None:
    """Ten rows of the day after March: what was asked for may lie behind them."""
    history = await read(page([at(COUPON_ROW, "2025-04-01 00:00:00")] * 10, None), HistoryQuery(period=MARCH))

    assert history.coupons == ()
    assert history.cut


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_an_engine_that_keeps_to_no_limit_and_no_order_is_cut_here(oldest_first: bool) -> None:
    days = [NEW_YEAR + timedelta(days=(number * 7) % 300) for number in range(300)]
    history = await read(
        page([at(COUPON_ROW, day) for day in days], [at(POINTS_ROW, day) for day in days]),
        HistoryQuery(oldest_first=oldest_first),
    )
    first = [use.at.replace(tzinfo=None) for use in history.coupons if use.at]

    assert first == sorted(days, reverse=not oldest_first)[:10]
    assert [use.at for use in history.points] == [use.at for use in history.coupons]
    assert history.cut
