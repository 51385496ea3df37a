"""What is kept for a day: look-ups, and forms that were opened."""

from __future__ import annotations

from typing import Protocol, TypeVar

from bot.domain.case import CaseId, Question
from bot.domain.draft import Draft
from bot.domain.lookup import AnyLookUp, LookUpId
from bot.domain.redemption import RequestId

Key = TypeVar("Key", bound=str)
Thing = TypeVar("Thing")


class Kept(Protocol[Key, Thing]):
    """One kind of what is kept for a day, under an opaque id that stands in buttons."""

    async def keep(self, thing: Thing, /) -> Key:
        """Write it, or write it anew for another day. Returns the id it is recalled by."""
        ...

    async def recall(self, key: Key, /) -> Thing | None:
        """None when it is unknown or a day has passed."""
        ...


#: What cards show; each is kept under a new id.
LookUps = Kept[LookUpId, AnyLookUp]
#: Forms of redemptions that were opened, by the id of the request that each becomes.
Drafts = Kept[RequestId, Draft]
#: Forms that were opened to ask store ops, by the id of the case that each becomes.
Questions = Kept[CaseId, Question]
