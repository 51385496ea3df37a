"""What a coupon says of itself, in the list and by its code, from the sandbox engine over real HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.adapters.capillary.client import CapillaryEngine
from bot.domain.coupon import Coupon, CouponCode, Discount, DiscountKind, Place, Use, UsesLeft
from bot.domain.customer import CustomerId, by_id
from bot.domain.errors import EngineFault, EngineUnreadable
from bot.domain.finding import CouponFinding, Verdict, judge
from bot.domain.refusal import Refusal
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from tests.adapters.capillary.wired import KOLKATA, NEWEST, NOW, engine_of, json_answer
from tests.adapters.capillary.wired import UTC as UTC_ZONE

ASHA = CustomerId("700000001")
RAVI = CustomerId("700000002")


async def finding(client: CapillaryEngine, code: str, customer: CustomerId = ASHA) -> CouponFinding:
    check = await client.redeemability(customer, CouponCode(code))
    return judge(customer, CouponCode(code), check, await client.coupon_record(CouponCode(code)))


async def listed(client: CapillaryEngine, code: str, customer: CustomerId = ASHA) -> Coupon:
    page = await client.coupons(by_id(customer), NEWEST)
    return next(coupon for coupon in page.coupons if coupon.code == code)


# By its code


@dataclass(frozen=True)
class Case:
    code: str
    verdict: Verdict
    refusal: Refusal | None
    customer: CustomerId = ASHA


@pytest.mark.parametrize("v11_no_status", [200, 500])
@pytest.mark.parametrize("no_status", [200, 400])
@pytest.mark.parametrize(
    "case",
    [
        Case("WELCOME250", Verdict.REDEEMABLE, None),
        Case("welcome250", Verdict.REDEEMABLE, None),
        Case("COFFEE5", Verdict.REDEEMABLE, None),
        Case("RETURN400", Verdict.REDEEMABLE, None),
        Case("THANKS500", Verdict.NOT_REDEEMABLE, Refusal.ALREADY_USED),
        Case("MONSOON300", Verdict.NOT_REDEEMABLE, Refusal.COUPON_EXPIRED),
        Case("GOLD5000", Verdict.NOT_REDEEMABLE, Refusal.REVOKED),
        Case("WELCOME250", Verdict.NOT_THEIRS, Refusal.NOT_THEIRS, customer=RAVI),
        Case("NOWHERE", Verdict.NO_SUCH_COUPON, Refusal.NO_SUCH_COUPON),
        Case("0000", Verdict.NO_SUCH_COUPON, Refusal.NO_SUCH_COUPON),
    ],
    ids=str,
)
async def test_one_coupon_is_judged(
    engine: SandboxEngine, client: CapillaryEngine, case: Case, no_status: int, v11_no_status: int
) -> None:
    engine.quirks.no_status, engine.quirks.v11_no_status = no_status, v11_no_status
    engine.customers.revoke("GOLD5000")
    found = await finding(client, case.code, case.customer)

    assert (found.verdict, found.check.refusal) == (case.verdict, case.refusal)


async def test_the_two_questions_are_asked_as_documented(
    engine: SandboxEngine, client: CapillaryEngine
) -> None:
    await finding(client, "welcome250")

    assert [(call.path, call.query) for call in engine.calls] == [
        (
            capillary.IS_REDEEMABLE,
            {"id": ASHA, "code": "welcome250", "details": "true", "coupon_code_case": "AS_IT_IS"},
        ),
        (capillary.COUPON, {"code": "welcome250", "coupon_code_case": "AS_IT_IS", "format": "json"}),
    ]


@pytest.mark.parametrize("single_as_object", [True, False])
async def test_a_used_coupon_tells_when_where_and_for_which_bill(
    engine: SandboxEngine, client: CapillaryEngine, single_as_object: bool
) -> None:
    """The v1.1 time carries no offset; it is in the zone of the engine's cluster."""
    engine.quirks.single_as_object = single_as_object
    record = await client.coupon_record(CouponCode("thanks500"))

    assert record is not None
    assert record.code == "THANKS500"
    assert record.belongs_to(ASHA)
    assert record.last_use is not None
    assert record.last_use.at == (NOW - timedelta(days=3)).replace(microsecond=0)
    assert (record.last_use.bill, record.last_use.place) == (
        "MG-1042",
        Place(code="mgroad", name="MG Road"),
    )


async def test_the_same_time_in_another_zone_is_another_moment(
    engine: SandboxEngine, client: CapillaryEngine
) -> None:
    code = CouponCode("THANKS500")
    here = await client.coupon_record(code)
    there = await CapillaryEngine(client.transport, UTC_ZONE).coupon_record(code)

    assert here is not None
    assert there is not None
    assert here.last_use is not None
    assert there.last_use is not None
    assert here.last_use.at is not None
    assert there.last_use.at is not None
    assert there.last_use.at - here.last_use.at == timedelta(hours=5, minutes=30)


async def test_a_record_tells_what_it_takes_off_and_its_last_day(client: CapillaryEngine) -> None:
    record = await client.coupon_record(CouponCode("FESTIVE12"))

    assert record is not None
    assert record.last_use is None
    assert record.discount == Discount(kind=DiscountKind.PERCENT, value=Decimal(12), cap=Decimal(300))
    assert record.expires_at == datetime(2025, 10, 1, 23, 59, 59, tzinfo=KOLKATA)


async def test_an_unknown_code_has_no_record(client: CapillaryEngine) -> None:
    assert await client.coupon_record(CouponCode("NOWHERE")) is None


