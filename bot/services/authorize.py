"""Who may do what: the table of rights, and the only place that checks it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from enum import Enum, auto
from typing import TypeVar

from structlog.contextvars import bind_contextvars

from bot.aio.frozen import frozen, part
from bot.domain.case import Case, CaseId, Question
from bot.domain.draft import Draft
from bot.domain.errors import CardExpired, Denial, NotAllowed
from bot.domain.lookup import AnyLookUp
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import NOBODY, Groups, Policy
from bot.domain.redemption import Redemption, RequestId
from bot.services.audit import AuditLog
from bot.services.ports import AuditEvent, Rights

#: Things that belong to the person who made them or asked for them.
Owned = Redemption | Draft | Case | Question | AnyLookUp
T = TypeVar("T", Redemption, Case)


class Action(Enum):
    """What a person does; `RIGHTS` says who may."""

    LOOK_UP = auto()
    PRESS_CARD = auto()
    OPEN_FORM = auto()
    REVIEW = auto()
    #: The form of a request that ended without a redemption, once more.
    OPEN_AGAIN = auto()
    BACK = auto()
    CONFIRM = auto()
    #: Checked at the spend: SPEND for the requester, SPEND_APPROVED for the approver.
    SPEND = auto()
    SPEND_APPROVED = auto()
    OPEN_DECISION = auto()
    SHOW_DETAILS = auto()
    #: Details on the requester's own message.
    SHOW_OWN = auto()
    APPROVE = auto()
    REJECT = auto()
    WITHDRAW = auto()
    OPEN_SETTLING = auto()
    SETTLE = auto()
    ASK = auto()
    ASK_ABOUT_OWN = auto()
    TAKE = auto()
    OPEN_ANSWER = auto()
    ANSWER = auto()
    SHOW_CASE = auto()
    #: Details on the asker's own message.
    SHOW_OWN_CASE = auto()
    REOPEN = auto()
    HONOUR = auto()


class Members(Enum):
    """Which groups' members may."""

    #: Every full member of the workspace.
    EVERYBODY = auto()
    #: The groups of these tables of the policy.
    LOOKUP = auto()
    REDEEM = auto()
    SETTLERS = auto()
    STORE_OPS = auto()
    #: The approvers in the request's terms: the policy may have changed since.
    APPROVERS = auto()


class Own(Enum):
    """Whether the request, case or card must, or must not, be the person's own."""

    ANY = auto()
    ONLY = auto()
    NEVER = auto()


@frozen(kw_only=True)
class Right:
    """
    Who may do one action.

    Attributes:
        at: name of the attempt in the audit log (stored); None if another event covers it.
        members: None if groups are not read at this press, but at the action that follows.
        freshness: live where the ledger is written for money or an answer, recent where something is only shown.
        denial: why, for a person in none of the groups.
        not_own: why, for a person who breaks `own`.
        of_case: whether it is about a case; else it is about a request.

    """

    at: str | None
    members: Members | None
    freshness: Freshness
    denial: Denial = Denial.GROUP
    own: Own = Own.ANY
    not_own: Denial = Denial.NOT_YOURS
    of_case: bool = False


def _redeem(at: str, own: Own) -> Right:
    return Right(at=at, members=Members.REDEEM, freshness=Freshness.RECENT, denial=Denial.REDEEM, own=own)


def _decide(at: str, freshness: Freshness) -> Right:
    return Right(
        at=at,
        members=Members.APPROVERS,
        freshness=freshness,
        denial=Denial.APPROVE,
        own=Own.NEVER,
        not_own=Denial.OWN_REQUEST,
    )


def _settle(freshness: Freshness) -> Right:
    return Right(
        at="close",
        members=Members.SETTLERS,
        freshness=freshness,
        denial=Denial.CLOSE,
        own=Own.NEVER,
        not_own=Denial.OWN_REQUEST,
    )


def _answer(at: str, freshness: Freshness) -> Right:
    return Right(
        at=at,
        members=Members.STORE_OPS,
        freshness=freshness,
        denial=Denial.CASES,
        own=Own.NEVER,
        not_own=Denial.OWN_CASE,
        of_case=True,
    )


def _asker(at: str, members: Members, freshness: Freshness) -> Right:
    return Right(
        at=at, members=members, freshness=freshness, own=Own.ONLY, not_own=Denial.ASKER, of_case=True
    )


_LIVE, _RECENT = Freshness.LIVE, Freshness.RECENT

RIGHTS: Mapping[Action, Right] = {
    Action.LOOK_UP: Right(at=None, members=Members.LOOKUP, freshness=_RECENT),
    Action.PRESS_CARD: Right(at=None, members=Members.LOOKUP, freshness=_RECENT, own=Own.ONLY),
    Action.OPEN_FORM: _redeem("open", Own.ANY),
    Action.OPEN_AGAIN: _redeem("open", Own.ONLY),
    Action.REVIEW: _redeem("review", Own.ONLY),
    Action.BACK: _redeem("back", Own.ONLY),
    # Slack is answered before any call leaves the process; SPEND, which follows, reads the groups.
    Action.CONFIRM: Right(at="confirm", members=None, freshness=_LIVE, own=Own.ONLY),
    Action.SPEND: Right(at=None, members=Members.REDEEM, freshness=_LIVE),
    Action.SPEND_APPROVED: Right(at=None, members=Members.APPROVERS, freshness=_LIVE),
    Action.OPEN_DECISION: _decide("look", _RECENT),
    Action.SHOW_DETAILS: _decide("details", _RECENT),
    Action.SHOW_OWN: Right(at="details", members=Members.LOOKUP, freshness=_RECENT, own=Own.ONLY),
    Action.APPROVE: _decide("approve", _LIVE),
    Action.REJECT: _decide("reject", _LIVE),
    Action.WITHDRAW: Right(at="withdraw", members=Members.EVERYBODY, freshness=_LIVE, own=Own.ONLY),
    Action.OPEN_SETTLING: _settle(_RECENT),
    Action.SETTLE: _settle(_LIVE),
    Action.ASK: _asker("ask", Members.LOOKUP, _RECENT),
    Action.ASK_ABOUT_OWN: _asker("ask", Members.EVERYBODY, _RECENT),
    Action.TAKE: _answer("take", _LIVE),
    Action.OPEN_ANSWER: _answer("answer", _RECENT),
    Action.ANSWER: _answer("answer", _LIVE),
    Action.SHOW_CASE: Right(
        at="details", members=Members.STORE_OPS, freshness=_RECENT, denial=Denial.CASES, of_case=True
    ),
    Action.SHOW_OWN_CASE: _asker("details", Members.LOOKUP, _RECENT),
    Action.REOPEN: _asker("reopen", Members.LOOKUP, _LIVE),
    Action.HONOUR: _asker("honour", Members.EVERYBODY, _RECENT),
}


