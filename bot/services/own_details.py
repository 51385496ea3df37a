"""Details of one's own request, unmasked, for whoever made it and may look customers up."""

from __future__ import annotations

from functools import partial

from bot.aio.frozen import part
from bot.domain.coupon import Redeemability
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId
from bot.services.audit import AuditLog, judged_by
from bot.services.authorize import RIGHTS, Action, Authorize
from bot.services.final_no import FinalNo
from bot.services.ports import AuditEvent, Requests


@part(kw_only=True)
class ShowOwnDetails:
    """Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable."""

    authorize: Authorize
    audit: AuditLog
    requests: Requests
    final_no: FinalNo

    async def __call__(self, request_id: RequestId, *, by: Actor) -> tuple[Redemption, Redeemability | None]:
        """Return the request and what the engine says now; the audit log records that they see it unmasked."""
        read = partial(self.requests.get, request_id)
        row, admission = await self.authorize.on(Action.SHOW_OWN, by, request_id, read)
        # Where everybody may look up, no groups were read.
        judged = {"groups": None, "groups_read_at": None, **judged_by(admission)}
        await self.audit.tell(
            AuditEvent.DETAILS_SHOWN, by=by.id, request_id=row.id, at=RIGHTS[Action.SHOW_OWN].at, **judged
        )
        return row, await self.final_no.asked(row)
