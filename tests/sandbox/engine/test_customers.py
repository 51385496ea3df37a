from datetime import UTC, datetime

import httpx
import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.seed_data import HOSTILE_CODES, HOSTILE_NAME, seed
from tests.sandbox.conftest import Clock
from tests.sandbox.engine.calls import ASHA, ASHA_ID, check, codes, coupons, detail, history, listed, redeem


@pytest.mark.parametrize(
    ("mobile", "page"),
    [
        ("919400488244", "get-all-customer-coupons"),
        ("917003222195", "get-all-customer-coupons-lower"),
        ("918860000001", "get-all-customer-coupons-older"),
    ],
)
async def test_the_printed_customers_are_answered_as_printed(
    api: httpx.AsyncClient, mobile: str, page: str
) -> None:
    assert await coupons(api, mobile=mobile) == seed(page)


async def test_codes_are_upper_case_unless_asked_otherwise(api: httpx.AsyncClient) -> None:
    upper = await codes(api, coupon_code_case="", limit=5)

    assert "DIWALI10" in upper
    assert "diwali10" in await codes(api, coupon_code_case="LOWER")
    assert "Diwali10" in await codes(api)


async def test_pages_follow_each_other_and_the_total_is_all(api: httpx.AsyncClient) -> None:
    everything = await codes(api)
    second = await coupons(api, limit=4, offset=4)

    assert second["entity"]["pagination"] == {"limit": "4", "offset": "4", "total": len(everything)}
    assert await codes(api, limit=4, offset=4) == everything[4:8]
    assert await codes(api, sort_order="ASC") == everything[::-1]
    assert await codes(api, offset=1000) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("REDEEMED", {"COFFEE5", "THANKS500"}),
        ("EXPIRED", {"MONSOON300"}),
        ("EXPIRED_REDEEMED", set()),
        ("EXPIRED_UNREDEEMED", {"MONSOON300"}),
        ("ACTIVE_REDEEMED", {"COFFEE5", "THANKS500"}),
        (
            "ACTIVE_UNREDEEMED",
            {"TONIGHT150", "WELCOME250", "GOLD5000", "Diwali10", "FESTIVE12", "RETURN400"},
        ),
        (
            "REDEEMABLE",
            {"TONIGHT150", "WELCOME250", "GOLD5000", "Diwali10", "FESTIVE12", "RETURN400", "COFFEE5"},
        ),
    ],
)
async def test_a_status_keeps_its_coupons(api: httpx.AsyncClient, status: str, expected: set[str]) -> None:
    assert set(await codes(api, status=status)) == expected


