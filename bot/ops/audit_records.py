"""Proof that requests, claims and texts are what the events of the audit log say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.records import LedgerRecords
from bot.domain.audit_entry import AuditEntry
from bot.domain.code_digest import code_digest
from bot.domain.kept_text import PERSONAL, digest_in
from bot.domain.projection import Beside, ClaimsByEvents, Projection, difference, projected
from bot.domain.redemption import RequestId

#: Exit codes.
FINE, FAILED = 0, 1

Say = Callable[[str], None]
_NOTHING = Projection()


@dataclass(frozen=True, slots=True)
class ByEvents:
    """
    What the events so far make of everything.

    Attributes:
        texts: which event names a text, by its digest.
        forgotten: requests and cases whose texts were blanked.

    """

    requests: dict[str, Projection] = field(default_factory=dict)
    claims: ClaimsByEvents = field(default_factory=ClaimsByEvents)
    texts: dict[str, AuditEntry] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)

    def add(self, entries: Iterable[AuditEntry]) -> None:
        for entry in entries:
            self._add(entry)

    def _add(self, entry: AuditEntry) -> None:
        about = entry.request_id or entry.case_id
        if entry.request_id is not None and entry.what in {"made", "moved", "forgotten"}:
            self.requests[entry.request_id] = self.requests.get(entry.request_id, _NOTHING).after(entry)
        if entry.what == "forgotten" and about is not None:
            self.forgotten.add(about)
        self.claims.add(entry)
        for name in PERSONAL & entry.why.keys():
            digest = digest_in(entry.why[name])
            if digest is not None:
                self.texts[digest] = entry


async def verify_records(database: Database, say: Say, by_events: ByEvents) -> int:
    """Returns the exit code: 1 where anything differs, which is said. Raises LedgerUnavailable."""
    records = LedgerRecords(database)
    texts, wrong_texts = await _texts(records, say, by_events)
    beside = Beside(code=partial(code_digest, await records.code_key()), texts=texts)
    wrong = await _requests(records, say, by_events, beside)
    claims = [*by_events.claims.differences(await records.every_claim())]
    for one in claims:
        say(f"BROKEN: the {one}.")
    return FAILED if wrong or wrong_texts or claims else FINE


async def _texts(
    records: LedgerRecords, say: Say, by_events: ByEvents
) -> tuple[Mapping[str, str | None], bool]:
    """Every text by its digest, and whether one is not what its event says."""
    found: dict[str, str | None] = {}
    wrong = 0
    async for one in records.every_text():
        found[one.digest] = one.text
        entry = by_events.texts.get(one.digest)
        if entry is None:
            # Written since the events were read, or no event's at all, and then it proves nothing.
            continue
        about = entry.request_id or entry.case_id or ""
        if not one.is_whole:
            wrong += 1
            say(f"BROKEN text “{one.name}” of event {entry.id}: it was changed.")
        elif one.text is None and about not in by_events.forgotten:
            wrong += 1
            say(f"BROKEN text “{one.name}” of event {entry.id}: it was blanked, and no event says so.")
    for digest in by_events.texts.keys() - found.keys():
        wrong += 1
        say(f"BROKEN text of event {by_events.texts[digest].id}: it was removed.")
    blanked = sum(text is None for text in found.values())
    say(
        f"{len(by_events.texts) - wrong} of {len(by_events.texts)} texts are what their events say, or blanked ({blanked})."
    )
    return found, wrong > 0


async def _requests(records: LedgerRecords, say: Say, by_events: ByEvents, beside: Beside) -> bool:
    """Whether a record is not what its events make of it."""
    seen: set[str] = set()
    differing = 0
    async for row in records.every_request():
        seen.add(row.id)
        if difference(row, by_events.requests.get(row.id, _NOTHING), beside) is not None:
            differing += await _differs_now(records, say, row.id, beside)
    for request_id in sorted(by_events.requests.keys() - seen):
        differing += await _differs_now(records, say, RequestId(request_id), beside)
        seen.add(request_id)
    say(f"{len(seen) - differing} of {len(seen)} requests are what their events make of them.")
    return differing > 0


async def _differs_now(records: LedgerRecords, say: Say, request_id: RequestId, beside: Beside) -> bool:
    """It may have moved meanwhile."""
    now, entries, texts = await records.request_now(request_id)
    if now is None:
        say(f"BROKEN request {request_id[:8]}: its record was removed.")
        return True
    differs = difference(now, projected(entries), Beside(code=beside.code, texts=texts))
    if differs is not None:
        say(f"BROKEN request {now.reference}: {differs}.")
    return differs is not None
