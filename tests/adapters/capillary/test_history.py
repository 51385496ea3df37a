"""
A customer's redemptions as the vendor's page and its examples print them.

docs: get-customer-redemptions. What is expected is written by hand from the page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.capillary.history import CapillaryHistory
from bot.domain.coupon import CouponCode, Discount, DiscountKind, Place
from bot.domain.customer import Customer, CustomerId
from bot.domain.history import CouponUse, History, HistoryQuery, PointsUse, Reversal
from bot.domain.period import Period
from tests.adapters.capillary.wired import NOW, saying, transport_of

FIVE = CustomerId("5")
ZONE = ZoneInfo("UTC")
EVERYTHING = HistoryQuery()
COUPON_ROW = {
    "id": "501",
    "code": "ABC",
    "series_id": "7",
    "description": "d",
    "discount_code": "X",
    "discount_type": "ABS",
    "discount_value": "500",
    "transaction_number": "bill-1",
    "bill_id": "0",
    "redeemed_time": "2025-02-24 13:01:40",
    "redeemed_at": "till.code",
    "redeemed_store": {"name": "Shop", "code": "shop1"},
    "redeemed_till": {"name": "till.code", "code": "till.code"},
    "custom_fields": {"field": []},
}
POINTS_ROW = {
    "id": 1,
    "program_id": 9,
    "points_redeemed": 100,
    "transaction_number": "",
    "bill_id": "-1",
    "validation_code": "",
    "redeemed_time": "2025-03-10 14:37:11",
    "redeemed_at": "till.code",
    "redemption_id": "AfX1vt",
    "redeemed_store": {"code": "shop1", "name": "Shop"},
    "reversals": [],
    "redemption_breakup_by_program": [],
}
COUPON_USE = CouponUse(
    id="501",
    at=datetime(2025, 2, 24, 13, 1, 40, tzinfo=UTC),
    code=CouponCode("ABC"),
    description="d",
    discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(500)),
    bill="bill-1",
    place=Place(code="shop1", name="Shop"),
)
POINTS_USE = PointsUse(
    id="AfX1vt",
    at=datetime(2025, 3, 10, 14, 37, 11, tzinfo=UTC),
    points=Decimal(100),
    bill=None,
    place=Place(code="shop1", name="Shop"),
)


def page(coupon: Any, point: Any, **says: Any) -> dict[str, Any]:
    """The page's own example with these rows."""
    customer = {
        "mobile": "910000000001",
        "email": "a@b.c",
        "external_id": None,
        "firstname": "A",
        "lastname": "B",
        "user_groups2": [],
        "rows": 2,
        "coupons_count": "1",
        "points_count": 1,
        "redemptions": {"coupons": {"coupon": coupon}, "points": {"point": point}},
        **says,
    }
    return {"response": {"status": {"success": True, "code": 200, "message": "ok"}, "customer": customer}}


def history_of(body: Any, status: int = 200, zone: ZoneInfo = ZONE) -> CapillaryHistory:
    return CapillaryHistory(transport_of(saying(body, status)), zone)


async def read(body: Any, query: HistoryQuery = EVERYTHING, **wired: Any) -> History:
    return await history_of(body, **wired).history(FIVE, query, NOW)


async def coupon_of(**says: Any) -> CouponUse:
    (use,) = (await read(page({**COUPON_ROW, **says}, None))).coupons
    return use


async def points_of(**says: Any) -> PointsUse:
    (use,) = (await read(page(None, {**POINTS_ROW, **says}))).points
    return use


async def test_the_pages_example_is_read_to_the_last_field() -> None:
    assert await read(page([COUPON_ROW], [POINTS_ROW])) == History(
        customer=Customer(id=FIVE, name="A B", mobile="910000000001", email="a@b.c"),
        coupons=(COUPON_USE,),
        points=(POINTS_USE,),
    )


@pytest.mark.parametrize(
    ("coupon", "point", "coupons", "points"),
    [
        (COUPON_ROW, POINTS_ROW, 1, 1),
        ([COUPON_ROW], POINTS_ROW, 1, 1),
        ([COUPON_ROW, COUPON_ROW], [POINTS_ROW], 2, 1),
        (None, None, 0, 0),
        ("", [], 0, 0),
        (COUPON_ROW, "NULL", 1, 0),
    ],
)
async def test_rows_come_as_a_list_as_one_object_or_as_nothing(
    coupon: Any, point: Any, coupons: int, points: int
) -> None:
    history = await read(page(coupon, point))

    assert (len(history.coupons), len(history.points)) == (coupons, points)


