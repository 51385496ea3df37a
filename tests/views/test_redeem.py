from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cards import FindingCard, PageCard
from bot.domain.coupon import Coupon, CouponCode, CouponPage, Discount, DiscountKind, Redeemability, UsesLeft
from bot.domain.customer import Customer
from bot.domain.draft import Draft, Field, Review, Typed
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.limits import Limits, Usage
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.domain.worth import Worth
from bot.sandbox.slack.blockkit.rules import message_faults, view_faults
from bot.views import redeem as view
from bot.views.kit import Message, View
from bot.views.lookup import page_card, pressed_row
from bot.views.lookup_finding import finding_card
from bot.views.notices import notice
from tests.tables import table
from tests.views.redeeming import (
    CLAIM,
    DISPLAY,
    HOSTILE,
    NOW,
    ROW,
    TERMS,
    buttons_of,
    filled,
    foreign_marks,
    hostile,
    inputs_on,
    read,
    row,
)

REASONS = ("Till offline", "Other")
DRAFT = Draft(
    id=RequestId("ABCDEFGH23456789"),
    requester=TERMS.requester,
    customer=TERMS.customer,
    code=TERMS.code,
    generated_number="CD-7XJ2K4QA",
    typed=Typed(bill="1,499", bill_number="B-1", reason="Other", note="Second\ntry"),
    review=2,
)
CHECK = Redeemability(
    redeemable=True,
    code=TERMS.code,
    discount=TERMS.discount,
    uses_left=UsesLeft(1),
    customer=Customer(id=TERMS.customer, name="Asha Menon", mobile="919845012345"),
)
REVIEW = Review(
    draft=replace(DRAFT, terms=TERMS),
    limits=Limits(count=20, value=Decimal(10000)),
    used=Usage(count=2, value=Decimal(1500)),
    lately=None,
    till=None,
    as_of=NOW,
)


AT_ONCE: dict[str, Any] = {"rule": "small, by a senior", "approvals": 0, "approvers": ()}


def form(draft: Draft = DRAFT, check: Redeemability = CHECK, **more: Any) -> View:
    drawn: dict[str, Any] = {"name": "Asha Menon", "reasons": REASONS, "display": DISPLAY, "as_of": NOW}
    return view.form(draft, check, **{**drawn, **more})


def confirmation(review: Review = REVIEW, **terms: Any) -> View:
    draft = replace(review.draft, terms=replace(TERMS, **terms))
    return view.confirm(replace(review, draft=draft), display=DISPLAY)


