"""Values in a line of the log, fields and exceptions: in plain types, redacted at every level."""

import re
import traceback
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from slack_sdk.errors import SlackApiError

from bot.logs.redaction import MARK, foreign, one_line, redacted, without_protected

_MAX_DEPTH = 8

#: Fields whose values are never logged; names in small letters, without underscores.
_HIDDEN_KEYS = re.compile(
    r"args|blocks|body|(?:coupon|validation)?codes?|content|cookies?|coupons?|(?:customer|first|last|real|user)?name"
    r"|data|headers|identifier(?:value)?|input|kwargs|notes?|params|payload|positionalargs|privatemetadata|query"
    r"|question|raw|reply|responseurl|text|triggerid|values?|views?"
    r"|.*(?:token|secret|passw|mobile|phone|msisdn|email|authori[sz]ation).*"
)

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def _told(error: BaseException) -> str:
    """Return an exception's message. It may quote what came from outside: an engine's answer, a typed value."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(foreign(str(part)) for part in fault['loc'])}: {fault['type']}"
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        )
    text = str(error)
    # In these Python quotes names of the program; in all others, values that may come from outside.
    if not isinstance(error, AttributeError | ImportError | NameError | TypeError):
        text = _QUOTED.sub(f"'{MARK}'", without_protected(text))
    # Slack's error code stands in the middle of the answer, which is cut; it is added again.
    name = _slack_name(error) if isinstance(error, SlackApiError) else ""
    return one_line(text, own=False) + (f" [{name}]" if re.fullmatch(r"[a-z_]{1,60}", name) else "")


def _slack_name(error: SlackApiError) -> str:
    """Return Slack's error code; empty if the answer is not Slack's JSON, as from a failing gateway."""
    answer = error.response
    data = answer if isinstance(answer, dict) else getattr(answer, "data", None)
    return str(data.get("error")) if isinstance(data, dict) else ""


def described(error: BaseException) -> str:
    """Return the error's type and message on one line, redacted."""
    return one_line(f"{type(error).__qualname__}: {_told(error)}", own=True)


def traced(error: BaseException, depth: int = 0) -> str:
    """Return the redacted traceback with its causes, oldest first, and the members of an exception group."""
    if depth > _MAX_DEPTH:
        return "…"
    lines: list[str] = []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        lines += [traced(earlier, depth + 1), "which led to"]
    lines += [redacted(frame).rstrip("\n") for frame in traceback.format_tb(error.__traceback__)]
    lines.append(f"{type(error).__qualname__}: {_told(error)}")
    if isinstance(error, BaseExceptionGroup):
        lines += [f"with {traced(member, depth + 1)}" for member in error.exceptions[:_MAX_DEPTH]]
    return "\n".join(lines)


def safe(value: object, *, own: bool, depth: int = 0) -> Any:
    """Return the value in plain types, redacted at every level."""
    if depth > _MAX_DEPTH:
        return MARK
    if isinstance(value, Mapping):
        fields = ((str(key), field) for key, field in value.items())
        return {one_line(k, own=own): safe_field(k, f, own=own, depth=depth + 1) for k, f in fields}
    if isinstance(value, Collection) and not isinstance(value, str | bytes | bytearray):
        return [safe(item, own=own, depth=depth + 1) for item in value]
    return _safe_leaf(value, own=own)


def _safe_leaf(value: object, *, own: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, BaseException):
        return described(value)
    if isinstance(value, int | float | str | Enum | date | Decimal | UUID | PurePath):
        plain = value.value if isinstance(value, Enum) else value
        text = one_line(str(plain), own=own)
        # A number with a fraction is a duration or a rate; a whole number may be a mobile.
        fraction = isinstance(plain, float) and not plain.is_integer()
        return plain if fraction or (isinstance(plain, int | float) and text == str(plain)) else text
    # The repr of anything else may hold anything.
    return f"<{type(value).__qualname__}>"


def safe_field(key: str, value: object, *, own: bool, depth: int = 0) -> Any:
    # The engine's customer ids are numbers, some as long as a mobile; outside the engine they identify nobody.
    if key == "customer_id" and re.fullmatch(r"\d{1,20}", str(value)):
        return value if isinstance(value, int) else str(value)
    if _HIDDEN_KEYS.fullmatch(re.sub(r"[_\W]", "", key).lower()):
        return MARK
    return safe(value, own=own, depth=depth)