async def test_an_unknown_status_is_bad_input(api: httpx.AsyncClient) -> None:
    answer = await api.get(capillary.COUPONS, params={"mobile": ASHA, "status": "FRESH"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "who",
    [
        {"mobile": "9845012345"},
        {"mobile": ASHA},
        {"mobile": "", "email": "ASHA.menon@example.com"},
        {"mobile": "", "id": str(ASHA_ID)},
        {"mobile": "", "externalId": "E-1001"},
    ],
)
async def test_a_customer_is_found_by_any_identifier(api: httpx.AsyncClient, who: dict[str, str]) -> None:
    body = await coupons(api, **who)

    assert body["entity"]["customers"][0]["id"] == ASHA_ID


async def test_an_unknown_customer_is_an_error_or_an_empty_list(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    error = await coupons(api, mobile="910000000009")
    engine.quirks.unknown_customer = "empty"
    empty = await coupons(api, mobile="910000000009")

    assert error["errors"][0]["code"] == 8015
    assert (empty["success"], empty["entity"]["customers"]) == (True, [])


async def test_a_customer_without_coupons_is_there(api: httpx.AsyncClient) -> None:
    body = await coupons(api, mobile="919845000000")

    assert body["entity"]["pagination"]["total"] == 0
    assert body["entity"]["customers"][0]["firstname"] == "Ravi"


async def test_reversed_redemptions_show_only_when_asked_for(api: httpx.AsyncClient) -> None:
    plain = await listed(api, "RETURN400")
    asked = await listed(api, "RETURN400", include_reversed_redemptions="true")

    assert (plain["reversedRedemptions"], plain["redemptionCount"], plain["redemptionsLeft"]) == ([], 0, 1)
    assert len(asked["reversedRedemptions"]) == 1
    assert "transactionNumber" not in asked["reversedRedemptions"][0]


async def test_tonight_is_the_end_of_the_day_of_the_engine(api: httpx.AsyncClient, clock: Clock) -> None:
    coupon = await listed(api, "TONIGHT150")
    before = await check(api, "TONIGHT150")
    clock.at = datetime(2025, 9, 1, 18, 29, 59, tzinfo=UTC)
    after = await check(api, "TONIGHT150")

    assert coupon["validTill"] == "2025-09-01T00:00:00+05:30"
    assert coupon["validTillDateTime"] == "2025-09-01T23:59:59+05:30"
    assert before["redemption"][0]["isRedeemable"] is True
    assert after["redemptionStatus"]["code"] == 713


@pytest.mark.parametrize(
    ("mobile", "size", "prefix"), [("919845001000", 1_000, "TH"), ("919845100000", 100_000, "LK")]
)
async def test_crowds_are_paged_counted_and_redeemed(
    api: httpx.AsyncClient, mobile: str, size: int, prefix: str
) -> None:
    last = f"{prefix}{size - 4:06d}"
    page = await coupons(api, mobile=mobile, limit=10, offset=size - 10)
    used = await coupons(api, mobile=mobile, limit=1, status="REDEEMED")
    done = await redeem(api, last, mobile=mobile)
    used_then = await coupons(api, mobile=mobile, limit=1, status="REDEEMED")
    newest = await history(api, mobile=mobile, coupons_limit=2)

    assert page["entity"]["pagination"]["total"] == size
    assert page["entity"]["customers"][0]["coupons"][6]["code"] == last
    assert used["entity"]["pagination"]["total"] == size // 5
    assert done["redemptionStatus"]["code"] == 700
    assert used_then["entity"]["pagination"]["total"] == size // 5 + 1
    rows = newest["customer"]["redemptions"]["coupons"]["coupon"]
    assert [row["code"] for row in rows] == [last, f"{prefix}000007"]
    assert (await detail(api, last))["redemption_info"]["transaction"]["bill_number"] == "B-1"


async def test_hostile_text_arrives_as_it_is(api: httpx.AsyncClient) -> None:
    body = await coupons(api, mobile="919845066666")
    customer = body["entity"]["customers"][0]

    assert customer["firstname"] == HOSTILE_NAME
    assert "\u202e" in HOSTILE_NAME
    assert {coupon["code"] for coupon in customer["coupons"]} > set(HOSTILE_CODES)
    assert max(len(coupon["description"]) for coupon in customer["coupons"]) >= 5_000
    for code in HOSTILE_CODES:
        assert (await detail(api, code, coupon_code_case="AS_IT_IS"))["code"] == code


async def test_who_holds_a_shared_coupon_sees_their_own_uses_of_it(
    engine: SandboxEngine, api: httpx.AsyncClient
) -> None:
    coupon = engine.customers.coupon("WELCOME250")
    assert coupon is not None
    coupon.left = 3
    other = engine.customers.add_customer("919845100001")
    engine.customers.share(coupon, other)

    await redeem(api, "WELCOME250", "B-1")
    theirs = engine.customers.redeem_at_till("WELCOME250", "B-2", by=other)

    assert [use["transactionNumber"] for use in (await listed(api, "WELCOME250"))["redemptions"]] == ["B-1"]
    rows = (await history(api, mobile=other.mobile, coupons_limit=100))["customer"]["redemptions"]
    assert rows["coupons"]["coupon"]["id"] == str(theirs.id)
    record = await detail(api, "WELCOME250")
    assert "customer" not in record
    assert record["redemption_info"]["transaction"]["bill_number"] == "B-2"
    left = (await check(api, "WELCOME250"))["redemption"][0]
    assert (left["redemptionsLeft"], left["numberOfRedemptionsByUser"]) == (1, 1)
