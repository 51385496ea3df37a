"""Settle by hand: an unknown outcome, or which use at the engine a redemption without an id is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from bot.aio.frozen import part
from bot.domain.coupon import Use
from bot.domain.errors import VersionConflict
from bot.domain.facts import PersonSays
from bot.domain.handled import Handled
from bot.domain.looks import can_be_settled, is_to_be_named
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

#: One more look at the engine for a request whose use a person is about to name; returns the request after it.
LookNow: TypeAlias = Callable[[Redemption], Awaitable[Redemption]]


@part(kw_only=True)
class SettleUnknown:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    configuration: DeskConfiguration
    authorize: Authorize
    audit: AuditLog
    requests: Requests
    #: Every look that was made for a request.
    looks: Looks
    look_now: LookNow
    write: WriteVerdict
    forget: Forget
    wake: Callable[[], None]

    async def look(self, request_id: RequestId, *, by: Actor) -> Redemption:
        """
        Return the request for a person who may settle it; the audit log records that they see it unmasked.

        Where they have to name the use, the engine is asked once more: what it shows by now may be the one.
        """
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.OPEN_SETTLING, by, request_id, read)
        if can_be_settled(row):
            await self.audit.tell(
                AuditEvent.DETAILS_SHOWN, by=by.id, request_id=row.id, at=AT, **judged_by(admission)
            )
        return await self._looked(row) if is_to_be_named(row) else row

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
        this request's; where the request is redeemed without an id it is needed, and the state stays. Raises
        VersionConflict if a look writes at the same moment.
        """
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.SETTLE, by, request_id, read)
        named = named_use(row, use, redeemed=redeemed)
        if not _answers(row, named) or row.outcome.found != found:
            await self._told_too_late(row, by)
            return Handled(row=row, ours=False)
        told = masked(note, code=row.terms.code, region=self.configuration.region)
        says = PersonSays(redeemed=redeemed, use=named, by=by.id, note=told)
        why = {"note": told, **judged_by(admission)}
        written = await self.write(row, says, by=by.id, why=why, holds=as_judged(row))
        if not written.ours:
            await self._told_too_late(written.row, by)
        self.forget(row.terms.customer)
        self.wake()
        return written

    async def _looked(self, row: Redemption) -> Redemption:
        try:
            return await self.look_now(row)
        except VersionConflict:
            # Somebody else has opened it at the same moment, or has named the use.
            return await self.requests.get(row.id) or row
        finally:
            self.wake()

    async def _told_too_late(self, row: Redemption, by: Actor) -> None:
        await self.audit.tell(
            AuditEvent.TOO_LATE, by=by.id, request_id=row.id, at=AT, state=row.state, round=row.round
        )


def _answers(row: Redemption, named: Use | None) -> bool:
    """Whether what a person says is what was asked: of a redemption without an id only which use it is."""
    return row.state is State.UNKNOWN or (is_to_be_named(row) and named is not None)


def named_use(row: Redemption, use: str | None, *, redeemed: bool) -> Use | None:
    """Return the use that a person names as this request's; if one was found and none is named, that one."""
    found = row.outcome.uses
    if not redeemed:
        return None
    if use is None:
        return found[0] if len(found) == 1 else None
    return next((one for one in found if one.id == use), None)
