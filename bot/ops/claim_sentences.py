"""To which request a redemption of the engine belongs, and why, in sentences."""

from __future__ import annotations

from bot.domain.audit_entry import AuditEntry
from bot.domain.claim import ClaimKind
from bot.domain.redemption import Redemption
from bot.views.text import Display


def claimed(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    taken = f"; it was taken from request {entry.text('from')}" if entry.text("from") else ""
    return [
        (
            f"From then on the engine's redemption {entry.text('redemption_id')} belonged to this request, because "
            f"{_because(entry, 'this request')}{taken}."
        )
    ]


def released(entry: AuditEntry, _row: Redemption, _display: Display) -> list[str]:
    return [
        f"From then on the engine's redemption {entry.text('redemption_id')} did not belong to this request any more."
    ]


def claim_lost(entry: AuditEntry, then: str) -> list[str]:
    """Another request's stronger claim took the redemption; `then` is what became of this request."""
    redemption = entry.text("redemption_id")
    why = f" ({_because(entry, 'that request')})" if entry.text("kind") else ""
    person = entry.text("person")
    named = f"Redemption {redemption}" if redemption else "The redemption it rested on"
    return [
        f"{named} turned out to belong to another request, {entry.text('claimed_by')}{why}.",
        "It was taken from this one.",
        f"{person}'s decision no longer stood." if person else "",
        then,
    ]


def _because(entry: AuditEntry, whose: str) -> str:
    kind = entry.text("kind")
    match kind:
        case ClaimKind.ANSWER.value:
            return f"the engine's answer to {whose} named it"
        case ClaimKind.OWN_NUMBER.value:
            return f"its bill number is the one generated for {whose}"
        case ClaimKind.EVIDENCE.value:
            return f"of the uses in the engine's records it alone fits {whose}"
        case ClaimKind.PERSON.value:
            return f"{entry.text('person') or 'somebody who approves'} said so"
        case _:
            return f"of what another version of Coupon Desk knows ({kind})"
