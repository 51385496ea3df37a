"""What was looked for at the engine, and what people chose before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.look import Look
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId


class Looks(Protocol):
    async def __call__(self, request_id: RequestId, /) -> Sequence[Look]:
        """Return the looks that were made for a request, from the first to the last. Raises LedgerUnavailable."""
        ...


class LastReason(Protocol):
    async def __call__(self, requester: PersonId, /) -> str | None:
        """Return the reason of the latest request that this person made. Raises LedgerUnavailable."""
        ...
