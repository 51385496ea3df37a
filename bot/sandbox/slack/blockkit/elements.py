"""
The controls that stand in blocks, with their limits.

docs.slack.dev: reference/block-kit/block-elements, reference/block-kit/composition-objects.
"""

from collections.abc import Iterator, Mapping
from typing import Any

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

ID = string(255)
PLACEHOLDER = plain(150)

CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": word("primary", "danger")},
)
# The documentation says 150 for an option's value in one place and 75 in another: the smaller one holds here.
OPTION = shape({"text": plain(75), "value": string(75)}, {"description": plain(75), "url": string(3000)})
#: Options of check boxes and radio buttons may carry markup.
RICH_OPTION = shape({"text": text(75), "value": string(75)}, {"description": text(75)})
OPTION_GROUP = shape({"label": plain(75), "options": many(OPTION, 1, 100)})
DISPATCH = shape({"trigger_actions_on": many(word("on_enter_pressed", "on_character_entered"), 1, 2)})

_COMMON = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": truth()}
_ENTRY = {
    "action_id": ID,
    "focus_on_load": truth(),
    "placeholder": PLACEHOLDER,
    "dispatch_action_config": DISPATCH,
}


def _option_sources(value: Mapping[str, Any], at: str) -> Iterator[str]:
    if ("options" in value) == ("option_groups" in value):
        yield f"{at}: exactly one of options and option_groups"


def _initial_known(value: Mapping[str, Any], at: str) -> Iterator[str]:
    groups = [one for group in value.get("option_groups") or [] for one in group.get("options") or []]
    known = [*(value.get("options") or []), *groups]
    asked = [value["initial_option"]] if "initial_option" in value else value.get("initial_options") or []
    yield from (f"{at}: the initial option is not among the options" for one in asked if one not in known)


def _lengths(value: Mapping[str, Any], at: str) -> Iterator[str]:
    least, most = value.get("min_length", 0), value.get("max_length", 3000)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield f"{at}: min_length is more than max_length"


def _select(**own: Rule) -> Rule:
    return shape({}, {**_COMMON, "placeholder": PLACEHOLDER, **own})


def _static(**own: Rule) -> Rule:
    options = {"options": many(OPTION, 1, 100), "option_groups": many(OPTION_GROUP, 1, 100)}
    return every(_select(**options, **own), _option_sources, _initial_known)


def _picks(most: int, **own: Rule) -> Rule:
    return every(shape({"options": many(RICH_OPTION, 1, most)}, {**_COMMON, **own}), _initial_known)


IMAGE = shape(
    {"alt_text": string(2000)}, {"image_url": string(3000), "slack_file": anything(), "title": plain(2000)}
)
BUTTON = shape(
    {"text": plain(75)},
    {
        "action_id": ID,
        "confirm": CONFIRM,
        "url": string(3000),
        "value": string(2000),
        "style": word("primary", "danger"),
        "accessibility_label": string(75),
        "visible_to_user_ids": many(string(50), 1, 100),
    },
)
_MANY = {"max_selected_items": number(1, 1000)}

SELECTS: dict[str, Rule] = {
    "static_select": _static(initial_option=OPTION),
    "external_select": _select(initial_option=OPTION, min_query_length=number(0, 1000)),
    "users_select": _select(initial_user=ID),
    "conversations_select": _select(
        initial_conversation=ID,
        default_to_current_conversation=truth(),
        response_url_enabled=truth(),
        filter=anything(),
    ),
    "channels_select": _select(initial_channel=ID, response_url_enabled=truth()),
    "multi_static_select": _static(initial_options=many(OPTION, 1, 100), **_MANY),
    "multi_users_select": _select(initial_users=many(ID, 1, 100), **_MANY),
    "multi_conversations_select": _select(initial_conversations=many(ID, 1, 100), filter=anything(), **_MANY),
    "multi_channels_select": _select(initial_channels=many(ID, 1, 100), **_MANY),
    "datepicker": _select(initial_date=string(10, 10)),
    "timepicker": _select(initial_time=string(5, 5), timezone=string(100)),
    "datetimepicker": _select(initial_date_time=number(10**9, 10**10)),
    "checkboxes": _picks(10, initial_options=many(RICH_OPTION, 1, 10)),
    "radio_buttons": _picks(10, initial_option=RICH_OPTION),
}
ENTRIES: dict[str, Rule] = {
    "plain_text_input": every(
        shape(
            {},
            {
                **_ENTRY,
                "initial_value": string(3000, 0),
                "multiline": truth(),
                "min_length": number(0, 3000),
                "max_length": number(1, 3000),
            },
        ),
        _lengths,
    ),
    "number_input": shape(
        {"is_decimal_allowed": truth()},
        {**_ENTRY, "initial_value": string(100), "min_value": string(100), "max_value": string(100)},
    ),
    "email_text_input": shape({}, {**_ENTRY, "initial_value": string(3000)}),
    "url_text_input": shape({}, {**_ENTRY, "initial_value": string(3000)}),
    "rich_text_input": shape(
        {}, {**_ENTRY, "initial_value": anything(), "min_lines": number(1, 100), "max_lines": number(1, 100)}
    ),
    "file_input": shape(
        {}, {"action_id": ID, "filetypes": many(string(20), 1, 100), "max_files": number(1, 10)}
    ),
}
PRESSES: dict[str, Rule] = {
    "button": BUTTON,
    "overflow": shape({"options": many(OPTION, 1, 5)}, {"action_id": ID, "confirm": CONFIRM}),
    "workflow_button": shape(
        {"text": plain(75), "workflow": anything()},
        {"action_id": ID, "style": word("primary", "danger"), "accessibility_label": string(75)},
    ),
}

IN_ACTIONS = by_type({**PRESSES, **SELECTS}, "element of an actions block")
IN_SECTION = by_type({**PRESSES, **SELECTS, "image": IMAGE}, "accessory of a section")
IN_INPUT = by_type({**SELECTS, **ENTRIES}, "element of an input block")
IN_CONTEXT = by_type({"image": IMAGE, "mrkdwn": text(3000), "plain_text": text(3000)}, "element of a context")
