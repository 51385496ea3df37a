"""What was redeemed since a day: all of it, or an error."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.capillary.customer_uses import use_of
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import Transport
from bot.adapters.capillary.wire_history import CouponRow
from bot.domain.coupon import CouponCode, Place, Use
from bot.domain.customer import CustomerId
from bot.domain.draft import FormFaults, Typed
from bot.domain.errors import EngineBusy, EngineError, EngineUnreadable, UnknownCustomer
from bot.domain.redeem_form import read_form
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import AIRPORT, DESK, MG_ROAD, SandboxCoupon
from bot.sandbox.engine.seed_data import HOSTILE_CODES
from tests.adapters.capillary.redeeming import ASHA, order, redeeming_at, redeeming_of
from tests.adapters.capillary.wired import KOLKATA, NOW, json_answer, transport_of

TODAY = date(2025, 9, 1)
COFFEE = CouponCode("COFFEE5")
WELCOME = CouponCode("WELCOME250")
LAKSH = CustomerId("700100000")


@pytest.fixture
def redeeming(engine: SandboxEngine, transport: Transport) -> CapillaryRedeeming:
    return redeeming_at(engine, transport)


def held(engine: SandboxEngine, code: str) -> SandboxCoupon:
    coupon = engine.customers.coupon(code)
    assert coupon is not None
    return coupon


# Who


async def test_a_customer_is_known_by_id(engine: SandboxEngine, redeeming: CapillaryRedeeming) -> None:
    asha = await redeeming.customer(ASHA)

    assert (asha.id, asha.mobile, asha.external_id) == (ASHA, "919845012345", "E-1001")
    assert (asha.email, asha.name, engine.count()) == ("asha.menon@example.com", "Asha Menon", 1)


@pytest.mark.parametrize("answers", ["error", "empty"])
async def test_nobody_is_unknown(engine: SandboxEngine, redeeming: CapillaryRedeeming, answers: Any) -> None:
    engine.quirks.unknown_customer = answers

    with pytest.raises(UnknownCustomer):
        await redeeming.customer(CustomerId("1"))


async def test_two_customers_of_one_id_are_no_answer(transport: Transport) -> None:
    both = {"entity": {"customers": [{"id": 5}, {"id": 5}]}}
    redeeming = redeeming_of(transport_of(lambda _: json_answer(both)), lambda _: httpx.Response(500))

    with pytest.raises(EngineUnreadable):
        await redeeming.customer(CustomerId("5"))


# A coupon of one use: its record


async def test_an_unused_coupon_has_no_uses(engine: SandboxEngine, redeeming: CapillaryRedeeming) -> None:
    assert await redeeming.uses(ASHA, WELCOME, since=TODAY, single=True) == ()
    assert [call.path for call in engine.calls] == [capillary.COUPON]


async def test_a_used_coupon_has_its_use_with_bill_and_till(redeeming: CapillaryRedeeming) -> None:
    await redeeming.redeem(order(), begin_within_s=5.0)
    (use,) = await redeeming.uses(ASHA, WELCOME, since=TODAY, single=True)

    assert (use.bill, use.till, use.at) == ("CD-1", DESK.code, NOW)
    assert use.id is not None


async def test_after_an_answer_for_another_customer_a_use_counts_only_where_it_is_listed_under_ours(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    """The coupon's record says for which bill it was used, and not by whom: that settles nothing then."""
    await redeeming.redeem(order(), begin_within_s=5.0)
    asked = len(engine.calls)
    of_record = await redeeming.uses(LAKSH, WELCOME, since=TODAY, single=True)
    of_theirs = await redeeming.uses(LAKSH, WELCOME, since=TODAY, single=True, listed=True)
    (of_ours,) = await redeeming.uses(ASHA, WELCOME, since=TODAY, single=True, listed=True)

    assert [use.bill for use in of_record] == ["CD-1"]
    assert of_theirs == ()
    assert (of_ours.bill, of_ours.by) == ("CD-1", ASHA)
    assert [call.path for call in engine.calls[asked:]].count(capillary.COUPON) == 1


async def test_a_use_of_an_earlier_day_does_not_count(redeeming: CapillaryRedeeming) -> None:
    """THANKS500 was used on the twenty-ninth of August."""
    thanks = CouponCode("THANKS500")
    before = await redeeming.uses(ASHA, thanks, since=date(2025, 8, 30), single=True)
    (use,) = await redeeming.uses(ASHA, thanks, since=date(2025, 8, 29), single=True)

    assert before == ()
    assert (use.bill, use.till) == ("MG-1042", MG_ROAD.code)


async def test_a_coupon_without_a_record_is_no_answer(redeeming: CapillaryRedeeming) -> None:
    with pytest.raises(EngineUnreadable):
        await redeeming.uses(ASHA, CouponCode("NOWHERE"), since=TODAY, single=True)


