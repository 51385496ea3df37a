"""Redeem now: writes the request as it was confirmed, before anything is told or sent."""

from __future__ import annotations

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.errors import CardExpired, Superseded, UserError
from bot.domain.handled import Handled
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId
from bot.services.authorize import Action, Authorize, check_own
from bot.services.configuration import DeskConfiguration
from bot.services.ports import Drafts, Requests

#: Seconds after the press on Redeem now in which the request may be spent, by the database's clock.
BEGIN_WITHIN_S = 60.0


@part(kw_only=True)
class ConfirmRedemption:
    """
    Writes the request as it was confirmed. It makes no call but to the ledger.

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
        """Write the request; a second delivery of the same press returns the current request instead."""
        async with self.authorize.attempt(Action.CONFIRM, by, draft_id):
            draft = await self.drafts.recall(draft_id)
            if draft is None or draft.terms is None or draft.review != review:
                return await self._known(draft_id, CardExpired if draft is None else Superseded, by)
            check_own(Action.CONFIRM, by, draft)
        at = self.now()
        # A second delivery is found by the write itself: that is one wait less for everybody else.
        return await self.requests.make(
            draft.id,
            draft.terms,
            made_at=at,
            day=self.configuration.day(at),
            limits=self.configuration.policy.limits,
            begin_in_s=BEGIN_WITHIN_S,
            window=window,
        )

    async def _known(self, draft_id: RequestId, otherwise: type[UserError], by: Actor) -> Handled[Redemption]:
        """A request that this form, or an earlier review of it, has become already."""
        known = await self.requests.get(draft_id)
        if known is None:
            raise otherwise
        check_own(Action.CONFIRM, by, known)
        return Handled(row=known, ours=False)
