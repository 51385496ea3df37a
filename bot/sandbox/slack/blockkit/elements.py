"""
The controls that the desk puts in blocks, with their limits.

docs.slack.dev: reference/block-kit/block-elements, reference/block-kit/composition-objects.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.slack.blockkit.shapes import (
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

ID = string(255)
PLACEHOLDER = plain(150)

CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": word("primary", "danger")},
)
# The documentation says 150 for an option's value in one place and 75 in another: the smaller one holds here.
OPTION = shape({"text": plain(75), "value": string(75)}, {"description": plain(75)})
DISPATCH = shape({"trigger_actions_on": many(word("on_enter_pressed", "on_character_entered"), 1, 2)})


def _initial_known(value: Mapping[str, Any], at: str) -> Iterator[str]:
    if "initial_option" in value and value["initial_option"] not in (value.get("options") or []):
        yield f"{at}: the initial option is not among the options"


def _lengths(value: Mapping[str, Any], at: str) -> Iterator[str]:
    least, most = value.get("min_length", 0), value.get("max_length", 3000)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield f"{at}: min_length is more than max_length"


BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ID,
        "confirm": CONFIRM,
        "url": string(3000),
        "value": string(2000),
        "style": word("primary", "danger"),
        "accessibility_label": string(75),
    },
)
SELECT = every(
    shape(
        {"options": many(OPTION, 1, 100)},
        {
            "action_id": ID,
            "confirm": CONFIRM,
            "focus_on_load": truth(),
            "placeholder": PLACEHOLDER,
            "initial_option": OPTION,
        },
    ),
    _initial_known,
)
ENTRY = every(
    shape(
        {},
        {
            "action_id": ID,
            "focus_on_load": truth(),
            "placeholder": PLACEHOLDER,
            "dispatch_action_config": DISPATCH,
            "initial_value": string(3000, 0),
            "multiline": truth(),
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        },
    ),
    _lengths,
)

IN_ACTIONS = by_type({"button": BUTTON, "static_select": SELECT}, "element of an actions block")
IN_SECTION = by_type({"button": BUTTON, "static_select": SELECT}, "accessory of a section")
IN_INPUT = by_type({"static_select": SELECT, "plain_text_input": ENTRY}, "element of an input block")
IN_CONTEXT = by_type({"mrkdwn": text(3000), "plain_text": text(3000)}, "element of a context")
