"""Messages, views, and small functions that build blocks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.aio.frozen import frozen
from bot.views.text import Display, Line, Quote, clipped, date, day_and_time, quoted

Block = dict[str, Any]

#: Characters of a section's text (docs.slack.dev: section block).
MAX_SECTION = 3000
#: Characters of an option, by the stricter of Slack's pages; options of a select (docs.slack.dev: option object).
MAX_OPTION = 75
MAX_OPTIONS = 100


@frozen
class Message:
    """
    Text and blocks for a person or a channel; `payload` and its like make an ephemeral answer of them.

    Attributes:
        text: complete by itself, because notifications and screen readers show only this.

    """

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the payload of an ephemeral answer, for an acknowledgement or a response URL."""
        body: dict[str, Any] = {"response_type": "ephemeral", "text": self.text}
        if self.blocks:
            body["blocks"] = list(self.blocks)
        return body

    def replacing(self) -> dict[str, Any]:
        """Return the payload that replaces the pressed card, for the press's response URL."""
        return {**self.payload(), "replace_original": True}

    def beside(self) -> dict[str, Any]:
        """Return the payload that keeps the pressed card, for the press's response URL."""
        return {**self.payload(), "replace_original": False}


@frozen
class Encoded:
    """A message whose `payload` is kept as JSON, for an acknowledgement."""

    json: str

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self.json)
        return payload

    def message(self) -> Message:
        payload = self.payload()
        return Message(payload["text"], tuple(payload["blocks"]))


@frozen
class View:
    """
    A modal. `title`, `submit` and `close` have at most 24 characters (docs.slack.dev: views).

    Attributes:
        private_metadata: Slack returns it with every press and submission; only opaque ids.

    """

    title: str
    blocks: tuple[Block, ...]
    callback_id: str = ""
    submit: str | None = None
    private_metadata: str = ""
    close: str = "Close"

    def payload(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "modal",
            "title": {"type": "plain_text", "text": self.title},
            "close": {"type": "plain_text", "text": self.close},
            "blocks": _focused(self.blocks),
        }
        if self.callback_id:
            body["callback_id"] = self.callback_id
        if self.private_metadata:
            body["private_metadata"] = self.private_metadata
        if self.submit:
            body["submit"] = {"type": "plain_text", "text": self.submit}
        return body


def _focused(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with the keyboard in the first input (docs.slack.dev: focus_on_load, one in a view)."""
    first = next((one for one in blocks if one["type"] == "input"), None)
    if first is None:
        return list(blocks)
    focused = {**first, "element": {**first["element"], "focus_on_load": True}}
    return [focused if one is first else one for one in blocks]


def section(mrkdwn: str, *, block_id: str | None = None) -> Block:
    """Return a section; `verbatim` keeps Slack from turning texts into links."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": mrkdwn[:MAX_SECTION], "verbatim": True},
    }
    return {**block, "block_id": block_id} if block_id else block


def sections(title: str, lines: Sequence[Line]) -> list[Block]:
    """Return a title and lines in as many sections as they need; no line is split."""
    return paragraphs([f"*{title}*", *lines])


def paragraphs(lines: Sequence[Line]) -> list[Block]:
    """Return lines in as few sections as possible; text that a person typed is a quote block between them."""
    blocks: list[Block] = []
    packed = ""
    for line in lines:
        if packed and (isinstance(line, Quote) or len(packed) + 1 + len(line) > MAX_SECTION):
            blocks.append(section(packed))
            packed = ""
        if isinstance(line, Quote):
            blocks += quote(line)
        else:
            packed = f"{packed}\n{line}" if packed else line
    return [*blocks, section(packed)] if packed else blocks


def quote(of: Quote) -> list[Block]:
    """Rich text, whose leaves are shown letter by letter (docs.slack.dev: rich text block); none for no words."""
    if not of.shown:
        return []
    leaf = {"type": "text", "text": of.shown}
    return [{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [leaf]}]}]


def context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn, "verbatim": True}]}


def header(text: str) -> Block:
    """Return a header of at most 150 characters, without markup (docs.slack.dev: header block)."""
    return {"type": "header", "text": {"type": "plain_text", "text": clipped(text, 150), "emoji": False}}


def divider() -> Block:
    return {"type": "divider"}


Cell = str | datetime | None


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], display: Display) -> Block:
    """Return a table of at most 100 rows of 20 cells (docs.slack.dev: table block); times are in the reader's zone."""
    drawn = [[_text_cell(one) for one in head], *([_cell(cell, display) for cell in row] for row in rows)]
    return {"type": "table", "rows": drawn, "column_settings": [{"is_wrapped": True} for _ in head]}


#: Rows that stand as lines of their own: a table is wider than a phone, where a scroll hides its last columns.
FEW_ROWS = 10


