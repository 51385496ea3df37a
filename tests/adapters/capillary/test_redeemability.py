"""Every shape that a yes or a no may have (docs: check-if-coupon-is-redeemable, is-coupon-redeemable, redeem-single-coupon)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot.domain.coupon import CouponCode, Discount, DiscountKind, Redeemability, UsesLeft
from bot.domain.customer import Customer, CustomerId
from bot.domain.errors import EngineBusy, EngineDenied, EngineError, EngineFault, EngineUnreadable
from bot.domain.refusal import Refusal
from tests.adapters.capillary.wired import engine_of, saying

Json = dict[str, Any]

OK = {"code": 700, "message": "Coupon processing successful", "status": True}
CUSTOMER = {
    "id": 5,
    "profiles": [
        {
            "firstName": "Asha",
            "lastName": "Menon",
            "identifiers": [{"type": "mobile", "value": "919845012345"}],
        }
    ],
}


def item(**says: Any) -> Json:
    """One coupon of an answer, as the page prints it (docs: check-if-coupon-is-redeemable)."""
    return {
        "currencyInput": False,
        "localToBaseCurrencyExchangeRate": 0,
        "isRedeemable": True,
        "warnings": [],
        "appendedErrorMessage": "",
        "code": "ABC",
        "isAbsolute": False,
        "redemptionsLeft": -1,
        "numberOfRedemptionsByUser": 0,
        "discountType": "ABS",
        "discountValue": 10,
        "discountUpto": 0,
        "couponseries": {},
        **says,
    }


def answer(*items: Json, **says: Any) -> Json:
    return {
        "redemption": list(items),
        "redemptionStatus": OK,
        "customer": CUSTOMER,
        "warnings": [],
        **says,
    }


def verdict(code: int | str, **says: Any) -> Json:
    return {"code": code, "message": "no", **says}


async def redeemability(body: Json, status: int = 200, code: str = "abc") -> Redeemability:
    return await engine_of(saying(body, status)).redeemability(CustomerId("5"), CouponCode(code))


async def test_a_yes_tells_what_the_coupon_takes_off_and_whose_it_is() -> None:
    found = await redeemability(answer(item()))

    assert found == Redeemability(
        redeemable=True,
        refusal=None,
        code=CouponCode("ABC"),
        discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(10), cap=None),
        uses_left=UsesLeft(None),
        used_by_customer=0,
        customer=Customer(id=CustomerId("5"), name="Asha Menon", mobile="919845012345"),
    )


@pytest.mark.parametrize(
    "yes",
    [
        answer(item(isRedeemable="true")),
        answer(item(redemptionStatus=verdict(700, success=True))),
        answer(item(warnings=[verdict(687)])),
        {"redemption": [{"isRedeemable": True, "code": "ABC"}]},
        {"redemption": {"isRedeemable": True}},
        answer(item(code="OTHER", isRedeemable=False), item()),
        answer(item(), errors=[], success="true"),
        answer(item(), errors=None),
    ],
)
async def test_a_yes_may_be_spelled_in_other_ways(yes: Json) -> None:
    assert (await redeemability(yes)).redeemable


USED = Refusal.ALREADY_USED


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("no", "refusal"),
    [
        pytest.param(
            answer(redemptionStatus=verdict(711, status=False)), USED, id="at the top, without an item"
        ),
        pytest.param(
            answer(
                item(isRedeemable=False, redemptionStatus=verdict(711, success=False)),
                redemptionStatus=verdict(711, status=False),
            ),
            USED,
            id="at the top and in the item",
        ),
        pytest.param(
            answer(item(isRedeemable=False, redemptionStatus=verdict("711", success="false"))),
            USED,
            id="in the item, while the top says yes",
        ),
        pytest.param(
            answer(item(isRedeemable=False), redemptionStatus=verdict(711, status=False)),
            USED,
            id="at the top, without a code in the item",
        ),
        pytest.param(
            answer(item(isRedeemable=False, warnings=[verdict(711, status=False)])),
            USED,
            id="in the item's warnings",
        ),
        pytest.param(answer(item(warnings=verdict(711))), USED, id="in the item's one warning, beside a yes"),
        pytest.param(
            {"errors": [verdict(711, status=False)]}, USED, id="in `errors` alone, with nothing else"
        ),
        pytest.param(
            {"redemption": [], "errors": verdict(711, status="false"), "success": False},
            USED,
            id="in `errors`, collapsed to the one",
        ),
        pytest.param(answer(item(isRedeemable=False)), Refusal.OTHER, id="without any code"),
        pytest.param(
            answer(item(isRedeemable=False), redemptionStatus=verdict(500, status=False)),
            Refusal.OTHER,
            id="beside the code that says to look at the items",
        ),
        pytest.param(
            answer(item(isRedeemable="false", redemptionStatus=verdict(706))),
            Refusal.OTHER,
            id="with v1.1's 706",
        ),
        pytest.param(
            answer(item(isRedeemable=False), redemptionStatus=verdict(500), errors=[verdict(713)]),
            Refusal.COUPON_EXPIRED,
            id="a reason beside the code that says nothing",
        ),
        pytest.param(
            answer(item(redemptionStatus=verdict(713)), redemptionStatus=verdict(711)),
            Refusal.COUPON_EXPIRED,
            id="two reasons: the item's goes first",
        ),
        pytest.param(answer(redemptionStatus=verdict(701)), Refusal.NO_SUCH_CUSTOMER, id="nobody by that id"),
    ],
)
async def test_a_no_is_a_no_wherever_it_stands_and_whatever_the_http_status(
    no: Json, refusal: Refusal, status: int
) -> None:
    found = await redeemability(no, status)

    assert (found.redeemable, found.refusal) == (False, refusal)


@pytest.mark.parametrize(
    "contradiction",
    [
        answer(item(), redemptionStatus={"status": False}),
        answer(item(redemptionStatus={"success": "false"})),
        answer(item(redemptionStatus={"code": 700, "success": False})),
        answer(item(), errors=[{"message": "something"}]),
        answer(item(), success=False),
        answer(item(isRedeemable="perhaps")),
        answer(item(code="OTHER")),
        answer(),
        {},
        [],
        "yes",
    ],
)
async def test_what_is_neither_a_yes_nor_a_no_is_neither(contradiction: Any) -> None:
    with pytest.raises(EngineUnreadable) as caught:
        await redeemability(contradiction)

    assert caught.value.status == 200


async def test_the_v11_answer_is_not_mistaken_for_ours() -> None:
    """Only the v2 call is made; its neighbour's envelope in its place is no yes."""
    redeemable = {"code": "ABC", "is_redeemable": "true", "item_status": {"success": "true", "code": 700}}
    body = {"response": {"status": {"success": "true"}, "coupons": {"redeemable": redeemable}}}

    with pytest.raises(EngineUnreadable):
        await redeemability(body)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (748, EngineFault),
        (730, EngineFault),
        (791, EngineFault),
        (795, EngineFault),
        (123456, EngineFault),
        (521, EngineBusy),
        (517, EngineBusy),
        (4001, EngineBusy),
        (4000, EngineDenied),
    ],
)
async def test_a_code_that_is_no_verdict_on_the_coupon_is_a_failure(
    code: int, error: type[EngineError]
) -> None:
    """The item's own code is told: it says most."""
    body = answer(item(isRedeemable=False, redemptionStatus=verdict(code)), redemptionStatus=verdict(654321))

    with pytest.raises(error) as caught:
        await redeemability(body)

    assert (caught.value.code, caught.value.status) == (code, 200)


