"""Close an unknown outcome by hand: somebody looked it up in the engine's own console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.handled import Handled
from bot.domain.masking import masked
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId, Settled, State
from bot.domain.transitions import Change
from bot.services.audit import AuditLog, judged_by
from bot.services.authorize import RIGHTS, Action, Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.ports import AuditEvent, Requests
from bot.services.reconcile import AGAIN_AFTER_S
from bot.services.retry import as_judged, move_with_retry
from bot.services.spend import Forget

#: As the audit log names it.
AT = RIGHTS[Action.SETTLE].at


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleUnknown:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    configuration: DeskConfiguration
    authorize: Authorize
    audit: AuditLog
    requests: Requests
    forget: Forget
    wake: Callable[[], None]

    async def look(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """The request as it stands, for somebody who may close it; the audit log records that they see it unmasked."""
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.OPEN_SETTLING, by, request_id, read)
        if row.state is State.UNKNOWN:
            await self.audit.tell(
                AuditEvent.DETAILS_SHOWN, by=by.id, request_id=row.id, at=AT, **judged_by(admission)
            )
        return row

    async def __call__(
        self, request_id: RequestId, found: str, *, redeemed: bool, note: str, by: Actor
    ) -> Handled[Redemption]:
        """
        The request as it stands then, and whether this settled it.

        `found`: of the outcome that they were shown (`Outcome.found`). One that the evidence has settled
        meanwhile, or for which it has found something else, stays as it is. Raises VersionConflict where evidence
        is quicker still.
        """
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.SETTLE, by, request_id, read)
        if row.state is not State.UNKNOWN or row.outcome.found != found:
            await self._told_too_late(row, by)
            return Handled(row=row, ours=False)
        told = masked(note, code=row.terms.code, region=self.configuration.region)
        outcome = replace(
            row.outcome,
            settled=Settled.PERSON,
            by=by.id,
            note=told,
            redemption_id=row.outcome.uses[0].id if redeemed and len(row.outcome.uses) == 1 else None,
        )
        to = State.REDEEMED if redeemed else State.NOT_REDEEMED
        change = Change(outcome=outcome, never_due=redeemed, due_in_s=None if redeemed else AGAIN_AFTER_S)
        why = {"note": told, **judged_by(admission)}
        moved = await move_with_retry(self.requests, row, to, change, holds=as_judged(row), by=by.id, why=why)
        self.forget(row.terms.customer)
        self.wake()
        return Handled(row=moved, ours=True)

    async def _told_too_late(self, row: Redemption, by: Actor) -> None:
        await self.audit.tell(
            AuditEvent.TOO_LATE, by=by.id, request_id=row.id, at=AT, state=row.state, round=row.round
        )
