"""Each rule is broken once in otherwise valid blocks, and the fault must be found."""

from typing import Any

from bot.sandbox.slack.blockkit.rules import block_faults, message_advice, message_faults, view_faults
from tests import tables
from tests.sandbox.slack.desk import actions, button, entry, home, modal, plain, section, select

Blocks = list[dict[str, Any]]


def options(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def confirm(**parts: str) -> dict[str, Any]:
    words = {"title": "Sure?", "text": "It cannot be undone.", "confirm": "Yes", "deny": "No", **parts}
    return {name: plain(text) for name, text in words.items()}


def table(rows: int = 1, cells: int = 1, text: str = "x") -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


def context(count: int) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * count}


def rich(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*leaves]}]}


def typed(**more: Any) -> dict[str, Any]:
    return entry(element={"type": "plain_text_input", "action_id": "typed", **more})


SOUND: dict[str, Blocks] = {
    "section": [section("x" * 3000)],
    "fields": [{"type": "section", "fields": [plain("x" * 2000)] * 10}],
    "header": [{"type": "header", "text": plain("x" * 150)}],
    "context": [context(10)],
    "actions": [actions(*(button(action_id=str(n)) for n in range(25)))],
    "button": [actions(button("x" * 75, value="v" * 2000, confirm=confirm(), style="danger"))],
    "select": [actions(select(*options(100)))],
    "divider": [{"type": "divider"}] * 50,
    "table": [table(100, 20)],
    "rich text": [
        rich({"type": "text", "text": "a", "style": {"bold": True}}, {"type": "user", "user_id": "U1"})
    ],
    "quote and code": [
        {
            "type": "rich_text",
            "elements": [
                {"type": kind, "elements": [{"type": "text", "text": "a"}]}
                for kind in ("rich_text_quote", "rich_text_preformatted")
            ],
        }
    ],
    "accessory": [section(accessory=button())],
}

BROKEN: dict[str, tuple[Blocks, str]] = {
    "too many blocks": ([{"type": "divider"}] * 51, "blocks: must be 1 to 50, are 51"),
    "unknown block": ([{"type": "sektion"}], "unsupported block type 'sektion'"),
    "block that the desk does not send": ([{"type": "image"}], "unsupported block type 'image'"),
    "control that the desk does not send": (
        [actions({"type": "overflow"})],
        "no element of an actions block",
    ),
    "no type": ([{}], "unsupported block type None"),
    "modal's block": ([{"type": "alert", "text": plain("x")}], "alert does not stand on a message"),
    "unknown property": ([section(colour="red")], "unknown property colour"),
    "long section": ([section("x" * 3001)], "must be 1 to 3000 characters, has 3001"),
    "empty section": ([section("")], "must be 1 to 3000 characters, has 0"),
    "text without text": ([{"type": "section", "text": {"type": "mrkdwn"}}], "missing text"),
    "section of nothing": ([{"type": "section"}], "a section needs text or fields"),
    "eleven fields": ([{"type": "section", "fields": [plain("x")] * 11}], "must have 1 to 10 items"),
    "long field": ([{"type": "section", "fields": [plain("x" * 2001)]}], "must be 1 to 2000 characters"),
    "long header": ([{"type": "header", "text": plain("x" * 151)}], "must be 1 to 150 characters"),
    "mrkdwn header": ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "is no text here"),
    "eleven in context": ([context(11)], "must have 1 to 10 items"),
    "button in context": ([{"type": "context", "elements": [button()]}], "no element of a context"),
    "26 actions": ([actions(*(button(action_id=str(n)) for n in range(26)))], "must have 1 to 25 items"),
    "no actions": ([actions()], "must have 1 to 25 items"),
    "input among actions": ([actions({"type": "plain_text_input"})], "no element of an actions block"),
    "same action_id": ([actions(button(), button())], "duplicate action_id 'next'"),
    "same block_id": ([section(block_id="b"), section(block_id="b")], "duplicate block_id 'b'"),
    "long block_id": ([section(block_id="b" * 256)], "must be 1 to 255 characters"),
    "long action_id": ([actions(button(action_id="a" * 256))], "must be 1 to 255 characters"),
    "long button": ([actions(button("x" * 76))], "must be 1 to 75 characters"),
    "long value": ([actions(button(value="v" * 2001))], "must be 1 to 2000 characters"),
    "long url": ([actions(button(url="u" * 3001))], "must be 1 to 3000 characters"),
    "long label": ([actions(button(accessibility_label="x" * 76))], "must be 1 to 75 characters"),
    "button style": ([actions(button(style="green"))], "must be one of primary, danger"),
    "confirm title": ([actions(button(confirm=confirm(title="x" * 101)))], "must be 1 to 100 characters"),
    "confirm text": ([actions(button(confirm=confirm(text="x" * 301)))], "must be 1 to 300 characters"),
    "confirm word": ([actions(button(confirm=confirm(confirm="x" * 31)))], "must be 1 to 30 characters"),
    "101 options": ([actions(select(*options(101)))], "must have 1 to 100 items"),
    "no options": ([actions(select())], "must have 1 to 100 items"),
    "long option": ([actions(select("x" * 76))], "must be 1 to 75 characters"),
    "unknown initial option": (
        [actions(select("a", initial_option={"text": plain("b"), "value": "b"}))],
        "the initial option is not among the options",
    ),
    "long placeholder": ([actions(select("a", placeholder=plain("x" * 151)))], "must be 1 to 150 characters"),
    "long input label": ([entry("x" * 2001)], "must be 1 to 2000 characters"),
    "lengths crossed": ([typed(min_length=5, max_length=4)], "min_length is more than max_length"),
    "long input": ([typed(max_length=3001)], "must be a number from 1 to 3000"),
    "button as input": ([entry(element=button())], "no element of an input block"),
    "101 rows": ([table(101)], "must have 1 to 100 items"),
    "21 cells": ([table(1, 21)], "must have 1 to 20 items"),
    "two tables": ([table(), table()], "only_one_table_allowed"),
    "long table": ([table(2, 1, "x" * 5001)], "more than 10000 characters"),
    "unknown leaf": ([rich({"type": "shout", "text": "x"})], "'shout' is no rich text leaf"),
    "empty leaf": ([rich({"type": "text", "text": ""})], "must be 1 to 12000 characters, has 0"),
}


