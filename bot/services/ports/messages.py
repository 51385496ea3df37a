"""Messages that are to be posted or redrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.domain.case import Case, CaseId
from bot.domain.redemption import (
    Redemption,
    RequestId,
)


class MessageKind(StrEnum):
    """What a posted message is to a request. Values are stored."""

    #: The requester's own direct message.
    REQUESTER = "requester"
    #: For those who may close an unknown outcome.
    ATTENTION = "attention"
    #: The modal that the request was confirmed in; its "channel" is the view's id, and it may be closed any time.
    WINDOW = "window"
    #: For those who approve; one message, whatever becomes of the request.
    APPROVAL = "approval"
    #: In the thread of the approval message, each posted once and never redrawn.
    REMINDER = "reminder"
    AGAIN = "again"
    #: In the thread of the requester's message, posted once: a message that is redrawn notifies nobody.
    NEWS = "news"
    #: The modal that a decision was made in.
    DECIDER = "decider"
    #: About a case: for those who answer; one message, whatever becomes of it.
    CASE = "case"
    #: In its thread, posted once for each move that somebody there has to hear of.
    CASE_THREAD = "case_thread"
    #: The asker's own direct message.
    ASKER = "asker"
    #: To the asker, posted once for each answer: a message that is redrawn notifies nobody.
    ASKER_NEWS = "asker_news"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """
    A message that is not as its request, or its case, stands.

    Attributes:
        channel: a channel's id or, before it is posted, a person's.
        ts: None while it is not known to be posted.
        attempts: how often it was tried since it last worked.

    """

    id: int
    role: MessageKind
    channel: str
    ts: str | None
    attempts: int
    about: Redemption | Case
    #: Of the approval message or the case's, for what is posted in its thread.
    thread_ts: str | None = None


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
