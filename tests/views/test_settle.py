from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.look import Look
from bot.domain.person import PersonId
from bot.domain.redemption import Settled, State
from bot.sandbox.slack.blockkit.rules import view_faults
from bot.views import settle as view
from bot.views.kit import View
from tests.views.redeeming import (
    CLAIM,
    DISPLAY,
    NOW,
    ROW,
    USE,
    every_row,
    filled,
    foreign_marks,
    hostile_rows,
    inputs_on,
    read,
    row,
    unknown,
)

FOUND = unknown(uses=(USE,))
FORM = view.settle_form(FOUND, display=DISPLAY)


def test_it_shows_the_facts_and_what_was_found_and_which_coupon_to_look_for() -> None:
    text = read(FORM)

    assert text.startswith("⚠️ *Outcome unknown*  ·  ")
    assert CLAIM.search(text) is None
    assert "redemption `9`, " in text
    assert "bill of ₹1,499" in text
    assert "*What to look for:* `WELCOME42`  *₹500 off*  ·  *Asha Menon*, mobile …2345" in text


def test_it_repeats_nothing_that_leads_to_it_and_says_what_becomes_of_it_without_a_choice() -> None:
    sure, judged = view.settle_form(unknown(), display=DISPLAY), view.settle_form(FOUND, display=DISPLAY)
    alone = view.settle_form(replace(FOUND, due_at=None), display=DISPLAY)

    for form in (sure, judged, alone):
        assert "*Next:*" not in read(form)
        assert "ress Settle" not in read(form)
    assert "If you do not know, close this window. Coupon Desk looks again at <!date^" in read(sure)
    assert "and settles it by about" in read(sure)
    assert "ask the store: Coupon Desk looks again at <!date^" in read(judged)
    assert "but somebody has to say whose use it is." in read(judged)
    assert "ask the store first: Coupon Desk cannot settle it by itself." in read(alone)


def test_it_lists_every_look_and_what_it_found() -> None:
    looks = [
        Look(at=NOW, read=True),
        Look(at=NOW + timedelta(seconds=5), read=False),
        Look(at=NOW + timedelta(seconds=15), read=True, uses=("9", "8")),
    ]
    text = read(view.settle_form(FOUND, looks, display=DISPLAY))

    assert "*Looks at the loyalty engine*\n• <!date^" in text
    assert "|14:03:05>: nothing new\n" in text
    assert "|14:03:10>: it could not be read\n" in text
    assert "|14:03:20>: redemption `9`, <!date^" in text
    assert text.endswith("at MG Road, bill B-1; redemption `8`")


def test_looks_that_found_the_same_in_turn_are_one_line() -> None:
    looks = [Look(at=NOW + timedelta(seconds=5 * each), read=True, uses=("8",)) for each in range(3)]
    text = read(view.settle_form(FOUND, looks, display=DISPLAY))

    assert text.count("redemption `8`") == 1
    assert "|14:03:05> to <!date^" in text
    assert "|14:03:15>, 3 looks: redemption `8`" in text


def test_looks_stand_below_what_there_is_to_choose() -> None:
    drawn = view.settle_form(FOUND, [Look(at=NOW, read=True)], display=DISPLAY)

    assert [block["type"] for block in drawn.blocks[-4:]] == ["input", "input", "input", "section"]


def test_of_many_looks_the_latest_are_listed_and_the_others_counted() -> None:
    looks = [Look(at=NOW, read=each % 2 == 0) for each in range(30)]
    drawn = view.settle_form(FOUND, looks, display=DISPLAY)

    assert "• 10 earlier ones\n" in read(drawn)
    assert read(drawn).count("nothing new") + read(drawn).count("it could not be read") == 20
    assert view_faults(drawn.payload(), "modal") == []


def test_its_one_close_is_the_submit() -> None:
    assert list(inputs_on(FORM)) == ["Outcome", "Which use", "Note"]
    assert [one["value"] for one in inputs_on(FORM)["Outcome"]["element"]["options"]] == [
        "Redeemed",
        "Not redeemed",
    ]
    assert (FORM.submit, FORM.close) == ("Settle", "Cancel")


