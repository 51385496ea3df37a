"""Blocks as the plain text that a person reads: no markup, escapes undone, controls in brackets."""

import html
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.sandbox.slack.blockkit.inputs import Block, Element, Values, entered

#: Names of ids: U0AGENT → Nisha Rao.
Names = Mapping[str, str]

_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_SUBTEAM = re.compile(r"<!subteam\^(\w+)(?:\|[^>]*)?>")
_USER = re.compile(r"<@(\w+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#(\w+)(?:\|([^>]*))?>")
_SPECIAL = re.compile(r"<!(\w+)(?:\|[^>]*)?>")
_LINK = re.compile(r"<([^|>@#!][^|>]*)(?:\|([^>]*))?>")
_MARKS = tuple(
    re.compile(rf"(?<![\w{mark}]){mark}(?=\S)([^{mark}\n]+?)(?<=\S){mark}(?![\w{mark}])")
    for mark in (r"\*", "_", "~", "`")
)

#: How rich text refers to somebody or something: its sign, and the field with the id.
_REFERENCES = {
    "user": ("@", "user_id"),
    "usergroup": ("@", "usergroup_id"),
    "channel": ("#", "channel_id"),
}


def mrkdwn(text: str, names: Names) -> str:
    """
    What mrkdwn reads like (docs.slack.dev: messaging/formatting-message-text).

    A date is shown as its fallback: the reader's zone is not the sandbox's to know.
    """
    text = _DATE.sub(r"\1", text)
    text = _USER.sub(lambda hit: f"@{names.get(hit[1], hit[1])}", text)
    text = _SUBTEAM.sub(lambda hit: f"@{names.get(hit[1], hit[1])}", text)
    text = _CHANNEL.sub(lambda hit: f"#{hit[2] or names.get(hit[1], hit[1])}", text)
    text = _SPECIAL.sub(r"@\1", text)
    text = _LINK.sub(lambda hit: hit[2] or hit[1], text)
    for marks in _MARKS:
        text = marks.sub(r"\1", text)
    return html.unescape(text)


def blocks(
    drawn: Iterable[Block], names: Names, values: Values, errors: Mapping[str, str] | None = None
) -> str:
    page = TextPage(names, values, errors or {})
    return "\n".join(filter(None, (page.block(block) for block in drawn)))


class TextPage:
    def __init__(self, names: Names, values: Values, errors: Mapping[str, str]) -> None:
        self._names = names
        self._values = values
        self._errors = errors
        self._by_type: dict[str, Callable[[Block], str]] = {
            "actions": self._row,
            "context": self._row,
            "divider": lambda _: "────",
            "header": lambda block: self.text(block.get("text")),
            "alert": lambda block: self.text(block.get("text")),
            "input": self._input,
            "rich_text": self._rich,
            "section": self._section,
            "table": self._table,
        }

    def block(self, block: Block) -> str:
        draw = self._by_type.get(block["type"])
        return draw(block) if draw else f"({block['type']})"

    def text(self, part: Any) -> str:
        if not isinstance(part, Mapping):
            return ""
        text = str(part.get("text") or "")
        return mrkdwn(text, self._names) if part.get("type") == "mrkdwn" else html.unescape(text)

    def _section(self, block: Block) -> str:
        parts = [self.text(block.get("text")), *map(self.text, block.get("fields") or [])]
        if block.get("accessory"):
            parts.append(self._element(block, block["accessory"]))
        return "\n".join(filter(None, parts))

    def _row(self, block: Block) -> str:
        return " ".join(self._element(block, element) for element in block.get("elements") or [])

    def _input(self, block: Block) -> str:
        wanted = "" if block.get("optional") else " *"
        lines = [f"{self.text(block['label'])}{wanted}: {self._element(block, block['element'])}"]
        lines += [self.text(block.get("hint")), self._errors.get(block["block_id"], "")]
        return "\n".join(filter(None, lines))

    def _element(self, block: Block, element: Element) -> str:
        kind = element.get("type")
        if kind in {"mrkdwn", "plain_text"}:
            return self.text(element)
        if kind == "button":
            return f"[{self.text(element['text'])}]"
        return self._entry(block, element)

    def _entry(self, block: Block, element: Element) -> str:
        state = self._values.get(block["block_id"], {}).get(element["action_id"], {})
        shown = entered(state) or self.text(element.get("placeholder"))
        return f"[{html.unescape(shown)} ▾]" if element["type"] == "static_select" else f"[{shown}]"

    def _table(self, block: Block) -> str:
        return "\n".join(" | ".join(map(self._cell, row)) for row in block.get("rows") or [])

    def _cell(self, cell: Mapping[str, Any]) -> str:
        return self._rich(cell) if cell.get("type") == "rich_text" else str(cell.get("text", ""))

    def _rich(self, part: Mapping[str, Any]) -> str:
        if part.get("elements") is None:
            return self._leaf(part)
        joint = "\n" if part.get("type") == "rich_text" else ""
        return joint.join(self._rich(element) for element in part["elements"])

    def _leaf(self, leaf: Mapping[str, Any]) -> str:
        kind = str(leaf.get("type"))
        if kind in _REFERENCES:
            sign, field = _REFERENCES[kind]
            return sign + self._names.get(leaf[field], str(leaf[field]))
        if kind == "date":
            return str(leaf.get("fallback") or leaf["timestamp"])
        return str(leaf.get("text") or leaf.get("url") or "")
