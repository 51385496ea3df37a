"""Look in the engine's records for a request that has ended."""

from __future__ import annotations

from dataclasses import replace

from bot.aio.frozen import part
from bot.domain.alarm import Alarm
from bot.domain.errors import EngineError
from bot.domain.facts import Fact, Undecided, conclude
from bot.domain.looks import (
    DAY_S,
    GIVE_UP_S,
    ended_unsent,
    has_no_id,
    next_look_in_s,
    retry_in_s,
    since_end_s,
    surely_unsent,
)
from bot.domain.messages import MessageKind
from bot.domain.redemption import Outcome, Redemption, State
from bot.domain.transitions import Change
from bot.services.attention import TellSettlers
from bot.services.evidence import ReadEvidence, told_of_look
from bot.services.ports import Requests
from bot.services.spend import Forget
from bot.services.verdict import WriteVerdict

#: What is told of a use that was found although the state stays.
_TOLD = frozenset({State.NOT_REDEEMED, State.REDEEMED})


@part(kw_only=True)
class LookAgain:
    """
    Handles a look at a request that has ended.

    What ended without a sending is looked at at once, a no that may be an echo after the window, a redemption without
    an id until the id is found, and each of them once more a day after its end (`bot.domain.looks`). Nothing new ends
    it silently; what contradicts the verdict is an alarm.

    Attributes:
        after_s: seconds to the first look; each later one waits twice as long.

    Raises LedgerUnavailable, VersionConflict.

    """

    requests: Requests
    write: WriteVerdict
    evidence: ReadEvidence
    forget: Forget
    tell_settlers: TellSettlers
    after_s: float

    async def __call__(self, row: Redemption, fact: Fact | None) -> Redemption:
        if isinstance(fact, Undecided) and row.state is not State.NOT_REDEEMED:
            return await self._undecided(row, fact)
        if fact is None:
            return await self._moved(row, await self._nothing(row, fact), fact)
        written = await self.write(
            row, fact, why=told_of_look(row, fact), beside=await self._beside(row, fact)
        )
        self.forget(row.terms.customer)
        if not written.ours:
            return await self._moved(row, await self._nothing(row, fact), fact)
        unknown = written.row.state is State.UNKNOWN
        return await self.leave_to_a_person(written.row, fact) if unknown else written.row

    async def leave_to_a_person(self, row: Redemption, fact: Fact) -> Redemption:
        """Another request's claim on it is as strong: the next look would find the same, and only a person can tell."""
        return await self._moved(row, Change(never_due=True), fact)

    async def for_a_person(self, row: Redemption) -> Redemption:
        """
        Make a look because a person is about to name the use; it may find the id itself.

        A read that fails is kept among the looks, and changes nothing.
        """
        try:
            fact = await self.evidence(row)
        except EngineError as err:
            why = {"error": type(err).__name__}
            return await self.requests.move(row, row.state, Change(redraw=False), why=why)
        if fact is not None:
            written = await self.write(row, fact, why=told_of_look(row, fact))
            self.forget(row.terms.customer)
            if written.ours:
                return written.row
        # What proves nothing by itself is left to the person.
        kept = _kept(row, fact)
        return await self._moved(row, Change(outcome=kept, redraw=kept is not None), fact)

    async def failed(self, row: Redemption, err: EngineError) -> Redemption:
        """Schedule the next try of a look that failed; after two days it is given up, with an alarm."""
        change = Change(due_in_s=retry_in_s(row, self.after_s), redraw=False)
        if since_end_s(row) >= GIVE_UP_S:
            post = await self.tell_settlers() if has_no_id(row) else ()
            change = Change(never_due=True, alarm=Alarm.LOOKS_FAILED, post=post)
        return await self.requests.move(row, row.state, change, why={"error": type(err).__name__})

    async def _undecided(self, row: Redemption, fact: Undecided) -> Redemption:
        """Handle uses of which only a person can tell whose they are; one more for this bill is an alarm."""
        rests_on = row.outcome.redemption_id
        uses = self.evidence.for_this_bill(row, fact)
        if all(use.id == rests_on for use in uses) or has_no_id(row):
            return await self._moved(row, await self._nothing(row, fact), fact)
        if row.state is not State.REDEEMED:
            found = Change(never_due=True, looks=row.looks + 1, alarm=Alarm.FOUND_AFTER_ALL)
            return await self._moved(row, found, fact)
        outcome = replace(row.outcome, uses=uses)
        twice = Change(
            never_due=True, outcome=outcome, alarm=Alarm.REDEEMED_TWICE, post=await self._told(row)
        )
        return await self._moved(row, twice, fact)

    async def _nothing(self, row: Redemption, fact: Fact | None) -> Change:
        """Return the change for a look that found nothing new, or nothing that tells an id."""
        if has_no_id(row):
            return await self._without_id(row, fact)
        shows = row.state is State.NOT_REDEEMED or (ended_unsent(row) and not surely_unsent(row))
        return replace(_looked(row), redraw=shows)

    async def _without_id(self, row: Redemption, fact: Fact | None) -> Change:
        """
        Return the change for a yes without a redemption id, which is looked for during a day.

        The uses that may be it are kept: after the day a person names one of them.
        """
        kept, passed_s = _kept(row, fact), since_end_s(row)
        if passed_s >= DAY_S:
            told = await self.tell_settlers()
            return Change(never_due=True, outcome=kept, alarm=Alarm.NO_REDEMPTION_ID, post=told)
        return Change(due_in_s=max(self.after_s, passed_s), outcome=kept, redraw=False)

    async def _beside(self, row: Redemption, fact: Fact) -> Change:
        """Return the change that goes with a fact; where the state stays, it tells what contradicts it."""
        concluded = conclude(row, fact)
        if concluded.to is not row.state:
            return Change(looks=row.looks + 1)
        if concluded.alarm is None:
            return _looked(row)
        post = await self._told(row) if row.state in _TOLD else ()
        return Change(never_due=True, looks=row.looks + 1, post=post)

    async def _told(self, row: Redemption) -> tuple[tuple[MessageKind, str], ...]:
        return ((MessageKind.NEWS, row.terms.requester), *await self.tell_settlers())

    async def _moved(self, row: Redemption, change: Change, fact: Fact | None) -> Redemption:
        return await self.requests.move(row, row.state, change, why=told_of_look(row, fact))


def _kept(row: Redemption, fact: Fact | None) -> Outcome | None:
    """Return the outcome with the uses that a person may name; None if they are the same as before."""
    uses = fact.uses if isinstance(fact, Undecided) else ()
    return None if uses == row.outcome.uses else replace(row.outcome, uses=uses)


def _looked(row: Redemption) -> Change:
    due_in_s = next_look_in_s(row)
    return Change(due_in_s=due_in_s, never_due=due_in_s is None, looks=row.looks + 1)
