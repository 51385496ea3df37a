"""Cases: who may see to them, and what becomes of one: taken, answered, reopened, honoured."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.aio.clock import Clock
from bot.domain.case import Case, CaseAnswer, CaseId, CaseState, Verb
from bot.domain.draft import Typed
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, NotAllowed, VersionConflict
from bot.domain.messages import MessageKind
from bot.domain.person import Actor, PersonId
from bot.domain.policy import Escalations, Groups, Policy
from bot.domain.redemption import Trouble
from bot.domain.request_errors import NobodyToAsk
from bot.services.ports import Cases, Channels, Rights
from bot.services.redeem_form import Opened, OpenForm

#: What an honoured coupon is redeemed for, where the policy has that reason.
GOODWILL = "Goodwill"
#: What may turn out of a case's message between a press and its move, one after another.
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDoor:
    """
    Lets through who may see to a case, and writes down who was not let through.

    Attributes:
        groups: whose members may take and answer.

    """

    rights: Rights
    cases: Cases
    groups: Groups

    @asynccontextmanager
    async def attempt(self, at: str, by: PersonId, case_id: CaseId | None = None) -> AsyncIterator[None]:
        """Whoever is denied inside is in the audit log before they are told."""
        try:
            yield
        except (NotAllowed, CouldNotVerify) as err:
            why = {"at": at, "denied": err.why.value if isinstance(err, NotAllowed) else "could_not_verify"}
            await self.cases.tell("case_denied", by=by, case_id=case_id, why=why)
            raise

    async def for_store_ops(self, case_id: CaseId, *, by: Actor, at: str) -> Case:
        """The case as it stands, for somebody who may take and answer it. Nobody answers their own question."""
        async with self.attempt(at, by.id, case_id):
            try:
                await self.rights.admit(by, self.groups)
            except NotAllowed as err:
                raise NotAllowed(Denial.CASES) if err.why is Denial.GROUP else err from None
            case = await self.known(case_id)
            if case.asker == by.id:
                raise NotAllowed(Denial.OWN_CASE)
        return case

    async def for_asker(self, case_id: CaseId, *, by: Actor, at: str) -> Case:
        async with self.attempt(at, by.id, case_id):
            await self.rights.admit(by, None)
            case = await self.known(case_id)
            if case.asker != by.id:
                raise NotAllowed(Denial.ASKER)
        return case

    async def known(self, case_id: CaseId) -> Case:
        case = await self.cases.get(case_id)
        if case is None:
            raise CardExpired
        return case


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whether a question reaches anybody who may answer it."""

    escalations: Escalations
    channels: Channels
    rights: Rights

    async def channel(self, asker: PersonId) -> str:
        """Where it is posted. Raises NobodyToAsk."""
        channel = self.escalations.channel
        if channel is None:
            raise NobodyToAsk(Trouble.NO_CHANNEL)
        await self.check(channel, asker)
        return channel

    async def check(self, channel: str, asker: PersonId) -> None:
        """Raises NobodyToAsk."""
        trouble = await self.channels.trouble(channel)
        if trouble is None and not await self._anybody(asker):
            trouble = Trouble.NO_APPROVER
        if trouble is not None:
            raise NobodyToAsk(trouble)

    async def _anybody(self, asker: PersonId) -> bool:
        """Where Slack does not say, somebody may well read it."""
        try:
            return await self.rights.members(self.escalations.groups, but=asker)
        except CouldNotVerify:
            return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """
    What came of a press.

    Attributes:
        case: as it stands now.
        ours: whether this press moved it; else somebody was quicker, or it was for how it stood before.

    """

    case: Case
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """
    What a press does to a case.

    Attributes:
        at: the press, as the audit log names it.
        after: the case it becomes, of the case as it stands.

    """

    at: str
    what: str
    after: Callable[[Case], Case]
    post: tuple[tuple[MessageKind, str], ...]
    why: Mapping[str, str] = field(default_factory=dict)


