"""What is kept for a day: look-ups, and forms that were opened."""

from __future__ import annotations

from typing import Protocol

from bot.domain.case import CaseId, Question
from bot.domain.draft import Draft
from bot.domain.lookup import AnyLookUp, LookUpId
from bot.domain.redemption import (
    RequestId,
)


class LookUps(Protocol):
    """What look-ups were, for a day."""

    async def remember(self, look_up: AnyLookUp) -> LookUpId:
        """Keep it under a new opaque id."""
        ...

    async def recall(self, look_up_id: LookUpId) -> AnyLookUp | None:
        """None when it is unknown or a day has passed."""
        ...


class Drafts(Protocol):
    """Forms that were opened, for a day."""

    async def keep(self, draft: Draft) -> None:
        """Write it, or write it anew."""
        ...

    async def recall(self, draft_id: RequestId) -> Draft | None:
        """None when it is unknown or a day has passed."""
        ...


class Questions(Protocol):
    """Forms that were opened to ask store ops, for a day."""

    async def keep(self, question: Question) -> None: ...

    async def recall(self, question_id: CaseId) -> Question | None:
        """None when it is unknown or a day has passed."""
        ...
