"""Look for evidence of an outcome in the engine's records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.domain.alarm import Alarm
from bot.domain.errors import EngineError
from bot.domain.facts import Absence, Fact, OtherEvidence, Undecided, kind_of
from bot.domain.messages import MessageKind
from bot.domain.redemption import Redemption, State, Trouble
from bot.domain.transitions import NOTHING_BESIDE, Change
from bot.services.evidence import ReadEvidence
from bot.services.ports import Channels, Requests
from bot.services.spend import Forget
from bot.services.verdict import AGAIN_AFTER_S, WriteVerdict

log = structlog.get_logger(__name__)

#: Successful reads that found nothing before a request becomes *not redeemed*.
ENOUGH_LOOKS = 3
#: Seconds until a last look that failed is repeated.
RETRY_S = 60 * 60.0
#: Seconds after which looks that failed, or found no redemption id, are given up.
GIVE_UP_S = 2 * AGAIN_AFTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """
    Makes one look for one request.

    An unknown outcome gets looks until it is settled, a verdict without a redemption gets one more, and a redemption
    without an id gets looks until the id is found.

    Attributes:
        after_s: seconds to the first look; each later one waits twice as long.
        window_s: seconds since the outcome became unknown; until they are over, finding nothing proves nothing.
        attention: the channel to tell of an unknown outcome; None if there is none. Nothing is posted there while
            it is shared with another company.

    Raises LedgerUnavailable, VersionConflict.

    """

    requests: Requests
    write: WriteVerdict
    evidence: ReadEvidence
    forget: Forget
    wake: Callable[[], None]
    channels: Channels
    after_s: float
    window_s: float
    attention: str | None

    async def __call__(self, row: Redemption) -> Redemption:
        try:
            fact = await self.evidence(row)
        except EngineError as err:
            return await self._failed(row, err)
        looked = await (self._of_unknown(row, fact) if row.state is State.UNKNOWN else self._again(row, fact))
        self.wake()
        return looked

    async def _of_unknown(self, row: Redemption, fact: Fact | None) -> Redemption:
        if fact is None:
            return await self._nothing(row)
        if isinstance(fact, Undecided):
            return await self._undecided(row, fact)
        return await self._proved(row, fact)

    async def _nothing(self, row: Redemption) -> Redemption:
        """Handle a look that found nothing: it settles only after the window, and after enough looks."""
        looks = row.looks + 1
        if looks >= ENOUGH_LOOKS and self._over(row):
            written = await self.write(row, Absence(), why=_told(row, None), beside=Change(looks=looks))
            return written.row
        # What an earlier look found belongs to another request by now.
        outcome = replace(row.outcome, uses=())
        change = replace(await self._later(row), looks=looks, outcome=outcome)
        return await self.requests.move(row, State.UNKNOWN, change, why=_told(row, None))

    async def _undecided(self, row: Redemption, fact: Undecided) -> Redemption:
        """Handle uses that prove neither: after the end of the window only a person can settle it."""
        change = await self._later(row)
        if self._over(row):
            change = replace(change, due_in_s=None, never_due=True)
        outcome = replace(row.outcome, uses=fact.uses)
        return await self.requests.move(
            row, State.UNKNOWN, replace(change, outcome=outcome), why=_told(row, fact)
        )

    async def _again(self, row: Redemption, fact: Fact | None) -> Redemption:
        """Handle a look at a request that has its verdict already."""
        if fact is not None and not (isinstance(fact, Undecided) and row.state is not State.NOT_REDEEMED):
            return await self._proved(row, fact)
        # Nobody knows of a call, or the answer was no; which use is whose only a person can tell.
        found = row.state is not State.REDEEMED and self.evidence.names_bill(row, fact)
        alarm = Alarm.FOUND_AFTER_ALL if found else None
        change = Change(never_due=True, looks=row.looks + 1, alarm=alarm)
        if row.state is State.REDEEMED and row.outcome.redemption_id is None:
            change = self._without_id(row)
        return await self.requests.move(row, row.state, change, why=_told(row, fact))

    def _without_id(self, row: Redemption) -> Change:
        """Return the change for a yes without a redemption id, which is looked for during a day."""
        passed_s = self._since_sent_s(row)
        if passed_s >= AGAIN_AFTER_S:
            return Change(never_due=True, alarm=Alarm.NO_REDEMPTION_ID)
        return Change(due_in_s=max(self.after_s, passed_s))

    async def _proved(self, row: Redemption, fact: Fact) -> Redemption:
        beside = await self._beside(row, fact)
        written = await self.write(row, fact, why=_told(row, fact), beside=beside)
        self.forget(row.terms.customer)
        if not written.ours:
            return await self.requests.move(row, row.state, Change(never_due=True), why=_told(row, fact))
        if written.row.state is State.UNKNOWN:
            # Another request's claim on it is as strong: the next look would find the same, and only a person can tell.
            return await self.requests.move(
                written.row, State.UNKNOWN, Change(never_due=True), why=_told(row, fact)
            )
        return written.row

    async def _beside(self, row: Redemption, fact: Fact) -> Change:
        """Return the change that tells the requester and the settlers what was found after a verdict."""
        if row.state is State.UNKNOWN:
            return NOTHING_BESIDE
        told: tuple[tuple[MessageKind, str], ...] = ()
        if isinstance(fact, Undecided):
            told = ((MessageKind.NEWS, row.terms.requester), *await self._attention())
        return Change(never_due=True, post=told)

    async def _failed(self, row: Redemption, err: EngineError) -> Redemption:
        """Schedule the next look after a failed read, which is not counted."""
        log.warning("evidence_not_read", request=row.reference, error=type(err).__name__)
        why = {"error": type(err).__name__}
        moved = await self.requests.move(row, row.state, await self._after_failure(row), why=why)
        self.wake()
        return moved

    async def _after_failure(self, row: Redemption) -> Change:
        if row.state is State.UNKNOWN:
            return await self._later(row)
        if self._since_sent_s(row) >= GIVE_UP_S:
            return Change(never_due=True, alarm=Alarm.LOOKS_FAILED)
        return Change(due_in_s=RETRY_S)

    def _since_sent_s(self, row: Redemption) -> float:
        """Return the seconds from `send_by` to when this look was due, by the database's clock."""
        began = row.send_by or row.begin_by
        return 0.0 if row.due_at is None or began is None else (row.due_at - began).total_seconds()

    async def _later(self, row: Redemption) -> Change:
        """Return the change for the next look, and tell the people who may settle it."""
        post = await self._attention()
        return Change(due_in_s=next_look_s(self._passed_s(row), self.after_s, self.window_s), post=post)

    async def _attention(self) -> tuple[tuple[MessageKind, str], ...]:
        """Return the message for the attention channel; none if the channel is shared with another company."""
        if self.attention is None:
            return ()
        trouble = await self.channels.trouble(self.attention)
        return () if trouble is Trouble.CHANNEL_SHARED else ((MessageKind.ATTENTION, self.attention),)

    def _over(self, row: Redemption) -> bool:
        """Whether this look was due after the end of the window."""
        return self._passed_s(row) >= self.window_s

    def _passed_s(self, row: Redemption) -> float:
        """Return the seconds from the outcome becoming unknown to when this look was due, by the database's clock."""
        if row.due_at is None or row.unknown_at is None:
            return 0.0
        return (row.due_at - row.unknown_at).total_seconds()


def _told(row: Redemption, fact: Fact | None) -> Mapping[str, Any]:
    """Return what a look found, for the audit log."""
    uses = getattr(fact, "uses", None) or ((fact.use,) if isinstance(fact, OtherEvidence) else ())
    found = kind_of(fact).value if fact is not None else "nothing new"
    return {"proof": found, "uses": [use.id for use in uses], "looks": row.looks}


def next_look_s(passed_s: float, after_s: float, window_s: float) -> float:
    """
    Return the seconds to the next look: as many as have passed, so that the waits double.

    One look is due when the window ends; after that there is one look each window.
    """
    wait_s = max(after_s, passed_s)
    if passed_s < window_s:
        return min(wait_s, window_s - passed_s)
    return window_s
