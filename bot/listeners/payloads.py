"""Reads Slack payloads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from typing import Any
from urllib.parse import unquote

from bot.domain.errors import NotUnderstood
from bot.domain.person import Actor, PersonId
from bot.domain.typed import usual_digits

#: Unicode categories of control characters and lone surrogates, which no HTTP request can carry.
_UNFIT = frozenset({"Cc", "Cs"})
_MARKUP = re.compile(r"<([^<>]*)>")
#: Characters after a command, as Slack writes them. An address, a code and some words have half of it; reading much
#: longer ones takes seconds, during which nobody else is answered.
MOST_TYPED = 2000


def actor_of(body: Mapping[str, Any]) -> Actor:
    """
    The person that the signed payload names.

    Commands carry `user_id` and `team_id`; interactions a `user` with its own `team_id`, which
    differs from the payload's `team` for somebody of another workspace (docs.slack.dev: slack-connect).
    """
    user = body.get("user")
    if isinstance(user, dict):
        return Actor(id=PersonId(user["id"]), team=user.get("team_id"), enterprise=_enterprise(body))
    return Actor(id=PersonId(body["user_id"]), team=body.get("team_id"), enterprise=body.get("enterprise_id"))


def _enterprise(body: Mapping[str, Any]) -> str | None:
    enterprise = body.get("enterprise")
    found = enterprise.get("id") if isinstance(enterprise, dict) else None
    return str(found) if found else None


def command_text(body: Mapping[str, Any]) -> str:
    """Return what was typed after a command, as `typed_text`. Raises NotUnderstood, also where it is far too long."""
    raw = str(body.get("text") or "")
    if len(raw) > MOST_TYPED:
        raise NotUnderstood(
            f"That is too long for a command: {len(raw)} characters. Type at most {MOST_TYPED} after it."
        )
    return typed_text(raw)


def typed_text(raw: str) -> str:
    """
    Return what a person typed, without Slack's markup; the spelling stays as typed.

    Slack turns addresses and numbers into `<mailto:…|…>` and `<tel:…|…>` and escapes &, < and >.
    Raises NotUnderstood if it names a Slack person or channel instead of a customer.
    """
    text = unescape(_MARKUP.sub(_unmarked, raw))
    return (text if text.isascii() and text.isprintable() else "".join(map(_fit, text))).strip()


def _fit(char: str) -> str:
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _UNFIT else char


def _unmarked(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target[:1] in {"@", "#", "!"}:
        raise NotUnderstood(
            "That is a person, group or channel of Slack, not a customer. "
            "Type the customer's mobile number or e-mail address."
        )
    kind, _, rest = target.partition(":")
    if kind == "tel":
        return f" {_number(unquote(rest), label)} "
    if kind == "mailto":
        # It may go on with a subject or a body.
        return f" {unquote(rest.partition('?')[0])} "
    return f" {label or target} "


def _number(target: str, label: str) -> str:
    """
    Return a linked number as it was typed, which is the label where it has the same digits: it may be a code or a bill.

    After a semicolon or a question mark come parameters (RFC 3966).
    """
    number = re.split("[;?]", target, maxsplit=1)[0]
    return label if label and _digits(label) == _digits(number) else number


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, usual_digits(text)))


def changed_person(body: Mapping[str, Any]) -> PersonId | None:
    """Whose account a `user_change` is about (docs.slack.dev: reference/events/user_change)."""
    user = (body.get("event") or {}).get("user")
    found = user.get("id") if isinstance(user, dict) else None
    return PersonId(str(found)) if found else None
