"""What stands in no line of the log: protected values, and what looks like a secret."""

import json
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote

MARK = "***"
#: Control characters could forge log lines, or colours on a terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Characters of a text in a log line; longer texts are cut.
_MAX_TEXT = 4000
#: Protected values with fewer characters are hidden as whole words only: "A1" may be part of many words.
_MIN_ANYWHERE = 4

#: What secrets look like. The group `keep` stays in front of the mark; where `stay` matches, nothing is redacted.
PATTERNS: dict[str, re.Pattern[str]] = {
    "slack token": re.compile(r"(?i)(?<![a-z0-9])x(?:ox[a-z](?:\.xox[a-z])*|app)-[\w.-]+"),
    "authorization": re.compile(r"(?i)(?P<keep>\bauthorization['\"]?\s*[:=,]\s*b?['\"]?)[^'\"\n]+"),
    # Slack's page for an app's secrets is called Basic Information. No credentials are spelt so: 11 letters are no base64.
    "scheme": re.compile(
        r"(?i)(?P<stay>\bbasic information\b(?![\w+/=~-]|\.\w))|(?P<keep>\b(?:basic|bearer)\s+)[\w+/=.~-]{6,}"
    ),
    "jwt": re.compile(r"eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"),
    "engine token": re.compile(r"(?i)(?P<keep>x-cap-api-oauth-token['\"]?\s*[:=,]\s*b?['\"]?)[^\s'\",}]+"),
    "trigger id": re.compile(r"\b\d+\.\d+\.[0-9a-f]{8,}\b"),
    "response url": re.compile(
        r"(?i)(?:https?://)?hooks\.slack(?:-gov)?\.com[^\s'\"<>)]*|https?://[^\s/'\"]+/response/[^\s'\"<>)]*"
    ),
    "url login": re.compile(r"(?i)(?P<keep>\b[a-z][a-z0-9+.-]{1,30}://)[^\s'\"]{1,300}(?=@)"),
    "query": re.compile(
        r"(?i)(?P<keep>\b(?:https?|wss?)://[^\s?'\"<>]{1,2000}\?|\?(?=[\w.%\[\]-]{1,99}=))[^\s'\"<>]+"
    ),
    "signature": re.compile(r"(?i)\bv0=[0-9a-f]+"),
    "e-mail": re.compile(r"[\w.+%'-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    "named": re.compile(
        r"(?i)(?<![a-z0-9_])(?P<keep>['\"]?(?:coupon|(?:coupon_?|validation_?)?codes?|mobile|phone|email|text"
        r"|token|secret|password|trigger_?id|response_?url|identifier_?value)['\"]?\s*[:=]\s*b?['\"]?)[^\s'\",;&)}\]]+"
    ),
    # Ten digits or more, however spaced. Coupon codes and card numbers made of digits match as well.
    # Slack's ids and message times, addresses, dates, UUIDs and our references must not match.
    "mobile": re.compile(
        r"(?P<stay>\b(?:[ABCDEFGSTUVW][A-Z0-9]{7,11}|1\d{9}\.\d{6}"
        r"|(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)"
        r"|20\d\d-[01]\d-[0-3]\d(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?)?(?!\d)"
        r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
        r"|(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{12}|[0-9a-f]{8}))\b)"
        r"|(?<!\d)(?:\+[\s(]{0,3}|\(?)\d(?:[\s().\-/‐-―]{0,3}\d){9,}"
    ),
}


class _Protected:
    """Values to hide, as they were given. How each may be spelt is worked out when a line is written: few presses write one."""

    def __init__(self, given: Collection[str] = ()) -> None:
        self.given = set(given)
        self._spelt: re.Pattern[str] | None = None

    def add(self, values: Collection[str]) -> None:
        self.given.update(values)
        self._spelt = None

    def spelt(self) -> re.Pattern[str] | None:
        """Return a pattern that matches each of them in any spelling; None where there is nothing to hide."""
        if self._spelt is None and self.given:
            self._spelt = _any_of({spelling for value in self.given for spelling in _spellings(value)})
        return self._spelt


_protected: ContextVar[_Protected | None] = ContextVar("protected", default=None)


@contextmanager
def protecting() -> Iterator[None]:
    """What is protected in this block and in its tasks is hidden until the block ends."""
    # The block and its tasks share one set, so a value that a task protects is hidden when the block logs the error.
    known = _protected.get()
    shared = _protected.set(_Protected(known.given if known is not None else ()))
    try:
        yield
    finally:
        _protected.reset(shared)


def protect(*values: str) -> None:
    """Hide these values in what this context logs, in any letter case. For coupon codes, which look like any word."""
    known = _protected.get()
    if known is None:
        known = _Protected()
        _protected.set(known)
    known.add(values)


def _spellings(value: str) -> set[str]:
    joined = _CONTROL.sub(" ", value)
    plain = {value, value.strip(), joined, value.upper(), value.lower(), value.casefold()}
    escaped = {s for p in plain for s in (quote(p), quote(p, safe=""), json.dumps(p)[1:-1], repr(p)[1:-1])}
    # A value with asterisks at its ends could appear again next to a mark. Without a letter or digit it is no secret.
    return {s for s in (e.strip("*") for e in plain | escaped) if any(map(str.isalnum, s))}


def _any_of(spellings: set[str]) -> re.Pattern[str] | None:
    values = sorted(spellings, key=len, reverse=True)
    spelt = (re.escape(v) if len(v) >= _MIN_ANYWHERE else rf"(?<!\w){re.escape(v)}(?!\w)" for v in values)
    return re.compile("|".join(spelt), re.IGNORECASE) if values else None


def without_protected(text: str) -> str:
    """Return the text with a mark in place of each protected value."""
    known = _protected.get()
    pattern = known.spelt() if known is not None else None
    if pattern is None:
        return text
    # Repeat until nothing changes: a mark and the text beside it may together form a value again.
    while (hidden := pattern.sub(MARK, text)) != text:
        text = hidden
    return text


def _mark(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return match[0] if groups.get("stay") else (groups.get("keep") or "") + MARK


def redacted(text: str) -> str:
    """Return the text without protected values and without what looks like a secret."""
    text = without_protected(text)
    if len(text) > _MAX_TEXT:
        text = text[:_MAX_TEXT].rpartition(" ")[0] + " …"
    for pattern in PATTERNS.values():
        text = pattern.sub(_mark, text)
    return text


_WORD = re.compile(r"[^\s'\"()\[\]<>=,;&?|]{6,}")
_UPPER = re.compile(r"\w[\w-]{5,}")


def foreign(text: str) -> str:
    """Return a text from outside, cut where a payload may begin, without words that could be a coupon code."""
    text = redacted(re.split(r"[{\r\n]|\bbody\b", without_protected(text), maxsplit=1)[0])
    text = _UPPER.sub(lambda m: MARK if m[0].isupper() else m[0], text)
    return _WORD.sub(lambda m: MARK if any(c.isdigit() for c in m[0]) else m[0], text)


def one_line(text: str, *, own: bool) -> str:
    """Return the text redacted, without control characters; one that is not our own goes through `foreign`."""
    return redacted(_CONTROL.sub(" ", text if own else foreign(text)))
