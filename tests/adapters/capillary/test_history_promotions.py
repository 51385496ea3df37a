"""
Redemptions of cart promotions as the vendor's page prints them, through the client and onto the card.

docs: get-cart-promotion-redemptions. What is expected is written by hand from the page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.adapters.capillary.history import CapillaryHistory
from bot.domain.cards import PromotionCard
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineDenied, EngineFault, EngineRefused, EngineUnreadable
from bot.domain.lookup import LookUpId, PromotionLookUp
from bot.domain.person import PersonId
from bot.domain.promotions import (
    Mode,
    PromoCode,
    PromotionRecords,
    Promotions,
    PromotionUse,
    Scope,
    parse_promotion_question,
)
from bot.domain.refusal import Refusal
from bot.sandbox.engine.seed_data import SEEDS
from bot.views.promotions import promotion_card
from bot.views.text import Display
from tests.adapters.capillary.wired import Script, json_answer, saying, transport_of

PAGE = (SEEDS / "get-cart-promotion-redemptions.json").read_bytes()
UQ38T = (PromoCode("UQ38T"),)
ZONE = ZoneInfo("UTC")

CART = PromotionUse(
    id="69145b5cd39e256f754a9309",
    promotion="Jo_voucher_test",
    code="UQ38T",
    at=datetime(2025, 11, 12, 23, 58, 26, tzinfo=UTC),
    customer=CustomerId("566881933"),
    receipt="nusmbers-erfWDse3sst7ss-5176417625s0600sw0",
    till="75197941",
    discount=Decimal(100),
    amount=Decimal(1000),
    scope=Scope.CART,
)
LINE = PromotionUse(
    id="68b54abc7880ba5aa7cf56ee",
    promotion="SeptemberPromo",
    code=None,
    at=datetime(2025, 9, 1, 10, 0, tzinfo=UTC),
    customer=None,
    receipt="txn-31",
    till="75152721",
    discount=Decimal(500),
    amount=Decimal(500),
    scope=Scope.LINE_ITEM,
    sku="Sku#Fuel",
)

#: The same two, as people read them.
CARD = """\
Promotion `UQ38T`  ·  as of 12:00:00
2 redemptions as a discount or as a payment voucher, newest first.
12 Nov 2025, 23:58 UTC: Jo_voucher_test (UQ38T), ₹100 off ₹1,000, cart, customer 566881933, \
receipt nusmbers-erfWDse3sst7ss-5176417625s0600sw0, at Koramangala 2
1 Sep 2025, 10:00 UTC: SeptemberPromo, ₹500 off ₹500, line item Sku#Fuel, anonymous, \
receipt txn-31, at till 75152721"""


def client(handler: Callable[[httpx.Request], httpx.Response]) -> CapillaryHistory:
    return CapillaryHistory(transport_of(handler), ZONE)


async def uses(body: Any, status: int = 200) -> tuple[PromotionUse, ...]:
    return (await client(saying(body, status)).promotion_uses(UQ38T, Mode.DISCOUNT)).uses


async def test_the_page_is_read_to_the_last_field() -> None:
    engine = client(lambda _: httpx.Response(200, content=PAGE))

    assert await engine.promotion_uses(UQ38T, Mode.DISCOUNT) == PromotionRecords(
        uses=(CART, LINE), known=frozenset(UQ38T)
    )


async def test_the_card_says_what_the_page_prints() -> None:
    engine = client(lambda _: httpx.Response(200, content=PAGE))
    look_up = PromotionLookUp(asker=PersonId("U0AGENT"), question=parse_promotion_question("uq38t"))
    found = Promotions(
        uses=(await engine.promotion_uses(UQ38T, Mode.DISCOUNT)).uses, tills={"75197941": "Koramangala 2"}
    )
    noon = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
    message = promotion_card(
        PromotionCard(id=LookUpId("card"), look_up=look_up, promotions=found, as_of=noon),
        display=Display(currency="INR", zone=ZONE),
    )

    assert message.text == CARD


async def test_codes_are_repeated_and_full_redemptions_are_asked_for() -> None:
    queries: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        queries.append(f"{request.method} {request.url.path}?{request.url.query.decode()}")
        return json_answer({"data": []})

    await client(answer).promotion_uses((PromoCode("UQ38T"), PromoCode("A&B")), Mode.PAYMENT)

    assert queries == [
        "GET /api_gateway/v1/promotions/redemptions?codes=UQ38T&codes=A%26B&mode=PAYMENT_VOUCHER"
        "&includeRedemptions=true"
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": None, "errors": [{"code": 404}]}, 404),
        ("<html>", 404),
        ({"data": []}, 200),
        ({"data": [], "errors": None}, 200),
        ({"data": None}, 200),
    ],
)
async def test_none_is_said_in_several_ways(body: Any, status: int) -> None:
    assert await uses(body, status) == ()


FAILURES: list[tuple[Any, int, type[Exception]]] = [
    ({"data": [], "errors": [{"code": 1, "message": "no"}]}, 200, EngineFault),
    ({"data": [], "errors": {"message": "no"}}, 200, EngineFault),
    ({"data": [], "errors": "no"}, 200, EngineUnreadable),
    ({"data": "no"}, 200, EngineUnreadable),
    ({}, 200, EngineUnreadable),
    ([], 200, EngineUnreadable),
    ({"errors": []}, 500, EngineFault),
]


@pytest.mark.parametrize(("body", "status", "error"), FAILURES)
async def test_a_failure_is_never_none(body: Any, status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await uses(body, status)


@pytest.mark.parametrize("body", [{"errors": [{"code": 405}]}, {}, "<html>", ""])
@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (400, Refusal.BAD_REQUEST),
        (401, Refusal.PROMOTIONS_OFF),
        (403, Refusal.PROMOTIONS_OFF),
        (405, Refusal.PROMOTIONS_OFF),
    ],
)
async def test_an_organisation_for_which_it_is_not_enabled_is_told_so(
    status: int, refusal: Refusal, body: Any
) -> None:
    """C18: credentials that are good for everything else may not be for these."""
    with pytest.raises(EngineRefused) as refused:
        await uses(body, status)

    assert refused.value.refusal is refusal


async def test_redemptions_of_other_codes_are_not_taken_for_those_that_were_asked() -> None:
    """C2: an engine that knows no `codes` lists whatever was redeemed last."""
    others = {"promoCode": "OTHER9", "redemptionDate": 1762991906000}
    ours = {"promoCode": "uq38t", "redemptionDate": 1762991906000}

    assert [use.code for use in await uses({"data": [others, ours, {"redemptionDate": 1}]})] == [
        "uq38t",
        None,
    ]


async def test_a_record_of_the_code_itself_is_no_redemption_but_the_code_is_known() -> None:
    of_code = {"code": "UQ38T", "restrictions": {"Code": [{"kpi": "REDEMPTION", "maxLimit": "1.000000"}]}}
    engine, stranger = client(saying({"data": [of_code]})), client(saying({"data": [{"code": "OTHER9"}]}))

    assert await engine.promotion_uses(UQ38T, Mode.DISCOUNT) == PromotionRecords(known=frozenset(UQ38T))
    assert await stranger.promotion_uses(UQ38T, Mode.DISCOUNT) == PromotionRecords()


async def test_a_failing_server_is_asked_again() -> None:
    """ "Retry the request after a short delay": so the page says of 500."""
    script = Script(json_answer({"errors": [{"code": 500}]}, 500), httpx.Response(200, content=PAGE))

    assert (await client(script).promotion_uses(UQ38T, Mode.DISCOUNT)).uses == (CART, LINE)


@pytest.mark.parametrize("status", [400, 405])
async def test_a_clear_no_is_not_asked_again(status: int) -> None:
    script = Script(json_answer({"errors": [{"code": status}]}, status))
    with pytest.raises((EngineFault, EngineRefused)):
        await client(script).promotion_uses(UQ38T, Mode.DISCOUNT)

    assert len(script.at) == 1


CODE_RECORD = {"id": "f00", "promotionId": "p1", "code": "UQ38T", "customerId": -1, "active": True}


async def test_a_record_of_the_code_itself_is_no_redemption() -> None:
    (use,) = await uses({"data": [CODE_RECORD, {**CODE_RECORD, "redemptionDate": 1762991906000}]})

    assert use.at == datetime(2025, 11, 12, 23, 58, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "date", ["soon", 10**15, 10**20, -(10**20), 253402300799000, -62135596800000, "1e400", None]
)
async def test_a_redemption_without_a_readable_time_is_still_one(date: Any) -> None:
    (use,) = await uses({"data": {"redemptionDate": date, "transactionNumber": "T1"}})

    assert (use.at, use.receipt) == (None, "T1")


@pytest.mark.parametrize(
    ("says", "field", "value"),
    [
        ({"customerId": "-1"}, "customer", None),
        ({"customerId": ""}, "customer", None),
        ({"customerId": "566881933"}, "customer", "566881933"),
        ({"redemptionType": "payment_voucher"}, "scope", Scope.PAYMENT_VOUCHER),
        ({"redemptionType": "SOMETHING"}, "scope", None),
        ({"discount": "99.500000"}, "discount", Decimal("99.5")),
        ({"discount": "free"}, "discount", None),
        ({"redemptionTill": "75197941"}, "till", "75197941"),
    ],
)
async def test_a_field_is_read_in_any_spelling_or_is_missing(says: Any, field: str, value: Any) -> None:
    (use,) = await uses({"data": [{"redemptionDate": "1762991906000", **says}]})

    assert getattr(use, field) == value


# Tills


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        ({"id": 7, "code": "mg.1", "name": "MG Road"}, 200, "MG Road"),
        ({"id": 7, "code": "mg.1", "name": ""}, 200, "mg.1"),
        ({"id": 7}, 200, None),
        # A till's own code may be any number, those of the engine's answers too.
        ({"id": 7, "code": "403", "name": ""}, 200, "403"),
        ("<html>", 404, None),
    ],
)
async def test_a_till_is_known_by_its_name_or_its_code(body: Any, status: int, name: str | None) -> None:
    assert await client(saying(body, status)).till_name("7") == name


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"message": "Service Unavailable"}, 503, EngineFault),
        ({"errors": [{"code": 500}]}, 500, EngineFault),
        ({}, 200, EngineUnreadable),
        ({"code": 403}, 200, EngineDenied),
    ],
)
async def test_a_failure_is_no_till_without_a_name(body: Any, status: int, error: type[Exception]) -> None:
    """Else the name would be missing for a day."""
    with pytest.raises(error):
        await client(saying(body, status)).till_name("7")


@pytest.mark.parametrize("till", ["", "../../coupon/redeem", "7?x=1", "7/8", "٧", "\ud800", "A-1"])
async def test_what_is_no_tills_number_is_never_put_into_a_path(till: str) -> None:
    script = Script(json_answer({"name": "MG Road"}))

    assert await client(script).till_name(till) is None
    assert script.at == []
