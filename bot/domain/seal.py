"""
Seals: what makes a later change of the audit log visible.

Each event is written as canonical JSON (RFC 8785 in what it needs of it: sorted names, no spaces, UTF-8), and each
digest is SHA-256 of the digest before it and of that text. A seal names a stretch of events and the digest at its end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.aio.frozen import frozen
from bot.domain.audit_entry import AuditEntry

#: The digest before the first event.
BEGINNING = "0" * 64
#: Hex digits of an event's own digest that a seal keeps.
_KEPT = 16
#: A digest in letters only: what looks like a long number is hidden in log lines.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")


@frozen(kw_only=True)
class Seal:
    """
    One seal.

    Attributes:
        first_event, last_event, events: ids of the stretch, and how many events are in it.
        previous, digest: of the chain before and after it; hex.
        digests: the beginning of each event's own digest, by the event's id, in their order.
        signed_by, signature: base64; None without a key.

    """

    id: int
    first_event: int
    last_event: int
    events: int
    previous: str
    digest: str
    at: datetime
    digests: tuple[tuple[int, str], ...]
    signed_by: str | None = None
    signature: str | None = None

    @property
    def signed(self) -> bytes:
        """What a signature is of."""
        return canonical(
            {
                "first_event": self.first_event,
                "last_event": self.last_event,
                "events": self.events,
                "previous": self.previous,
                "digest": self.digest,
            }
        )

    @property
    def anchor(self) -> str:
        """The digest in letters, as it is logged and typed in."""
        return letters(self.digest)


def letters(digest: str) -> str:
    """A digest in letters only, as it is logged and typed in."""
    return digest.translate(_LETTERS)


def as_digest(anchor: str) -> str:
    """An anchor as it is typed, as the beginning of a digest in hex."""
    typed = anchor.strip().lower()
    return typed if any(one.isdigit() for one in typed) else typed.translate(_DIGITS)


def canonical(of: Mapping[str, Any]) -> bytes:
    return json.dumps(of, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def event_json(entry: AuditEntry) -> dict[str, Any]:
    """An event as it is exported and sealed."""
    return {
        "id": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": entry.by,
        "what": entry.what,
        "request_id": entry.request_id,
        "case_id": entry.case_id,
        "from_state": entry.from_state,
        "to_state": entry.to_state,
        "why": dict(entry.why),
    }


def chained(previous: str, events: Iterable[Mapping[str, Any]]) -> tuple[str, tuple[tuple[int, str], ...]]:
    """The digest after these events, and the beginning of each one's own."""
    digest, each = previous, []
    for number, own, after in chain(previous, events):
        digest = after
        each.append((number, own))
    return digest, tuple(each)


def chain(previous: str, events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, str, str]]:
    """Of each event its id, the beginning of its own digest, and the chain's digest after it."""
    digest = previous
    for event in events:
        text = canonical(event)
        digest = hashlib.sha256(digest.encode() + text).hexdigest()
        yield int(event["id"]), hashlib.sha256(text).hexdigest()[:_KEPT], digest
