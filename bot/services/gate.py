"""The way in to every look-up: who may ask, and which card a press stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from bot.domain.errors import CardExpired, Denial, NotAllowed
from bot.domain.lookup import HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.person import Actor, Admission
from bot.services.ports import LookUps, Rights

L = TypeVar("L", LookUp, HistoryLookUp, PromotionLookUp)


@dataclass(frozen=True, slots=True)
class Gate:
    rights: Rights
    look_ups: LookUps
    #: Groups that may look up; None is every full member of the workspace.
    groups: frozenset[str] | None

    async def admit(self, actor: Actor) -> Admission:
        """Raises NotAllowed, CouldNotVerify."""
        return await self.rights.admit(actor, self.groups)

    async def recall(self, pressed: LookUpId, kind: type[L], *, by: Actor) -> L:
        """
        What the pressed card shows, from the ledger and never from the press.

        Only its asker may press it. Raises NotAllowed, CouldNotVerify, CardExpired, LedgerUnavailable.
        """
        await self.admit(by)
        return await self.kept(pressed, kind, by=by)

    async def kept(self, pressed: LookUpId, kind: type[L], *, by: Actor) -> L:
        """As `recall`, for somebody who was admitted otherwise."""
        kept = await self.look_ups.recall(pressed)
        if not isinstance(kept, kind):
            raise CardExpired
        if kept.asker != by.id:
            raise NotAllowed(Denial.NOT_YOURS)
        return kept
