"""How the outbox's messages are taken and delivered in these tests."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.ports import Outbox, OutboxMessage
from tests.adapters.ledger.facts import LONG

DM = "D0AGENT"
TS = "1780000000.000100"


async def take(outbox: Outbox, at_most: int = 20, hold_s: float = LONG) -> Sequence[OutboxMessage]:
    return await outbox.take(at_most, hold_s=hold_s)


async def deliver(outbox: Outbox, *, ts: str = TS) -> OutboxMessage:
    """Take the one message that is due, and post it."""
    (outbox_message,) = await take(outbox)
    await outbox.delivered(outbox_message, channel=DM, ts=ts)
    return outbox_message