@pytest.mark.parametrize(("outcome", "redeemed"), [("Redeemed", True), ("Not redeemed", False)])
def test_what_is_submitted_is_what_was_chosen(outcome: str, redeemed: bool) -> None:
    submitted = filled(FORM, Outcome=outcome, Which_use="9", Note="  Seen on the roll ")

    assert view.submitted(submitted) == (ROW.id, FOUND.outcome.found, redeemed, "Seen on the roll")
    assert view.faults(submitted) == {}


@pytest.mark.parametrize("submitted", [{}, {"state": {}}])
def test_nothing_submitted_settles_nothing(submitted: dict[str, Any]) -> None:
    assert view.submitted(submitted) == ("", "", None, "")


def test_what_is_missing_is_said_under_its_input() -> None:
    blocks = {label: block["block_id"] for label, block in inputs_on(FORM).items()}

    assert list(view.faults(filled(FORM))) == [blocks["Outcome"], blocks["Note"]]
    for nothing in (" ", "\u200b", "\u3164"):
        assert list(view.faults(filled(FORM, Outcome="Redeemed", Note=nothing))) == [
            blocks["Which use"],
            blocks["Note"],
        ]
    assert view.faults(filled(FORM, Outcome="Not redeemed", Note="On the roll")) == {}


@pytest.mark.parametrize(("chosen", "named"), [("9", "9"), ("-", ""), (None, None)])
def test_a_use_is_named_by_its_number_and_none_of_them_is_an_answer(chosen: str, named: str | None) -> None:
    options = inputs_on(FORM)["Which use"]["element"]["options"]

    assert [one["text"]["text"] for one in options] == [
        "bill B-1 · 1 Jun 2026, 14:03 IST · MG Road",
        "None of these",
    ]
    assert view.use_named(filled(FORM, Which_use=chosen)) == named


def test_nothing_is_asked_about_a_use_where_none_was_found() -> None:
    nothing = view.settle_form(unknown(), display=DISPLAY)

    assert list(inputs_on(nothing)) == ["Outcome", "Note"]
    assert view.faults(filled(nothing, Outcome="Redeemed", Note="On the roll")) == {}


def test_one_that_is_settled_shows_its_state_and_nothing_to_choose() -> None:
    for of in [one for one in every_row() if one.state is not State.UNKNOWN]:
        drawn = view.settle_form(of, display=DISPLAY)

        assert drawn == view.closed(of, DISPLAY)
        assert drawn.submit is None
        assert inputs_on(drawn) == {}


def test_after_settling_the_window_shows_the_state_and_who_settled_it() -> None:
    by_hand = row(State.NOT_REDEEMED, settled=Settled.PERSON, by=PersonId("U0MANAGER"), note="On the roll")

    text = read(view.closed(by_hand, DISPLAY))

    assert text.startswith("⛔ *Not redeemed*  ·  ")
    assert "<@U0MANAGER> settled it as not redeemed.\n*Their note:*\nOn the roll\n" in text


def test_no_outside_text_breaks_it_or_mentions_anyone() -> None:
    for of in hostile_rows():
        for drawn in (view.settle_form(of, display=DISPLAY), view.closed(of, DISPLAY)):
            assert view_faults(drawn.payload(), "modal") == []
            assert foreign_marks(drawn) == []


@pytest.mark.parametrize("drawn", [FORM, view.loading()])
def test_slack_takes_it(drawn: View) -> None:
    assert view_faults(drawn.payload(), "modal") == []


def test_whoever_saw_less_is_told_that_more_was_found() -> None:
    for missed in view.Missed:
        assert missed.value in read(view.settle_form(FOUND, display=DISPLAY, missed=missed))
    assert "has found something else meanwhile" not in read(FORM)


def test_whoever_saw_all_that_was_found_has_named_what_belongs_to_another_request() -> None:
    assert view.why_missed(FOUND, FOUND.outcome.found) is view.Missed.CLAIMED
    assert view.why_missed(FOUND, unknown().outcome.found) is view.Missed.FOUND_MORE


def test_what_was_found_tells_one_form_from_another() -> None:
    more = unknown(uses=(USE, replace(USE, id="9")))

    assert view.settle_form(more, display=DISPLAY).private_metadata != FORM.private_metadata