class TestForm:
    def test_it_says_what_is_redeemed_and_for_whom(self) -> None:
        text = read(form())

        assert "`WELCOME42`  *₹500 off*" in text
        assert "*Asha Menon*, mobile …2345  ·  1 use left" in text
        assert "|14:03:05>" in text
        assert "9845012345" not in text

    def test_what_the_engine_did_not_say_is_not_made_up(self) -> None:
        bare = replace(CHECK, discount=None, uses_left=None, customer=None)

        text = read(form(check=bare, name=None))

        assert "`WELCOME42`  *discount not stated*\n*Customer without a name*\n" in text

    def test_its_inputs_are_filled_as_they_were(self) -> None:
        inputs = inputs_on(form())

        assert list(inputs) == ["Bill amount", "Bill number", "Reason", "Note"]
        assert [one.get("optional", False) for one in inputs.values()] == [False, True, False, True]
        assert inputs["Bill amount"]["element"]["initial_value"] == "1,499"
        assert inputs["Bill number"]["element"]["initial_value"] == "B-1"
        assert inputs["Reason"]["element"]["initial_option"]["value"] == "Other"
        assert inputs["Note"]["element"]["initial_value"] == "Second\ntry"
        assert inputs["Bill number"]["hint"]["text"] == "Empty: one is generated"

    def test_an_empty_form_has_nothing_in_it(self) -> None:
        elements = [one["element"] for one in inputs_on(form(replace(DRAFT, typed=Typed()))).values()]

        assert not [one for one in elements if {"initial_value", "initial_option"} & one.keys()]

    def test_a_reason_that_is_no_longer_offered_is_not_chosen(self) -> None:
        assert "initial_option" not in inputs_on(form(reasons=("Goodwill",)))["Reason"]["element"]

    def test_what_is_submitted_is_what_was_filled_in(self) -> None:
        assert view.submitted_form(filled(form())) == (DRAFT.id, DRAFT.typed)
        assert view.submitted_form(filled(form(replace(DRAFT, typed=Typed())))) == (DRAFT.id, Typed())
        typed = view.submitted_form(filled(form(), Bill_amount="99.50", Reason="Till offline"))[1]
        assert (typed.bill, typed.reason) == ("99.50", "Till offline")

    @pytest.mark.parametrize("submitted", [{}, {"state": {}}, {"state": {"values": {"a": {"b": {}}}}}])
    def test_a_view_without_inputs_is_an_empty_form(self, submitted: dict[str, Any]) -> None:
        assert view.submitted_form(submitted) == ("", Typed())

    def test_no_input_keeps_its_block_from_one_review_to_the_next(self) -> None:
        before, after = (
            {one["block_id"] for one in inputs_on(form(replace(DRAFT, review=review))).values()}
            for review in (2, 3)
        )

        assert len(before) == len(after) == 4
        assert not before & after

    def test_a_fault_stands_under_its_input(self) -> None:
        drawn = form()
        faults = view.form_faults(filled(drawn), {Field.BILL: "Type an amount.", Field.NOTE: "W" * 500})

        inputs = inputs_on(drawn)
        assert faults[inputs["Bill amount"]["block_id"]] == "Type an amount."
        assert len(faults[inputs["Note"]["block_id"]]) <= 200
        assert len(faults) == 2

    def test_no_form_is_a_sentence_without_submit(self) -> None:
        drawn = view.refused(notice("You are not allowed to redeem."))

        assert drawn.submit is None
        assert read(drawn) == "You are not allowed to redeem."


class TestWorking:
    def test_before_anything_is_written_down_no_message_is_promised(self) -> None:
        text = read(view.working())

        assert text.startswith("⏳ *Working…*\n")
        assert "Nothing is sent before you confirm it" in text
        assert "Do not press again" in text
        assert "direct message" not in text
        assert view.working().submit is None

    def test_after_it_the_message_is_where_to_look(self) -> None:
        text = read(view.working(recorded=True))

        assert text.startswith("⏳ *Working…*\n")
        assert "Do not press again" in text
        assert "a direct message shows the outcome too" in text

    def test_there_is_nothing_to_confirm_any_more(self) -> None:
        assert view.confirm(REVIEW, display=DISPLAY).title == "Confirm redemption"
        assert view.working(recorded=True).title == "Redeem coupon"


class TestStopped:
    def test_back_returns_to_the_form_that_was_submitted(self) -> None:
        stopped = view.stopped(DRAFT.id, notice("It was used already."))

        assert "It was used already." in read(stopped)
        assert buttons_of(stopped)["Back"]["action_id"] == view.BACK
        assert view.pressed_back(stopped.payload()) == (DRAFT.id, 0)
        assert stopped.submit is None


