"""An answer of the engine that is older than what was redeemed from here is not drawn as it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.coupon import Coupon, CouponCode, CouponRecord, Place, Redeemability, Use, UsesLeft
from bot.domain.customer import Customer, CustomerId
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.own_uses import BEHIND, behind, counted_in, counted_in_finding, finding_behind, with_own
from bot.domain.recent_uses import RecentUses
from bot.domain.redemption import Intent, Redemption, RequestId, State
from bot.domain.refusal import Refusal
from tests.tables import table
from tests.views.redeeming import NOW, TERMS, row, unknown

REDEEMED = row(State.REDEEMED, redemption_id="9")
COUPON = Coupon(code=TERMS.code, discount=TERMS.discount, uses_left=UsesLeft(1))
FINDING = CouponFinding(
    code=TERMS.code,
    customer=Customer(id=TERMS.customer),
    verdict=Verdict.REDEEMABLE,
    check=Redeemability(redeemable=True, code=TERMS.code, uses_left=UsesLeft(1)),
    record=CouponRecord(code=TERMS.code, id="1", owner=None, discount=TERMS.discount),
)
#: Whether the engine shows it: by the redemption's number, or by the bill's.
SHOWN = [Use(id="9", bill=None), Use(id=None, bill=TERMS.bill_number)]


def left(coupon: Coupon, *requests: Redemption) -> UsesLeft | None:
    return counted_in(coupon, requests, NOW).uses_left


def test_a_use_that_is_not_listed_is_taken_off() -> None:
    assert left(COUPON, REDEEMED) == UsesLeft(0)
    assert left(replace(COUPON, uses_left=UsesLeft(5)), REDEEMED) == UsesLeft(4)
    assert behind(COUPON, [REDEEMED], NOW)


@table("use", SHOWN)
def test_one_that_is_listed_is_not_taken_off_twice(use: Use) -> None:
    listed = replace(COUPON, uses=(use,))

    assert left(listed, REDEEMED) == UsesLeft(1)
    assert not behind(listed, [REDEEMED], NOW)
    assert left(replace(COUPON, reversed_uses=(use,)), REDEEMED) == UsesLeft(1)


@table("uses_left", [None, UsesLeft(None), UsesLeft(0)])
def test_what_is_not_counted_or_already_none_stays(uses_left: UsesLeft | None) -> None:
    assert left(replace(COUPON, uses_left=uses_left), REDEEMED) == uses_left


@table(
    "of",
    [
        unknown(),
        row(State.NOT_REDEEMED),
        replace(REDEEMED, terms=replace(TERMS, code=CouponCode("OTHER"))),
        replace(REDEEMED, made_at=NOW - BEHIND),
    ],
)
def test_others_and_what_was_long_ago_are_not_counted(of: Redemption) -> None:
    assert left(COUPON, of) == UsesLeft(1)
    assert not behind(COUPON, [of], NOW)


def test_what_is_older_than_a_listed_one_is_listed_too_or_will_never_be() -> None:
    newer = replace(REDEEMED, id=RequestId("NEWER"), outcome=replace(REDEEMED.outcome, redemption_id="10"))
    older = replace(REDEEMED, made_at=NOW - timedelta(minutes=5))
    listed = replace(COUPON, uses_left=UsesLeft(3), uses=(Use(id="10"),))

    assert left(listed, newer, older) == UsesLeft(3)


@table(
    ("count", "verdict", "refusal"),
    [(1, Verdict.NOT_REDEEMABLE, Refusal.ALREADY_USED), (2, Verdict.REDEEMABLE, None)],
)
def test_a_coupon_by_its_code_is_used_where_no_use_is_left(
    count: int, verdict: Verdict, refusal: Any
) -> None:
    found = replace(FINDING, check=replace(FINDING.check, uses_left=UsesLeft(count)))
    told = counted_in_finding(found, [REDEEMED], NOW)

    assert (told.verdict, told.check.refusal, told.check.uses_left) == (verdict, refusal, UsesLeft(count - 1))
    assert finding_behind(found, [REDEEMED], NOW)


def test_what_the_record_names_as_last_use_is_counted_by_the_engine() -> None:
    assert FINDING.record is not None
    found = replace(FINDING, record=replace(FINDING.record, last_use=SHOWN[0]))

    assert counted_in_finding(found, [REDEEMED], NOW) == found
    assert not finding_behind(found, [REDEEMED], NOW)


def test_a_no_of_the_engine_stays_as_it_is() -> None:
    no = replace(FINDING, verdict=Verdict.NOT_REDEEMABLE)

    assert counted_in_finding(no, [REDEEMED], NOW) == no
    assert not finding_behind(no, [REDEEMED], NOW)


# What stands in the way of another redemption

RECENT = RecentUses(since=NOW.date(), uses=(Use(id="1", bill="T-1"),), single=True)
OTHERS = replace(REDEEMED, terms=replace(TERMS, customer=CustomerId("7")))


@table("of", [REDEEMED, OTHERS])
def test_a_use_from_here_that_the_engine_does_not_show_is_beside_those_that_it_does(of: Redemption) -> None:
    recent = with_own(RECENT, [of], TERMS, NOW)

    assert recent.uses == (
        *RECENT.uses,
        Use(id="9", bill=TERMS.bill_number, at=of.pressed_at, by=of.terms.customer),
    )
    assert not recent.single


def test_it_has_the_till_that_it_was_booked_on() -> None:
    intent = Intent(before=(), since=NOW.date(), single=False, till="coupon.desk")
    use = with_own(RECENT, [replace(REDEEMED, intent=intent)], TERMS, NOW).uses[-1]

    assert (use.till, use.place) == ("coupon.desk", Place(code="coupon.desk"))


@table(
    "of",
    [
        replace(OTHERS, terms=replace(OTHERS.terms, bill_number="T-77")),
        replace(REDEEMED, made_at=NOW - BEHIND),
        replace(REDEEMED, outcome=replace(REDEEMED.outcome, redemption_id="1")),
        replace(OTHERS, outcome=replace(OTHERS.outcome, redemption_id="1")),
        replace(REDEEMED, terms=replace(TERMS, bill_number="T-1")),
    ],
)
def test_others_are_not(of: Redemption) -> None:
    assert with_own(RECENT, [of], TERMS, NOW) == RECENT


def test_one_without_a_number_is_not_taken_for_another_without() -> None:
    of = replace(REDEEMED, outcome=replace(REDEEMED.outcome, redemption_id=None))
    unnamed = replace(RECENT, uses=(Use(id=None, bill="T-1"),))

    assert [use.bill for use in with_own(unnamed, [of], TERMS, NOW).uses] == ["T-1", TERMS.bill_number]
