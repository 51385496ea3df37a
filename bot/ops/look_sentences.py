"""What a look at the engine's records found, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.audit_entry import AuditEntry
from bot.domain.facts import FactKind
from bot.domain.redemption import Redemption, State
from bot.ops.sentences import moment
from bot.views.text import Display


def look_told(entry: AuditEntry, row: Redemption, display: Display) -> list[str]:
    if "error" in entry.why:
        return [
            f"Coupon Desk could not read the engine's records ({entry.text('error')}); that look counts for nothing."
        ]
    return [
        f"Coupon Desk looked in the engine's records and found {_found(entry, row, display)}{_proves(entry)}."
    ]


def _found(entry: AuditEntry, row: Redemption, display: Display) -> str:
    uses = entry.texts("uses")
    if not uses:
        return "no new use"
    named = ", ".join(_use(use, row, display) for use in uses)
    return f"{'a new use' if len(uses) == 1 else 'new uses'}, {named}"


def _use(use_id: str, row: Redemption, display: Display) -> str:
    """The id, with what the record of the request keeps of this use; it keeps only what a person has to judge."""
    for use in row.outcome.uses:
        if use.id == use_id:
            place = use.place.label if use.place else None
            known = [
                f"bill {use.bill}" if use.bill else "",
                moment(use.at, display) if use.at else "",
                place or use.till or "",
            ]
            return f"{use_id} ({', '.join(one for one in known if one)})" if any(known) else use_id
    return use_id


def _proves(entry: AuditEntry) -> str:
    uses: Sequence[str] = entry.texts("uses")
    proof = entry.text("proof")
    match proof:
        case FactKind.UNDECIDED.value:
            whose = "whether it is" if len(uses) == 1 else "whether one of them is"
            judge = ", so a person must decide" if entry.from_state == State.UNKNOWN.value else ""
            return f": not clear {whose} this request's{judge}"
        case FactKind.OWN_NUMBER.value:
            return ", with the bill number generated for this request"
        case FactKind.EVIDENCE.value:
            return ", which can only be this request's"
        case _:
            return "" if not uses else f" ({proof})"