def v11(*coupons: Any, **says: Any) -> Any:
    status = {"success": "true", "code": "200", "message": "Success"}
    return {"response": {"status": status, "coupons": {"coupon": list(coupons)}, **says}}


UNKNOWN = {"id": "-1", "code": "ABC", "item_status": {"success": "false", "code": "705"}}
KNOWN = {"id": "9", "code": "abc", "value": "10", "is_absolute": "true", "item_status": {"code": 700}}


@pytest.mark.parametrize("body", [v11(UNKNOWN, KNOWN), v11(KNOWN, UNKNOWN), v11(KNOWN)["response"]])
async def test_a_code_printed_twice_is_the_one_that_exists(body: Any) -> None:
    """The vendor's sample shows the real one and one with id -1 (docs: get-coupon-detail)."""
    record = await engine_of(lambda _: json_answer(body)).coupon_record(CouponCode("ABC"))

    assert record is not None
    assert (record.id, record.owner) == ("9", None)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (v11(), EngineUnreadable),
        (v11({**KNOWN, "code": "OTHER"}), EngineUnreadable),
        (v11({**UNKNOWN, "item_status": {"code": 748}}), EngineFault),
        ({"response": {"status": {"success": "false", "code": 500}}}, EngineFault),
        ({}, EngineUnreadable),
    ],
)
async def test_no_record_counts_only_when_the_engine_says_there_is_none(
    body: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await engine_of(lambda _: json_answer(body)).coupon_record(CouponCode("ABC"))


# In the list


async def test_a_coupon_of_several_uses_lists_them(client: CapillaryEngine) -> None:
    coffee = await listed(client, "COFFEE5")

    assert (coffee.used, coffee.uses_left) == (2, UsesLeft(3))
    assert [use.bill for use in coffee.uses] == ["AIR-501", "IND-77"]


async def test_a_reversed_redemption_is_told(client: CapillaryEngine) -> None:
    back = await listed(client, "RETURN400")

    assert (back.used, back.uses, back.uses_left) == (0, (), UsesLeft(1))
    (undone,) = back.reversed_uses
    assert undone.reversed_at == (NOW - timedelta(days=14)).replace(microsecond=0)


async def test_codes_keep_the_case_they_were_created_in(client: CapillaryEngine) -> None:
    assert (await listed(client, "Diwali10")).discount == Discount(
        kind=DiscountKind.PERCENT, value=Decimal(10), cap=None
    )


@pytest.mark.parametrize("iso_fields", [True, False])
async def test_a_moment_is_the_same_under_either_key(
    engine: SandboxEngine, client: CapillaryEngine, iso_fields: bool
) -> None:
    engine.quirks.iso_fields = iso_fields
    thanks = await listed(client, "THANKS500")

    assert thanks.uses[0].at == (NOW - timedelta(days=3)).replace(microsecond=0)


def first_coupon(**says: Any) -> CapillaryEngine:
    customer = {"id": 5, "coupons": {"code": "A", **says}}
    return engine_of(lambda _: json_answer({"entity": {"customers": customer}}), zone=KOLKATA)


@pytest.mark.parametrize(
    ("says", "end"),
    [
        (
            {"validTill": "2026-06-11T00:00:00Z", "validTillDateTime": "2026-06-11T23:59:59Z"},
            datetime(2026, 6, 11, 23, 59, 59, tzinfo=UTC),
        ),
        ({"validTill": "2026-06-11T00:00:00Z"}, datetime(2026, 6, 11, 23, 59, 59, tzinfo=KOLKATA)),
        ({"validTill": "2026-06-11"}, datetime(2026, 6, 11, 23, 59, 59, tzinfo=KOLKATA)),
        ({"validTillDateTime": "9999-12-31T23:59:59Z", "validTill": "9999-12-31T00:00:00Z"}, None),
        ({"validTillDateTime": "0001-01-01T00:00:00Z"}, None),
        ({"validTill": None}, None),
    ],
)
async def test_a_coupon_ends_with_its_last_day_or_says_none(says: Any, end: datetime | None) -> None:
    """Without a time the day counts in the engine's zone; a day at the edge of the calendar is no end."""
    page = await first_coupon(**says).coupons(by_id(CustomerId("5")), NEWEST)

    assert page.coupons[0].expires_at == end


@pytest.mark.parametrize("bill", ["", "0", "-1", "NULL", None])
async def test_no_bill_is_spelled_five_ways(bill: str | None) -> None:
    use = {"id": 501, "date": "2025-08-19T16:52:30Z", "transactionNumber": bill}
    page = await first_coupon(redemptionCount="1", redemptions=use).coupons(by_id(CustomerId("5")), NEWEST)

    assert page.coupons[0].uses == (Use(id="501", at=datetime(2025, 8, 19, 16, 52, 30, tzinfo=UTC)),)


@pytest.mark.parametrize(("count", "used"), [(0, None), (None, None), (2, 2), ("2", 2)])
async def test_a_count_of_none_beside_a_listed_redemption_says_nothing(count: Any, used: int | None) -> None:
    page = await first_coupon(redemptionCount=count, redemptions=[{"id": 1}]).coupons(
        by_id(CustomerId("5")), NEWEST
    )

    assert page.coupons[0].used == used


async def test_a_check_that_the_engine_cannot_make_is_no_verdict(
    engine: SandboxEngine, client: CapillaryEngine
) -> None:
    engine.faults.add(faults.Code(748, "Coupon service timed out"), path=capillary.IS_REDEEMABLE)

    with pytest.raises(EngineFault):
        await finding(client, "WELCOME250")
