"""
Whether what was signed has the shape of one of Slack's bodies, so that no listener meets anything else.

docs.slack.dev: reference/interaction-payloads, interactivity/implementing-slash-commands, apis/events-api. Fields that
nobody here reads are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any], bool]

_ID = re.compile(r"[\w.:=-]{1,255}", re.ASCII)
#: Characters of one text: a view has 250 kB at most, a message 40 000 characters.
MOST_TEXT = 262_144


def is_slacks(told: Mapping[str, Any]) -> bool:
    """Whether a body of JSON, or the `payload` of a form, is as Slack makes it."""
    needed = _NEEDED.get(told["type"], ()) if isinstance(told.get("type"), str) else ()
    return all(told.get(name) is not None for name in needed) and _BODY(told) and _is_heard(told.get("event"))


def _is_heard(event: Any) -> bool:
    """Whether an event names whom it is about, where that is a person's id alone."""
    return event is None or event["type"] != "app_home_opened" or _is_id(event.get("user"))


def is_command(told: Mapping[str, str]) -> bool:
    """Whether the fields of a form are a slash command's."""
    return _is_id(told.get("user_id")) and all(_is_text(value) for value in told.values())


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    """Lone surrogates and NUL can be written in JSON, but neither sent on nor stored."""
    if not isinstance(value, str) or len(value) > MOST_TEXT or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _either(*shapes: Shape) -> Shape:
    return lambda value: any(shape(value) for shape in shapes)


def _maybe(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def _table(needed: Mapping[str, Shape] | None = None, /, **may: Shape) -> Shape:
    """Those of `needed` are there; those of `may` can be null or left out."""
    fixed = needed or {}

    def fits(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value and shape(value[name]) for name, shape in fixed.items())
            and all(value.get(name) is None or shape(value[name]) for name, shape in may.items())
        )

    return fits


def _each(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(shape(one) for one in value)


def _values(shape: Shape) -> Shape:
    return lambda value: (
        isinstance(value, dict) and all(_is_text(name) and shape(one) for name, one in value.items())
    )


_OPTION = _table({"value": _is_text})
_STATE = _table(
    {"values": _values(_values(_table(type=_is_text, value=_is_text, selected_option=_OPTION)))},
)
_ACTION = _table(
    {"action_id": _is_text}, block_id=_is_text, type=_is_text, value=_is_text, selected_option=_OPTION
)
_VIEW = _table(
    {"id": _is_id, "type": _is_text},
    callback_id=_is_text,
    private_metadata=_is_text,
    hash=_is_text,
    state=_STATE,
    team_id=_is_id,
    app_installed_team_id=_is_id,
)
_PERSON = _table({"id": _is_id}, team_id=_is_id)
_NAMED = _either(_is_id, _table(id=_is_id))
_MESSAGE = _table(
    ts=_is_id, thread_ts=_is_id, text=_is_text, blocks=_each(_table()), attachments=_each(_table())
)
_EVENT = _table(
    {"type": _is_text}, user=_either(_is_id, _PERSON), channel=_NAMED, tab=_is_text, view=_table(id=_is_id)
)
_BODY = _table(
    type=_is_text,
    user=_PERSON,
    team=_NAMED,
    team_id=_is_id,
    enterprise=_NAMED,
    enterprise_id=_is_id,
    channel=_NAMED,
    actions=lambda value: bool(value) and _each(_ACTION)(value),
    view=_VIEW,
    state=_STATE,
    container=_table(message_ts=_is_id, channel_id=_is_id, thread_ts=_is_id, view_id=_is_id, type=_is_text),
    message=_MESSAGE,
    callback_id=_is_text,
    trigger_id=_is_text,
    response_url=_is_text,
    event=_EVENT,
    challenge=_is_text,
    authorizations=_each(_table(enterprise_id=_is_id, team_id=_is_id, user_id=_is_id)),
)
#: What a body of each type cannot do without.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "block_actions": ("user", "actions", "trigger_id"),
    "view_submission": ("user", "view"),
    "view_closed": ("user", "view"),
    "message_action": ("user", "callback_id", "trigger_id"),
    "shortcut": ("user", "callback_id", "trigger_id"),
    "event_callback": ("event",),
}