def record(*told: dict[str, Any] | None) -> dict[str, Any]:
    info: Any = told[0] if len(told) == 1 else list(told)
    coupon = {"id": "9", "code": "WELCOME250", "item_status": {"code": 700}, "redemption_info": info}
    return {"response": {"status": {"success": "true", "code": 200}, "coupons": {"coupon": coupon}}}


def reading(*answers: dict[str, Any]) -> CapillaryRedeeming:
    """The record first, then the history, then pages of the list."""
    left = list(answers)
    transport = transport_of(lambda _: json_answer(left.pop(0)))
    return redeeming_of(transport, lambda _: httpx.Response(500))


USED = {"redeemed": "true", "id": "7", "redeemed_on": "2025-09-01 12:00:00", "redeemed_at": "till"}


async def single_uses(told: Any) -> tuple[Use, ...]:
    told = told if isinstance(told, list) else [told]
    return await reading(record(*told)).uses(ASHA, WELCOME, since=TODAY, single=True)


@pytest.mark.parametrize("told", [None, {}, {"redeemed": "false", "id": "7"}, []])
async def test_what_was_not_redeemed_is_no_use(told: Any) -> None:
    assert await single_uses(told) == ()


async def test_a_use_without_a_time_may_be_of_today() -> None:
    assert await single_uses({**USED, "redeemed_on": ""}) == (
        Use(id="7", till="till", place=Place(code="till")),
    )


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"id": None}, {"id": "-1"}, {"id": None, "redeemed_on": None}]
)
async def test_a_use_without_its_id_is_no_answer(change: dict[str, Any]) -> None:
    with pytest.raises(EngineUnreadable):
        await single_uses({**USED, **change})


async def test_of_several_uses_in_a_record_the_latest_is_told() -> None:
    (use,) = await single_uses([USED, {**USED, "id": "8", "redeemed_on": "2025-09-01 12:00:01"}])

    assert use.id == "8"


# A coupon of several uses: its record and the history


