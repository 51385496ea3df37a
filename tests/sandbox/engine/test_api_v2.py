from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import AIRPORT
from bot.sandbox.engine.seed_data import seed
from tests.sandbox.engine.calls import (
    ASHA,
    ASHA_ID,
    NOW,
    check,
    codes,
    detail,
    history,
    listed,
    redeem,
    request,
)

# Look-up and tills


async def test_lookup_gives_the_number_of_a_customer(api: httpx.AsyncClient) -> None:
    query = {"source": "INSTORE", "identifierName": "email", "identifierValue": "asha.menon@example.com"}
    answer = await api.get(capillary.LOOKUP, params=query)

    assert answer.json() == {"entity": ASHA_ID, "warnings": []}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"identifierName": "mobile", "identifierValue": "1"}, 8015),
        ({"identifierName": "shoe", "identifierValue": "43"}, 8013),
        ({"identifierName": "mobile", "identifierValue": ASHA, "source": "WECHAT"}, 8065),
        ({"identifierName": "mobile", "identifierValue": ASHA, "source": "MOON"}, 8011),
    ],
)
async def test_lookup_says_why_not(api: httpx.AsyncClient, query: dict[str, str], code: int) -> None:
    answer = await api.get(capillary.LOOKUP, params={"source": "INSTORE", **query})

    assert answer.json()["errors"][0]["code"] == code


async def test_a_till_has_a_name_or_is_unknown(api: httpx.AsyncClient) -> None:
    known = await api.get(f"{capillary.TILL}75197941")
    unknown = await api.get(f"{capillary.TILL}1")

    assert (known.json()["id"], known.json()["name"]) == (75197941, "MG Road, till 1")
    assert unknown.status_code == 404


# Is it redeemable


async def test_a_redeemable_coupon_tells_its_worth(api: httpx.AsyncClient) -> None:
    body = await check(api, "festive12", details="true")
    item = body["redemption"][0]

    assert (item["isRedeemable"], item["redemptionsLeft"], item["numberOfRedemptionsByUser"]) == (True, 1, 0)
    assert (item["discountType"], item["discountValue"], item["discountUpto"]) == ("PERC", 12, 300)
    assert body["customer"]["id"] == ASHA_ID
    assert "couponseries" in item


@pytest.mark.parametrize(
    ("code", "expected"),
    [("NOWHERE", 719), ("KNRYHMRW", 703), ("THANKS500", 711), ("MONSOON300", 713), ("LK000001", 703)],
)
async def test_a_coupon_that_cannot_be_redeemed_says_why(
    api: httpx.AsyncClient, code: str, expected: int
) -> None:
    body = await check(api, code)

    assert body["redemption"][0]["isRedeemable"] is False
    assert (body["redemptionStatus"]["status"], body["redemptionStatus"]["code"]) == (False, expected)


