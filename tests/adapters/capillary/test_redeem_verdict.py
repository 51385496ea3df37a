"""What each answer to a redeem call means: the table, row by row, and what may never come out of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.capillary.codes import COUPON, TRANSPORT, CodeClass
from bot.adapters.capillary.verdict import meaning
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal
from tests.adapters.capillary import odd_json
from tests.adapters.capillary.redeeming import ASHA, answer, item, order, said, verdict
from tests.tables import table

ORDER = order()


def means(body: Any, status: int = 200) -> Answer:
    return meaning(status, body, ORDER)


def no(code: Any = 711, **more: Any) -> dict[str, Any]:
    return said(code, good=False, **more)


def refused(code: int, refusal: Refusal, status: int = 200) -> Refused:
    return Refused(code=code, refusal=refusal, status=status)


def unclear(doubt: Doubt, code: int | None = None, status: int = 200) -> Unclear:
    return Unclear(doubt=doubt, code=code, status=status)


REDEEMED = Redeemed(redemption_id="501", status=200)
WITHOUT_ID = Redeemed(redemption_id=None, status=200)
CONTRADICTING = Doubt.CONTRADICTING

# Redeemed


@table(
    ("body", "expected"),
    [
        (answer(), REDEEMED),
        (answer(errors=[], success=True), REDEEMED),
        (answer(errors=None, warnings=None, success="true"), REDEEMED),
        (answer(errors={}, warnings={}), REDEEMED),
        # The engine turns numbers and booleans into text, and a list of one into the one.
        (answer(redemption=item()), REDEEMED),
        (answer(redemptionStatus=said("700", good="true")), REDEEMED),
        (answer(redemptionStatus=[said()]), REDEEMED),
        (answer(item(redemptionStatus=verdict("700", good="true"))), REDEEMED),
        (answer(item(redemptionId=501), customer={"id": ASHA}), REDEEMED),
        (answer(item(code="welcome250")), REDEEMED),
        (answer(item(code=None)), REDEEMED),
        # OLD2's items have no verdict of their own, and the older ones no redemption id.
        (answer(item(redemptionStatus=None)), REDEEMED),
        (answer({"code": "WELCOME250", "id": 99}), WITHOUT_ID),
        (answer(item(redemptionId="")), WITHOUT_ID),
        (answer(item(redemptionId="NULL")), WITHOUT_ID),
        # Success in other numbers, and failures beside the main thing.
        (answer(item(redemptionStatus=verdict(731))), REDEEMED),
        (answer(item(redemptionStatus=verdict(745))), REDEEMED),
        (answer(item(redemptionStatus=verdict(687))), REDEEMED),
        (answer(warnings=[no(687)]), REDEEMED),
        (answer(item(warnings=[no(704)])), REDEEMED),
        (answer(item(warnings=no("724"))), REDEEMED),
        (answer(item(redemptionStatus=verdict(warningsAsStatusCode=[no(687)], warnings=["late"]))), REDEEMED),
        (answer(warnings=["points follow"]), REDEEMED),
    ],
)
def test_redeemed_when_every_sign_is_positive(body: Any, expected: Answer) -> None:
    assert means(body) == expected


#: Where the engine may leave something out, in an answer that says yes otherwise.
LEFT_OUT: dict[str, Callable[[Any], Any]] = {
    **{
        name: partial(lambda name, none: answer(**{name: none}), name)
        for name in ("success", "status", "code", "errorCode", "HttpStatusCode", "errors", "warnings")
    },
    "item": lambda none: answer(item(redemptionStatus=none, warnings=none, errors=none)),
    "item's verdict": lambda none: answer(item(redemptionStatus=verdict(code=none, good=none))),
    "item's status": lambda none: answer(item(redemptionStatus=verdict(statusCode=none))),
    "item's flags": lambda none: answer(
        item(redemptionStatus=verdict(status=none, isSuccess=none, warnings=none, warningsAsStatusCode=none))
    ),
    "top": lambda none: answer(redemptionStatus=said(success=none, isSuccess=none, statusCode=none)),
}


@table("none", [None, "", " ", "NULL"])
@table("place", LEFT_OUT)
def test_what_is_left_out_says_nothing_however_that_is_spelled(place: str, none: Any) -> None:
    assert means(LEFT_OUT[place](none)) == REDEEMED


@table("customer", [..., None, {}, {"id": None}, {"id": 5}, {"id": "-1"}, [], "700000001"])
def test_a_redemption_for_another_customer_or_for_nobody_named_is_unclear(customer: Any) -> None:
    assert means(answer(customer=customer)) == unclear(Doubt.ANOTHER_CUSTOMER)


@table("mark", ["-1", "0", -1, 0, " -1 "])
@table("status", [verdict(), None])
def test_a_success_with_the_mark_of_a_dry_run_is_no_redemption(mark: Any, status: Any) -> None:
    """It says "isRedeem successful": that it could be redeemed, not that it was."""
    assert means(answer(item(redemptionId=mark, redemptionStatus=status))) == unclear(CONTRADICTING)


# Refused

ALL_SAY_NO = answer(item(redemptionId=None, redemptionStatus=verdict(711, good=False)), redemptionStatus=no())
PLACES: dict[str, Any] = {
    "errors": lambda code: {"errors": [no(code)]},
    "errors, one": lambda code: {"errors": no(code)},
    "errors, in text": lambda code: {"errors": [{"status": "false", "code": str(code)}]},
    "envelope": lambda code: {"entity": None, "warnings": [], "errors": [no(code)], "success": False},
    "top": lambda code: {"redemption": [], "redemptionStatus": no(code), "warnings": []},
    "top, nested": lambda code: {"redemptionStatus": {"statusCode": no(code)}},
    "item": lambda code: {"redemption": [{"redemptionStatus": {"success": False, "code": code}}]},
    "item, nested": lambda code: {"redemption": [{"redemptionStatus": {"statusCode": no(code)}}]},
    "item under 500": lambda code: {
        "redemption": {"code": "WELCOME250", "redemptionStatus": verdict(code, good=False)},
        "redemptionStatus": no(500),
    },
    "item's errors": lambda code: {"redemption": [{"errors": [no(code)]}]},
    "item's warnings": lambda code: {"redemption": [{"warnings": [no(code)]}]},
    "item's own warnings": lambda code: {"redemption": [{"redemptionStatus": {"warnings": [no(code)]}}]},
    "item's warnings as codes": lambda code: {
        "redemption": [{"redemptionStatus": {"warningsAsStatusCode": [no(code)]}}]
    },
    "warnings": lambda code: {"warnings": [no(code)]},
    "gateway": lambda code: {"HttpStatusCode": 500, "errorMessage": "no", "errorCode": code},
    "bare": lambda code: {"status": False, "code": code, "message": "no"},
}
CLEAR_NO = {CodeClass.INPUT, CodeClass.FINAL, CodeClass.CONFIG}


@table("status", [200, 201, 400, 403, 500, 503])
@table("place", PLACES)
def test_every_clear_no_is_one_wherever_it_stands_and_whatever_the_status(place: str, status: int) -> None:
    clear = {code: known.refusal for code, known in COUPON.items() if known.kind in CLEAR_NO}

    assert {code: means(PLACES[place](code), status) for code in clear} == {
        code: Refused(refusal=refusal or Refusal.OTHER, code=code, status=status)
        for code, refusal in clear.items()
    }


@table("status", [200, 201, 400, 500, 503])
@table("place", PLACES)
def test_no_other_coupon_code_is_certain_beside_a_failure(place: str, status: int) -> None:
    others = [code for code, known in COUPON.items() if known.kind not in CLEAR_NO]

    assert {type(means(PLACES[place](code), status)) for code in others} == {Unclear}


@table("place", PLACES)
def test_a_code_of_no_coupon_says_nothing_certain(place: str) -> None:
    codes = [0, 1, 8888, 402, 405, 461, 1061, 4001, 4000, 401, 403, 200]

    assert {type(means(PLACES[place](code))) for code in codes} == {Unclear}


def test_a_clear_no_stands_beside_what_says_nothing() -> None:
    assert means(ALL_SAY_NO, 500) == refused(711, Refusal.ALREADY_USED, 500)
    assert means({"errors": [no(8888), no(711)]}) == refused(711, Refusal.ALREADY_USED)
    assert means({**ALL_SAY_NO, "warnings": [no(687)]}) == refused(711, Refusal.ALREADY_USED)


def test_the_coupons_own_code_says_most() -> None:
    body = {
        "errors": [no(706)],
        "redemption": [{"redemptionStatus": verdict(713, good=False)}],
        "redemptionStatus": no(759),
    }

    assert means(body) == refused(713, Refusal.COUPON_EXPIRED)


# Not sent


@table(("status", "stop"), [(401, Stop.NOT_ACCEPTED), (403, Stop.NOT_ACCEPTED), (429, Stop.BUSY)])
@table("body", [None, {}, "Too many requests", {"errors": "no"}, {"errors": ["no"]}])
def test_a_call_that_was_turned_away_by_its_status_was_not_sent(status: int, stop: Stop, body: Any) -> None:
    assert means(body, status) == NotSent(stop=stop, status=status)


@table("status", [200, 400, 500, 503])
@table("place", PLACES)
@table("code", [517, 521])
def test_a_call_that_was_turned_away_by_its_code_was_not_sent(code: int, place: str, status: int) -> None:
    assert means(PLACES[place](code), status) == NotSent(stop=Stop.BUSY, code=code, status=status)


@table(
    ("body", "status", "expected"),
    [
        ({"errorCode": 4001}, 503, NotSent(stop=Stop.BUSY, code=4001, status=503)),
        ({"errors": [no(4001)]}, 503, NotSent(stop=Stop.BUSY, code=4001, status=503)),
        ({"HttpStatusCode": "503", "errorCode": "4001"}, 200, NotSent(stop=Stop.BUSY, code=4001, status=200)),
        (
            {"HttpStatusCode": 403, "errorCode": 4000},
            200,
            NotSent(stop=Stop.NOT_ACCEPTED, code=4000, status=200),
        ),
        ({"errorCode": 4000}, 403, NotSent(stop=Stop.NOT_ACCEPTED, code=4000, status=403)),
        ({"errors": [no(99)]}, 401, NotSent(stop=Stop.NOT_ACCEPTED, code=99, status=401)),
        ({"errorCode": 4001}, 500, unclear(Doubt.ENGINE_FAILED, 4001, 500)),
        ({}, 503, unclear(Doubt.ENGINE_FAILED, None, 503)),
        # A server that is down, which shares its number with the body's code.
        (None, 521, unclear(Doubt.ENGINE_FAILED, None, 521)),
        (None, 461, unclear(Doubt.UNREADABLE, None, 461)),
    ],
)
def test_a_gateway_that_cannot_say_who_we_are_has_sent_nothing_on(
    body: Any, status: int, expected: Answer
) -> None:
    assert means(body, status) == expected


# Unclear


@table(
    ("body", "status", "doubt", "code"),
    [
        (None, 500, Doubt.ENGINE_FAILED, None),
        (None, 502, Doubt.ENGINE_FAILED, None),
        ({"message": "oops"}, 504, Doubt.ENGINE_FAILED, None),
        ({"errors": [no(748)]}, 500, Doubt.ENGINE_FAILED, 748),
        ({"errors": [no(730)]}, 200, Doubt.ENGINE_FAILED, 730),
        ({"errors": [no(683)]}, 400, Doubt.ENGINE_FAILED, 683),
        ({"redemptionStatus": no(500)}, 200, Doubt.ENGINE_FAILED, 500),
        ({"redemptionStatus": no(8888)}, 200, Doubt.ENGINE_FAILED, 8888),
        ({"errors": ["it failed"]}, 200, Doubt.ENGINE_FAILED, None),
        ({"success": False}, 200, Doubt.ENGINE_FAILED, None),
        (None, 200, Doubt.UNREADABLE, None),
        ([], 200, Doubt.UNREADABLE, None),
        ([answer()], 200, Doubt.UNREADABLE, None),
        ({}, 200, Doubt.UNREADABLE, None),
        ({}, 400, Doubt.UNREADABLE, None),
        (None, 302, Doubt.UNREADABLE, None),
        (answer(redemptionStatus="fine"), 200, Doubt.UNREADABLE, None),
        (answer(redemption="WELCOME250"), 200, Doubt.UNREADABLE, None),
        (answer(item(redemptionStatus="fine")), 200, Doubt.UNREADABLE, None),
        (answer(item(redemptionStatus=False)), 200, Doubt.UNREADABLE, None),
        # Of two verdicts neither is believed.
        (answer(redemptionStatus=[said(), said()]), 200, Doubt.UNREADABLE, None),
        # Positive, and not all of it.
        (answer(redemptionStatus=...), 200, Doubt.UNREADABLE, None),
        (answer(redemptionStatus={"code": 700}), 200, Doubt.UNREADABLE, None),
        (answer(redemptionStatus={"status": True}), 200, Doubt.UNREADABLE, None),
        (answer(redemptionStatus=said(731)), 200, Doubt.UNREADABLE, None),
        (answer(redemption=[]), 200, Doubt.UNREADABLE, None),
        (answer(redemption=...), 200, Doubt.UNREADABLE, None),
    ],
)
def test_what_says_neither_is_unclear(body: Any, status: int, doubt: Doubt, code: int | None) -> None:
    assert means(body, status) == unclear(doubt, code, status)


@table(
    ("body", "status"),
    [
        # Yes at the top, no in the coupon; and the other way round.
        (answer(item(redemptionStatus=verdict(711, good=False))), 200),
        (answer(item(redemptionStatus=verdict(good=False))), 200),
        # One sign alone against it, under each of its names.
        (answer(item(redemptionStatus=verdict(success=False))), 200),
        (answer(item(redemptionStatus=verdict(status=False))), 200),
        (answer(item(redemptionStatus=verdict(isSuccess=False))), 200),
        (answer(redemptionStatus=said(success=False)), 200),
        (answer(redemptionStatus=said(isSuccess=False)), 200),
        (answer(item(redemptionStatus=verdict(success="maybe"))), 200),
        (answer(item(redemptionStatus=verdict(code="E-1"))), 200),
        (answer(item(redemptionStatus=verdict(statusCode=no(711)))), 200),
        (answer(item(redemptionStatus=verdict(statusCode=no(700)))), 200),
        (answer(redemptionStatus=no(711)), 200),
        (answer(redemptionStatus=no(700)), 200),
        (answer(item(redemptionStatus=None), redemptionStatus=no(711)), 200),
        # Each sign of success by itself beside a no.
        ({"errors": [no()], "redemption": [{"redemptionId": "501"}]}, 200),
        ({"errors": [no()], "redemptionStatus": {"code": 700}}, 200),
        ({"errors": [no()], "redemptionStatus": {"status": True}}, 200),
        ({"errors": [no()], "redemption": [{"redemptionStatus": {"success": "true"}}]}, 200),
        ({"errors": [no()], "redemption": [{"warnings": [said(731)]}]}, 200),
        ({"errors": [no()], "success": True}, 200),
        ({"errors": [no()], "warnings": [{"status": True}]}, 200),
        ({"errors": [said(711, good=True)]}, 200),
        # Beside a turning away.
        (answer(), 401),
        (answer(), 403),
        (answer(), 429),
        (answer(errorCode=4001), 503),
        (answer(item(warnings=[no(521)])), 200),
        ({"errors": [no(748)]}, 429),
        # A clear no beside a code that asks to look.
        ({"errors": [no(711), no(748)]}, 200),
        ({"errors": [no(711), no(791)]}, 200),
        # A success with an error in it.
        (answer(errors=[no(711)]), 200),
        (answer(errors=[{}]), 200),
        (answer(errors=["oops"]), 200),
        (answer(success=False), 200),
        (answer(status=False), 200),
        (answer(HttpStatusCode=500), 200),
        (answer(item(errors=[no(8888)])), 200),
        (answer(item(errors=[{}])), 200),
        (answer(item(errors=["oops"])), 200),
        (answer(item(appendedErrorMessage="could not be sent on")), 200),
        (answer(warnings=[no(711)]), 200),
        (answer(warnings=[no(8888)]), 200),
        (answer(warnings=[{"status": False}]), 200),
        (answer(item(warnings=[no(683)])), 200),
        # Another coupon than the one that was sent, or more than that.
        (answer(item(code="GOLD5000")), 200),
        (answer(item(), item(code="GOLD5000")), 200),
        (answer(item(), item()), 200),
        # A success that is not called one.
        (answer(), 201),
        (answer(), 202),
        (answer(), 400),
        (answer(), 500),
        (answer(), 502),
    ],
)
def test_signs_that_contradict_each_other_are_unclear(body: Any, status: int) -> None:
    got = means(body, status)

    assert isinstance(got, Unclear)
    assert (got.doubt, got.status) == (CONTRADICTING, status)


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (answer(item(redemptionStatus=verdict(code="E-1"))), CONTRADICTING),
        ({"errors": [no("E-1")]}, Doubt.ENGINE_FAILED),
    ],
)
def test_a_code_that_cannot_be_read_is_told_as_none(body: Any, doubt: Doubt) -> None:
    assert means(body) == unclear(doubt)


# Whatever comes


def _true(value: Any) -> bool:
    return value is True or str(value).strip().lower() in {"true", "1"}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def shows_success(body: Any) -> bool:
    """The least that a redemption needs, read without any of the models."""
    top = _first(body.get("redemptionStatus")) if isinstance(body, dict) else None
    ours = _first(body.get("redemption")) if isinstance(body, dict) else None
    who = body.get("customer") if isinstance(body, dict) else None
    if not (isinstance(top, dict) and isinstance(ours, dict) and isinstance(who, dict)):
        return False
    return (
        _true(top.get("status"))
        and str(top.get("code")).strip() in {"700", "700.0"}
        and str(who.get("id")).strip() == ASHA
        and not body.get("errors")
    )


def parsed(document: Any) -> Any:
    """As it comes off the wire; None for what no JSON reader takes."""
    try:
        return json.loads(odd_json.written(document), parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, ArithmeticError):
        return None


#: Enough that a spoiled sample is often still whole, and that keys of the answer meet odd values.
SAMPLES = [answer(), answer(errors=[]), ALL_SAY_NO, {"errors": [no()]}]
statuses = st.sampled_from([200, 200, 200, 201, 400, 401, 403, 429, 500, 503])


@given(document=odd_json.documents, status=statuses)
def test_any_json_has_a_meaning_and_is_no_success_by_chance(document: Any, status: int) -> None:
    body = parsed(document)

    assert not isinstance(means(body, status), Redeemed)


@given(document=odd_json.spoiled(SAMPLES), status=statuses)
def test_a_spoiled_answer_is_redeemed_only_with_its_signs(document: Any, status: int) -> None:
    body = parsed(document)
    got = means(body, status)

    assert not isinstance(got, Redeemed) or (status == 200 and shows_success(body))
    assert status != 200 or not shows_success(body) or not isinstance(got, Refused | NotSent)


@given(code=st.sampled_from(sorted(COUPON.keys() | TRANSPORT.keys())), data=st.data())
def test_a_failure_put_anywhere_into_a_success_takes_the_certainty_away(
    code: int, data: st.DataObject
) -> None:
    spot = data.draw(st.sampled_from(["errors", "warnings", "item warnings", "item", "nested", "top"]))
    body = copy.deepcopy(answer())
    ours = body["redemption"][0]
    match spot:
        case "errors" | "warnings":
            body[spot] = [no(code)]
        case "item warnings":
            ours["warnings"] = [no(code)]
        case "item":
            ours["redemptionStatus"] = no(code)
        case "nested":
            ours["redemptionStatus"]["statusCode"] = no(code)
        case _:
            body["redemptionStatus"] = no(code)
    beside = spot.endswith("warnings") and code in {687, 704, 724}

    assert isinstance(means(body), Redeemed if beside else Unclear)


@pytest.mark.parametrize("depth", [10, 200, 5_000])
def test_a_deep_answer_is_read_or_not_but_never_raises(depth: int) -> None:
    body: Any = answer()
    for _ in range(depth):
        body = {**answer(), "redemptionStatus": {"statusCode": body}, "redemption": [body]}

    assert isinstance(means(body), Unclear)
