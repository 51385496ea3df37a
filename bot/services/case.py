"""Cases: take, answer, reopen, honour, and whether a question can reach store ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import partial
from typing import Any

from bot.aio.clock import Clock
from bot.aio.frozen import frozen, part
from bot.aio.together import both
from bot.domain.cards import CaseNow
from bot.domain.case import Case, CaseAnswer, CaseId, CaseState, Verb
from bot.domain.errors import CardExpired, CouldNotVerify, VersionConflict
from bot.domain.handled import Handled
from bot.domain.messages import MessageKind
from bot.domain.person import Actor, Admission, PersonId
from bot.domain.policy import Escalations
from bot.domain.redemption import Trouble
from bot.domain.request_errors import NobodyToAsk
from bot.services.audit import AuditLog, judged_by
from bot.services.authorize import RIGHTS, Action, Authorize
from bot.services.case_facts import ReadCaseFacts
from bot.services.case_honour import in_the_way
from bot.services.ports import AuditEvent, Cases, Channels, Requests, Rights

#: How often the outbox relay may write to a case between a press and its move.
TRIES = 5


@part(kw_only=True)
class Reach:
    """Checks whether a question can reach somebody who may answer it."""

    escalations: Escalations
    channels: Channels
    rights: Rights

    async def channel(self, asker: PersonId) -> str:
        """Return the channel to post it in. Raises NobodyToAsk."""
        channel = self.escalations.channel
        if channel is None:
            raise NobodyToAsk(Trouble.NO_CHANNEL)
        await self.check(channel, asker)
        return channel

    async def check(self, channel: str, asker: PersonId) -> None:
        """Raises NobodyToAsk if the channel cannot be posted in or nobody there may answer."""
        trouble = await self.channels.trouble(channel)
        if trouble is None and not await self._anybody(asker):
            trouble = Trouble.NO_APPROVER
        if trouble is not None:
            raise NobodyToAsk(trouble)

    async def _anybody(self, asker: PersonId) -> bool:
        """Whether somebody else may answer; True if Slack cannot be asked."""
        try:
            return await self.rights.members(self.escalations.groups, but=asker)
        except CouldNotVerify:
            return True


@frozen(kw_only=True)
class _Move:
    """
    What a press does to a case.

    Attributes:
        action: the press.
        after: returns the case after the move, from the current one.
        holds: whether it may still be made, on a case to which somebody has written since it was decided.

    """

    action: Action
    what: AuditEvent
    after: Callable[[Case], Case]
    holds: Callable[[Case], bool]
    post: tuple[tuple[MessageKind, str], ...]
    why: Mapping[str, Any] = field(default_factory=dict)


def _unmoved(seen: Case) -> Callable[[Case], bool]:
    """Return a check that no person has moved the case."""
    return lambda now: now.stage == seen.stage


def _in_thread(case: Case) -> tuple[tuple[MessageKind, str], ...]:
    """Return what to post: the thread message, and the case's own message in case it was deleted."""
    return ((MessageKind.CASE, case.channel), (MessageKind.CASE_THREAD, case.channel))


