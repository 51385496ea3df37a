"""Stored look-ups of cards, and which of them was pressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from bot.domain.errors import CardExpired
from bot.domain.lookup import AnyLookUp, HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.person import Actor
from bot.services.authorize import Action, Authorize, check_own
from bot.services.ports import LookUps

L = TypeVar("L", LookUp, HistoryLookUp, PromotionLookUp)


@dataclass(frozen=True, slots=True)
class LookUpCards:
    """Raises LedgerUnavailable."""

    authorize: Authorize
    look_ups: LookUps

    async def keep(self, look_up: AnyLookUp) -> LookUpId:
        return await self.look_ups.keep(look_up)

    async def recall(
        self, pressed: LookUpId, kind: type[L], *, by: Actor, action: Action = Action.PRESS_CARD
    ) -> L:
        """
        Return what the pressed card shows, from the ledger, if the person may do this.

        Only the person who asked for the card may press it. Raises NotAllowed, CouldNotVerify, CardExpired.
        """
        await self.authorize(action, by)
        kept = await self.look_ups.recall(pressed)
        if not isinstance(kept, kind):
            raise CardExpired
        check_own(Action.PRESS_CARD, by, kept)
        return kept
