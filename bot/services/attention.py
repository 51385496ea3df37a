"""Tell those who may settle of what a person has to judge."""

from __future__ import annotations

from bot.aio.frozen import part
from bot.domain.messages import MessageKind
from bot.domain.redemption import Trouble
from bot.services.ports import Channels


@part(kw_only=True)
class TellSettlers:
    """
    Returns the message to post; none while the channel is shared with another company.

    Attributes:
        channel: None if there is none.

    """

    channels: Channels
    channel: str | None

    async def __call__(self) -> tuple[tuple[MessageKind, str], ...]:
        if self.channel is None:
            return ()
        trouble = await self.channels.trouble(self.channel)
        return () if trouble is Trouble.CHANNEL_SHARED else ((MessageKind.ATTENTION, self.channel),)
