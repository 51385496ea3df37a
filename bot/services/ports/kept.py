"""Things that are kept for a day: look-ups, redemption forms, questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from bot.domain.case import CaseId, Question
from bot.domain.draft import Draft
from bot.domain.home import RecentCustomer
from bot.domain.lookup import AnyLookUp, LookUpId
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId

Key = TypeVar("Key", bound=str)
Thing = TypeVar("Thing")


class Kept(Protocol[Key, Thing]):
    """Keeps things of one kind for a day, under an opaque id that buttons carry."""

    async def keep(self, thing: Thing, /) -> Key:
        """Store it for a day, again if it is stored already; returns its id."""
        ...

    async def recall(self, key: Key, /) -> Thing | None:
        """Return the thing; None if it is unknown or a day has passed."""
        ...


class LookUps(Protocol):
    """
    What cards show, each under a new id; written down behind the answer, with who looked up whom.

    Everything raises LedgerUnavailable.
    """

    def ready(self) -> None:
        """Raises LedgerUnavailable while it cannot be written down: then nothing is looked up."""
        ...

    async def keep(self, look_up: AnyLookUp, /, *, why: Mapping[str, Any]) -> LookUpId:
        """`why`: what the audit log says of it; no mobile, e-mail or code."""
        ...

    async def recall(self, key: LookUpId, /) -> AnyLookUp | None:
        """None when it is unknown, also after what another instance may have to write, or a day has passed."""
        ...


class RecentLookUps(Protocol):
    """Which customers somebody looked up in the last day."""

    async def of(self, person: PersonId, at_most: int) -> Sequence[RecentCustomer]:
        """Return each customer once, the latest first. Raises LedgerUnavailable."""
        ...


#: Opened redemption forms, by the id of the request that each becomes.
Drafts = Kept[RequestId, Draft]
#: Opened questions to store ops, by the id of the case that each becomes.
Questions = Kept[CaseId, Question]
