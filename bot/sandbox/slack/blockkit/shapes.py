"""The vocabulary in which Slack's limits are written down: rules that take a value and tell its faults."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: Takes a value and its path; yields its faults.
Rule = Callable[[Any, str], Iterator[str]]


def string(most: int, least: int = 1) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{at}: must be a string"
        elif not least <= len(value) <= most:
            yield f"{at}: must be {least} to {most} characters, has {len(value)}"

    return check


def number(least: float, most: float) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            yield f"{at}: must be a number from {least} to {most}"

    return check


def truth() -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, bool):
            yield f"{at}: must be true or false"

    return check


def word(*allowed: str) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield f"{at}: must be one of {', '.join(allowed)}"

    return check


def anything() -> Rule:
    def check(_value: Any, _at: str) -> Iterator[str]:
        yield from ()

    return check


def many(rule: Rule, least: int, most: int) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at}: must be a list"
            return
        if not least <= len(value) <= most:
            yield f"{at}: must have {least} to {most} items, has {len(value)}"
        for place, item in enumerate(value):
            yield from rule(item, f"{at}/{place}")

    return check


def shape(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these fields and no others; its `type` was checked when this shape was chosen."""
    known = {"type": anything(), **required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{at}: must be an object"
            return
        yield from (f"{at}: missing {name}" for name in required if name not in value)
        for name, held in value.items():
            if name in known:
                yield from known[name](held, f"{at}/{name}")
            else:
                yield f"{at}: unknown property {name}"

    return check


def every(rule: Rule, *extra: Rule) -> Rule:
    """All of these rules."""

    def check(value: Any, at: str) -> Iterator[str]:
        for one in (rule, *extra):
            yield from one(value, at)

    return check


def by_type(table: Mapping[str, Rule], what: str) -> Rule:
    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in table:
            yield f"{at}: {kind!r} is no {what}"
        else:
            yield from table[kind](value, at)

    return check


def text(most: int, *kinds: str) -> Rule:
    """A text object; one with an empty text is refused too."""
    allowed = kinds or ("plain_text", "mrkdwn")
    fields = {"text": string(most)}
    table = {
        "plain_text": shape(fields, {"emoji": truth()}),
        "mrkdwn": shape(fields, {"verbatim": truth()}),
    }
    return by_type({kind: table[kind] for kind in allowed}, f"text here ({' or '.join(allowed)})")


def plain(most: int) -> Rule:
    return text(most, "plain_text")
