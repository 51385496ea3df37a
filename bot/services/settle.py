"""Close an unknown outcome by hand: somebody looked it up in the engine's own console."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain.errors import CardExpired, Denial, NotAllowed
from bot.domain.masking import masked
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId, Settled, State
from bot.domain.transitions import Change
from bot.services.audit import AuditLog
from bot.services.configuration import DeskConfiguration
from bot.services.ports import Requests
from bot.services.reconcile import AGAIN_AFTER_S
from bot.services.retry import as_judged, move_with_retry
from bot.services.spend import Forget


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleUnknown:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    configuration: DeskConfiguration
    audit: AuditLog
    requests: Requests
    forget: Forget
    wake: Callable[[], None]

    async def look(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """The request as it stands, for somebody who may close it; the audit log records that they see it unmasked."""
        row = await self._admitted(request_id, by)
        if row.state is State.UNKNOWN:
            await self.requests.tell("details_shown", by=by.id, request_id=row.id, why={"at": "close"})
        return row

    async def _admitted(self, request_id: RequestId, by: Actor) -> Redemption:
        async with self.audit.attempt("close", by.id, request_id):
            await self._admit(by)
            row = await self.requests.get(request_id)
            if row is None:
                raise CardExpired
            if row.terms.requester == by.id:
                raise NotAllowed(Denial.OWN_REQUEST)
        return row

    async def __call__(
        self, request_id: RequestId, found: str, *, redeemed: bool, note: str, by: Actor
    ) -> tuple[Redemption, bool]:
        """
        The request as it stands then, and whether this closed it.

        `found`: of the outcome that they were shown (`Outcome.found`). One that the evidence has settled
        meanwhile, or for which it has found something else, stays as it is. Raises VersionConflict where evidence
        is quicker still.
        """
        row = await self._admitted(request_id, by)
        if row.state is not State.UNKNOWN or row.outcome.found != found:
            await self._told_too_late(row, by)
            return row, False
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
        moved = await move_with_retry(
            self.requests, row, to, change, holds=as_judged(row), by=by.id, why={"note": told}
        )
        self.forget(row.terms.customer)
        self.wake()
        return moved, True

    async def _told_too_late(self, row: Redemption, by: Actor) -> None:
        why = {"at": "close", "state": row.state}
        await self.requests.tell("too_late", by=by.id, request_id=row.id, why=why)

    async def _admit(self, by: Actor) -> None:
        try:
            await self.audit.rights.admit(by, self.configuration.policy.settlers)
        except NotAllowed as err:
            raise NotAllowed(Denial.CLOSE) if err.why is Denial.GROUP else err from None
