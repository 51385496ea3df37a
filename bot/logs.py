"""Structured log events on one stream: each line has a correlation id, and secrets are redacted."""

import json
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Literal, TextIO
from urllib.parse import quote
from uuid import UUID

import structlog
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError
from structlog.typing import EventDict, Processor, WrappedLogger

MARK = "***"
#: Control characters could forge log lines, or colours on a terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Characters of a text in a log line; longer texts are cut.
_MAX_TEXT = 4000
_MAX_DEPTH = 8
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

#: Fields whose values are never logged; names in small letters, without underscores.
_HIDDEN_KEYS = re.compile(
    r"args|blocks|body|(?:coupon|validation)?codes?|content|cookies?|coupons?|(?:customer|first|last|real|user)?name"
    r"|data|headers|identifier(?:value)?|input|kwargs|notes?|params|payload|positionalargs|privatemetadata|query"
    r"|question|raw|reply|responseurl|text|triggerid|values?|views?"
    r"|.*(?:token|secret|passw|mobile|phone|msisdn|email|authori[sz]ation).*"
)


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


_reference: ContextVar[str] = ContextVar("reference", default="-")
_protected: ContextVar[_Protected | None] = ContextVar("protected", default=None)


def new_reference() -> str:
    """Returns eight hex digits: short enough to be read out on the phone."""
    return secrets.token_hex(4)


def reference() -> str:
    """Returns what `correlated` bound; "-" outside it."""
    return _reference.get()


@contextmanager
def correlated(reference: str) -> Iterator[None]:
    """Bind the reference to every line of this block and of its tasks; `protect` calls inside end with the block."""
    written = _reference.set(reference)
    # The block and its tasks share one set, so a value that a task protects is hidden when the block logs the error.
    known = _protected.get()
    shared = _protected.set(_Protected(known.given if known is not None else ()))
    try:
        yield
    finally:
        _protected.reset(shared)
        _reference.reset(written)


def protect(*values: str) -> None:
    """Hide these values in what this context logs, in any letter case. For coupon codes, which look like any word."""
    known = _protected.get()
    if known is None:
        known = _Protected()
        _protected.set(known)
    known.add(values)


def _spellings(value: str) -> set[str]:
    one_line = _CONTROL.sub(" ", value)
    plain = {value, value.strip(), one_line, value.upper(), value.lower(), value.casefold()}
    escaped = {s for p in plain for s in (quote(p), quote(p, safe=""), json.dumps(p)[1:-1], repr(p)[1:-1])}
    # A value with asterisks at its ends could appear again next to a mark. Without a letter or digit it is no secret.
    return {s for s in (e.strip("*") for e in plain | escaped) if any(map(str.isalnum, s))}


def _any_of(spellings: set[str]) -> re.Pattern[str] | None:
    values = sorted(spellings, key=len, reverse=True)
    spelt = (re.escape(v) if len(v) >= _MIN_ANYWHERE else rf"(?<!\w){re.escape(v)}(?!\w)" for v in values)
    return re.compile("|".join(spelt), re.IGNORECASE) if values else None


def _without_protected(text: str) -> str:
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
    text = _without_protected(text)
    if len(text) > _MAX_TEXT:
        text = text[:_MAX_TEXT].rpartition(" ")[0] + " …"
    for pattern in PATTERNS.values():
        text = pattern.sub(_mark, text)
    return text


_WORD = re.compile(r"[^\s'\"()\[\]<>=,;&?|]{6,}")
_UPPER = re.compile(r"\w[\w-]{5,}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def _foreign(text: str) -> str:
    """Return a text from outside, cut where a payload may begin, without words that could be a coupon code."""
    text = redacted(re.split(r"[{\r\n]|\bbody\b", _without_protected(text), maxsplit=1)[0])
    text = _UPPER.sub(lambda m: MARK if m[0].isupper() else m[0], text)
    return _WORD.sub(lambda m: MARK if any(c.isdigit() for c in m[0]) else m[0], text)


def _told(error: BaseException) -> str:
    """Return an exception's message. It may quote what came from outside: an engine's answer, a typed value."""
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(_foreign(str(part)) for part in fault['loc'])}: {fault['type']}"
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        )
    text = str(error)
    # In these Python quotes names of the program; in all others, values that may come from outside.
    if not isinstance(error, AttributeError | ImportError | NameError | TypeError):
        text = _QUOTED.sub(f"'{MARK}'", _without_protected(text))
    # Slack's error code stands in the middle of the answer, which is cut; it is added again.
    name = _slack_name(error) if isinstance(error, SlackApiError) else ""
    return _text(text, own=False) + (f" [{name}]" if re.fullmatch(r"[a-z_]{1,60}", name) else "")


