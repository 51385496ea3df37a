from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.look import Look
from bot.domain.redemption import Settled, State
from bot.sandbox.slack.blockkit.rules import view_faults
from bot.views import settle_naming as view
from bot.views.settle import Missed
from tests.views.redeeming import (
    DISPLAY,
    NOW,
    ROW,
    USE,
    filled,
    foreign_marks,
    hostile_rows,
    inputs_on,
    read,
    row,
)

TWO = row(State.REDEEMED, settled=Settled.ANSWER, uses=(USE, replace(USE, id="10", bill="MG-88")))
NONE = row(State.REDEEMED, settled=Settled.ANSWER)
FORM = view.form(TWO, display=DISPLAY)


def test_it_shows_how_it_stands_what_was_found_and_which_coupon_to_look_for() -> None:
    text = read(FORM)

    assert text.startswith("✅ *Redeemed*  ·  ")
    assert "redemption `9`, " in text
    assert "redemption `10`, " in text
    assert "*What to look for:* `WELCOME42`  *₹500 off*  ·  *Asha Menon*, mobile …2345" in text
    assert "It stays redeemed either way." in text
    assert "*Next:*" not in text
    assert "ress Settle" not in text


def test_it_asks_which_use_and_how_they_know_and_nothing_else() -> None:
    inputs = inputs_on(FORM)

    assert list(inputs) == ["Which use", "Note"]
    assert not any(one.get("optional") for one in inputs.values())
    assert [one["text"]["text"] for one in inputs["Which use"]["element"]["options"]] == [
        "bill B-1 · 1 Jun 2026, 14:03 IST · MG Road",
        "bill MG-88 · 1 Jun 2026, 14:03 IST · MG Road",
    ]
    assert (FORM.title, FORM.submit, FORM.close) == ("Settle unknown", "Settle", "Cancel")


def test_where_nothing_was_found_there_is_nothing_to_choose_and_the_looks_are_listed() -> None:
    for uses in ((), (replace(USE, id=None),)):
        of = replace(NONE, outcome=replace(NONE.outcome, uses=uses))
        drawn = view.form(of, [Look(at=NOW, read=False)], display=DISPLAY)

        assert (inputs_on(drawn), drawn.submit) == ({}, None)
        assert "There is no use to name" in read(drawn)
        assert "Look for it in the loyalty console" in read(drawn)
        assert "it could not be read" in read(drawn)


def test_every_look_is_listed_below_the_inputs() -> None:
    drawn = view.form(TWO, [Look(at=NOW, read=True, uses=("9",))], display=DISPLAY)

    assert [block["type"] for block in drawn.blocks[-3:]] == ["input", "input", "section"]
    assert "*Looks at the loyalty engine*" in read(drawn)


def test_what_is_submitted_is_what_was_chosen() -> None:
    submitted = filled(FORM, Which_use="10", Note="  Seen on the roll ")

    assert view.submitted(submitted) == (ROW.id, TWO.outcome.found, "10", "Seen on the roll")
    assert view.faults(submitted) == {}


@pytest.mark.parametrize("nothing", [{}, {"state": {}}])
def test_nothing_submitted_names_nothing(nothing: dict[str, Any]) -> None:
    assert view.submitted(nothing) == ("", "", "", "")


def test_what_is_missing_is_said_under_its_input() -> None:
    blocks = {label: block["block_id"] for label, block in inputs_on(FORM).items()}

    assert list(view.faults(filled(FORM))) == [blocks["Which use"], blocks["Note"]]
    assert list(view.faults(filled(FORM, Which_use="9", Note="\u200b"))) == [blocks["Note"]]
    assert list(view.faults(filled(FORM, Note="On the roll"))) == [blocks["Which use"]]


@pytest.mark.parametrize("missed", Missed)
def test_whoever_has_changed_nothing_reads_why(missed: Missed) -> None:
    assert read(view.form(TWO, display=DISPLAY, missed=missed)).startswith(missed.value)
    assert missed.value not in read(FORM)


def test_no_outside_text_breaks_it_or_mentions_anyone() -> None:
    for of in hostile_rows():
        drawn = view.form(of, display=DISPLAY)

        assert view_faults(drawn.payload(), "modal") == []
        assert foreign_marks(drawn) == []
    assert view_faults(FORM.payload(), "modal") == []
