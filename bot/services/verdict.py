"""Write down what a fact makes of a request: the one way in which an outcome is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.domain.errors import VersionConflict
from bot.domain.facts import Conclusion, Fact, conclude, may_be_echo
from bot.domain.handled import Handled
from bot.domain.person import PersonId
from bot.domain.redemption import Outcome, Redemption, State
from bot.domain.transitions import NOTHING_BESIDE, Change
from bot.services.ports import Requests
from bot.services.retry import TRIES, Holds

log = structlog.get_logger(__name__)

#: Seconds to the last look at what was found not to be redeemed.
AGAIN_AFTER_S = 24 * 60 * 60.0


def _always(_row: Redemption) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteVerdict:
    """
    Concludes from a fact by `bot.domain.facts`, and writes it, whatever is written beside it meanwhile.

    Attributes:
        look_after_s: seconds from an unclear outcome, or one without its id, to the first look for evidence.
        window_s: seconds in which a redemption may still be booked.

    """

    requests: Requests
    look_after_s: float
    window_s: float

    async def __call__(
        self,
        row: Redemption,
        fact: Fact,
        *,
        by: PersonId | None = None,
        why: Mapping[str, Any] | None = None,
        beside: Change = NOTHING_BESIDE,
        holds: Holds = _always,
    ) -> Handled[Redemption]:
        """
        The request as it stands then, and whether this fact changed it.

        `beside`: what is written with it; `holds`: whether the fact still counts for the request as it stands after
        another move came between. Raises LedgerUnavailable, and VersionConflict where others are quicker again and again.
        """
        for _ in range(TRIES):
            concluded = conclude(row, fact)
            if not concluded.changes and concluded.alarm is None:
                return Handled(row=row, ours=False)
            change = replace(beside, **self._change(row, concluded, beside))
            told = {**(why or {}), **told_of(concluded.outcome)}
            try:
                return Handled(
                    row=await self.requests.move(row, concluded.to, change, by=by, why=told), ours=True
                )
            except VersionConflict:
                row = await self.requests.get(row.id) or row
                if not holds(row):
                    return Handled(row=row, ours=False)
        raise VersionConflict

    def _change(self, row: Redemption, concluded: Conclusion, beside: Change) -> Mapping[str, Any]:
        due_in_s = self._due_in_s(row, concluded)
        return {
            "outcome": concluded.outcome,
            "claim": concluded.claim,
            "alarm": concluded.alarm,
            "due_in_s": due_in_s,
            "never_due": beside.never_due or (due_in_s is None and concluded.to is not row.state),
        }

    def _due_in_s(self, row: Redemption, concluded: Conclusion) -> float | None:
        """Seconds to the next look; None where the state alone says it, or nobody need look."""
        to, outcome = concluded.to, concluded.outcome
        if to is State.UNKNOWN and row.state is not State.UNKNOWN:
            return self.look_after_s
        if to is State.NOT_REDEEMED and row.state is not State.NOT_REDEEMED:
            return AGAIN_AFTER_S
        if to is State.REDEEMED and outcome.redemption_id is None:
            return self.look_after_s
        if row.terms.generated and to is not row.state and may_be_echo(outcome):
            # A look at a typed number could not tell ours from another's.
            return self.window_s
        return None


def told_of(outcome: Outcome) -> Mapping[str, Any]:
    """For the audit log: what is known of the outcome."""
    facts = {
        "settled": outcome.settled,
        "refusal": outcome.refusal,
        "stop": outcome.stop,
        "doubt": outcome.doubt,
        "engine_status": outcome.code,
        "http_status": outcome.status,
        "redemption_id": outcome.redemption_id,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