def _slack_name(error: SlackApiError) -> str:
    """Return Slack's error code; empty if the answer is not Slack's JSON, as from a failing gateway."""
    answer = error.response
    data = answer if isinstance(answer, dict) else getattr(answer, "data", None)
    return str(data.get("error")) if isinstance(data, dict) else ""


def described(error: BaseException) -> str:
    """Return the error's type and message on one line, redacted."""
    return _text(f"{type(error).__qualname__}: {_told(error)}", own=True)


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


def _safe(value: object, *, own: bool, depth: int = 0) -> Any:
    """Return the value in plain types, redacted at every level."""
    if depth > _MAX_DEPTH:
        return MARK
    if isinstance(value, Mapping):
        fields = ((str(key), field) for key, field in value.items())
        return {_text(k, own=own): _safe_field(k, f, own=own, depth=depth + 1) for k, f in fields}
    if isinstance(value, Collection) and not isinstance(value, str | bytes | bytearray):
        return [_safe(item, own=own, depth=depth + 1) for item in value]
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
        text = _text(str(plain), own=own)
        # A number with a fraction is a duration or a rate; a whole number may be a mobile.
        fraction = isinstance(plain, float) and not plain.is_integer()
        return plain if fraction or (isinstance(plain, int | float) and text == str(plain)) else text
    # The repr of anything else may hold anything.
    return f"<{type(value).__qualname__}>"


def _text(text: str, *, own: bool) -> str:
    return redacted(_CONTROL.sub(" ", text if own else _foreign(text)))


def _safe_field(key: str, value: object, *, own: bool, depth: int = 0) -> Any:
    # The engine's customer ids are numbers, some as long as a mobile; outside the engine they identify nobody.
    if key == "customer_id" and re.fullmatch(r"\d{1,20}", str(value)):
        return value if isinstance(value, int) else str(value)
    if _HIDDEN_KEYS.fullmatch(re.sub(r"[_\W]", "", key).lower()):
        return MARK
    return _safe(value, own=own, depth=depth)


def _is_own(name: str) -> bool:
    return name in ("bot", "__main__") or name.startswith("bot.")


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last step before rendering: redacts every field of the event."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    own = _is_own(record.name)
    line: EventDict = {
        "timestamp": event.pop("timestamp"),
        "level": event.pop("level"),
        "event": _text(str(event.pop("event", "")), own=own),
        "logger": event.pop("logger"),
        "correlation_id": reference(),
    }
    error, stack = _error_of(event.pop("exc_info", None)), event.pop("stack_info", None)
    line.update((k, _safe_field(k, v, own=own)) for k, v in event.items() if k not in line)
    if error is not None:
        line["exception"] = traced(error)
    if stack:
        line["stack"] = redacted(str(stack))
    return line


def _error_of(exc_info: object) -> BaseException | None:
    given = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    return given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None


class _Handler(logging.StreamHandler[TextIO]):
    """Drops what libraries log below WARNING, whatever LOG_LEVEL is: it holds payloads, headers and URLs."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _is_own(record.name) or record.levelno >= logging.WARNING

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Overridden because the original prints the message and its arguments without redaction."""
        sys.stderr.write(f"log_line_lost logger={record.name} line={record.lineno}\n")


def configure(*, level: str, format: Literal["json", "console"], stream: TextIO | None = None) -> None:  # noqa: A002
    """Send every logger of the process through this pipeline to `stream` (stderr if not given)."""
    out = stream or sys.stderr
    stdlib, dev, processors = structlog.stdlib, structlog.dev, structlog.processors
    stamp = processors.TimeStamper(fmt="iso", utc=True)
    # What use cases bind, `request` or `case`, is on every line beneath them.
    bound = structlog.contextvars.merge_contextvars
    common: list[Processor] = [bound, stdlib.add_logger_name, stdlib.add_log_level, stamp]
    structlog.configure(
        processors=[stdlib.filter_by_level, *common, stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=stdlib.BoundLogger,
        logger_factory=stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    console = dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=dev.plain_traceback)
    render: Processor = processors.JSONRenderer() if format == "json" else console
    handler = _Handler(out)
    handler.setFormatter(stdlib.ProcessorFormatter(foreign_pre_chain=common, processors=[_redact, render]))
    _install(handler, level.upper())


def _install(handler: logging.Handler, level: str) -> None:
    """Make this the only handler: any other would print without redaction."""
    for known in list(logging.root.manager.loggerDict.values()):
        if isinstance(known, logging.Logger):
            known.handlers.clear()
            known.propagate = True
            known.setLevel(logging.NOTSET)
    logging.root.handlers[:] = [handler]
    # Never below WARNING: Bolt copies the root's level to its loggers, and httpx logs URLs at INFO.
    logging.root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    for own in ("bot", "__main__"):
        logging.getLogger(own).setLevel(level)
    logging.captureWarnings(capture=True)
