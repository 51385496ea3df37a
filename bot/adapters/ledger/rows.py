"""Turns requests into rows and back."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from bot.adapters.ledger.usage import units
from bot.domain.redemption import Asking, Decision, Intent, Outcome, Redemption, RequestId, State, Terms

_TERMS = TypeAdapter(Terms)
_INTENT = TypeAdapter[Intent | None](Intent | None)
_OUTCOME = TypeAdapter(Outcome)
_ASKING = TypeAdapter[Asking | None](Asking | None)
_DECIDED = TypeAdapter[Decision | None](Decision | None)


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
        "terms": _TERMS.dump_python(of.terms, mode="json"),
        "intent": _INTENT.dump_python(of.intent, mode="json"),
        "outcome": _OUTCOME.dump_python(of.outcome, mode="json"),
        "decided": _DECIDED.dump_python(of.decided, mode="json"),
        "asking": _ASKING.dump_python(of.asking, mode="json"),
    }


def from_row(row: Row[Any]) -> Redemption:
    return Redemption(
        id=RequestId(row.id),
        version=row.version,
        state=State(row.state),
        terms=_TERMS.validate_python(row.terms),
        made_at=row.made_at,
        begin_by=row.begin_by,
        send_by=row.send_by,
        due_at=row.due_at,
        intent=_INTENT.validate_python(row.intent),
        outcome=_OUTCOME.validate_python(row.outcome),
        looks=row.looks,
        unknown_at=row.unknown_at,
        ended_at=row.ended_at,
        round=row.round,
        decided=_DECIDED.validate_python(row.decided),
        asking=_ASKING.validate_python(row.asking),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        attend_at=row.attend_at,
        reminded=row.reminded,
    )
