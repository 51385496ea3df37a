"""Every block with its limits and the surfaces it may stand on (docs.slack.dev: reference/block-kit/blocks)."""

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


def _one_picture(value: Mapping[str, Any], at: str) -> Iterator[str]:
    if ("image_url" in value) == ("slack_file" in value):
        yield f"{at}: exactly one of image_url and slack_file"


def _rich(value: Any, at: str) -> Iterator[str]:
    """Containers of rich text may stand in each other; leaves end the descent."""
    yield from _RICH(value, at)


_STYLE = {"style": anything()}
_LEAVES: dict[str, Rule] = {
    "text": shape({"text": string(12000)}, _STYLE),
    "link": shape({"url": string(3000)}, {"text": string(12000), "unsafe": truth(), **_STYLE}),
    "emoji": shape({"name": string(255)}, {"unicode": string(255), "skin_tone": number(1, 6), **_STYLE}),
    "user": shape({"user_id": string(50)}, _STYLE),
    "usergroup": shape({"usergroup_id": string(50)}, _STYLE),
    "channel": shape({"channel_id": string(50)}, _STYLE),
    "team": shape({"team_id": string(50)}, _STYLE),
    "color": shape({"value": string(20)}, _STYLE),
    "broadcast": shape({"range": word("here", "channel", "everyone")}, _STYLE),
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
        "rich_text_list": shape(
            {"elements": many(_rich, 1, 1000), "style": word("bullet", "ordered")},
            {"indent": number(0, 8), "offset": number(0, 10**6), "border": number(0, 1)},
        ),
    },
    "rich text",
)
RICH_TEXT = shape({"elements": many(_RICH, 1, 1000)}, _ID)

_CELL = by_type(
    {
        "raw_text": shape({"text": string(10000)}),
        "raw_number": shape({"value": anything()}, {"text": string(100)}),
        "rich_text": RICH_TEXT,
    },
    "cell of a table",
)
_COLUMN = shape({}, {"align": word("left", "center", "right"), "is_wrapped": truth()})

_IMAGE = shape(
    {"alt_text": string(2000)},
    {"image_url": string(3000), "slack_file": anything(), "title": plain(2000), **_ID},
)

#: Newer blocks are known by name and surface only; their insides are left to Slack.
_BY_NAME = anything()

BLOCKS: dict[str, tuple[frozenset[str], Rule]] = {
    "actions": (EVERYWHERE, shape({"elements": many(IN_ACTIONS, 1, 25)}, _ID)),
    "context": (EVERYWHERE, shape({"elements": many(IN_CONTEXT, 1, 10)}, _ID)),
    "divider": (EVERYWHERE, shape({}, _ID)),
    "header": (EVERYWHERE, shape({"text": plain(150)}, {"level": number(1, 6), **_ID})),
    "image": (EVERYWHERE, every(_IMAGE, _one_picture)),
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
    "video": (EVERYWHERE, _BY_NAME),
    "card": (EVERYWHERE, _BY_NAME),
    "alert": (
        frozenset({MODAL}),
        shape(
            {"text": text(3000)},
            {"level": word("default", "info", "warning", "error", "success"), **_ID},
        ),
    ),
    "markdown": (frozenset({MESSAGE}), shape({"text": string(12000)}, _ID)),
    "table": (
        frozenset({MESSAGE, HOME}),
        shape({"rows": many(many(_CELL, 1, 20), 1, 100)}, {"column_settings": many(_COLUMN, 0, 20), **_ID}),
    ),
    "data_table": (frozenset({MESSAGE, HOME}), _BY_NAME),
    "data_visualization": (frozenset({MESSAGE}), _BY_NAME),
    "carousel": (frozenset({MESSAGE, HOME}), _BY_NAME),
    "container": (frozenset({MESSAGE}), _BY_NAME),
    "context_actions": (frozenset({MESSAGE}), _BY_NAME),
    "file": (frozenset({MESSAGE}), _BY_NAME),
    "task_card": (frozenset({MESSAGE}), _BY_NAME),
    "plan": (frozenset({MESSAGE}), _BY_NAME),
}
