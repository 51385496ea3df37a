"""A card contradicts nothing that the desk's own records know of a coupon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.cards import FindingCard, PageCard
from bot.domain.coupon import Coupon, CouponCode, CouponPage, CouponRecord, Redeemability, UsesLeft
from bot.domain.customer import Customer
from bot.domain.finding import CouponDetails, CouponFinding, Verdict
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, Settled, State
from bot.domain.refusal import Refusal
from bot.views.coupon import coupon_row
from bot.views.kit import Message, View
from bot.views.lookup import page_card
from bot.views.lookup_details import details
from bot.views.lookup_finding import finding_card
from bot.views.lookup_requests import ours
from bot.views.states import STATE_MARKS
from tests.views.redeeming import DISPLAY, NOW, TERMS, USE, buttons_of, read, row, unknown, waiting

COLLEAGUE = PersonId("U0OTHER")
ASHA = Customer(id=TERMS.customer, name="Asha Menon", mobile="919845012345")
COUPON = Coupon(code=TERMS.code, discount=TERMS.discount, uses_left=UsesLeft(1))
FINDING = CouponFinding(
    code=TERMS.code,
    customer=ASHA,
    verdict=Verdict.REDEEMABLE,
    check=Redeemability(redeemable=True, code=TERMS.code, discount=TERMS.discount, uses_left=UsesLeft(1)),
    record=None,
)


USED = replace(COUPON, uses_left=UsesLeft(0), used=1, uses=(USE,))
USED_FINDING = replace(
    FINDING,
    verdict=Verdict.NOT_REDEEMABLE,
    check=replace(FINDING.check, redeemable=False, refusal=Refusal.ALREADY_USED, uses_left=UsesLeft(0)),
    record=CouponRecord(code=TERMS.code, id="77", owner=ASHA, discount=TERMS.discount, last_use=USE),
)


def card(*, used: bool = False, **given: Any) -> Message:
    page = CouponPage(customer=ASHA, coupons=(USED if used else COUPON,), offset=0, total=1)
    drawn = PageCard(page=page, **given)
    return page_card(drawn, now=NOW, display=DISPLAY)


def single(*, used: bool = False, **given: Any) -> Message:
    finding = USED_FINDING if used else FINDING
    return finding_card(FindingCard(finding=finding, **given), display=DISPLAY)


def shown(draw: Any, *requests: Redemption, reader: PersonId = COLLEAGUE, used: bool = False) -> Message:
    """`used`: the engine says that the coupon has no use left, and lists one."""
    look_up = LookUp(customer=TERMS.customer, asker=reader)
    also = {"used": True} if used else {}
    drawn: Message = draw(
        id=LookUpId("opaque-id"), look_up=look_up, as_of=NOW, may_redeem=True, requests=requests, **also
    )
    return drawn


def redeemed(redemption_id: str | None = "9", **of: Any) -> Redemption:
    """Made from here; the engine lists it as `USE` unless it is given another number."""
    return replace(row(State.REDEEMED, settled=Settled.ANSWER, redemption_id=redemption_id), **of)


@pytest.mark.parametrize("draw", [card, single])
class TestCard:
    def test_without_a_request_it_can_be_redeemed(self, draw: Any) -> None:
        assert "Redeem" in buttons_of(shown(draw))
        assert "🟢" in read(shown(draw))

    @pytest.mark.parametrize(
        ("of", "word"),
        [
            (waiting(), "Waiting for approval"),
            (row(State.NEW), "Working…"),
            (row(State.APPROVED), "Redeeming…"),
            (row(State.SENDING), "Redeeming…"),
            (unknown(), "Outcome unknown"),
        ],
    )
    def test_one_that_is_asked_for_says_whose_since_when_and_in_which_state(
        self, draw: Any, of: Redemption, word: str
    ) -> None:
        drawn = shown(draw, of)

        assert f"*{word}*, asked for by <@U0AGENT> <!date^" in read(drawn)
        assert f"*{word}*, asked for by <@U0AGENT>" in drawn.text
        assert f"{STATE_MARKS[of.state]} `WELCOME42`" in drawn.text
        assert "Redeem" not in buttons_of(drawn)
        assert "🟢" not in read(drawn)

    def test_a_use_that_the_engine_lists_is_told_once_with_who_made_it(self, draw: Any) -> None:
        drawn = shown(draw, redeemed(), used=True, reader=TERMS.requester)

        assert "at MG Road, bill B-1, from here by you, reference `ABCDEFGH`" in drawn.text
        assert "Used from here" not in drawn.text
        assert drawn.text.count("ABCDEFGH") == drawn.text.count("MG Road") == 1
        assert "no use left" not in drawn.text

    def test_one_without_a_number_is_told_by_its_bill(self, draw: Any) -> None:
        """Somebody settled it by hand."""
        drawn = shown(draw, redeemed(redemption_id=None), used=True)

        assert "bill B-1, from here by <@U0AGENT>" in drawn.text
        assert "Used from here" not in drawn.text

    def test_a_use_from_elsewhere_and_one_from_here_are_two(self, draw: Any) -> None:
        ours = redeemed(redemption_id="10", terms=replace(TERMS, bill_number="B-2"))
        drawn = shown(draw, ours, used=True)

        assert "at MG Road, bill B-1" in drawn.text
        assert "bill B-1, from here" not in drawn.text
        assert "Used from here by <@U0AGENT> " in drawn.text

    def test_an_unknown_one_is_to_be_used_nowhere(self, draw: Any) -> None:
        assert "Nobody should use it anywhere before that is settled." in read(shown(draw, unknown()))

    def test_what_may_be_its_own_use_stands_below_that_it_is_unknown(self, draw: Any) -> None:
        told = shown(draw, unknown(), used=True).text

        assert told.index("*Outcome unknown*") < told.index("sed already" if draw is single else "*Used* ")
        assert told.index("*Outcome unknown*") < told.index("MG Road")

    def test_whoever_asked_reads_you(self, draw: Any) -> None:
        assert "asked for by you <!date^" in read(shown(draw, waiting(), reader=TERMS.requester))

    def test_a_use_from_here_names_who_and_the_reference_and_another_use_is_still_possible(
        self, draw: Any
    ) -> None:
        drawn = shown(draw, row(State.REDEEMED))

        assert "Used from here by <@U0AGENT> <!date^" in read(drawn)
        assert "reference `ABCDEFGH`" in read(drawn)
        assert "Redeem" in buttons_of(drawn)

    def test_requests_for_other_coupons_are_none_of_its_business(self, draw: Any) -> None:
        other = replace(unknown(), terms=replace(TERMS, code=CouponCode("OTHER")))

        assert shown(draw, other) == shown(draw)

    def test_details_are_a_press_away(self, draw: Any) -> None:
        drawn = shown(draw)

        assert "Details" in buttons_of(drawn) or "Details of…" in str(drawn.blocks[-2])


def test_one_coupon_says_what_its_row_in_a_list_says() -> None:
    described = replace(FINDING, check=replace(FINDING.check, description="Welcome, 500 off"))
    drawn = shown(lambda **given: finding_card(FindingCard(finding=described, **given), display=DISPLAY))

    assert "`WELCOME42`  *₹500 off*  ·  Welcome, 500 off" in read(drawn)
    assert {"Redeem", "Details"} <= buttons_of(drawn).keys()


@pytest.mark.parametrize("verdict", [Verdict.NO_SUCH_COUPON, Verdict.NOT_THEIRS])
def test_of_no_coupon_of_theirs_there_are_no_details(verdict: Verdict) -> None:
    finding = replace(FINDING, verdict=verdict)
    drawn = shown(lambda **given: finding_card(FindingCard(finding=finding, **given), display=DISPLAY))

    assert list(buttons_of(drawn)) == ["Refresh", "All coupons", "Ask store ops"]


@pytest.mark.parametrize("used", [False, True])
def test_of_an_unknown_one_the_next_step_is_to_wait_whatever_the_engine_says(used: bool) -> None:
    """The use that the engine shows may be this request's, and is not the customer's to hear of yet."""
    text = read(shown(single, unknown(), used=used))

    assert (
        "*Next:* Ask the customer not to use it until that is settled. <@U0AGENT> is told how it ends."
        in text
    )
    assert "Tell the customer when and where" not in text
    mine = read(shown(single, unknown(), used=used, reader=TERMS.requester))
    assert "until that is settled. You are told how it ends." in mine


def test_of_one_that_waits_for_approval_the_engines_no_goes_before_that_it_waits() -> None:
    assert "not to use it until that is decided" in read(shown(single, waiting()))
    assert "*Next:* Tell the customer when and where it was used." in read(
        shown(single, waiting(), used=True)
    )


def test_one_that_is_being_sent_is_to_be_looked_up_again_in_a_moment() -> None:
    assert "*Next:* Wait a moment, then look it up again." in read(shown(single, row(State.SENDING)))


def test_without_a_use_it_says_so_in_plain_words() -> None:
    record = replace(USED_FINDING.record, last_use=None)  # type: ignore[type-var]
    drawn = shown(
        lambda **given: finding_card(
            FindingCard(finding=replace(FINDING, record=record), **given), display=DISPLAY
        )
    )

    assert "\nThe loyalty engine shows no use of it" in read(drawn)


def test_a_coupon_with_uses_left_does_not_count_what_it_names() -> None:
    several = replace(COUPON, uses_left=UsesLeft(2), used=1, uses=(USE,))
    [of] = [line for line in row_of(several, redeemed()) if "Used from here" in line]

    assert "Redeemed once" not in of
    assert "Redeemed 2 times  ·  Used from here" in str(row_of(replace(several, used=2), redeemed()))


def row_of(coupon: Coupon, *requests: Redemption) -> tuple[str, str]:
    return coupon_row(coupon, NOW, DISPLAY, ours(requests, reader=None, display=DISPLAY))


def test_details_tell_each_use_once_too_and_say_you() -> None:
    of = CouponDetails(customer=ASHA, coupon=USED, finding=None, as_of=NOW, requests=(redeemed(),))
    head = details(of, now=NOW, display=DISPLAY, reader=TERMS.requester).blocks[0]["text"]["text"]

    assert head.count("\n") == 1
    assert "at MG Road, bill B-1, from here by you, reference `ABCDEFGH`" in head


def test_details_say_it_too() -> None:
    of = CouponDetails(customer=ASHA, coupon=COUPON, finding=None, as_of=NOW, requests=(unknown(),))
    drawn: View = details(of, now=NOW, display=DISPLAY)

    assert "*Outcome unknown*, asked for by <@U0AGENT>" in read(drawn)
    assert "🟢" not in read(drawn)
