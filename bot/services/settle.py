"""Settle an unknown outcome by hand, for a person who has checked it in the engine's console."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.aio.frozen import part
from bot.domain.coupon import Use
from bot.domain.facts import PersonSays
from bot.domain.handled import Handled
from bot.domain.masking import masked
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId, State
from bot.services.audit import AuditLog, judged_by
from bot.services.authorize import RIGHTS, Action, Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.ports import AuditEvent, Looks, Requests
from bot.services.retry import as_judged
from bot.services.spend import Forget
from bot.services.verdict import WriteVerdict

#: The action's name in the audit log.
AT = RIGHTS[Action.SETTLE].at


@part(kw_only=True)
class SettleUnknown:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    configuration: DeskConfiguration
    authorize: Authorize
    audit: AuditLog
    requests: Requests
    #: Every look that was made for a request.
    looks: Looks
    write: WriteVerdict
    forget: Forget
    wake: Callable[[], None]

    async def look(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """Return the request for a person who may settle it; the audit log records that they see it unmasked."""
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.OPEN_SETTLING, by, request_id, read)
        if row.state is State.UNKNOWN:
            await self.audit.tell(
                AuditEvent.DETAILS_SHOWN, by=by.id, request_id=row.id, at=AT, **judged_by(admission)
            )
        return row

    async def __call__(
        self,
        request_id: RequestId,
        found: str,
        *,
        redeemed: bool,
        note: str,
        by: Actor,
        use: str | None = None,
    ) -> Handled[Redemption]:
        """
        Return the request afterwards, and whether this settled it.

        `found` is the digest of the uses that the person was shown (`Outcome.found`). If evidence has settled the
        request, or other uses were found since, nothing changes. `use` is the id of the redemption that they name as
        this request's. Raises VersionConflict if a look writes at the same moment.
        """
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.SETTLE, by, request_id, read)
        if row.state is not State.UNKNOWN or row.outcome.found != found:
            await self._told_too_late(row, by)
            return Handled(row=row, ours=False)
        told = masked(note, code=row.terms.code, region=self.configuration.region)
        says = PersonSays(redeemed=redeemed, use=named_use(row, use, redeemed=redeemed), by=by.id, note=told)
        why = {"note": told, **judged_by(admission)}
        written = await self.write(row, says, by=by.id, why=why, holds=as_judged(row))
        if not written.ours:
            await self._told_too_late(written.row, by)
        self.forget(row.terms.customer)
        self.wake()
        return written

    async def _told_too_late(self, row: Redemption, by: Actor) -> None:
        await self.audit.tell(
            AuditEvent.TOO_LATE, by=by.id, request_id=row.id, at=AT, state=row.state, round=row.round
        )


def named_use(row: Redemption, use: str | None, *, redeemed: bool) -> Use | None:
    """Return the use that a person names as this request's; if one was found and none is named, that one."""
    found = row.outcome.uses
    if not redeemed:
        return None
    if use is None:
        return found[0] if len(found) == 1 else None
    return next((one for one in found if one.id == use), None)