def _in_thread(case: Case) -> tuple[tuple[MessageKind, str], ...]:
    """With the message above it, should that have been deleted."""
    return ((MessageKind.CASE, case.channel), (MessageKind.CASE_THREAD, case.channel))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleCase:
    """Every press names the stage it saw. Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    door: CaseDoor
    reach: Reach
    cases: Cases
    region: str
    now: Clock
    wake: Callable[[], None]

    async def take(self, case_id: CaseId, stage: str, *, by: Actor) -> Handled:
        """From nobody, or from whoever has it."""
        case = await self.door.for_store_ops(case_id, by=by, at="take")
        if case.stage != stage or case.state is CaseState.ANSWERED or case.owner == by.id:
            return await self._too_late(case, "take", by)
        over, at = case.owner is not None, self.now()
        move = _Move(
            at="take",
            what="case_taken_over" if over else "case_taken",
            after=lambda now: now.taken(by.id, at),
            post=_in_thread(case) if over else (),
        )
        return await self._moved(case, move, by)

    async def look(self, case_id: CaseId, *, by: Actor) -> Case:
        """To answer it: its owner is shown the facts unmasked, and the audit log records that."""
        case = await self.door.for_store_ops(case_id, by=by, at="answer")
        if may_answer(case, by.id):
            await self.cases.tell("case_shown", by=by.id, case_id=case.id, why={})
        return case

    async def answer(self, case_id: CaseId, stage: str, verb: Verb, reply: str, *, by: Actor) -> Handled:
        """Only its owner answers it: others take it first."""
        case = await self.door.for_store_ops(case_id, by=by, at="answer")
        if case.stage != stage or not may_answer(case, by.id):
            return await self._too_late(case, "answer", by)
        told = case.facts.masked(reply, region=self.region)
        answer = CaseAnswer(verb=verb, reply=told, by=by.id, at=self.now())
        move = _Move(
            at="answer",
            what="case_answered",
            after=lambda now: now.answered(answer),
            post=(*_in_thread(case), (MessageKind.ASKER_NEWS, case.asker)),
            why={"outcome": verb, "reply": told},
        )
        return await self._moved(case, move, by)

    async def reopen(self, case_id: CaseId, *, by: Actor) -> Handled:
        """Only by the asker, while it is answered. Raises NobodyToAsk, too."""
        case = await self.door.for_asker(case_id, by=by, at="reopen")
        if case.state is not CaseState.ANSWERED:
            return await self._too_late(case, "reopen", by)
        await self.reach.check(case.channel, by.id)
        move = _Move(at="reopen", what="case_reopened", after=Case.open_again, post=_in_thread(case))
        return await self._moved(case, move, by)

    async def _moved(self, seen: Case, move: _Move, by: Actor) -> Handled:
        """What turned out of its message meanwhile stands in no person's way."""
        case = seen
        try:
            for _ in range(TRIES):
                try:
                    moved = await self.cases.move(
                        case, move.after(case), move.what, by=by.id, why=move.why, post=move.post
                    )
                except VersionConflict:
                    case = await self.door.known(seen.id)
                    if case.stage != seen.stage:
                        break
                else:
                    return Handled(case=moved, ours=True)
            return await self._too_late(case, move.at, by)
        finally:
            self.wake()

    async def _too_late(self, case: Case, at: str, by: Actor) -> Handled:
        """Somebody was quicker; the audit log tells of the attempt all the same."""
        await self.cases.tell("case_too_late", by=by.id, case_id=case.id, why={"at": at, "state": case.state})
        return Handled(case=case, ours=False)


def may_answer(case: Case, person: PersonId) -> bool:
    return case.state is CaseState.TAKEN and case.owner == person


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHonoured:
    """The form to redeem what store ops said to honour, for the asker. Raises as `OpenForm` does, and VersionConflict."""

    door: CaseDoor
    open_form: OpenForm
    policy: Policy

    async def __call__(self, case_id: CaseId, *, by: Actor) -> Opened:
        case = await self.door.for_asker(case_id, by=by, at="honour")
        customer, code = case.facts.customer, case.facts.code
        if not case.honours or customer is None or code is None:
            raise VersionConflict
        reason = GOODWILL if GOODWILL in self.policy.redeem.reasons else ""
        typed = Typed(reason=reason, note=f"Case {case.reference}: honour")
        return await self.open_form.filled(customer, code, typed, by=by)