class TestConfirmation:
    def test_it_says_whom_which_coupon_and_both_figures(self) -> None:
        text = read(confirmation(takes_off=Decimal(300), bill=Decimal(300)))

        assert "*Asha Menon*, mobile …2345\n`WELCOME42`  *₹500 off*\nValid until" in text
        assert "*Takes off this bill:* ₹300, of ₹300" in text
        assert "*Worth at most:* ₹500\n" in text
        assert "*Reason:* Till offline\nBill is at the till\n" in text
        assert "cannot be undone from here" in text

    def test_a_worth_that_follows_from_what_was_typed_is_said_to(self) -> None:
        text = read(confirmation(worth=Worth(amount=Decimal(149), from_bill=True)))

        assert "*Worth at most:* ₹149, a share of the bill as typed: it has no cap" in text

    def test_it_says_where_it_is_booked(self) -> None:
        assert "*Booked on:* the loyalty engine’s default till" in read(confirmation())
        assert "*Booked on:* till `till.7`" in read(confirmation(replace(REVIEW, till="till.7")))

    def test_a_generated_number_is_called_one(self) -> None:
        assert "*Bill number:* `B-1`\n" in read(confirmation())
        generated = read(confirmation(bill_number="CD-7XJ2K4QA", generated=True))
        assert "*Bill number:* `CD-7XJ2K4QA`, generated because none was typed" in generated

    def test_the_rule_says_who_must_approve_and_the_submit_follows_it(self) -> None:
        waiting = confirmation()
        at_once = confirmation(**AT_ONCE)

        assert "“everything else”; one of <!subteam^S0MANAGERS> must approve" in read(waiting)
        assert waiting.submit == "Request approval"
        assert "“small, by a senior”; no approval is needed" in read(at_once)
        assert at_once.submit == "Redeem now"

    @pytest.mark.parametrize(
        ("limits", "left"),
        [
            (Limits(count=20, value=Decimal(10000)), "17 of 20 redemptions, ₹8,000 of ₹10,000"),
            (Limits(count=20), "17 of 20 redemptions"),
            (Limits(value=Decimal(10000)), "₹8,000 of ₹10,000"),
            (Limits(count=1, value=Decimal(1)), "0 of 1 redemptions, ₹0 of ₹1"),
        ],
    )
    def test_what_is_left_of_the_limits_counts_this_one(self, limits: Limits, left: str) -> None:
        text = read(confirmation(replace(REVIEW, limits=limits)))

        assert f"*Left of your limits today after this one:* {left}\n" in text

    def test_where_nothing_is_limited_nothing_is_said_of_it(self) -> None:
        assert "limits" not in read(confirmation(replace(REVIEW, limits=Limits())))

    def test_a_use_from_here_in_the_last_day_stands_first(self) -> None:
        lately = replace(row(State.REDEEMED), terms=replace(TERMS, bill_number="B-0"))

        first = read(confirmation(replace(REVIEW, lately=lately))).split("\n")[0]

        assert first.startswith("⚠️ *This coupon was used from here in the last 24 hours:*")
        assert "1 Jun 2026, 14:03 IST" in first
        assert "by you, for bill `B-0`" in first
        others = replace(lately, terms=replace(lately.terms, requester=PersonId("U0OTHER")))
        assert "by <@U0OTHER>, for bill `B-0`" in read(confirmation(replace(REVIEW, lately=others)))
        assert "⚠️" not in read(confirmation())

    def test_one_that_is_not_settled_may_have_used_it(self) -> None:
        assert "may have been used" in read(confirmation(replace(REVIEW, lately=row(State.UNKNOWN))))

    def test_the_press_names_the_form_and_the_review_it_was_shown_for(self) -> None:
        drawn = confirmation()

        assert view.confirmed(drawn.payload()) == (DRAFT.id, 2)
        assert view.pressed_back(drawn.payload()) == (DRAFT.id, 2)
        assert buttons_of(drawn)["Back"]["action_id"] == view.BACK

    def test_a_review_that_said_no_is_not_confirmed(self) -> None:
        with pytest.raises(ValueError, match="said no"):
            view.confirm(replace(REVIEW, draft=DRAFT), display=DISPLAY)


@given(st.dictionaries(st.just("private_metadata"), st.none() | st.text() | st.from_regex(r".*\.-?[0-9²]+")))
def test_whatever_comes_back_names_a_review_or_none(submitted: dict[str, Any]) -> None:
    draft, review = view.confirmed(submitted)

    assert (draft == "") == (review == -1)
    assert review >= -1


COUPON = Coupon(
    code=TERMS.code, discount=TERMS.discount, expires_at=NOW + timedelta(days=1), uses_left=UsesLeft(1)
)
LOOK_UP = LookUp(customer=TERMS.customer, asker=TERMS.requester)
FINDING = CouponFinding(
    code=TERMS.code,
    customer=Customer(id=TERMS.customer),
    verdict=Verdict.REDEEMABLE,
    check=CHECK,
    record=None,
)
CARD = LookUpId("opaque-id")


