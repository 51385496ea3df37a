"""Redeem now: the request is written down as it was confirmed, before anything is said or sent."""

from __future__ import annotations

from dataclasses import dataclass

from bot.aio.clock import Clock
from bot.domain.errors import Denial, NotAllowed, Superseded
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId
from bot.services.audit import AuditLog
from bot.services.configuration import DeskConfiguration
from bot.services.ports import Drafts, Requests
from bot.services.redeem_form import own_draft

#: Seconds from the press on Redeem now to the end of the time in which it may be spent (database's clock).
BEGIN_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRedemption:
    """
    Redeem now: the request, written down as it was confirmed; local, no call leaves the process.

    Raises Superseded, CardExpired, NotAllowed, LedgerUnavailable.
    """

    configuration: DeskConfiguration
    audit: AuditLog
    drafts: Drafts
    requests: Requests
    now: Clock

    async def __call__(
        self, draft_id: RequestId, review: int, *, by: Actor, window: str | None
    ) -> tuple[Redemption, bool]:
        """Whether it was written by this very press, too: any other delivery finds it as it stands by then."""
        async with self.audit.attempt("confirm", by.id, draft_id):
            known = await self.requests.get(draft_id)
            if known is not None and known.terms.requester != by.id:
                raise NotAllowed(Denial.NOT_YOURS)
            if known is not None:
                return known, False
            draft = await own_draft(self.drafts, draft_id, by)
            if draft.terms is None or draft.review != review:
                raise Superseded
        at = self.now()
        return await self.requests.make(
            draft.id,
            draft.terms,
            made_at=at,
            day=self.configuration.day(at),
            limits=self.configuration.policy.limits,
            begin_in_s=BEGIN_WITHIN_S,
            window=window,
        )
