"""Approve or reject another person's request, or withdraw one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.coupon import Redeemability
from bot.domain.errors import CardExpired, VersionConflict
from bot.domain.handled import Handled
from bot.domain.masking import masked
from bot.domain.messages import MessageKind
from bot.domain.person import Actor, Admission
from bot.domain.redemption import Decision, Redemption, RequestId, State
from bot.domain.shown import shown_digest, shown_facts
from bot.domain.transitions import Change
from bot.services.audit import AuditLog, judged_by
from bot.services.authorize import RIGHTS, Action, Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.final_no import FinalNo
from bot.services.pause import ReadPause
from bot.services.ports import AuditEvent, Requests
from bot.services.retry import as_judged, move_with_retry
from bot.services.spend import Spend

#: Seconds after an approval in which the request may be spent, by the database's clock.
SPEND_WITHIN_S = 600.0
#: Seconds after which the sweeper spends it, if the process of the press has ended.
PICKED_UP_AFTER_S = 45.0
#: The state that each press moves a waiting request to.
_BECOMES = {
    Action.APPROVE: State.APPROVED,
    Action.REJECT: State.REJECTED,
    Action.WITHDRAW: State.WITHDRAWN,
}


@part(kw_only=True)
class Decide:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable; to approve, Stopped while the desk is paused."""

    configuration: DeskConfiguration
    authorize: Authorize
    audit: AuditLog
    requests: Requests
    final_no: FinalNo
    pause: ReadPause
    spend: Spend
    now: Clock
    wake: Callable[[], None]

    async def look(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """Return the request for a person who may decide on it."""
        row, _ = await self._admitted(Action.OPEN_DECISION, request_id, by)
        return row

    async def unmasked(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """As `look`, and the audit log records that the facts were shown unmasked."""
        row, admission = await self._admitted(Action.SHOW_DETAILS, request_id, by)
        await self.audit.tell(
            AuditEvent.DETAILS_SHOWN, by=by.id, request_id=row.id, at="details", **judged_by(admission)
        )
        return row

    async def facts(self, row: Redemption) -> Redeemability | None:
        """Return the engine's check as of now, only to be shown; None if the engine gives none."""
        return await self.final_no.asked(row)

    async def checked(self, row: Redemption) -> tuple[Redemption, Redeemability | None]:
        """
        Return the request and what the engine says now; None for an engine that does not answer.

        A final no ends a request that waits, for everybody concerned at once.
        """
        return await self.final_no.checked(row)

    async def approve(
        self, request_id: RequestId, round_: int, note: str, *, by: Actor, window: str | None
    ) -> Handled[Redemption]:
        """Approve the request. `spend_approved` then spends it, which takes longer."""
        return await self._take(request_id, round_, note, by=by, approved=True, window=window)

    async def reject(
        self, request_id: RequestId, round_: int, note: str, *, by: Actor, reason: str = ""
    ) -> Handled[Redemption]:
        """Reject the request; `reason` is one of the policy's."""
        return await self._take(request_id, round_, note, by=by, approved=False, window=None, reason=reason)

    @property
    def reject_reasons(self) -> tuple[str, ...]:
        """What is offered beside "Other"."""
        return self.configuration.policy.approvals.reject_reasons

    async def spend_approved(self, decided: Handled[Redemption]) -> Redemption:
        """Spend what was approved; returns the request afterwards. Raises AnswerNotKept, LedgerUnavailable."""
        return await self.spend(decided.row, after=decided.admission)

    async def withdraw(self, request_id: RequestId, *, by: Actor) -> Handled[Redemption]:
        read = partial(self.requests.get, request_id)
        row, _ = await self.authorize.on(Action.WITHDRAW, by, request_id, read)
        if row.state is not State.WAITING:
            return await self._too_late(Action.WITHDRAW, row, by)
        return await self._moved(Action.WITHDRAW, row, Change(), by)

    async def _take(
        self,
        request_id: RequestId,
        round_: int,
        note: str,
        *,
        by: Actor,
        approved: bool,
        window: str | None,
        reason: str = "",
    ) -> Handled[Redemption]:
        action = Action.APPROVE if approved else Action.REJECT
        row, admission = await self._admitted(action, request_id, by)
        if row.state is not State.WAITING or row.round != round_:
            return await self._too_late(action, row, by, round_)
        decision = Decision(
            by=by.id,
            at=self.now(),
            round=row.round,
            approved=approved,
            note=masked(note, code=row.terms.code, region=self.configuration.region),
            reason=reason,
        )
        change = Change(
            decided=decision,
            begin_in_s=SPEND_WITHIN_S if approved else None,
            due_in_s=PICKED_UP_AFTER_S if approved else None,
            post=((MessageKind.DECIDER, window),) if window else (),
        )
        return await self._moved(action, row, change, by, admission)

    async def _admitted(
        self, action: Action, request_id: RequestId, by: Actor
    ) -> tuple[Redemption, Admission]:
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(action, by, request_id, read)
        return await self._in_time(row), admission

    async def _too_late(
        self, action: Action, row: Redemption, by: Actor, round_: int | None = None
    ) -> Handled[Redemption]:
        """Record in the audit log that another press or a deadline came first; returns the current request."""
        await self.audit.tell(
            AuditEvent.TOO_LATE,
            by=by.id,
            request_id=row.id,
            at=RIGHTS[action].at,
            state=row.state,
            round=row.round,
            shown_round=round_,
        )
        return Handled(row=row, ours=False)

    async def _moved(
        self, action: Action, row: Redemption, change: Change, by: Actor, admission: Admission | None = None
    ) -> Handled[Redemption]:
        decided = change.decided
        why = {
            "round": row.round,
            "note": decided.note if decided else "",
            **({"reason": decided.reason} if decided and decided.reason else {}),
            **(judged_by(admission) if admission else {}),
        }
        if decided is not None:
            why["shown"] = shown_digest(shown_facts(row.terms, row.asking, row.round))
        try:
            moved = await move_with_retry(
                self.requests, row, _BECOMES[action], change, holds=as_judged(row), by=by.id, why=why
            )
            return Handled(row=moved, ours=True, admission=admission)
        except VersionConflict:
            return await self._too_late(action, await self._known(row.id), by, row.round)
        finally:
            self.wake()

    async def _in_time(self, row: Redemption) -> Redemption:
        """Expire the request if its time has passed; returns the current request."""
        if row.state is not State.WAITING or row.expires_at is None or self.now() < row.expires_at:
            return row
        try:
            return await self.requests.move(row, State.EXPIRED, why={"past": "expires_at"})
        except VersionConflict:
            return await self._known(row.id)
        finally:
            self.wake()

    async def _known(self, request_id: RequestId) -> Redemption:
        row = await self.requests.get(request_id)
        if row is None:
            raise CardExpired
        return row