async def test_the_code_that_says_to_look_at_the_items_is_a_failure_where_no_item_says_no() -> None:
    with pytest.raises(EngineFault) as caught:
        await redeemability(answer(item(), redemptionStatus=verdict(500, status=False)))

    assert caught.value.code == 500


@pytest.mark.parametrize(("listed", "told"), [({"code": "ABC"}, "ABC"), ({}, "abc")])
async def test_the_code_is_told_as_it_was_created_else_as_it_was_asked_for(listed: Json, told: str) -> None:
    assert (await redeemability({"redemption": {"isRedeemable": True, **listed}})).code == told


async def test_what_the_series_is_called_is_told() -> None:
    found = await redeemability(answer(item(couponseries={"description": "Diwali"})))

    assert found.description == "Diwali"


async def test_a_percentage_and_its_cap_are_told() -> None:
    found = await redeemability(answer(item(discountType="PERC", discountValue="12.50", discountUpto="100")))

    assert found.discount == Discount(kind=DiscountKind.PERCENT, value=Decimal("12.5"), cap=Decimal(100))


async def test_a_no_may_leave_the_discount_out() -> None:
    found = await redeemability({"redemption": [{"isRedeemable": False, "code": "ABC"}]})

    assert (found.discount, found.uses_left, found.customer) == (None, None, None)
