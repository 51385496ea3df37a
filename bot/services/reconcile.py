"""Settle an unknown outcome by what the engine's own records prove, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.domain.answer import Evidence, Finding, weigh
from bot.domain.errors import EngineError
from bot.domain.messages import MessageKind
from bot.domain.redemption import Outcome, Redemption, Settled, State, Trouble
from bot.domain.transitions import Change
from bot.services.ports import Channels, RedeemEngine, Requests
from bot.services.spend import Forget

log = structlog.get_logger(__name__)

#: Successful reads without a trace before "not redeemed" may be said.
ENOUGH_LOOKS = 3
#: The last look at what was found not to be redeemed.
AGAIN_AFTER_S = 24 * 60 * 60.0
#: Until a last look that failed is tried again.
RETRY_S = 60 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """
    One look at one request that is `unknown` or `not_redeemed`.

    Attributes:
        after_s: seconds to the first look; each later one waits twice as long.
        window_s: seconds since the outcome became unknown in which absence proves nothing.
        attention: the channel of those who may close an unknown outcome; None when there is none. Nothing
            is posted there while it is shared with another company.

    Raises LedgerUnavailable, VersionConflict.

    """

    requests: Requests
    engine: RedeemEngine
    forget: Forget
    wake: Callable[[], None]
    channels: Channels
    after_s: float
    window_s: float
    attention: str | None

    async def __call__(self, row: Redemption) -> Redemption:
        intent = row.intent
        if intent is None:
            raise AssertionError("only what was journaled can be unknown")
        try:
            uses = await self.engine.uses(
                row.terms.customer, row.terms.code, since=intent.since, single=intent.single
            )
        except EngineError as err:
            return await self._failed(row, err)
        # What another request has redeemed since is no evidence of this one.
        known = (*intent.before, *await self.requests.redemptions_of_others(row))
        found = weigh(uses, before=known, bill_number=row.terms.bill_number, till=intent.till)
        return await self._weighed(row, found)

    async def _weighed(self, row: Redemption, found: Finding) -> Redemption:
        if found.proof is Evidence.REDEEMED:
            return await self._redeemed(row, found)
        if row.state is State.NOT_REDEEMED:
            return await self._move(row, State.NOT_REDEEMED, Change(never_due=True), found)
        if found.proof is Evidence.UNDECIDED:
            outcome = replace(row.outcome, uses=found.uses)
            change = replace(await self._later(row), outcome=outcome, looks=row.looks + 1)
            if self._over(row):
                # From here on only a person can tell.
                change = replace(change, due_in_s=None, never_due=True)
            return await self._move(row, State.UNKNOWN, change, found)
        looks = row.looks + 1
        if looks >= ENOUGH_LOOKS and self._over(row):
            gone = Change(
                outcome=replace(row.outcome, settled=Settled.EVIDENCE, uses=()),
                looks=looks,
                due_in_s=AGAIN_AFTER_S,
            )
            return await self._move(row, State.NOT_REDEEMED, gone, found)
        return await self._move(row, State.UNKNOWN, replace(await self._later(row), looks=looks), found)

    async def _redeemed(self, row: Redemption, found: Finding) -> Redemption:
        if row.state is State.NOT_REDEEMED:
            log.error("redeemed_after_all", request=row.reference)
        outcome = Outcome(
            settled=Settled.EVIDENCE, redemption_id=found.uses[0].id, doubt=row.outcome.doubt, uses=found.uses
        )
        self.forget(row.terms.customer)
        return await self._move(row, State.REDEEMED, Change(outcome=outcome, never_due=True), found)

    async def _failed(self, row: Redemption, err: EngineError) -> Redemption:
        """A read that failed counts for nothing."""
        log.warning("evidence_not_read", request=row.reference, error=type(err).__name__)
        change = Change(due_in_s=RETRY_S) if row.state is State.NOT_REDEEMED else await self._later(row)
        moved = await self.requests.move(row, row.state, change, why={"error": type(err).__name__})
        self.wake()
        return moved

    async def _move(self, row: Redemption, to: State, change: Change, found: Finding) -> Redemption:
        why = {"proof": found.proof, "uses": [use.id for use in found.uses], "looks": row.looks}
        moved = await self.requests.move(row, to, change, why=why)
        self.wake()
        return moved

    async def _later(self, row: Redemption) -> Change:
        """The next look, and a word to those who may close it: this one has settled nothing."""
        fit = self.attention and await self.channels.trouble(self.attention) is not Trouble.CHANNEL_SHARED
        post = ((MessageKind.ATTENTION, self.attention),) if self.attention and fit else ()
        return Change(due_in_s=next_look_s(self._passed_s(row), self.after_s, self.window_s), post=post)

    def _over(self, row: Redemption) -> bool:
        """Whether this look was due only after the end of the window."""
        return self._passed_s(row) >= self.window_s

    def _passed_s(self, row: Redemption) -> float:
        """Seconds between the outcome becoming unknown and the moment this look was due; both the database's."""
        if row.due_at is None or row.unknown_at is None:
            return 0.0
        return (row.due_at - row.unknown_at).total_seconds()


def next_look_s(passed_s: float, after_s: float, window_s: float) -> float:
    """
    Seconds from one look to the next: as many as have passed, so that they double.

    One of them is due just when the window ends; after it they come once a window.
    """
    wait_s = max(after_s, passed_s)
    if passed_s < window_s:
        return min(wait_s, window_s - passed_s)
    return window_s
