"""Adopts the message that was pressed: from then on the outbox relay keeps it up to date."""

from __future__ import annotations

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.frozen import part
from bot.domain.case import CaseId
from bot.domain.messages import MessageKind
from bot.domain.redemption import RequestId
from bot.listeners.payloads import actor_of
from bot.listeners.replies import on_home
from bot.services.home_subscribers import HomeSubscribers
from bot.services.ports import Outbox, PressedCopies


@part
class Adopting:
    outbox: Outbox
    pressed_copies: PressedCopies
    home_subscribers: HomeSubscribers

    async def __call__(
        self,
        args: AsyncArgs,
        about: RequestId | CaseId,
        role: MessageKind,
        *,
        direct: MessageKind = MessageKind.REQUESTER,
    ) -> None:
        """
        Note the pressed message in the ledger, which may not know that it was posted, or the pressed App Home.

        In a direct message it is noted as the person's own copy (`direct`). Raises LedgerUnavailable.
        """
        if on_home(args):
            await self.home_subscribers.pressed(actor_of(args.body).id)
            return
        container = args.body.get("container") or {}
        channel, ts = container.get("channel_id"), container.get("message_ts")
        if channel and ts and not container.get("is_ephemeral"):
            if url := args.body.get("response_url"):
                self.pressed_copies.pressed(str(channel), str(ts), str(url))
            own = str(channel).startswith("D")
            await self.outbox.adopt(about, direct if own else role, channel=str(channel), ts=str(ts))
