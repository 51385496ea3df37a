from typing import Any

import httpx

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from tests.sandbox.engine.calls import (
    ASHA_ID,
    detail,
    history,
)

# A coupon by its code


async def test_an_open_coupon_has_no_redemption(api: httpx.AsyncClient) -> None:
    coupon = await detail(api, "gold5000")

    assert (coupon["code"], coupon["value"], coupon["is_absolute"]) == ("GOLD5000", "5000", "true")
    assert coupon["valid_till"] == "01-10-2025"
    assert coupon["customer"]["id"] == str(ASHA_ID)
    assert "redemption_info" not in coupon


async def test_a_used_coupon_tells_when_and_where_in_local_time(api: httpx.AsyncClient) -> None:
    info = (await detail(api, "THANKS500"))["redemption_info"]

    assert info["redeemed"] == "true"
    assert info["redeemed_on"] == "2025-08-29 12:00:00"
    assert info["transaction"]["bill_number"] == "MG-1042"
    assert info["store"] == {"code": "mgroad", "name": "MG Road"}


async def test_an_unknown_code_is_said_by_the_item(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    coupon = await detail(api, "nowhere")
    engine.quirks.v11_no_status = 500
    answer = await api.get(capillary.COUPON, params={"code": "nowhere"})

    assert (coupon["id"], coupon["item_status"]["code"]) == ("-1", "705")
    assert answer.status_code == 500
    assert answer.json()["response"]["status"]["success"] == "false"


async def test_several_codes_are_a_list_and_one_is_not(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    several: Any = await detail(api, "GOLD5000,nowhere")
    engine.quirks.single_as_object = False
    one: Any = await detail(api, "GOLD5000")

    assert [each["id"] == "-1" for each in several] == [False, True]
    assert isinstance(one, list)


async def test_v11_speaks_xml_unless_json_is_asked_for(api: httpx.AsyncClient) -> None:
    del api.headers["Accept"]
    xml = await api.get(capillary.COUPON, params={"code": "GOLD5000"}, headers={"Accept": "*/*"})
    good = await api.get(
        capillary.COUPON, params={"code": "GOLD5000", "format": "json"}, headers={"Accept": "*/*"}
    )

    assert xml.text.startswith("<?xml")
    assert good.json()["response"]["status"]["success"] == "true"


# History


async def test_history_has_coupons_and_points_with_their_reversals(api: httpx.AsyncClient) -> None:
    body = await history(api)
    customer = body["customer"]
    found = customer["redemptions"]
    points = found["points"]["point"]

    assert (customer["rows"], customer["coupons_count"], customer["points_count"]) == (6, "3", 3)
    assert [row["code"] for row in found["coupons"]["coupon"]] == ["THANKS500", "COFFEE5", "COFFEE5"]
    assert [row["id"] for row in points] == [1, 2, 3]
    assert [reversal["points_reversed"] for row in points for reversal in row["reversals"]] == [300]
    assert found["coupons"]["coupon"][0]["redeemed_time"] == "2025-08-29 12:00:00"


async def test_a_type_leaves_the_other_out_and_the_limits_idle(api: httpx.AsyncClient) -> None:
    points = (await history(api, type="points", points_limit=1))["customer"]

    assert "coupons_count" not in points
    assert "coupons" not in points["redemptions"]
    assert points["points_count"] == 3


async def test_one_row_is_an_object_and_none_is_null(api: httpx.AsyncClient) -> None:
    one = (await history(api, coupons_limit=1))["customer"]
    none = (await history(api, mobile="919845000000"))["customer"]

    assert one["redemptions"]["coupons"]["coupon"]["code"] == "THANKS500"
    assert (none["coupons_count"], none["redemptions"]["coupons"]["coupon"]) == (None, None)


async def test_a_period_is_local_and_ends_before_its_last_day(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    period = {"start_date": "2025-08-27", "end_date": "2025-08-29"}
    before = (await history(api, **period))["customer"]["redemptions"]["coupons"]["coupon"]
    engine.quirks.end_date_inclusive = True
    upto = (await history(api, **period))["customer"]["redemptions"]["coupons"]["coupon"]

    assert before["transaction_number"] == "IND-77"
    assert [row["code"] for row in upto] == ["THANKS500", "COFFEE5"]


async def test_history_can_run_forward_and_has_a_total_limit(api: httpx.AsyncClient) -> None:
    customer = (await history(api, order="asc", limit=3))["customer"]

    assert customer["rows"] == 3
    assert [row["points_redeemed"] for row in customer["redemptions"]["points"]["point"]] == [120, 300]
    assert customer["redemptions"]["coupons"]["coupon"]["transaction_number"] == "AIR-501"


async def test_history_of_nobody_says_so_in_the_status(api: httpx.AsyncClient) -> None:
    assert (await history(api, mobile="1"))["status"]["code"] == 1012
    assert (await history(api, start_date="soon"))["status"]["code"] == 400
