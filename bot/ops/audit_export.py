"""The audit log as CSV or JSON lines, on stdout; an export in JSON lines carries its seals and proves itself."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.adapters.ledger.seals import LedgerSeals
from bot.domain.audit_entry import AuditEntry
from bot.domain.seal import Seal, canonical, event_json

COLUMNS = ("id", "at", "by", "what", "request_id", "case_id", "from_state", "to_state", "why")
#: A spreadsheet reads a cell that begins so as a formula (owasp.org: CSV Injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on and before `until`; None is no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, entry: AuditEntry) -> bool:
        return (self.since is None or entry.at >= self.since) and (
            self.until is None or entry.at < self.until
        )


async def json_lines(seals: LedgerSeals, span: Span) -> AsyncIterator[str]:
    """Events in their order, and after each stretch that is whole its seal."""
    last = 0
    async for seal in seals.all():
        stretch = await seals.events(seal.first_event, seal.last_event)
        held = [entry for entry in stretch if span.holds(entry)]
        for entry in held:
            yield _line(event_json(entry))
        if len(held) == len(stretch):
            yield _line({"seal": seal_json(seal)})
        last = seal.last_event
    async for entry in _after(seals, last, span):
        yield _line(event_json(entry))


async def csv_lines(seals: LedgerSeals, span: Span) -> AsyncIterator[str]:
    """A head, then one line for each event."""
    yield _row(COLUMNS)
    async for entry in _after(seals, 0, span):
        event = event_json(entry)
        why = json.dumps(event["why"], sort_keys=True, ensure_ascii=False)
        yield _row([_cell(event[name]) for name in COLUMNS[:-1]] + [_cell(why)])


async def _after(seals: LedgerSeals, last: int, span: Span) -> AsyncIterator[AuditEntry]:
    while page := await seals.events(last + 1):
        for entry in page:
            if span.holds(entry):
                yield entry
        last = page[-1].id


def _line(of: Mapping[str, Any]) -> str:
    return canonical(of).decode()


def _row(cells: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _cell(value: Any) -> str:
    """As text, so that no spreadsheet computes it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text


def seal_json(seal: Seal) -> dict[str, Any]:
    return {
        "id": seal.id,
        "first_event": seal.first_event,
        "last_event": seal.last_event,
        "events": seal.events,
        "previous": seal.previous,
        "digest": seal.digest,
        "at": seal.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "signed_by": seal.signed_by,
        "signature": seal.signature,
        "digests": [list(one) for one in seal.digests],
    }


def seal_from_json(told: Mapping[str, Any]) -> Seal:
    """Raises KeyError, TypeError or ValueError where it is none."""
    return Seal(
        id=int(told["id"]),
        first_event=int(told["first_event"]),
        last_event=int(told["last_event"]),
        events=int(told["events"]),
        previous=str(told["previous"]),
        digest=str(told["digest"]),
        at=datetime.fromisoformat(told["at"]),
        signed_by=told["signed_by"],
        signature=told["signature"],
        digests=tuple((int(number), str(own)) for number, own in told["digests"]),
    )
