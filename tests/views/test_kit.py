"""What the parts of every message keep to: Slack's limits, and no mark-up or link that nobody meant."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.views.kit import (
    MAX_OPTION,
    MAX_OPTIONS,
    button,
    choice_input,
    context,
    header,
    paragraphs,
    section,
    select_input,
    table,
    text_input,
)
from bot.views.text import Display, Quote

LONG = "x" * 5000
DISPLAY = Display(currency="INR", zone=ZoneInfo("Asia/Kolkata"))


def test_slack_turns_no_text_into_a_link_or_a_mention() -> None:
    assert section("see example.com")["text"]["verbatim"] is True
    assert context("see example.com")["elements"][0]["verbatim"] is True


def test_every_text_keeps_slacks_limit() -> None:
    assert len(section(LONG)["text"]["text"]) == 3000
    assert len(header(LONG)["text"]["text"]) == 150
    assert len(button("Press", action_id="a", value="v", hint=LONG)["accessibility_label"]) == 75
    typed = text_input("Note", block_id="b", action_id="a", hint="h", limit=300, initial=LONG)
    assert len(typed["element"]["initial_value"]) == typed["element"]["max_length"] == 300


def test_so_does_every_choice() -> None:
    words = [f"{number:03}{LONG}" for number in range(MAX_OPTIONS + 1)]
    offered = select_input("Reason", block_id="b", action_id="a", options=words)["element"]["options"]
    named = choice_input("Use", block_id="b", action_id="a", options={"1": LONG})["element"]["options"]

    assert len(offered) == MAX_OPTIONS
    assert {len(one["text"]["text"]) for one in [*offered, *named]} == {MAX_OPTION}


def test_a_cell_is_short_and_no_date_that_slack_refuses() -> None:
    drawn = table(["When", "What"], [[datetime(1969, 1, 1, tzinfo=UTC), LONG], [None, ""]], DISPLAY)

    (_, (when, what), empty) = drawn["rows"]
    assert when == {"type": "raw_text", "text": "1 Jan 1969, 05:30 IST"}
    assert len(what["text"]) == 120
    assert [one["text"] for one in empty] == ["–", "–"]


def test_lines_fill_sections_and_a_quote_of_nothing_is_no_block() -> None:
    blocks = paragraphs(["a" * 2000, "b" * 2000, Quote(""), "c"])

    assert [len(one["text"]["text"]) for one in blocks] == [2000, 2000, 1]
