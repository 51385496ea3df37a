"""The moves that an audit log holds, with the facts that it tells, held against the model's table of moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.redemption import Redemption, State
from tests.model.transitions import accepts
from tests.simulation.ledger import Ledger

#: Why a move was made, as the log and as the model's table write it.
_SETTLED = {"answer": "answer", "own_number": "own_number", "person": "person", "evidence": "evidence"}
_DECISIONS = {State.APPROVED, State.REJECTED, State.WITHDRAWN}

Told = tuple[str | None, str | None, str]


def conformance_faults(ledger: Ledger, row: Redemption) -> list[str]:
    moves = told_moves(ledger, row)
    return [] if accepts(moves) else [f"moves that the model does not have: {moves}"]


def told_moves(ledger: Ledger, row: Redemption) -> Sequence[Told]:
    told = ledger.told_moves(row.id)
    return [(one.from_state, one.to_state, fact_of(one.from_state, one.to_state, one.why)) for one in told]


def fact_of(from_: str | None, to: str, why: Mapping[str, Any]) -> str:
    """The fact that made a request move, in the words of the model's table."""
    if from_ is None:
        return "press"
    if to == State.UNKNOWN:
        return _why_unknown(from_, why)
    if from_ == State.WAITING and to in _DECISIONS:
        return "decision"
    if "settled" in why:
        absent = to == State.NOT_REDEEMED and why["settled"] == "evidence"
        return "absence" if absent else _SETTLED[why["settled"]]
    return {State.SENDING: "journal", State.EXPIRED: "clock"}.get(State(to), "proof")


def _why_unknown(from_: str, why: Mapping[str, Any]) -> str:
    if "claimed_by" in why:
        return "claim"
    if from_ == State.REDEEMED:
        return "answer"
    return "clock" if "past" in why else "doubt"
