"""
The blocks that the desk sends, with their limits and the surfaces they may stand on.

docs.slack.dev: reference/block-kit/blocks. Slack has more kinds; here they are refused, so a new kind needs a rule
first.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.slack.blockkit.elements import IN_ACTIONS, IN_CONTEXT, IN_INPUT, IN_SECTION
from bot.sandbox.slack.blockkit.shapes import (
    Rule,
    anything,
    by_type,
    every,
    many,
    number,
    plain,
    shape,
    string,
    text,
    truth,
    word,
)

MESSAGE, MODAL, HOME = "message", "modal", "home"
EVERYWHERE = frozenset({MESSAGE, MODAL, HOME})
_ID = {"block_id": string(255)}


def _says_something(value: Mapping[str, Any], at: str) -> Iterator[str]:
    if "text" not in value and "fields" not in value:
        yield f"{at}: a section needs text or fields"


_STYLE = {"style": anything()}
_LEAVES: dict[str, Rule] = {
    "text": shape({"text": string(12000)}, _STYLE),
    "link": shape({"url": string(3000)}, {"text": string(12000), "unsafe": truth(), **_STYLE}),
    "user": shape({"user_id": string(50)}, _STYLE),
    "usergroup": shape({"usergroup_id": string(50)}, _STYLE),
    "channel": shape({"channel_id": string(50)}, _STYLE),
    "date": shape(
        {"timestamp": number(0, 10**11), "format": string(255)},
        {"url": string(3000), "fallback": string(255), **_STYLE},
    ),
}
_INLINE = many(by_type(_LEAVES, "rich text leaf"), 0, 1000)
_RICH = by_type(
    {
        "rich_text_section": shape({"elements": _INLINE}),
        "rich_text_preformatted": shape(
            {"elements": _INLINE}, {"border": number(0, 1), "language": string(50)}
        ),
        "rich_text_quote": shape({"elements": _INLINE}, {"border": number(0, 1)}),
    },
    "rich text",
)
RICH_TEXT = shape({"elements": many(_RICH, 1, 1000)}, _ID)

_CELL = by_type(
    {
        "raw_text": shape({"text": string(10000)}),
        "rich_text": RICH_TEXT,
    },
    "cell of a table",
)
_COLUMN = shape({}, {"align": word("left", "center", "right"), "is_wrapped": truth()})

BLOCKS: dict[str, tuple[frozenset[str], Rule]] = {
    "actions": (EVERYWHERE, shape({"elements": many(IN_ACTIONS, 1, 25)}, _ID)),
    "context": (EVERYWHERE, shape({"elements": many(IN_CONTEXT, 1, 10)}, _ID)),
    "divider": (EVERYWHERE, shape({}, _ID)),
    "header": (EVERYWHERE, shape({"text": plain(150)}, {"level": number(1, 6), **_ID})),
    "input": (
        EVERYWHERE,
        shape(
            {"label": plain(2000), "element": IN_INPUT},
            {"hint": plain(2000), "optional": truth(), "dispatch_action": truth(), **_ID},
        ),
    ),
    "rich_text": (EVERYWHERE, RICH_TEXT),
    "section": (
        EVERYWHERE,
        every(
            shape(
                {},
                {
                    "text": text(3000),
                    "fields": many(text(2000), 1, 10),
                    "accessory": IN_SECTION,
                    "expand": truth(),
                    **_ID,
                },
            ),
            _says_something,
        ),
    ),
    "alert": (
        frozenset({MODAL}),
        shape(
            {"text": text(3000)},
            {"level": word("default", "info", "warning", "error", "success"), **_ID},
        ),
    ),
    "table": (
        frozenset({MESSAGE, HOME}),
        shape({"rows": many(many(_CELL, 1, 20), 1, 100)}, {"column_settings": many(_COLUMN, 0, 20), **_ID}),
    ),
}