async def test_every_use_of_the_coupon_since_the_day_is_there_once(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    await redeeming.redeem(order(COFFEE, bill_number="CD-1"), begin_within_s=5.0)
    engine.customers.redeem_at_till("COFFEE5", "AIR-9", till=AIRPORT)
    await redeeming.redeem(order(bill_number="CD-2"), begin_within_s=5.0)
    engine.calls.clear()
    uses = await redeeming.uses(ASHA, CouponCode("coffee5"), since=TODAY, single=False)

    assert {(use.bill, use.till) for use in uses} == {("CD-1", DESK.code), ("AIR-9", AIRPORT.code)}
    assert {use.id for use in uses} == {str(each.id) for each in held(engine, "COFFEE5").redemptions[2:]}
    assert [call.path for call in engine.calls] == [capillary.COUPON, capillary.HISTORY]


async def test_the_history_is_asked_for_as_far_as_it_goes(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    await redeeming.uses(ASHA, COFFEE, since=TODAY, single=False)

    assert engine.calls[1].query == {
        "id": ASHA,
        "start_date": "2025-09-01",
        "coupons_limit": "100",
        "points_limit": "1",
        "order": "desc",
        "format": "json",
    }


async def test_a_day_begins_in_the_engines_zone(engine: SandboxEngine, redeeming: CapillaryRedeeming) -> None:
    midnight = datetime(2025, 9, 1, tzinfo=KOLKATA)
    coffee = held(engine, "COFFEE5")
    engine.customers.book(coffee, bill="late", till=MG_ROAD, at=midnight - timedelta(seconds=1))
    engine.customers.book(coffee, bill="early", till=MG_ROAD, at=midnight)
    uses = await redeeming.uses(ASHA, COFFEE, since=TODAY, single=False)

    assert [use.bill for use in uses] == ["early"]


async def test_a_use_that_only_the_record_knows_yet_is_there(redeeming: CapillaryRedeeming) -> None:
    history = page_of([])
    (use,) = await reading(record(USED), history).uses(ASHA, WELCOME, since=TODAY, single=False)

    assert use.id == "7"


async def test_a_customer_with_many_coupons_costs_two_calls(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    last = CouponCode("LK099996")
    held(engine, last).left = 5
    engine.customers.redeem_at_till(last, "LK-1")
    uses = await redeeming.uses(LAKSH, last, since=TODAY, single=False)

    assert [use.bill for use in uses] == ["LK-1"]
    assert engine.count() == 2


def row(number: int, code: str | None = "WELCOME250", **change: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "code": code,
        "redeemed_time": "2025-09-01 12:00:00",
        "redeemed_at": "till",
        "transaction_number": f"B-{number}",
        **change,
    }


def page_of(rows: Any, **customer: Any) -> dict[str, Any]:
    redemptions = {"coupons": {"coupon": rows}, "points": {"point": []}}
    status = {"success": True, "code": 200}
    return {"response": {"status": status, "customer": {"redemptions": redemptions, **customer}}}


async def multi(*answers: dict[str, Any]) -> tuple[Use, ...]:
    return await reading(record(None), *answers).uses(ASHA, WELCOME, since=TODAY, single=False)


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        (None, []),
        ([], []),
        (row(1), ["1"]),
        ([row(1), row(2, "OTHER"), row(3, "welcome250")], ["1", "3"]),
        ([row(2, "OTHER", id=None)], []),
        ([row(1), row(1)], ["1"]),
        ([row(1, redeemed_time="2025-08-31 23:59:59")], []),
        ([row(1, redeemed_time=None)], ["1"]),
        ([row(number, "OTHER") for number in range(98)] + [row(99)], ["99"]),
    ],
)
async def test_the_coupons_own_rows_are_its_uses(rows: Any, ids: list[str]) -> None:
    assert [use.id for use in await multi(page_of(rows))] == ids


@pytest.mark.parametrize(
    ("change", "till"),
    [({}, "till"), ({"redeemed_till": {"code": "t.1"}}, "t.1"), ({"redeemed_at": ""}, None)],
)
async def test_the_till_is_told_where_it_is_named(change: dict[str, Any], till: str | None) -> None:
    (use,) = await multi(page_of(row(1, **change)))

    assert (use.till, use.bill) == (till, "B-1")


@given(st.text(st.sampled_from("01-−–NULnul ⁰¹⁻０A/\u00a0"), max_size=6) | st.text(max_size=60))
def test_whatever_bill_number_may_be_typed_is_read_back_as_it_was_typed(typed: str) -> None:
    form = Typed(bill="1", bill_number=typed, reason="Other", note="why")
    try:
        number = read_form(form, reasons=["Other"], currency="INR", decimals=2).bill_number
    except FormFaults:
        return
    assert use_of(CouponRow.model_validate({**row(1), "transaction_number": number}), KOLKATA).bill == number


@pytest.mark.parametrize(
    "history",
    [
        page_of([row(1, None)]),
        page_of([row(1, "")]),
        page_of([row(1, id="")]),
        page_of([row(1, id="-1")]),
        page_of([row(1)], coupons_count="2"),
        page_of("rows"),
        {"response": {"status": {"success": True, "code": 200}, "customer": {"redemptions": {}}}},
        {"response": {"status": {"success": True, "code": 200}, "customer": {}}},
        {"response": {"status": {"success": True, "code": 200}}},
        {"response": {"status": {"success": False, "code": 500}}},
        {"response": {"status": {"success": False, "code": 1012}}},
        # Whole, and called a failure.
        {"response": {**page_of([row(1)])["response"], "status": {"success": False, "code": 500}}},
        {},
    ],
)
async def test_a_history_that_is_not_whole_is_no_answer(history: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        await multi(history)


# More than the history tells: the list


def listed(*coupons: dict[str, Any], **who: Any) -> dict[str, Any]:
    return {"entity": {"customers": [{"id": ASHA, "coupons": list(coupons), **who}]}, "success": True}


def coupon(code: str = "WELCOME250", *redemptions: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {"code": code, "redemptions": list(redemptions), "redemptionCount": len(redemptions), **change}


def others(count: int = 100) -> list[dict[str, Any]]:
    return [coupon(f"OTHER{number}") for number in range(count)]


FULL = page_of([row(number, "OTHER") for number in range(100)])
TOLD = {"id": 501, "date": "2025-09-01T06:30:00Z", "transactionNumber": "B-1", "redeemedAt": {"code": "shop"}}
OLD = {"id": 502, "date": "2025-08-01T06:30:00Z"}
UNDATED = {"id": 503}


async def test_a_full_history_sends_on_to_the_list() -> None:
    uses = await multi(FULL, listed(coupon("OTHER", TOLD), coupon("welcome250", TOLD, OLD, UNDATED)))

    assert [(use.id, use.bill, use.till) for use in uses] == [("501", "B-1", None), ("503", None, None)]


async def test_a_coupon_whose_uses_the_list_does_not_count_is_read_as_it_is() -> None:
    uses = await multi(FULL, listed(coupon("WELCOME250", TOLD, redemptionCount=None)))

    assert [use.id for use in uses] == ["501"]


async def test_the_list_is_read_to_its_fifth_page() -> None:
    uses = await multi(FULL, *[listed(*others())] * 4, listed(coupon("WELCOME250", TOLD)))

    assert [use.id for use in uses] == ["501"]


@pytest.mark.parametrize("code", [702, 705, 719])
async def test_of_a_coupon_with_several_uses_the_customers_history_is_enough(code: int) -> None:
    """A code that several customers hold may have no record of its own."""
    nothing = {
        "coupon": {"id": "-1", "code": "WELCOME250", "item_status": {"success": "false", "code": code}}
    }
    no_record = {"response": {"status": {"success": "false", "code": 500}, "coupons": nothing}}
    uses = reading(no_record, page_of(row(1))).uses(ASHA, WELCOME, since=TODAY, single=False)

    assert [use.id for use in await uses] == ["1"]


async def test_what_the_record_knows_is_joined_to_the_list() -> None:
    uses = await reading(record(USED), FULL, listed(coupon("WELCOME250", TOLD))).uses(
        ASHA, WELCOME, since=TODAY, single=False
    )

    assert {use.id for use in uses} == {"7", "501"}


async def test_a_till_that_the_record_names_is_kept_where_the_list_names_none() -> None:
    """Else a use at another till, listed without one, would pass for ours."""
    again = {**TOLD, "id": 7}
    uses = await reading(record(USED), FULL, listed(coupon("WELCOME250", again))).uses(
        ASHA, WELCOME, since=TODAY, single=False
    )
    alone = await reading(record(USED)).uses(ASHA, WELCOME, since=TODAY, single=True)

    assert [use.till for use in uses] == [alone[0].till]
    assert alone[0].till is not None


@pytest.mark.parametrize(
    "pages",
    [
        [listed(*others(99))],
        [listed()],
        [listed(*others())] * 5,
        [listed(coupon("WELCOME250", TOLD, redemptionCount=2))],
        [listed(coupon("WELCOME250", {**TOLD, "id": None}))],
        [listed(coupon("WELCOME250", TOLD), id="5")],
        [{"entity": {"customers": []}, "success": True}],
        [{"entity": None, "errors": [{"status": False, "code": 8015}]}],
        [{**listed(coupon("WELCOME250", TOLD)), "errors": [{"status": False, "code": 8015}]}],
        [{"success": True}],
    ],
)
async def test_a_list_that_does_not_tell_all_is_no_answer(pages: list[dict[str, Any]]) -> None:
    with pytest.raises(EngineUnreadable):
        await multi(FULL, *pages)


async def test_the_fall_back_walks_the_engines_own_pages_and_no_further(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    laksh = engine.customers.by_id(int(LAKSH))
    assert laksh is not None
    for number in range(100):
        engine.customers.book(held(engine, f"LK{number:06d}"), bill=f"B-{number}", till=MG_ROAD)
    near = await redeeming.uses(LAKSH, CouponCode("LK000450"), since=TODAY, single=False)
    engine.calls.clear()
    with pytest.raises(EngineUnreadable):
        await redeeming.uses(LAKSH, CouponCode("LK000500"), since=TODAY, single=False)
    offsets = [call.query["offset"] for call in engine.calls if call.path == capillary.COUPONS]

    assert near == ()
    assert offsets == ["0", "100", "200", "300", "400"]
    assert engine.count() == 7


# What goes wrong


@pytest.mark.parametrize("path", [capillary.COUPON, capillary.HISTORY])
async def test_a_read_that_fails_is_no_answer(
    engine: SandboxEngine, redeeming: CapillaryRedeeming, path: str
) -> None:
    engine.faults.add(faults.TooMany("61"), path=path, times=None)

    with pytest.raises(EngineBusy):
        await redeeming.uses(ASHA, COFFEE, since=TODAY, single=False)


async def test_a_customer_whom_the_engine_does_not_know_has_no_readable_uses(
    redeeming: CapillaryRedeeming,
) -> None:
    with pytest.raises(EngineUnreadable):
        await redeeming.uses(CustomerId("1"), COFFEE, since=TODAY, single=False)


@pytest.mark.parametrize("code", HOSTILE_CODES)
async def test_odd_codes_are_found_again(redeeming: CapillaryRedeeming, code: str) -> None:
    hostile = CustomerId("700066666")

    assert await redeeming.uses(hostile, CouponCode(code), since=TODAY, single=True) == ()


@pytest.mark.parametrize(
    "answers",
    [
        [{}],
        [page_of([row(1)], coupons_count="2")],
        [FULL, {"success": True}],
        [FULL, listed(coupon("WELCOME250", TOLD), id="5")],
        [FULL, {"entity": "nothing"}],
        [FULL, "nothing"],
        ["nothing"],
    ],
)
async def test_what_cannot_be_read_is_told_with_its_http_status(answers: list[dict[str, Any]]) -> None:
    with pytest.raises(EngineUnreadable) as told:
        await multi(*answers)

    assert told.value.status == 200
