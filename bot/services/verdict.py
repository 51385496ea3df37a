"""Write what a fact makes of a request: the only way to settle an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot.aio.frozen import part
from bot.domain.answer import NotSent, Redeemed, Refused, Unclear
from bot.domain.errors import VersionConflict
from bot.domain.facts import Conclusion, Fact, conclude, may_be_echo
from bot.domain.handled import Handled
from bot.domain.person import PersonId
from bot.domain.redemption import Outcome, Redemption, State
from bot.domain.transitions import NOTHING_BESIDE, Change
from bot.services.ports import Requests
from bot.services.retry import TRIES, Holds

log = structlog.get_logger(__name__)


def _always(_row: Redemption) -> bool:
    return True


@part(kw_only=True)
class WriteVerdict:
    """
    Concludes from a fact by `bot.domain.facts` and writes the result, with retries after version conflicts.

    Attributes:
        look_after_s: seconds to the first look, from an unclear outcome or from a yes without a redemption id.
        window_s: seconds after the call in which a redemption may still be booked.

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
        Return the request afterwards, and whether this fact changed it.

        `beside` is written in the same move; when it is due next counts only if the state stays. After a version
        conflict `holds` decides whether the fact still counts for the current request. Raises LedgerUnavailable, and VersionConflict after too many conflicts.
        """
        for _ in range(TRIES):
            concluded = conclude(row, fact)
            if not concluded.changes and concluded.alarm is None:
                return Handled(row=row, ours=False)
            change = replace(beside, **self._change(row, concluded, beside))
            told = {**(why or {}), **told_of(concluded.outcome), **_answered(fact)}
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
        stays = concluded.to is row.state
        due_in_s = self._due_in_s(row, concluded)
        return {
            "outcome": concluded.outcome,
            "claim": concluded.claim,
            "alarm": concluded.alarm,
            "due_in_s": beside.due_in_s if stays and due_in_s is None else due_in_s,
            "never_due": beside.never_due and stays,
        }

    def _due_in_s(self, row: Redemption, concluded: Conclusion) -> float | None:
        """Return the seconds to the next look; None if the state decides it (`bot.domain.looks`)."""
        to, outcome = concluded.to, concluded.outcome
        if to is State.UNKNOWN and row.state is not State.UNKNOWN:
            return self.look_after_s
        if to is State.REDEEMED and outcome.redemption_id is None:
            return self.look_after_s
        if to is not row.state and may_be_echo(outcome):
            return self.window_s
        return None


def _answered(fact: Fact) -> Mapping[str, Any]:
    """The digest of the body that the engine answered with."""
    body = fact.body if isinstance(fact, Redeemed | Refused | NotSent | Unclear) else None
    return {} if body is None else {"engine_body": body}


def told_of(outcome: Outcome) -> Mapping[str, Any]:
    """Return what is known of the outcome, for the audit log."""
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
