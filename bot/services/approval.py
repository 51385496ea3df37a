"""Decide on what somebody else asked for: approve, reject; and withdraw what one asked for oneself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.aio.clock import Clock
from bot.domain.coupon import Redeemability
from bot.domain.errors import CardExpired, Denial, EngineError, NotAllowed, VersionConflict
from bot.domain.masking import masked
from bot.domain.messages import MessageKind
from bot.domain.person import Actor, Admission
from bot.domain.redemption import Decision, Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.services.audit import AuditLog
from bot.services.configuration import DeskConfiguration
from bot.services.ports import Engine, Requests
from bot.services.retry import as_judged, move_with_retry
from bot.services.spend import Spend

#: Seconds in which an approved request may be spent (database's clock).
SPEND_WITHIN_S = 600.0
#: Seconds after which the sweeper spends it, should the process of the press have ended.
PICKED_UP_AFTER_S = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """
    What came of a press.

    Attributes:
        row: the request as it stands now.
        ours: whether this press decided it; else somebody, or time, was quicker, or it was for an older round.
        lease: of the presser's admission.

    """

    row: Redemption
    ours: bool
    lease: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    configuration: DeskConfiguration
    audit: AuditLog
    requests: Requests
    engine: Engine
    spend: Spend
    now: Clock
    wake: Callable[[], None]

    async def look(self, request_id: RequestId, *, by: Actor, at: str = "look") -> Redemption:
        """The request as it stands, for somebody who may decide on it."""
        row, _ = await self._admitted(request_id, by, at)
        return row

    async def unmasked(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """As `look`, and the audit log records that the facts were shown unmasked."""
        row = await self.look(request_id, by=by, at="details")
        await self.requests.tell("details_shown", by=by.id, request_id=row.id, why={})
        return row

    async def facts(self, row: Redemption) -> Redeemability | None:
        """What the engine says at this moment; None when it does not."""
        try:
            return await self.engine.redeemability(row.terms.customer, row.terms.code)
        except EngineError:
            return None

    async def approve(
        self, request_id: RequestId, round_: int, note: str, *, by: Actor, window: str | None
    ) -> Decided:
        """Take the decision. It is spent by `spend_approved`, which may take its time."""
        return await self._take(request_id, round_, note, by=by, approved=True, window=window)

    async def reject(self, request_id: RequestId, round_: int, reason: str, *, by: Actor) -> Decided:
        return await self._take(request_id, round_, reason, by=by, approved=False, window=None)

    async def spend_approved(self, decided: Decided) -> Redemption:
        """Raises AnswerNotKept, LedgerUnavailable."""
        return await self.spend(decided.row, lease=decided.lease)

    async def withdraw(self, request_id: RequestId, *, by: Actor) -> Decided:
        async with self.audit.attempt("withdraw", by.id, request_id):
            await self.audit.rights.admit(by, None)
            row = await self._known(request_id)
            if row.terms.requester != by.id:
                raise NotAllowed(Denial.NOT_YOURS)
        if row.state is not State.WAITING:
            return await self._too_late(row, by, "withdraw")
        return await self._moved(row, State.WITHDRAWN, Change(), by, "withdraw")

    async def _take(
        self,
        request_id: RequestId,
        round_: int,
        note: str,
        *,
        by: Actor,
        approved: bool,
        window: str | None,
    ) -> Decided:
        row, admission = await self._admitted(request_id, by, "approve" if approved else "reject")
        if row.state is not State.WAITING or row.round != round_:
            return await self._too_late(row, by, "approve" if approved else "reject", round_)
        decision = Decision(
            by=by.id,
            at=self.now(),
            round=row.round,
            approved=approved,
            note=masked(note, code=row.terms.code, region=self.configuration.region),
        )
        change = Change(
            decided=decision,
            begin_in_s=SPEND_WITHIN_S if approved else None,
            due_in_s=PICKED_UP_AFTER_S if approved else None,
            post=((MessageKind.DECIDER, window),) if window else (),
        )
        to, at = (State.APPROVED, "approve") if approved else (State.REJECTED, "reject")
        decided = await self._moved(row, to, change, by, at)
        return replace(decided, lease=admission.lease)

    async def _admitted(self, request_id: RequestId, by: Actor, at: str) -> tuple[Redemption, Admission]:
        async with self.audit.attempt(at, by.id, request_id):
            row = await self._known(request_id)
            if row.terms.requester == by.id:
                raise NotAllowed(Denial.OWN_REQUEST)
            admission = await self._admit(row, by)
        return await self._in_time(row), admission

    async def _too_late(self, row: Redemption, by: Actor, at: str, round_: int | None = None) -> Decided:
        """Somebody, or time, was quicker; the audit log tells of the attempt all the same."""
        why = {"at": at, "state": row.state, "round": row.round, "shown_round": round_}
        await self.requests.tell("too_late", by=by.id, request_id=row.id, why=why)
        return Decided(row=row, ours=False)

    async def _moved(self, row: Redemption, to: State, change: Change, by: Actor, at: str) -> Decided:
        try:
            why = {"round": row.round, "note": change.decided.note if change.decided else ""}
            moved = await move_with_retry(
                self.requests, row, to, change, holds=as_judged(row), by=by.id, why=why
            )
            return Decided(row=moved, ours=True)
        except VersionConflict:
            return await self._too_late(await self._known(row.id), by, at, row.round)
        finally:
            self.wake()

    async def _in_time(self, row: Redemption) -> Redemption:
        """One that is past its time ends here, whoever finds it."""
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

    async def _admit(self, row: Redemption, by: Actor) -> Admission:
        try:
            return await self.audit.rights.admit(by, frozenset(row.terms.approvers))
        except NotAllowed as err:
            raise NotAllowed(Denial.APPROVE) if err.why is Denial.GROUP else err from None