@part(kw_only=True)
class Authorize:
    """Checks people against the table. Every method raises NotAllowed, or CouldNotVerify if the check itself fails."""

    rights: Rights
    policy: Policy
    audit: AuditLog

    async def __call__(self, action: Action, by: Actor, of: Redemption | None = None) -> Admission:
        """Check account and groups; `of` is needed if the request's terms name the groups."""
        right = RIGHTS[action]
        groups = self._groups(right, of)
        try:
            return await self.rights.admit(by, groups, freshness=right.freshness)
        except NotAllowed as err:
            raise _named(err, right, groups) from None

    async def again(
        self,
        action: Action,
        person: PersonId,
        of: Redemption | None = None,
        *,
        after: Admission | None = None,
    ) -> Admission:
        """As `__call__`, for a person whose press was earlier; `after` as in `Rights.admit_again`."""
        right = RIGHTS[action]
        groups = self._groups(right, of) or NOBODY
        try:
            return await self.rights.admit_again(person, groups, after=after)
        except NotAllowed as err:
            raise _named(err, right, groups) from None

    async def on(
        self, action: Action, by: Actor, about: RequestId | CaseId, read: Callable[[], Awaitable[T | None]]
    ) -> tuple[T, Admission]:
        """
        Return what they act on, and their admission; a denial is in the audit log before it is raised.

        Raises CardExpired if `read` finds nothing, and LedgerUnavailable.
        """
        async with self.attempt(action, by, about):
            if RIGHTS[action].members is Members.APPROVERS:
                found = await self._found(action, by, read)
                return found, await self(action, by, found if isinstance(found, Redemption) else None)
            admission = await self(action, by)
            return await self._found(action, by, read), admission

    async def seems(self, action: Action, by: Actor, *, admitted: Admission) -> bool:
        """
        For drawing only: whether their press would be let through; False if that is not known.

        The groups that were read when they were `admitted` decide; where none were, those of the last minute.
        """
        groups = self._groups(RIGHTS[action], None) or NOBODY
        if admitted.lease is not None:
            return not groups.isdisjoint(admitted.groups)
        return await self.rights.seems_in(by, groups)

    def attempt(
        self, action: Action, by: Actor, about: RequestId | CaseId | None = None
    ) -> AbstractAsyncContextManager[None]:
        """As `AuditLog.attempt`, for one action."""
        right = RIGHTS[action]
        at = right.at or action.name.lower()
        if right.of_case:
            case_id = CaseId(about) if about is not None else None
            return self.audit.attempt(at, by.id, case_id=case_id, what=AuditEvent.CASE_DENIED)
        return self.audit.attempt(at, by.id, RequestId(about) if about is not None else None)

    async def _found(self, action: Action, by: Actor, read: Callable[[], Awaitable[T | None]]) -> T:
        found = await read()
        if found is None:
            raise CardExpired
        bind_contextvars(**{"request" if isinstance(found, Redemption) else "case": found.reference})
        check_own(action, by, found)
        return found

    def _groups(self, right: Right, of: Redemption | None) -> Groups | None:
        """Return the groups; None is every full member of the workspace."""
        match right.members:
            case Members.EVERYBODY:
                return None
            case Members.LOOKUP:
                return self.policy.lookup_groups
            case Members.REDEEM:
                return self.policy.redeem.groups
            case Members.SETTLERS:
                return self.policy.settlers
            case Members.STORE_OPS:
                return self.policy.escalations.groups
            case Members.APPROVERS:
                return frozenset(of.terms.approvers) if of is not None else NOBODY
            case None:
                raise AssertionError("nobody's groups are read for this")


def check_own(action: Action, by: Actor, of: Owned) -> None:
    """Check the `own` of the action's right. Raises NotAllowed."""
    right = RIGHTS[action]
    theirs = owner_of(of) == by.id
    if (right.own is Own.ONLY and not theirs) or (right.own is Own.NEVER and theirs):
        raise NotAllowed(right.not_own)


def owner_of(of: Owned) -> PersonId:
    """Return the person who made it or asked for it."""
    match of:
        case Redemption():
            return of.terms.requester
        case Draft():
            return of.requester
        case _:
            return of.asker


def _named(err: NotAllowed, right: Right, needed: Groups | None) -> NotAllowed:
    """Replace the general denial "in no group" by the action's own, with the groups that may; any other stays."""
    if err.why is not Denial.GROUP:
        return err
    return NotAllowed(right.denial, groups=err.groups, read_at=err.read_at, needed=needed)
