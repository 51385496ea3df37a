"""Reads a message as a person sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from bot.domain.typed import tidy
from bot.listeners.payloads import typed_text

_SLACK_OWN = re.compile(r"<[@#!][^<>]*>")
#: Marks of bold, strike, italic and code, which are not shown on the screen.
_EMPHASIS = re.compile(r"(?<!\w)([*~_`]{1,3})(\S(?:[^\n]{0,200}?\S)?)\1(?!\w)")
#: Characters of a message that are read: the longest that Slack allows (docs.slack.dev: chat.postMessage).
#: Attachments may hold more, but searching longer texts for numbers would hold up everybody else.
MAX_READ = 40_000
#: Keys of a block whose values are shown and may hold further blocks.
_SEEN = (
    "text",
    "title",
    "subtitle",
    "body",
    "label",
    "hint",
    "description",
    "fields",
    "elements",
    "accessory",
    "rows",
)
_SEEN_OF_ATTACHMENT = ("pretext", "author_name", "title", "text", "footer")


def written_text(raw: str) -> str:
    """
    Return a message's text without markup; mentions of Slack people and channels are left out.

    Line breaks are kept, because a number does not go on in the next line.
    """
    return "\n".join(
        tidy(typed_text(_SLACK_OWN.sub(" ", _EMPHASIS.sub(r"\2", line)))) for line in raw.splitlines()
    )


def message_text(message: Mapping[str, Any]) -> str:
    """
    Return all text that a person sees of a message: its own, its blocks', its attachments' and of what was forwarded.

    Each line is returned once: `text` usually repeats the blocks. A forwarded message stands among the attachments
    (seen in payloads; docs.slack.dev does not say so).
    """
    lines = dict.fromkeys(line for part in _parts(message) for line in written_text(part).splitlines())
    lengths = accumulate(len(line) + 1 for line in lines)
    return "\n".join(line for line, length in zip(lines, lengths, strict=True) if length <= MAX_READ)


def _parts(message: Mapping[str, Any]) -> Iterator[str]:
    yield str(message.get("text") or "")
    yield from _seen_in(message.get("blocks"))
    for attached in _dicts(message.get("attachments")):
        yield from _attached(attached)


def _attached(attachment: Mapping[str, Any]) -> Iterator[str]:
    for key in _SEEN_OF_ATTACHMENT:
        yield str(attachment.get(key) or "")
    for field in _dicts(attachment.get("fields")):
        yield str(field.get("title") or "")
        yield str(field.get("value") or "")
    yield from _seen_in(attachment.get("blocks"))
    for forwarded in _dicts(attachment.get("message_blocks")):
        inner = forwarded.get("message")
        yield from _parts(inner if isinstance(inner, Mapping) else {})
    for nested in _dicts(attachment.get("attachments")):
        yield from _attached(nested)


def _seen_in(part: object) -> Iterator[str]:
    """Yield the texts of blocks; one line of rich text is one text."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for one in part:
            yield from _seen_in(one)
    elif isinstance(part, Mapping):
        if str(part.get("type", "")) in _LINES:
            yield "".join(_inline(one) for one in _dicts(part.get("elements")))
        else:
            for key in _SEEN:
                yield from _seen_in(part.get(key))


#: Rich text elements whose parts are shown in one line (docs.slack.dev: rich text block).
_LINES = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote"})


def _inline(element: Mapping[str, Any]) -> str:
    """Return a link as `typed_text` reads it, any other element's text, and a space for people and emoji."""
    if element.get("type") == "link":
        return f"<{element.get('url', '')}|{element.get('text', '')}>"
    return str(element.get("text") or " ")


def _dicts(part: object) -> list[Mapping[str, Any]]:
    return [one for one in part if isinstance(one, Mapping)] if isinstance(part, list) else []
