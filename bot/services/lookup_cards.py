"""Stored look-ups of cards, and which of them was pressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from bot.aio.frozen import part
from bot.domain.customer import CustomerId
from bot.domain.errors import CardExpired
from bot.domain.lookup import AnyLookUp, HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.person import Actor, Admission
from bot.services.audit import judged_by
from bot.services.authorize import Action, Authorize, check_own
from bot.services.ports import LookUps

L = TypeVar("L", LookUp, HistoryLookUp, PromotionLookUp)


@part
class LookUpCards:
    """Raises LedgerUnavailable."""

    authorize: Authorize
    look_ups: LookUps

    async def admit(self, by: Actor) -> Admission:
        """Somebody who looks up. Raises NotAllowed, CouldNotVerify."""
        self.look_ups.ready()
        async with self.authorize.attempt(Action.LOOK_UP, by):
            return await self.authorize(Action.LOOK_UP, by)

    async def keep(self, look_up: AnyLookUp, admitted: Admission) -> LookUpId:
        return await self.look_ups.keep(look_up, why={**_seen(look_up), **judged_by(admitted)})

    async def recall(
        self, pressed: LookUpId, kind: type[L], *, by: Actor, action: Action = Action.PRESS_CARD
    ) -> L:
        """
        Return what the pressed card shows, from the ledger, if the person may do this.

        Only the person who asked for the card may press it. Raises NotAllowed, CouldNotVerify, CardExpired.
        """
        kept, _ = await self.pressed(pressed, kind, by=by, action=action)
        return kept

    async def customer_of(self, pressed: LookUpId, *, by: Actor) -> tuple[CustomerId, Admission]:
        """As `pressed`, for a look-up of any kind that was about one customer."""
        self.look_ups.ready()
        async with self.authorize.attempt(Action.PRESS_CARD, by):
            admitted = await self.authorize(Action.PRESS_CARD, by)
            kept = await self.look_ups.recall(pressed)
            if kept is None or isinstance(kept, PromotionLookUp):
                raise CardExpired
            check_own(Action.PRESS_CARD, by, kept)
            return kept.customer, admitted

    async def pressed(
        self, pressed: LookUpId, kind: type[L], *, by: Actor, action: Action = Action.PRESS_CARD
    ) -> tuple[L, Admission]:
        """As `recall`, for a press that shows more. Presses with a right of their own are recorded where they begin."""
        self.look_ups.ready()
        if action is not Action.PRESS_CARD:
            return await self._pressed(pressed, kind, by, action)
        async with self.authorize.attempt(action, by):
            return await self._pressed(pressed, kind, by, action)

    async def _pressed(
        self, pressed: LookUpId, kind: type[L], by: Actor, action: Action
    ) -> tuple[L, Admission]:
        admitted = await self.authorize(action, by)
        kept = await self.look_ups.recall(pressed)
        if not isinstance(kept, kind):
            raise CardExpired
        check_own(Action.PRESS_CARD, by, kept)
        return kept, admitted


def _seen(look_up: AnyLookUp) -> Mapping[str, Any]:
    """For the audit log, which keeps only a digest of the `coupon`; names are stored. Promotions are nobody's."""
    match look_up:
        case LookUp():
            return {
                "card": "coupons",
                "customer": look_up.customer,
                "coupons": len(look_up.shown) or 1,
                **({"coupon": look_up.code} if look_up.code is not None else {}),
            }
        case HistoryLookUp():
            return {"card": "history", "customer": look_up.customer}
        case PromotionLookUp():
            return {"card": "promotions", "customer": None}
