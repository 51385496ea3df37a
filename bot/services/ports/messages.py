"""Messages that are to be posted or redrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.case import Case, CaseId
from bot.domain.messages import KINDS, MessageKind, Traits
from bot.domain.redemption import Redemption, RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """
    A message that is not as its request, or its case, stands.

    Attributes:
        channel: a channel's id or, before it is posted, a person's.
        ts: None while it is not known to be posted.
        attempts: how often it was tried since it last worked.
        thread_ts: of the message that it is posted in the thread of (`Traits.thread_of`); None while there is none.

    """

    id: int
    role: MessageKind
    channel: str
    ts: str | None
    attempts: int
    about: Redemption | Case
    thread_ts: str | None = None

    @property
    def traits(self) -> Traits:
        return KINDS[self.role]


class Outbox(Protocol):
    """Messages that are to be posted or redrawn; everything raises LedgerUnavailable."""

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[OutboxMessage]:
        """Outbox messages that are due, held from other instances for so many seconds."""
        ...

    async def delivered(self, outbox_message: OutboxMessage, *, channel: str, ts: str) -> None:
        """Posted, or redrawn, as `outbox_message.about` stands."""
        ...

    async def put_back(self, outbox_message: OutboxMessage, *, again_in_s: float | None, why: str) -> None:
        """It did not work. None: it never will."""
        ...

    async def adopt(self, about: RequestId | CaseId, role: MessageKind, *, channel: str, ts: str) -> None:
        """A copy that was pressed; one that is not known yet is redrawn from now on."""
        ...
