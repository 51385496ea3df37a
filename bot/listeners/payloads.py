"""What a Slack payload says, read once and in one place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from html import unescape
from typing import Any

from bot.domain.errors import NotUnderstood
from bot.domain.person import Actor, PersonId

#: Marks nobody sees, and halves of characters that no request can carry.
_UNSEEN = frozenset({"Cf", "Cs"})
_SLACK_OWN = re.compile(r"<[@#!][^<>]*>")
_MARKUP = re.compile(r"<([^<>]*)>")
_DOUBLE_QUOTES = re.compile('["“”„‟«»]')
_SINGLE_QUOTES = re.compile("[‘’‚‛]")


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


def typed_text(raw: str) -> str:
    """
    What a person typed, freed of what Slack and keyboards make of it.

    Slack turns addresses and numbers into `<mailto:…|…>` and `<tel:…|…>` and escapes &, < and >;
    keyboards bring curly quotes, full-width digits and invisible marks; what was copied out of a
    message may still stand between backticks. Raises NotUnderstood where a Slack person or channel
    stands for a customer.
    """
    text = unescape(_MARKUP.sub(_unmarked, raw))
    text = unicodedata.normalize("NFKC", _SINGLE_QUOTES.sub("'", _DOUBLE_QUOTES.sub('"', text)))
    visible = "".join(
        " " if char.isspace() else char for char in text if unicodedata.category(char) not in _UNSEEN
    )
    return " ".join(word.strip("\"'`") for word in visible.split())


def written_text(raw: str) -> str:
    """
    What stands in a message, line by line: as `typed_text`, but a Slack person or channel is simply passed over.

    A number ends with its line, so that lines are kept.
    """
    return "\n".join(typed_text(_SLACK_OWN.sub(" ", line)) for line in raw.splitlines())


def _unmarked(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target[:1] in {"@", "#", "!"}:
        raise NotUnderstood(
            "That is a person, group or channel of Slack, not a customer. "
            "Type the customer's mobile number or e-mail address."
        )
    kind, _, rest = target.partition(":")
    if kind in {"tel", "mailto"}:
        return f" {rest} "
    return f" {label or target} "
