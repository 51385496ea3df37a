"""Bodies that are nearly Slack's: what it sends, with something in it that it never sends."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Kind, encoded
from bot.sandbox.slack.people import TEAM
from bot.sandbox.slack.server import SandboxSlack

STORED = Path(__file__).parents[1] / "stored" / "words.json"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
TYPES = (
    JSON,
    FORM,
    "text/plain",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "",
    "é",
)
#: What stands in place of a field.
JUNK: Sequence[Any] = (
    None,
    True,
    0,
    -1,
    1e308,
    10**40,
    "",
    "x" * 70_000,
    "\ud800",
    "\0",
    "a\0b",
    "\u202e<!channel>&<@U0AGENT>",
    "🎟️" * 400,
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    {"value": None},
    {"id": 7},
    "U0NOBODY",
    "../../etc/passwd",
    "'; DROP TABLE events; --",
)


@dataclass(frozen=True, slots=True)
class Body:
    content_type: str
    content: bytes


def valid(slack: SandboxSlack) -> list[tuple[Kind, dict[str, Any]]]:
    """One body for each command, button, window, shortcut and event; their opaque ids are of nothing."""
    words = json.loads(STORED.read_text(encoding="utf-8"))
    user, channel = slack.person("U0AGENT").user, slack.workspace.directory.channels["C0APPROVALS"]
    made: list[tuple[Kind, dict[str, Any]]] = [
        (
            Kind.COMMAND,
            {**payloads.command(user, channel, name, text), "response_url": "https://hooks.slack.com/x"},
        )
        for name in ("/coupons", "/redemptions", "/promo-redemptions", "/none")
        for text in ("", "help", "x y z", "code:", "ref:", "bill:")
    ]
    pressed = payloads.interaction("block_actions", user) | {
        "channel": {"id": channel.id, "name": channel.spoken_name},
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": channel.id},
        "message": {"ts": "1700000000.000100", "text": "a message", "blocks": []},
        "response_url": "https://hooks.slack.com/actions/T0/1/x",
        "trigger_id": "1.2.3",
    }
    for action in (*words["action"], "unknown"):
        told = {
            "type": "button",
            "action_id": action,
            "block_id": "b",
            "action_ts": "1.2",
            "value": "nothing.1",
        }
        made.append((Kind.INTERACTIVE, pressed | {"actions": [told]}))
    for callback in (*words["window"], *words["shortcut"], "unknown"):
        made.append(
            (Kind.INTERACTIVE, payloads.interaction("view_submission", user) | {"view": _view(callback)})
        )
        shortcut = {"callback_id": callback, "message": pressed["message"], "channel": pressed["channel"]}
        made.append(
            (
                Kind.INTERACTIVE,
                payloads.interaction("message_action", user) | {"trigger_id": "1.2.3"} | shortcut,
            )
        )
    for event in ("app_home_opened", "user_change", "subteam_updated", "unknown"):
        body = {"type": event, "user": user.payload() if event == "user_change" else user.id, "tab": "home"}
        made.append((Kind.EVENT, payloads.event(body, "Ev1", 1700000000.0)))
    return made


def _view(callback: str) -> dict[str, Any]:
    values = {"b": {"a": {"type": "plain_text_input", "value": "1"}}}
    return {
        "id": "V0FUZZ",
        "type": "modal",
        "team_id": TEAM,
        "callback_id": callback,
        "private_metadata": "nothing.1",
        "hash": "1.a",
        "state": {"values": values},
        "blocks": [],
    }


def broken(chance: random.Random, bodies: Sequence[tuple[Kind, dict[str, Any]]]) -> Body:
    """One of them, broken in one of many ways."""
    kind, payload = chance.choice(bodies)
    way: Callable[[random.Random, Kind, dict[str, Any]], Body] = chance.choice(
        (_changed, _changed, _changed, _changed, _cut, _another_type, _noise, _deep, _twice)
    )
    return way(chance, kind, payload)


def _changed(chance: random.Random, kind: Kind, payload: Mapping[str, Any]) -> Body:
    """Up to three fields are something else, or not there."""
    told = copy.deepcopy(dict(payload))
    for _ in range(chance.randint(1, 3)):
        places = list(_places(told))
        if not places:
            break
        where, key = chance.choice(places)
        if chance.random() < 0.25:
            del where[key]
        else:
            where[key] = copy.deepcopy(chance.choice(JUNK))
    return _encoded(kind, told)


def _places(told: Any) -> Iterator[tuple[Any, Any]]:
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(told, dict):
        items = iter(list(told.items()))
    elif isinstance(told, list):
        items = iter(list(enumerate(told)))
    for key, value in items:
        yield told, key
        yield from _places(value)


def _encoded(kind: Kind, told: Mapping[str, Any]) -> Body:
    if kind is Kind.COMMAND:
        fields = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()
        }
        return Body(FORM, urlencode(fields, errors="surrogatepass").encode())
    content_type, body = encoded(kind, told)
    return Body(content_type, body.encode())


def _cut(chance: random.Random, kind: Kind, payload: Mapping[str, Any]) -> Body:
    whole = _encoded(kind, payload)
    return Body(whole.content_type, whole.content[: chance.randrange(len(whole.content))])


def _another_type(chance: random.Random, kind: Kind, payload: Mapping[str, Any]) -> Body:
    return Body(chance.choice(TYPES), _encoded(kind, payload).content)


def _noise(chance: random.Random, kind: Kind, payload: Mapping[str, Any]) -> Body:
    whole = bytearray(_encoded(kind, payload).content)
    for _ in range(chance.randint(1, 8)):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    return Body(chance.choice((JSON, FORM)), bytes(whole))


def _deep(chance: random.Random, _kind: Kind, payload: Mapping[str, Any]) -> Body:
    depth = chance.choice((50, 900, 30_000))
    nested = chance.choice(("[" * depth + "]" * depth, '{"view":' * depth + "1" + "}" * depth))
    told = json.dumps(payload)[:-1] + ',"message":' + nested + "}"
    if chance.random() < 0.5:
        return Body(JSON, told.encode())
    return Body(FORM, f"payload={quote_plus(told)}".encode())


def _twice(chance: random.Random, kind: Kind, payload: Mapping[str, Any]) -> Body:
    """Fields that stand there twice, or too often."""
    whole = _encoded(kind, payload).content
    more = chance.choice((b"&payload=1", b"&user_id=U0OTHER", b"&a=b" * 300, b"&&&=", b"{}"))
    return Body(FORM, whole + more)