def rows(
    head: Sequence[str],
    of: Sequence[Sequence[Cell]],
    display: Display,
    *,
    in_lines: Callable[[Sequence[str]], str],
) -> list[Block]:
    """Return few rows as sections, each drawn by `in_lines` from its cells as mrkdwn, and more of them as a table."""
    if len(of) > FEW_ROWS:
        return [table(head, of, display)]
    return [section(in_lines([_marked_up(cell, display) for cell in row])) for row in of]


def _marked_up(cell: Cell, display: Display) -> str:
    if isinstance(cell, datetime):
        return date(cell, display) if cell.timestamp() > 0 else day_and_time(cell, display)
    return quoted(cell or "", 120)


def _cell(cell: Cell, display: Display) -> Block:
    if isinstance(cell, datetime) and cell.timestamp() > 0:
        return _date_cell(cell, display)
    if isinstance(cell, datetime):
        # Slack accepts no time before 1970.
        return _text_cell(day_and_time(cell, display))
    return _text_cell(clipped(cell or "", 120) or "–")


def _text_cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def _date_cell(moment: datetime, display: Display) -> Block:
    leaf = {
        "type": "date",
        "timestamp": int(moment.timestamp()),
        "format": "{date_short} {time}",
        "fallback": day_and_time(moment, display),
    }
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [leaf]}]}


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(text: str, *, action_id: str, value: str, hint: str, style: str | None = None) -> Block:
    """Return a button; `hint` is its accessibility label, `style` is primary or danger."""
    drawn: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": text},
        "action_id": action_id,
        "value": value,
        "accessibility_label": hint[:75],
    }
    return {**drawn, "style": style} if style else drawn


def option(word: str, value: str | None = None) -> Block:
    return {"text": {"type": "plain_text", "text": word, "emoji": False}, "value": value or word}


def select(*, action_id: str, placeholder: str, options: Sequence[str], chosen: str) -> Block:
    drawn = {one: option(one) for one in options}
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": {"type": "plain_text", "text": placeholder},
        "options": list(drawn.values()),
        "initial_option": drawn[chosen],
    }


def choice(*, action_id: str, placeholder: str, options: Mapping[str, str]) -> Block:
    """Return a select outside of a form that shows its placeholder; `options` are the words by the value that comes back."""
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": {"type": "plain_text", "text": placeholder},
        "options": [option(word, value) for value, word in options.items()],
    }


def text_input(
    label: str,
    *,
    block_id: str,
    action_id: str,
    hint: str,
    limit: int,
    initial: str = "",
    optional: bool = False,
    multiline: bool = False,
) -> Block:
    """Return a text input of at most `limit` characters; Slack allows 3000 (docs.slack.dev: plain-text input)."""
    element: Block = {"type": "plain_text_input", "action_id": action_id, "max_length": limit}
    if multiline:
        element["multiline"] = True
    if initial:
        element["initial_value"] = initial[:limit]
    return _input(label, element, block_id=block_id, hint=hint, optional=optional)


def select_input(
    label: str,
    *,
    block_id: str,
    action_id: str,
    options: Sequence[str],
    hint: str = "",
    initial: str = "",
    optional: bool = False,
) -> Block:
    """Return a select whose options are their own values; `initial` is ignored if it is not an option."""
    words = dict.fromkeys(clipped(one, MAX_OPTION) or "?" for one in options)
    drawn = {word: option(word) for word in list(words)[:MAX_OPTIONS]}
    element: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": {"type": "plain_text", "text": "Choose one"},
        "options": list(drawn.values()),
    }
    if initial in drawn:
        element["initial_option"] = drawn[initial]
    return _input(label, element, block_id=block_id, hint=hint, optional=optional)


def choice_input(
    label: str,
    *,
    block_id: str,
    action_id: str,
    options: Mapping[str, str],
    hint: str = "",
    optional: bool = True,
) -> Block:
    """A select; `options` are the words by the value that comes back."""
    element: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": {"type": "plain_text", "text": "Choose one"},
        "options": [option(clipped(word, MAX_OPTION) or "?", value) for value, word in options.items()],
    }
    return _input(label, element, block_id=block_id, hint=hint, optional=optional)


def _input(label: str, element: Block, *, block_id: str, hint: str, optional: bool) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }
    if hint:
        block["hint"] = {"type": "plain_text", "text": hint}
    return {**block, "optional": True} if optional else block


def inputs_of(view: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the inputs of a submitted view: block id and text, by action id."""
    values = (view.get("state") or {}).get("values") or {}
    return {
        action_id: (block_id, _entered(element))
        for block_id, block in values.items()
        for action_id, element in block.items()
    }


def _entered(element: Mapping[str, Any]) -> str:
    chosen = (element.get("selected_option") or {}).get("value")
    return str(element.get("value") or chosen or "")
