"""The shared pieces of what is drawn: text made safe, and thin builders of blocks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Block = dict[str, Any]

#: Slack cuts a message's text beyond this, and refuses it in chat.update (docs.slack.dev: chat.update).
MAX_TEXT = 4000
#: A section's text (docs.slack.dev: section block).
MAX_SECTION = 3000
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")


@dataclass(frozen=True, slots=True)
class Message:
    """
    What one person or channel reads.

    Attributes:
        text: stands alone; notifications and screen readers have nothing else.

    """

    text: str
    blocks: tuple[Block, ...] = ()

    def payload(self) -> dict[str, Any]:
        """For an acknowledgement or a response URL: only the person who asked sees it."""
        body: dict[str, Any] = {"response_type": "ephemeral", "text": self.text}
        if self.blocks:
            body["blocks"] = list(self.blocks)
        return body

    def replacing(self) -> dict[str, Any]:
        """For the response URL of a press: the card it stands on becomes this."""
        return {**self.payload(), "replace_original": True}

    def beside(self) -> dict[str, Any]:
        """For the response URL of a press: the card it stands on stays."""
        return {**self.payload(), "replace_original": False}


@dataclass(frozen=True, slots=True)
class View:
    """A modal. `title` has at most 24 characters (docs.slack.dev: views)."""

    title: str
    blocks: tuple[Block, ...]
    callback_id: str = ""
    submit: str | None = None

    def payload(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "modal",
            "title": {"type": "plain_text", "text": self.title},
            "close": {"type": "plain_text", "text": "Close"},
            "blocks": list(self.blocks),
        }
        if self.callback_id:
            body["callback_id"] = self.callback_id
        if self.submit:
            body["submit"] = {"type": "plain_text", "text": self.submit}
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """
    How figures are written for the people of this desk.

    Attributes:
        zone: only where Slack cannot show the reader's own time.

    """

    currency: str
    zone: ZoneInfo


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters on one line; control and direction characters are dropped."""
    line = text if text.isprintable() else _visible(text)
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _visible(text: str) -> str:
    return "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )


def quoted(text: str, limit: int = 150) -> str:
    """Text from outside, for mrkdwn: cut first, then escaped, so that no entity is cut in half."""
    return clipped(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str, limit: int = 100) -> str:
    """A code from outside, in mrkdwn, set so that nothing in it is read as formatting."""
    return f"`{quoted(text, limit).replace('`', 'ˋ') or '?'}`"


def date(moment: datetime, display: Display, tokens: str = "{date_short_pretty} at {time}") -> str:
    """A moment in the reader's own zone; elsewhere in the desk's."""
    return f"<!date^{int(moment.timestamp())}^{tokens}|{day_and_time(moment, display)}>"


def clock_time(moment: datetime, display: Display) -> str:
    """The time of a day to the second, in the reader's own zone."""
    local = moment.astimezone(display.zone)
    return f"<!date^{int(moment.timestamp())}^{{time_secs}}|{local:%H:%M:%S}>"


def day_and_time(moment: datetime, display: Display) -> str:
    local = moment.astimezone(display.zone)
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def plain(lines: Sequence[str]) -> str:
    """The same facts as a message's text: dates as they stand for readers without a zone, cut at a line's end."""
    kept: list[str] = []
    for line in (_DATE.sub(r"\1", line) for line in lines):
        if sum(len(one) + 1 for one in kept) + len(line) > MAX_TEXT - 1:
            return "\n".join([*kept, "…"])
        kept.append(line)
    return "\n".join(kept)


def section(mrkdwn: str, *, block_id: str | None = None) -> Block:
    """`verbatim` keeps Slack from making links of what looks like one."""
    block: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": mrkdwn[:MAX_SECTION], "verbatim": True},
    }
    return {**block, "block_id": block_id} if block_id else block


def sections(title: str, lines: Sequence[str]) -> list[Block]:
    """Whole lines under a title, over as many sections as they need; each line fits one."""
    packed = [f"*{title}*"]
    for line in lines:
        if len(packed[-1]) + 1 + len(line) > MAX_SECTION:
            packed.append(line)
        else:
            packed[-1] += "\n" + line
    return [section(one) for one in packed]


def context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn, "verbatim": True}]}


def divider() -> Block:
    return {"type": "divider"}


Cell = str | datetime | None


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]], display: Display) -> Block:
    """Rows to compare; at most 100 of 20 cells (docs.slack.dev: table block). A datetime shows in the reader's zone."""
    drawn = [[_text_cell(one) for one in head], *([_cell(cell, display) for cell in row] for row in rows)]
    return {"type": "table", "rows": drawn, "column_settings": [{"is_wrapped": True} for _ in head]}


def _cell(cell: Cell, display: Display) -> Block:
    if isinstance(cell, datetime) and cell.timestamp() > 0:
        return _date_cell(cell, display)
    if isinstance(cell, datetime):
        # Slack takes no moment before 1970.
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


def button(text: str, *, action_id: str, value: str, hint: str) -> Block:
    """`hint` is what a screen reader says instead of the word on the button."""
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": text},
        "action_id": action_id,
        "value": value,
        "accessibility_label": hint[:75],
    }


def option(word: str, value: str | None = None) -> Block:
    return {"text": {"type": "plain_text", "text": word}, "value": value or word}


def select(*, action_id: str, placeholder: str, options: Sequence[str], chosen: str) -> Block:
    drawn = {one: option(one) for one in options}
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": {"type": "plain_text", "text": placeholder},
        "options": list(drawn.values()),
        "initial_option": drawn[chosen],
    }
