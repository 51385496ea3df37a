"""Turns requests into rows and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from bot.adapters.ledger.stored import Stored
from bot.adapters.ledger.usage import units
from bot.domain.looks import is_to_be_named
from bot.domain.redemption import Asking, Decision, Intent, Outcome, Redemption, RequestId, State, Terms

_TERMS = Stored[Terms](Terms)
_INTENT = Stored[Intent | None](Intent | None)
_OUTCOME = Stored[Outcome](Outcome)
_ASKING = Stored[Asking | None](Asking | None)
_DECIDED = Stored[Decision | None](Decision | None)


def to_row(of: Redemption) -> dict[str, Any]:
    """Return the columns that the request itself decides."""
    return {
        "id": of.id,
        "version": of.version,
        "state": of.state.value,
        "requester": of.terms.requester,
        "customer_id": of.terms.customer,
        "code_key": of.terms.code.casefold(),
        "worth_units": units(of.terms.worth.amount),
        "made_at": of.made_at,
        "begin_by": of.begin_by,
        "send_by": of.send_by,
        "due_at": of.due_at,
        "unknown_at": of.unknown_at,
        "ended_at": of.ended_at,
        "asked_at": of.asked_at,
        "expires_at": of.expires_at,
        "attend_at": of.attend_at,
        "looks": of.looks,
        "round": of.round,
        "reminded": of.reminded,
        "terms": _TERMS.dump(of.terms),
        "intent": _INTENT.dump(of.intent),
        "outcome": _OUTCOME.dump(of.outcome),
        "decided": _DECIDED.dump(of.decided),
        "asking": _ASKING.dump(of.asking),
        "to_be_named": is_to_be_named(of),
    }


def from_row(row: Row[Any]) -> Redemption:
    return Redemption(
        id=RequestId(row.id),
        version=row.version,
        state=State(row.state),
        terms=_TERMS.load(row.terms),
        made_at=row.made_at,
        begin_by=row.begin_by,
        send_by=row.send_by,
        due_at=row.due_at,
        intent=_INTENT.load(row.intent),
        outcome=_OUTCOME.load(row.outcome),
        looks=row.looks,
        unknown_at=row.unknown_at,
        ended_at=row.ended_at,
        round=row.round,
        decided=_DECIDED.load(row.decided),
        asking=_ASKING.load(row.asking),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        attend_at=row.attend_at,
        reminded=row.reminded,
    )