@part(kw_only=True)
class HandleCase:
    """Moves a case. `stage` is what the press was made on. Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    authorize: Authorize
    audit: AuditLog
    reach: Reach
    cases: Cases
    requests: Requests
    facts: ReadCaseFacts
    region: str
    now: Clock
    wake: Callable[[], None]

    async def take(self, case_id: CaseId, stage: str, *, by: Actor) -> Handled[Case]:
        """Take the case; from its owner, if it has one."""
        case, admission = await self._admitted(Action.TAKE, case_id, by)
        if case.stage != stage or case.state is CaseState.ANSWERED or case.owner == by.id:
            return await self._too_late(Action.TAKE, case, by)
        over, at = case.owner is not None, self.now()
        move = _Move(
            action=Action.TAKE,
            what=AuditEvent.CASE_TAKEN_OVER if over else AuditEvent.CASE_TAKEN,
            after=lambda now: now.taken(by.id, at),
            holds=_unmoved(case),
            post=_in_thread(case) if over else (),
            why=judged_by(admission),
        )
        return await self._moved(case, move, by)

    async def look(self, case_id: CaseId, *, by: Actor) -> CaseNow:
        """Return the case for the answer form. Who may answer sees the facts unmasked, which the audit log records."""
        case, admission = await self._admitted(Action.OPEN_ANSWER, case_id, by)
        if not may_answer(case, by.id):
            return CaseNow(case=case)
        other = await in_the_way(self.requests, case)
        shown = await self._shown("answer", case, admission, by)
        return replace(shown, in_the_way=other.state if other else None)

    async def unmasked(self, case_id: CaseId, *, by: Actor, own: bool = False) -> CaseNow:
        """Return the case for its details, which the audit log records: to store ops, or to whoever asked (`own`)."""
        action = Action.SHOW_OWN_CASE if own else Action.SHOW_CASE
        case, admission = await self._admitted(action, case_id, by)
        return await self._shown("details", case, admission, by)

    async def _shown(self, at: str, case: Case, admission: Admission, by: Actor) -> CaseNow:
        await self.audit.tell(AuditEvent.CASE_SHOWN, by=by.id, case_id=case.id, at=at, **judged_by(admission))
        return await self.facts.now(case)

    async def answer(
        self, case_id: CaseId, stage: str, verb: Verb, reply: str, *, by: Actor
    ) -> Handled[Case]:
        """
        Answer the case, and take it by that; one that is taken only its owner answers, others take it first.

        It makes no difference whether they have taken it since `stage`.
        """

        def may(now: Case) -> bool:
            return now.is_as_seen(stage, by.id) and may_answer(now, by.id)

        case, admission = await self._admitted(Action.ANSWER, case_id, by)
        if not may(case):
            return await self._too_late(Action.ANSWER, case, by)
        answer = await self._composed(case, verb, reply, by)
        move = _Move(
            action=Action.ANSWER,
            what=AuditEvent.CASE_ANSWERED,
            after=lambda now: now.answered(answer),
            holds=may,
            post=(*_in_thread(case), (MessageKind.ASKER_NEWS, case.asker)),
            why={
                "outcome": verb,
                "reply": answer.reply,
                "coupon": answer.verdict,
                "refusal": answer.refusal,
                "request": answer.in_the_way,
                **judged_by(admission),
            },
        )
        return await self._moved(case, move, by)

    async def reopen(self, case_id: CaseId, *, by: Actor) -> Handled[Case]:
        """Reopen an answered case; only the asker may. Raises NobodyToAsk as well."""
        case, _ = await self._admitted(Action.REOPEN, case_id, by)
        if case.state is not CaseState.ANSWERED:
            return await self._too_late(Action.REOPEN, case, by)
        await self.reach.check(case.channel, by.id)
        move = _Move(
            action=Action.REOPEN,
            what=AuditEvent.CASE_REOPENED,
            after=partial(Case.open_again, at=self.now(), remind_after=self.reach.escalations.remind_after),
            holds=_unmoved(case),
            post=_in_thread(case),
        )
        return await self._moved(case, move, by)

    async def _composed(self, case: Case, verb: Verb, reply: str, by: Actor) -> CaseAnswer:
        """Return the answer, masked; an honoured coupon is checked anew, because Redeem is offered only then."""
        other = await in_the_way(self.requests, case) if verb is Verb.HONOUR else None
        codes, now = await both(self.facts.codes(case.facts), self._honoured(case, verb))
        finding = now.finding
        return CaseAnswer(
            verb=verb,
            reply=case.facts.masked(reply, region=self.region, codes=codes),
            by=by.id,
            at=self.now(),
            verdict=finding.verdict if finding else None,
            refusal=finding.check.refusal if finding else None,
            in_the_way=other.state if other else None,
        )

    async def _honoured(self, case: Case, verb: Verb) -> CaseNow:
        return await self.facts.now(case) if verb is Verb.HONOUR else CaseNow(case=case)

    async def _moved(self, seen: Case, move: _Move, by: Actor) -> Handled[Case]:
        """Move the case; retry if what was written to it meanwhile makes no difference, as the outbox relay's `Case.found`."""
        case = seen
        try:
            for _ in range(TRIES):
                try:
                    moved = await self.cases.move(
                        case, move.after(case), move.what, by=by.id, why=move.why, post=move.post
                    )
                except VersionConflict:
                    case = await self._known(seen.id)
                    if not move.holds(case):
                        break
                else:
                    return Handled(row=moved, ours=True)
            return await self._too_late(move.action, case, by)
        finally:
            self.wake()

    async def _admitted(self, action: Action, case_id: CaseId, by: Actor) -> tuple[Case, Admission]:
        return await self.authorize.on(action, by, case_id, partial(self.cases.get, case_id))

    async def _known(self, case_id: CaseId) -> Case:
        case = await self.cases.get(case_id)
        if case is None:
            raise CardExpired
        return case

    async def _too_late(self, action: Action, case: Case, by: Actor) -> Handled[Case]:
        """Record in the audit log that another press came first; returns the current case."""
        at = RIGHTS[action].at
        await self.audit.tell(AuditEvent.CASE_TOO_LATE, by=by.id, case_id=case.id, at=at, state=case.state)
        return Handled(row=case, ours=False)


def may_answer(case: Case, person: PersonId) -> bool:
    """Whether store ops' press on Answer opens the form: nobody else has taken it."""
    return case.state is CaseState.OPEN or (case.state is CaseState.TAKEN and case.owner == person)
