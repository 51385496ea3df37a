"""A card contradicts nothing that the desk's own records know of a coupon."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.cards import FindingCard, PageCard
from bot.domain.coupon import Coupon, CouponCode, CouponPage, Redeemability, UsesLeft
from bot.domain.customer import Customer
from bot.domain.finding import CouponDetails, CouponFinding, Verdict
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.views.kit import Message, View
from bot.views.lookup import page_card
from bot.views.lookup_details import details
from bot.views.lookup_finding import finding_card
from bot.views.states import STATE_MARKS
from tests.views.redeeming import DISPLAY, NOW, TERMS, buttons_of, read, row, unknown, waiting

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


def card(**given: Any) -> Message:
    page = CouponPage(customer=ASHA, coupons=(COUPON,), offset=0, total=1)
    drawn = PageCard(page=page, **given)
    return page_card(drawn, now=NOW, display=DISPLAY)


def single(**given: Any) -> Message:
    return finding_card(FindingCard(finding=FINDING, **given), display=DISPLAY)


def shown(draw: Any, *requests: Redemption, reader: PersonId = COLLEAGUE) -> Message:
    look_up = LookUp(customer=TERMS.customer, asker=reader)
    drawn: Message = draw(
        id=LookUpId("opaque-id"), look_up=look_up, as_of=NOW, may_redeem=True, requests=requests
    )
    return drawn


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

    def test_an_unknown_one_is_to_be_used_nowhere(self, draw: Any) -> None:
        assert "Nobody should use it anywhere before that is settled." in read(shown(draw, unknown()))

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


def test_details_say_it_too() -> None:
    of = CouponDetails(customer=ASHA, coupon=COUPON, finding=None, as_of=NOW, requests=(unknown(),))
    drawn: View = details(of, now=NOW, display=DISPLAY)

    assert "*Outcome unknown*, asked for by <@U0AGENT>" in read(drawn)
    assert "🟢" not in read(drawn)