async def test_a_revoked_coupon_is_not_redeemable(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.customers.revoke("WELCOME250")

    assert (await check(api, "WELCOME250"))["redemptionStatus"]["code"] == 660
    assert "WELCOME250" not in await codes(api, status="REDEEMABLE")


async def test_nobody_can_redeem_nothing(api: httpx.AsyncClient) -> None:
    assert (await check(api, "WELCOME250", mobile="1"))["redemptionStatus"]["code"] == 701
    assert (await check(api, ""))["redemptionStatus"]["code"] == 781


# Redeem


async def test_the_answer_to_a_redemption_has_the_printed_keys(api: httpx.AsyncClient) -> None:
    body = await redeem(api, "WELCOME250")
    printed = seed("redeem-single-coupon")

    assert body["redemption"][0].keys() - printed["redemption"][0].keys() == {"redemptionId"}
    assert printed["redemption"][0].keys() <= body["redemption"][0].keys()
    assert body["redemptionStatus"] == printed["redemptionStatus"]
    assert body["redemption"][0]["redemptionStatus"] == printed["redemption"][0]["redemptionStatus"]
    assert body.keys() == printed.keys()


async def test_a_redemption_shows_everywhere(api: httpx.AsyncClient) -> None:
    body = await redeem(api, "welcome250", bill="CD-1")
    number = body["redemption"][0]["redemptionId"]
    coupon = await listed(api, "WELCOME250")
    row = (await history(api, coupons_limit=1))["customer"]["redemptions"]["coupons"]["coupon"]
    info = (await detail(api, "WELCOME250"))["redemption_info"]

    assert body["customer"]["id"] == ASHA_ID
    assert (coupon["redemptionCount"], coupon["redemptionsLeft"]) == (1, 0)
    assert str(coupon["redemptions"][0]["id"]) == number == row["id"] == info["id"]
    assert coupon["redemptions"][0]["transactionNumber"] == "CD-1" == row["transaction_number"]
    assert coupon["redemptions"][0]["redeemedAt"] == {"code": "desk", "name": "Support Desk"}
    assert row["redeemed_at"] == "coupon.desk" == info["redeemed_at"]
    assert (await check(api, "WELCOME250"))["redemptionStatus"]["code"] == 711
    assert (await redeem(api, "WELCOME250"))["redemptionStatus"] == {
        "status": False,
        "message": "Coupon is already used",
        "code": 711,
    }


async def test_a_coupon_with_uses_left_counts_down(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    first = await redeem(api, "COFFEE5")
    engine.customers.redeem_at_till("COFFEE5", "AIR-600", till=AIRPORT)
    await redeem(api, "COFFEE5")
    last = await redeem(api, "COFFEE5")

    assert first["redemptionStatus"]["code"] == 700
    assert (await listed(api, "COFFEE5"))["redemptions"][3]["redeemedAt"]["code"] == "airport"
    assert last["redemptionStatus"]["code"] == 728


async def test_a_redemption_is_booked_where_the_attribution_says(api: httpx.AsyncClient) -> None:
    await redeem(api, "WELCOME250", headers={"X-CAP-API-ATTRIBUTION-ENTITY-CODE": AIRPORT.code})

    assert (await detail(api, "WELCOME250"))["redemption_info"]["redeemed_at"] == AIRPORT.code


async def test_a_reversal_gives_the_use_back(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    await redeem(api, "WELCOME250")
    engine.customers.reverse("WELCOME250")

    assert (await check(api, "WELCOME250"))["redemption"][0]["isRedeemable"] is True


async def test_new_customers_and_coupons_take_part(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    someone = engine.customers.add_customer("919999900000", external_id="X-1")
    engine.customers.add_coupon(someone, "Fresh", value=5, valid_until=NOW + timedelta(hours=1))

    assert (await redeem(api, "FRESH", externalId="X-1"))["customer"]["id"] == someone.id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"user": {"mobile": "1"}}, 701),
        ({"user": None}, 629),
        ({"redemptionRequestList": []}, 629),
        ({"billAmount": "much"}, 629),
        ({"transactionNumber": None}, 629),
        ({"transactionNumber": 7}, 629),
    ],
)
async def test_a_redemption_that_cannot_be_read_is_refused(
    api: httpx.AsyncClient, change: dict[str, Any], code: int
) -> None:
    answer = await api.post(capillary.REDEEM, json=request("WELCOME250") | change)

    assert answer.json()["redemptionStatus"]["code"] == code


async def test_the_ways_of_refusing_can_be_chosen(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.quirks.redeem_no = "errors"
    bare = await redeem(api, "THANKS500")
    engine.quirks.redeem_no = "item"
    hidden = await redeem(api, "THANKS500")

    assert bare == {"errors": [{"status": False, "code": 711, "message": "Coupon is already used"}]}
    assert hidden["redemptionStatus"]["code"] == 700
    assert hidden["redemption"][0]["redemptionStatus"]["success"] is False
    assert hidden["redemption"][0]["warnings"][0]["code"] == 711


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_no_has_the_http_status_that_was_chosen(
    engine: SandboxEngine, api: httpx.AsyncClient, status: int
) -> None:
    engine.quirks.no_status = status
    refused = await api.post(capillary.REDEEM, json=request("THANKS500"))
    done = await api.post(capillary.REDEEM, json=request("WELCOME250"))

    assert (refused.status_code, done.status_code) == (status, 200)


async def test_a_bill_number_can_be_demanded(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.quirks.needs_bill_number = True
    without = await redeem(api, "WELCOME250", bill="")
    with_one = await redeem(api, "WELCOME250", bill="B-1")

    assert (without["redemptionStatus"]["code"], with_one["redemptionStatus"]["code"]) == (718, 700)


async def test_older_answers_have_no_redemption_id(engine: SandboxEngine, api: httpx.AsyncClient) -> None:
    engine.quirks.redemption_id = False

    assert "redemptionId" not in (await redeem(api, "WELCOME250"))["redemption"][0]
