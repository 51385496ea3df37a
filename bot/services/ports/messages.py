"""The outbox: messages to post or to update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.aio.frozen import frozen
from bot.domain.anchor import Anchor
from bot.domain.case import Case, CaseId
from bot.domain.messages import KINDS, MessageKind, Traits
from bot.domain.redemption import Redemption, RequestId

#: Seconds for which Slack takes a response URL, with some to spare (docs.slack.dev: 30 minutes).
URL_LIFE_S = 25 * 60.0


@frozen(kw_only=True)
class OutboxMessage:
    """
    A message that does not yet show the current state of its request or case, or the day's seal.

    Attributes:
        channel: a channel's id or, before it is posted, a person's.
        ts: Slack's id of the posted message; None before it is posted.
        attempts: failed attempts since the last success.
        thread_ts: `ts` of the message to thread it under (`Traits.thread_of`); None if there is none yet.

    """

    id: int
    role: MessageKind
    channel: str
    ts: str | None
    attempts: int
    about: Redemption | Case | Anchor
    thread_ts: str | None = None

    @property
    def traits(self) -> Traits:
        return KINDS[self.role]


class Outbox(Protocol):
    """Messages to post or to update; every method raises LedgerUnavailable."""

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[OutboxMessage]:
        """Return messages that are due; no other instance gets them for `hold_s` seconds."""
        ...

    async def delivered(self, outbox_message: OutboxMessage, *, channel: str, ts: str) -> None:
        """
        Note that the message was posted or updated, as drawn from `outbox_message.about`.

        Nothing is noted if the ledger has lost that, as where a standby took over without it.
        """
        ...

    async def put_back(self, outbox_message: OutboxMessage, *, again_in_s: float | None, why: str) -> None:
        """Note a failed attempt, and when to try again; None is never."""
        ...

    async def adopt(self, about: RequestId | CaseId, role: MessageKind, *, channel: str, ts: str) -> None:
        """Note a posted copy that was pressed: it is updated now, unless it is current, and from now on."""
        ...

    async def shown(self, about: RequestId, window: str, *, version: int) -> None:
        """Note the version that a new window shows by its form's answer; from now on it may be updated."""
        ...


class PressedCopies(Protocol):
    """Posted messages that were pressed lately: each press allows one update that counts in no tier of Slack's."""

    def pressed(self, channel: str, ts: str, url: str) -> None:
        """Note the response URL of a press on a message."""
        ...

    async def updated(self, channel: str, ts: str, message: Mapping[str, Any]) -> bool:
        """Update it so, if it was pressed lately; returns whether Slack took that."""
        ...
