"""Answers in shapes that no page prints: none of them makes money of what is not there, or hides what is."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bot.adapters.capillary import decode, lenient
from bot.adapters.capillary.faults import json_of
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.verdict import meaning
from bot.domain.answer import Answer, Redeemed, Unclear
from bot.domain.coupon import CouponCode, Use
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineError, EngineFault, EngineUnreadable
from bot.domain.redemption import Doubt
from bot.domain.worth import Worth, worth
from tests.adapters.capillary.redeeming import ASHA, answer, item, order, redeeming_of
from tests.adapters.capillary.wired import engine_of, json_answer, saying, saying_text, transport_of
from tests.tables import table

TODAY = date(2025, 9, 1)
WELCOME = CouponCode("WELCOME250")


def read(text: str) -> Any:
    return json_of(httpx.Response(200, content=text.encode()))


def means(body: Any, status: int = 200) -> Answer:
    return meaning(status, read(json.dumps(body)), order())


# Ids


@table("spelt", [501, "501", "501.0", "501.000", Decimal("501.00"), Decimal("5.01E+2")])
def test_one_id_has_one_spelling(spelt: Any) -> None:
    assert lenient.identity(spelt) == "501"


@table(
    "spelt",
    [
        None,
        "",
        " ",
        "NULL",
        "null",
        "None",
        "undefined",
        "NaN",
        True,
        [],
        {},
        Decimal("5.5"),
        Decimal("1E+999"),
    ],
)
def test_what_is_no_id_is_none(spelt: Any) -> None:
    assert lenient.identity(spelt) is None


@table("spelt", ["AfX1vt", "0501", "5.5", "R-501.0"])
def test_an_id_that_is_no_number_stays_as_it_is(spelt: str) -> None:
    assert lenient.identity(spelt) == spelt


@table("mark", [-1.0, 0.0, "-1.0", "0.0"])
def test_the_mark_of_a_dry_run_may_be_a_fraction(mark: Any) -> None:
    assert means(answer(item(redemptionId=mark))) == Unclear(doubt=Doubt.CONTRADICTING, status=200)


@table("spelt", ["null", "None", "undefined"])
def test_a_word_for_nothing_is_no_redemption(spelt: str) -> None:
    assert means(answer(item(redemptionId=spelt))) == Redeemed(redemption_id=None, status=200)


def test_a_yes_may_spell_its_ids_as_fractions() -> None:
    told = answer(item(redemptionId=501.0), customer={"id": float(ASHA)})

    assert means(told) == Redeemed(redemption_id="501", status=200)


# What a coupon takes off


@table("upto", [0, -1, "-1", "-1.0", None, "NULL"])
def test_a_cap_that_is_not_above_zero_is_none(upto: Any) -> None:
    """Else a percentage without a cap would pass under any `up_to`, and give some of the day's limit back."""
    told = decode.discount("PERC", Decimal(50), lenient.number(upto))

    assert told.cap is None
    assert worth(told, Decimal(100_000)) == Worth(amount=Decimal(50_000), from_bill=True)


# What the body says, and the HTTP status does not


def yes(customer: Any = 5, **more: Any) -> dict[str, Any]:
    coupon = {"isRedeemable": True, "code": "ABC", "redemptionsLeft": 1, "discountType": "ABS"}
    status = {"code": 700, "status": True}
    return {"redemption": [{**coupon, **more}], "redemptionStatus": status, "customer": {"id": customer}}


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_check_that_says_yes_with_a_status_of_failure_is_no_answer(status: int) -> None:
    with pytest.raises(EngineError):
        await engine_of(saying(yes(), status)).redeemability(CustomerId("5"), CouponCode("ABC"))


@pytest.mark.parametrize("customer", [6, "6", "50"])
async def test_a_check_for_another_customer_is_no_answer(customer: Any) -> None:
    with pytest.raises(EngineUnreadable):
        await engine_of(saying(yes(customer))).redeemability(CustomerId("5"), CouponCode("ABC"))


@pytest.mark.parametrize("customer", [5, "5", 5.0, None])
async def test_a_check_for_ours_or_for_nobody_named_is_one(customer: Any) -> None:
    check = await engine_of(saying(yes(customer))).redeemability(CustomerId("5"), CouponCode("ABC"))

    assert check.redeemable


def record(use: dict[str, Any] | None = None) -> dict[str, Any]:
    coupon = {"id": "9", "code": "WELCOME250", "item_status": {"code": 700}, "redemption_info": use}
    return {"response": {"status": {"success": "true", "code": 200}, "coupons": {"coupon": coupon}}}


def history(coupons: Any, points: int = 0, **customer: Any) -> dict[str, Any]:
    told = {"coupons": coupons, "points": {"point": [{"id": n} for n in range(points)]}}
    status = {"success": True, "code": 200}
    return {"response": {"status": status, "customer": {"redemptions": told, **customer}}}


