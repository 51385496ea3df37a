from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.blockkit.rules import view_faults
from bot.views import shortcut as view
from bot.views.kit import Message, View, section
from bot.views.notices import notice
from bot.views.try_again import failed


def note_of(modal: View) -> str:
    return str(modal.blocks[0]["text"]["text"])


def options_of(modal: View) -> list[str]:
    return [option["value"] for option in modal.blocks[1]["element"]["options"]]


def filled(modal: View, **state: Any) -> dict[str, Any]:
    """The view as it comes back with this in its one field."""
    field = modal.blocks[1]
    values = {field["block_id"]: {field["element"]["action_id"]: state}}
    return modal.payload() | {"state": {"values": values}}


def test_what_is_typed_is_what_is_answered() -> None:
    assert view.answered(filled(view.ask([]), value="98450 12345")) == "98450 12345"


def test_what_is_chosen_is_what_is_answered() -> None:
    modal = view.ask(["98450 12345", "asha@example.com"])
    chosen = modal.blocks[1]["element"]["options"][1]

    assert view.answered(filled(modal, selected_option=chosen)) == "asha@example.com"


@pytest.mark.parametrize(
    "submitted", [{}, {"state": {}}, filled(view.ask([]), value=None), filled(view.ask(["a", "b"]))]
)
def test_nothing_entered_is_an_empty_answer(submitted: dict[str, Any]) -> None:
    assert view.answered(submitted) == ""


def test_a_fault_stands_under_the_one_field() -> None:
    fault = view.faults("W" * 500)

    assert list(fault) == [view.ask([]).blocks[1]["block_id"]] == [view.ask(["a", "b"]).blocks[1]["block_id"]]
    assert len(fault.popitem()[1]) <= 200


def test_more_customers_than_can_be_offered_are_not_passed_over_in_silence() -> None:
    named = [f"c{number}@example.com" for number in range(25)]
    modal = view.ask(named)

    assert options_of(modal) == named[:20]
    assert "Only 20 of the 25 can be chosen here" in note_of(modal)


def test_an_address_that_is_longer_than_an_option_is_not_cut_into_another() -> None:
    long, longest = "a" * 63 + "@example.com", "a" * 64 + "@example.com"

    assert options_of(view.ask([long, "asha@example.com"])) == [long, "asha@example.com"]
    assert options_of(view.ask([longest, "asha@example.com"])) == ["asha@example.com"]
    assert "names no mobile number" in note_of(view.ask([longest]))


def test_a_failure_says_what_it_says_and_nothing_else() -> None:
    """The next step stands in the sentence; where there is none, trying again does not help."""
    modal = failed(notice("You are not allowed to use this: guests cannot."))

    assert modal.blocks == (section("You are not allowed to use this: guests cannot."),)
    assert view_faults(modal.payload(), "modal") == []


def test_a_card_keeps_its_blocks() -> None:
    assert view.card(Message("text", (section("a"), section("b")))).blocks == (section("a"), section("b"))


@given(st.lists(st.text(max_size=160).map("a{}@example.com".format), unique=True, max_size=60))
def test_whatever_a_message_names_the_modal_is_one_that_slack_opens(named: list[str]) -> None:
    assert view_faults(view.ask(named).payload(), "modal") == []
    assert view_faults(view.loading().payload(), "modal") == []
