"""What Slack sends is let in, whatever it leaves out; what it never sends is not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bot.listeners.shape import is_command, is_slacks
from bot.sandbox.slack.delivery import Kind
from bot.sandbox.slack.server import SandboxSlack
from tests.fuzz import bodies
from tests.tables import table

VALID = bodies.valid(SandboxSlack())
PRESS: dict[str, Any] = next(body for kind, body in VALID if body.get("type") == "block_actions")
WINDOW: dict[str, Any] = next(body for kind, body in VALID if body.get("type") == "view_submission")
EVENT: dict[str, Any] = next(body for kind, body in VALID if kind is Kind.EVENT)


def test_everything_that_the_desk_listens_to_is_let_in() -> None:
    assert [body for kind, body in VALID if kind is Kind.COMMAND and not is_command(body)] == []
    assert [body for kind, body in VALID if kind is not Kind.COMMAND and not is_slacks(body)] == []


#: As Slack's pages print them: fields that are null, empty, or of kinds that nobody here reads.
AS_PRINTED: dict[str, dict[str, Any]] = {
    "a select that nothing is chosen in": PRESS
    | {"actions": [{"type": "static_select", "action_id": "a", "block_id": "b", "selected_option": None}]},
    "several chosen": PRESS
    | {"actions": [{"type": "checkboxes", "action_id": "a", "selected_options": [{"value": "1"}]}]},
    "an organisation's": PRESS | {"team": None, "enterprise": {"id": "E1", "name": "All"}, "channel": None},
    "an ephemeral message": {key: value for key, value in PRESS.items() if key != "message"},
    "a home": PRESS | {"view": {"id": "V1", "type": "home", "callback_id": "", "private_metadata": ""}},
    "an empty field": WINDOW
    | {
        "view": WINDOW["view"]
        | {"state": {"values": {"b": {"a": {"type": "plain_text_input", "value": None}}}}}
    },
    "a limit": {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820},
    "a challenge": {"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"},
    "no user": EVENT | {"event": {"type": "subteam_updated", "subteam": {"id": "S1"}}},
    "whoever changed": EVENT | {"event": {"type": "user_change", "user": {"id": "U1", "team_id": "T1"}}},
    "authorizations of nobody": EVENT
    | {"authorizations": [{"enterprise_id": None, "team_id": "T1", "user_id": None}]},
}


@table("body", AS_PRINTED.values())
def test_what_slack_may_leave_out_is_let_in(body: dict[str, Any]) -> None:
    assert is_slacks(body)


#: The field, and what stands there.
WRONG: dict[str, tuple[dict[str, Any], tuple[str | int, ...], Any]] = {
    "no person": (PRESS, ("user",), None),
    "a person without an id": (PRESS, ("user",), {"name": "x"}),
    "an id of spaces": (PRESS, ("user", "id"), "U0 AGENT"),
    "an id that is a number": (PRESS, ("user", "id"), 7),
    "nothing pressed": (PRESS, ("actions",), []),
    "pressed is no list": (PRESS, ("actions",), {"0": {}}),
    "a button without an id": (PRESS, ("actions", 0), {"type": "button"}),
    "a value that is a table": (PRESS, ("actions", 0, "value"), {}),
    "half a character": (PRESS, ("actions", 0, "value"), "\ud800"),
    "a NUL": (PRESS, ("actions", 0, "value"), "a\0"),
    "a message that is a text": (PRESS, ("message",), "text"),
    "a block that is a text": (PRESS, ("message", "blocks"), ["text"]),
    "an address that is a list": (PRESS, ("response_url",), []),
    "a team that is a number": (PRESS, ("team",), 1),
    "no window": (WINDOW, ("view",), None),
    "fields that are a list": (WINDOW, ("view", "state", "values"), []),
    "a field that is a text": (WINDOW, ("view", "state", "values", "b", "a"), "1"),
    "a typed number": (WINDOW, ("view", "state", "values", "b", "a", "value"), 1),
    "metadata that is a table": (WINDOW, ("view", "private_metadata"), {}),
    "a window without an id": (WINDOW, ("view", "id"), None),
    "an endless text": (WINDOW, ("view", "private_metadata"), "x" * 300_000),
    "no trigger": (PRESS, ("trigger_id",), None),
    "a home of nobody": (EVENT, ("event", "user"), None),
    "a home of a table": (EVENT, ("event", "user"), {"id": "U1"}),
    "no event": (EVENT, ("event",), None),
    "an event without a type": (EVENT, ("event", "type"), None),
    "authorizations that are a table": (EVENT, ("authorizations",), {}),
    "a type that is a list": (EVENT, ("type",), []),
}


@table(("body", "where", "there"), WRONG.values())
def test_what_slack_never_sends_is_not(
    body: dict[str, Any], where: tuple[str | int, ...], there: Any
) -> None:
    changed: Any = copy.deepcopy(body)
    inner = changed
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = there

    assert not is_slacks(changed)


@pytest.mark.parametrize(
    "wrong", [{"user_id": ""}, {"user_id": "U0 AGENT"}, {"text": "a\0"}, {"text": "\ud800"}]
)
def test_a_command_of_nobody_or_of_no_text_is_not(wrong: dict[str, str]) -> None:
    body = next(body for kind, body in VALID if kind is Kind.COMMAND)

    assert not is_command(body | wrong)
