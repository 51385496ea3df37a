"""Look for evidence of an outcome in the engine's records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.aio.frozen import part
from bot.domain.errors import EngineError
from bot.domain.facts import Absence, Fact, Undecided
from bot.domain.redemption import Redemption, State
from bot.domain.transitions import Change
from bot.services.evidence import ReadEvidence, told_of_look
from bot.services.look_again import LookAgain
from bot.services.ports import Requests
from bot.services.verdict import WriteVerdict

log = structlog.get_logger(__name__)

#: Successful reads that found nothing before a request becomes *not redeemed*.
ENOUGH_LOOKS = 3


@part(kw_only=True)
class Reconcile:
    """
    Makes one look for one request.

    An unknown outcome gets looks until it is settled. `again` handles looks at what has ended.

    Attributes:
        after_s: seconds to the first look; each later one waits twice as long.
        window_s: seconds since the outcome became unknown; until they are over, finding nothing proves nothing.

    Raises LedgerUnavailable, VersionConflict.

    """

    requests: Requests
    write: WriteVerdict
    evidence: ReadEvidence
    again: LookAgain
    wake: Callable[[], None]
    after_s: float
    window_s: float

    async def __call__(self, row: Redemption) -> Redemption:
        try:
            fact = await self.evidence(row)
        except EngineError as err:
            looked = await self._failed(row, err)
        else:
            of_unknown = row.state is State.UNKNOWN
            looked = await (self._of_unknown(row, fact) if of_unknown else self.again(row, fact))
        self.wake()
        return looked

    async def _failed(self, row: Redemption, err: EngineError) -> Redemption:
        """Schedule the next look after a failed read, which is not counted."""
        log.warning("evidence_not_read", request=row.reference, error=type(err).__name__)
        if row.state is not State.UNKNOWN:
            return await self.again.failed(row, err)
        change = await self._later(row)
        return await self.requests.move(row, row.state, change, why={"error": type(err).__name__})

    async def _of_unknown(self, row: Redemption, fact: Fact | None) -> Redemption:
        if fact is None:
            return await self._nothing(row)
        if isinstance(fact, Undecided):
            return await self._undecided(row, fact)
        written = await self.write(row, fact, why=told_of_look(row, fact))
        self.again.forget(row.terms.customer)
        if written.row.state is State.UNKNOWN:
            return await self.again.leave_to_a_person(written.row, fact)
        return written.row

    async def _nothing(self, row: Redemption) -> Redemption:
        """Handle a look that found nothing: it settles only after the window, and after enough looks."""
        looks = row.looks + 1
        if looks >= ENOUGH_LOOKS and self._over(row):
            written = await self.write(
                row, Absence(), why=told_of_look(row, None), beside=Change(looks=looks)
            )
            return written.row
        # What an earlier look found belongs to another request by now.
        outcome = replace(row.outcome, uses=())
        change = replace(await self._later(row), looks=looks, outcome=outcome)
        return await self.requests.move(row, State.UNKNOWN, change, why=told_of_look(row, None))

    async def _undecided(self, row: Redemption, fact: Undecided) -> Redemption:
        """Handle uses that prove neither: after the end of the window only a person can settle it."""
        change = await self._later(row)
        if self._over(row):
            change = replace(change, due_in_s=None, never_due=True)
        outcome = replace(row.outcome, uses=fact.uses)
        return await self.requests.move(
            row, State.UNKNOWN, replace(change, outcome=outcome), why=told_of_look(row, fact)
        )

    async def _later(self, row: Redemption) -> Change:
        """Return the change for the next look, and tell the people who may settle it."""
        post = await self.again.tell_settlers()
        return Change(due_in_s=next_look_s(self._passed_s(row), self.after_s, self.window_s), post=post)

    def _over(self, row: Redemption) -> bool:
        """Whether this look was due after the end of the window."""
        return self._passed_s(row) >= self.window_s

    def _passed_s(self, row: Redemption) -> float:
        """Return the seconds from the outcome becoming unknown to when this look was due, by the database's clock."""
        if row.due_at is None or row.unknown_at is None:
            return 0.0
        return (row.due_at - row.unknown_at).total_seconds()


def next_look_s(passed_s: float, after_s: float, window_s: float) -> float:
    """
    Return the seconds to the next look: as many as have passed, so that the waits double.

    One look is due when the window ends; after that there is one look each window.
    """
    wait_s = max(after_s, passed_s)
    if passed_s < window_s:
        return min(wait_s, window_s - passed_s)
    return window_s
