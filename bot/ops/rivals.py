"""What the events of one request leave to others: which request took its redemption, and whose word a claim rested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.adapters.ledger.stories import LedgerStories
from bot.domain.audit_entry import AuditEntry
from bot.domain.claim import ClaimKind
from bot.domain.redemption import RequestId, State
from bot.services.ports import AuditEvent


async def with_rivals(
    stories: LedgerStories, ours: RequestId, entries: Sequence[AuditEntry]
) -> list[AuditEntry]:
    """
    The same entries, with these facts beside their own where the ledger has them.

    `person` said that a claimed redemption was this request's, or that the one it lost was; of a loss also the whole id
    of the request that took it (`claimed_by`), with the `redemption_id` and the `kind` of that claim.
    Raises LedgerUnavailable.
    """
    told, person = [], None
    for entry in entries:
        if entry.what == AuditEvent.MOVED.value and entry.to_state == State.REDEEMED.value:
            person = entry.by
        told.append(replace(entry, why={**entry.why, **await _beside(stories, ours, entry, person)}))
    return told


async def _beside(
    stories: LedgerStories, ours: RequestId, entry: AuditEntry, person: str | None
) -> Mapping[str, str]:
    said = {"person": person} if person else {}
    if "claimed_by" in entry.why:
        return said | await _taker(stories, ours, entry.text("claimed_by"))
    by_person = entry.what == AuditEvent.CLAIMED.value and entry.text("kind") == ClaimKind.PERSON.value
    return said if by_person else {}


async def _taker(stories: LedgerStories, ours: RequestId, reference: str) -> dict[str, str]:
    """The entry names it by its first characters, which several may share; its own claim says from whom it took it."""
    for other in await stories.requests(reference):
        for entry in await stories.entries(other.id):
            if entry.what == AuditEvent.CLAIMED.value and entry.text("from") == ours:
                return {
                    "claimed_by": other.id,
                    "redemption_id": entry.text("redemption_id"),
                    "kind": entry.text("kind"),
                }
    return {}