def row(number: Any, code: str = "WELCOME250") -> dict[str, Any]:
    return {"id": number, "code": code, "redeemed_time": "2025-09-01 12:00:00", "transaction_number": "B-1"}


def reading(*answers: tuple[dict[str, Any], int]) -> CapillaryRedeeming:
    left = list(answers)
    transport = transport_of(lambda _: json_answer(*left.pop(0)))
    return redeeming_of(transport, lambda _: httpx.Response(500))


async def uses(*answers: tuple[dict[str, Any], int], single: bool = False) -> tuple[Use, ...]:
    return await reading(*answers).uses(ASHA, WELCOME, since=TODAY, single=single)


@pytest.mark.parametrize("status", [400, 500, 501])
async def test_a_history_without_uses_proves_nothing_with_a_status_of_failure(status: int) -> None:
    with pytest.raises(EngineFault):
        await uses((record(), 200), (history({"coupon": None}), status))


@pytest.mark.parametrize("status", [400, 500, 501])
async def test_a_record_without_a_use_proves_nothing_with_a_status_of_failure(status: int) -> None:
    with pytest.raises(EngineFault):
        await uses((record(), status), single=True)


@pytest.mark.parametrize("key", ["id", "user_id"])
async def test_a_history_of_another_customer_is_no_answer(key: str) -> None:
    none = {"coupon": None}
    theirs: dict[str, Any] = {key: "5"}
    ours: dict[str, Any] = {key: float(ASHA)}
    with pytest.raises(EngineUnreadable):
        await uses((record(), 200), (history(none, **theirs), 200))

    assert await uses((record(), 200), (history(none, **ours), 200)) == ()


# Histories that are not whole


@pytest.mark.parametrize("coupons", [[row(1)], [{"coupon": [row(1)]}], "1", 7, True])
async def test_uses_at_another_depth_are_not_overlooked(coupons: Any) -> None:
    with pytest.raises(EngineUnreadable):
        await uses((record(), 200), (history(coupons), 200))


@pytest.mark.parametrize("coupons", [None, "", "NULL", [], {}, {"coupon": None}, {"coupon": []}])
async def test_a_word_for_none_is_none(coupons: Any) -> None:
    assert await uses((record(), 200), (history(coupons), 200)) == ()


LISTED = {
    "entity": {
        "customers": [
            {
                "id": ASHA,
                "coupons": [{"code": "WELCOME250", "redemptions": [{"id": 501.0}], "redemptionCount": 1}],
            }
        ]
    },
    "success": True,
}


@pytest.mark.parametrize(("coupons", "points"), [(10, 0), (9, 1)])
async def test_as_many_rows_as_the_engines_default_may_be_cut(coupons: int, points: int) -> None:
    """The limits may not hold; the list tells the rest."""
    told = history({"coupon": [row(number, "OTHER") for number in range(coupons)]}, points)

    assert [use.id for use in await uses((record(), 200), (told, 200), (LISTED, 200))] == ["501"]


@pytest.mark.parametrize("rows", [8, 11])
async def test_fewer_and_more_are_whole(rows: int) -> None:
    told = history({"coupon": [row(number, "OTHER") for number in range(rows)]})

    assert await uses((record(), 200), (told, 200)) == ()


async def test_one_use_that_two_answers_spell_differently_is_one_use() -> None:
    last = {"redeemed": "true", "id": 501.0, "redeemed_on": "2025-09-01 12:00:00", "redeemed_at": "till"}
    (use,) = await uses((record(last), 200), (history({"coupon": [row("501")]}), 200))

    assert (use.id, use.till) == ("501", "till")


# Bodies that say two things


@table(
    "text", ['{"a": 1, "a": 2}', '{"a": [{"b": null, "b": 1}]}', '{"a": 1}{"a": 1}', '{"a": 1', "<html>", ""]
)
def test_a_body_that_says_two_things_or_half_is_none(text: str) -> None:
    assert read(text) is None


def test_what_is_said_twice_alike_is_said_once() -> None:
    assert read('{"a": 1, "a": 1.0}') == {"a": 1}


async def test_a_check_whose_body_says_two_things_is_no_answer() -> None:
    text = json.dumps(yes()).replace('"isRedeemable": true', '"isRedeemable": false, "isRedeemable": true')
    with pytest.raises(EngineUnreadable):
        await engine_of(saying_text(text)).redeemability(CustomerId("5"), CouponCode("ABC"))


@table("body", [{"code": 521}, {"errorCode": 521}, {"errors": [{"status": False, "code": 521}]}])
def test_a_gateway_that_repeats_its_own_521_did_not_say_that_nothing_was_sent(body: Any) -> None:
    """HTTP 521 is a server that is down; the engine's own 521 is two actions at once (docs: rate-limits)."""
    assert means(body, 521) == Unclear(doubt=Doubt.ENGINE_FAILED, code=521, status=521)