@tables.table("blocks", SOUND.values())
def test_blocks_at_the_limit_are_taken(blocks: Blocks) -> None:
    assert block_faults(blocks, "message") == []


@tables.table(("blocks", "fault"), BROKEN.values())
def test_blocks_past_a_limit_are_refused(blocks: Blocks, fault: str) -> None:
    assert fault in "\n".join(message_faults({"text": "x", "blocks": blocks}))


BROKEN_VIEWS: dict[str, tuple[dict[str, Any], str]] = {
    "no title": ({"type": "modal", "blocks": [section()]}, "missing title"),
    "long title": (modal(section(), title="x" * 25), "must be 1 to 24 characters"),
    "long submit": (modal(entry(), submit=plain("x" * 25)), "must be 1 to 24 characters"),
    "long close": (modal(section(), close=plain("x" * 25)), "must be 1 to 24 characters"),
    "inputs without submit": (
        {"type": "modal", "title": plain("x"), "blocks": [entry()]},
        "submit is required with input blocks",
    ),
    "no blocks": (modal(), "blocks: must be 1 to 100, are 0"),
    "101 blocks": (modal(*[{"type": "divider"}] * 101), "blocks: must be 1 to 100, are 101"),
    "long metadata": (modal(section(), private_metadata="x" * 3001), "must be 0 to 3000 characters"),
    "long callback_id": (modal(section(), callback_id="x" * 256), "must be 0 to 255 characters"),
    "table in a modal": (modal(table()), "table does not stand on a modal"),
    "two in focus": (
        modal(typed(focus_on_load=True), typed(focus_on_load=True) | {"block_id": "other"}),
        "more than one element with focus_on_load",
    ),
    "home as a modal": (home(section()), "must be one of modal"),
    "unknown property": (modal(section(), colour="red"), "unknown property colour"),
}


@tables.table(("view", "fault"), BROKEN_VIEWS.values())
def test_a_view_past_a_limit_is_refused(view: dict[str, Any], fault: str) -> None:
    assert fault in "\n".join(view_faults(view, "modal"))


def test_a_sound_modal_and_a_sound_home_are_taken() -> None:
    assert view_faults(modal(section(), entry(), title="x" * 24), "modal") == []
    assert view_faults(home(*[{"type": "divider"}] * 100), "home") == []


def test_a_home_has_no_title() -> None:
    assert view_faults(home(section()) | {"title": plain("x")}, "home") == ["view: unknown property title"]


def test_a_view_that_is_no_object_is_refused() -> None:
    assert view_faults(None, "modal") == ["view: must be an object"]


def test_markdown_text_stands_alone() -> None:
    assert message_faults({"text": "x", "markdown_text": "y"}) == ["markdown_text_conflict"]


def test_blocks_without_text_pass_slack_but_are_noted() -> None:
    assert message_faults({"blocks": [section()]}) == []
    assert message_advice({"blocks": [section()]}) == ["blocks without a top-level text"]
    assert message_advice({"text": "x", "blocks": [section()]}) == []
