"""Redeem now: the request is written down as it was confirmed, before anything is said or sent."""

from __future__ import annotations

from dataclasses import dataclass

from bot.aio.clock import Clock
from bot.domain.errors import Superseded
from bot.domain.handled import Handled
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId
from bot.services.authorize import Action, Authorize, check_own
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
    authorize: Authorize
    drafts: Drafts
    requests: Requests
    now: Clock

    async def __call__(
        self, draft_id: RequestId, review: int, *, by: Actor, window: str | None
    ) -> Handled[Redemption]:
        """Any delivery but the first one finds it as it stands by then."""
        async with self.authorize.attempt(Action.CONFIRM, by, draft_id):
            known = await self.requests.get(draft_id)
            if known is not None:
                check_own(Action.CONFIRM, by, known)
                return Handled(row=known, ours=False)
            draft = await own_draft(self.drafts, draft_id, Action.CONFIRM, by)
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