def page(*coupons: Coupon, may_redeem: bool) -> Message:
    of = CouponPage(customer=None, coupons=coupons, offset=0, total=len(coupons))
    return page_card(
        PageCard(id=CARD, look_up=LOOK_UP, page=of, as_of=NOW, may_redeem=may_redeem),
        now=NOW,
        display=DISPLAY,
    )


def finding(of: CouponFinding, *, may_redeem: bool) -> Message:
    return finding_card(
        FindingCard(id=CARD, look_up=LOOK_UP, finding=of, as_of=NOW, may_redeem=may_redeem), display=DISPLAY
    )


class TestButton:
    def test_it_stands_in_place_of_details_where_the_coupon_can_still_be_used(self) -> None:
        expired, used = replace(COUPON, expires_at=NOW), replace(COUPON, uses_left=UsesLeft(0))

        drawn = page(expired, used, COUPON, replace(COUPON, uses_left=None), may_redeem=True)

        rows = [one["accessory"] for one in drawn.blocks if "accessory" in one]
        assert [one["text"]["text"] for one in rows] == ["Details", "Details", "Redeem", "Redeem"]
        assert pressed_row(rows[2]) == (CARD, 2)
        assert rows[2]["action_id"] == view.OPEN

    def test_on_a_card_about_one_coupon_it_names_no_place(self) -> None:
        button = buttons_of(finding(FINDING, may_redeem=True))["Redeem"]

        assert button["action_id"] == view.OPEN
        assert pressed_row(button) == (CARD, -1)

    @pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.REDEEMABLE])
    def test_one_that_cannot_be_used_has_none(self, verdict: Verdict) -> None:
        assert "Redeem" not in buttons_of(finding(replace(FINDING, verdict=verdict), may_redeem=True))

    def test_whoever_may_not_has_none(self) -> None:
        assert "Redeem" not in buttons_of(page(COUPON, may_redeem=False))
        assert "Redeem" not in buttons_of(finding(FINDING, may_redeem=False))

    def test_slack_takes_the_cards(self) -> None:
        for message in (page(*[COUPON] * 10, may_redeem=True), finding(FINDING, may_redeem=True)):
            assert message_faults(message.payload()) == []


def every_modal() -> list[View]:
    terms = hostile(ROW).terms
    draft = replace(
        DRAFT,
        code=CouponCode(HOSTILE),
        typed=Typed(bill=HOSTILE, bill_number=HOSTILE, reason=HOSTILE, note=HOSTILE),
        terms=terms,
    )
    customer = Customer(id=TERMS.customer, name=HOSTILE, mobile=HOSTILE)
    endless = Discount(kind=DiscountKind.PERCENT, value=Decimal(10) ** 20, cap=Decimal(10) ** 20)
    check = replace(CHECK, customer=customer, discount=endless, uses_left=UsesLeft(10**30))
    reasons = [HOSTILE, "", *(f"{number} {HOSTILE}" for number in range(200))]
    lately = hostile(row(State.REDEEMED))
    review = replace(
        REVIEW,
        draft=draft,
        till=HOSTILE,
        limits=Limits(count=10**30, value=Decimal(10) ** 20),
        lately=replace(lately, terms=replace(lately.terms, requester=PersonId("U0AGENT"))),
    )
    return [
        view.loading(),
        view.working(),
        view.working(recorded=True),
        form(),
        form(draft, check, name=HOSTILE, reasons=reasons),
        form(reasons=()),
        view.stopped(DRAFT.id, notice("It was used already.")),
        confirmation(),
        view.confirm(review, display=DISPLAY),
    ]


@table("drawn", every_modal())
def test_no_outside_text_breaks_a_modal_or_mentions_anyone(drawn: View) -> None:
    assert view_faults(drawn.payload(), "modal") == []
    assert foreign_marks(drawn) == []
    assert CLAIM.search(read(drawn)) is None
    for element in (one["element"] for one in inputs_on(drawn).values()):
        assert len(element.get("initial_value", "")) <= element.get("max_length", 0)


def test_no_modal_tells_more_of_a_mobile_than_its_end_or_is_older_than_it_says() -> None:
    later = form(as_of=NOW + timedelta(hours=1))

    assert "|15:03:05>" in read(later)
    assert "919845" not in str([form().payload(), confirmation().payload()])