@pytest.mark.parametrize("absent", ["coupons", "points"])
async def test_a_kind_that_was_not_asked_for_may_be_absent(absent: str) -> None:
    body = page([COUPON_ROW], [POINTS_ROW])
    del body["response"]["customer"]["redemptions"][absent]
    history = await read(body)

    assert not getattr(history, absent)
    assert (history.coupons, history.points) != ((), ())


@pytest.mark.parametrize(
    "counts", [{"rows": "2", "coupons_count": None, "points_count": "many"}, {"rows": {}}]
)
async def test_counts_are_not_read_since_they_flip_their_type(counts: Any) -> None:
    assert await read(page([COUPON_ROW], [POINTS_ROW], **counts)) == await read(
        page([COUPON_ROW], [POINTS_ROW])
    )


@pytest.mark.parametrize("status", [{"success": "true", "code": "200"}, {"success": True, "code": 200}, {}])
async def test_a_yes_is_spelled_in_several_ways(status: Any) -> None:
    body = page([COUPON_ROW], None)
    body["response"]["status"] = status

    assert (await read(body)).coupons == (COUPON_USE,)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("UTC", datetime(2025, 2, 24, 13, 1, 40, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2025, 2, 24, 7, 31, 40, tzinfo=UTC)),
        ("America/New_York", datetime(2025, 2, 24, 18, 1, 40, tzinfo=UTC)),
    ],
)
async def test_times_without_an_offset_are_the_clusters_own(zone: str, at: datetime) -> None:
    history = await read(page(COUPON_ROW, None), zone=ZoneInfo(zone))

    assert history.coupons[0].at == at


@pytest.mark.parametrize(
    "written", ["", None, "0000-00-00 00:00:00", "2025-02-30 10:00:00", "yesterday", 5, {}]
)
@pytest.mark.parametrize("query", [EVERYTHING, HistoryQuery(period=Period("7d"))])
async def test_a_row_without_a_readable_time_is_kept(written: Any, query: HistoryQuery) -> None:
    history = await read(
        page({**COUPON_ROW, "redeemed_time": written}, {**POINTS_ROW, "redeemed_time": written}), query
    )

    assert ([use.at for use in history.coupons], [use.at for use in history.points]) == ([None], [None])


@pytest.mark.parametrize(
    ("says", "discount"),
    [
        ({"discount_type": "ABS"}, Discount(kind=DiscountKind.AMOUNT, value=Decimal(500))),
        ({"discount_type": "FLAT"}, Discount(kind=DiscountKind.AMOUNT, value=Decimal(500))),
        (
            {"discount_type": "PERC", "discount_value": 12.5},
            Discount(kind=DiscountKind.PERCENT, value=Decimal("12.5")),
        ),
        ({"discount_type": "FREE", "discount_value": "NULL"}, Discount(kind=None, value=None)),
    ],
)
async def test_a_discount_is_an_amount_or_per_cent(says: Any, discount: Discount) -> None:
    assert (await coupon_of(**says)).discount == discount


@pytest.mark.parametrize("number", ["0", "-1", "NULL", "", None, " "])
async def test_no_bill_is_spelled_in_several_ways(number: Any) -> None:
    assert (await coupon_of(transaction_number=number)).bill is None
    assert (await points_of(transaction_number=number)).bill is None


@pytest.mark.parametrize(
    ("says", "place"),
    [
        ({"redeemed_store": None}, Place(code="till.code")),
        ({"redeemed_store": {"name": "", "code": ""}}, Place(code="till.code")),
        ({"redeemed_store": [], "redeemed_at": ""}, None),
    ],
)
async def test_without_a_store_the_tills_code_says_where(says: Any, place: Place | None) -> None:
    assert (await coupon_of(**says)).place == place
    assert (await points_of(**says)).place == place


@pytest.mark.parametrize(("says", "key"), [({}, "AfX1vt"), ({"redemption_id": "", "id": 90210}, "90210")])
async def test_points_are_known_by_redemption_id_and_only_in_old_answers_by_id(says: Any, key: str) -> None:
    assert (await points_of(**says)).id == key


@pytest.mark.parametrize("as_list", [True, False])
async def test_points_given_back_are_told_with_their_time(as_list: bool) -> None:
    row = {
        "reversal_id": 77,
        "points_reversed": "40",
        "reversal_time": "2025-03-11 09:00:00",
        "reversed_on_till_id": 3,
        "reversal_breakup_by_program": [{"program_id": 9, "points_reversed": 40}],
    }

    assert (await points_of(reversals=[row] if as_list else row)).reversals == (
        Reversal(id="77", points=Decimal(40), at=datetime(2025, 3, 11, 9, 0, tzinfo=UTC)),
    )
