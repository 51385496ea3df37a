"""A press on a posted copy, or on an App Home: what was pressed is kept true from now on."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.domain.case import CaseId
from bot.domain.messages import MessageKind
from bot.domain.redemption import RequestId
from bot.listeners.payloads import actor_of
from bot.listeners.replies import on_home
from bot.services.home_subscribers import HomeSubscribers
from bot.services.ports import Outbox


@dataclass(frozen=True, slots=True)
class Adopting:
    outbox: Outbox
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
        In a direct message it is the person's own copy (`direct`), whatever was pressed.

        It may be one that nobody knew to be posted. Raises LedgerUnavailable.
        """
        if on_home(args):
            await self.home_subscribers.pressed(actor_of(args.body).id)
            return
        container = args.body.get("container") or {}
        channel, ts = container.get("channel_id"), container.get("message_ts")
        if channel and ts and not container.get("is_ephemeral"):
            own = str(channel).startswith("D")
            await self.outbox.adopt(about, direct if own else role, channel=str(channel), ts=str(ts))
