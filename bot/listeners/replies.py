"""Answering a person: inside Slack's three seconds, and after them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.services.ports import Spawn
from bot.views.kit import Message

log = structlog.get_logger(__name__)

#: A card that is ready by then is the acknowledgement itself; Slack waits three seconds.
READY_WITHIN_S = 1.5


class Urls(Protocol):
    """Posts to response URLs."""

    async def post(self, url: str, payload: Mapping[str, Any]) -> bool:
        """Whether Slack took it."""
        ...


@dataclass(frozen=True, slots=True)
class Replies:
    urls: Urls
    spawn: Spawn
    ready_within_s: float = READY_WITHIN_S

    async def to_command(
        self, args: AsyncArgs, work: Coroutine[Any, Any, Message], meanwhile: Message
    ) -> None:
        """
        Acknowledge with the card when it is ready in time, else with `meanwhile`, and send the card after.

        What `work` raises is raised here.
        """
        card = self.spawn(work)
        await asyncio.wait({card}, timeout=self.ready_within_s)
        if card.done():
            await args.ack(**card.result().payload())
            return
        await args.ack(**meanwhile.payload())
        await self._post(args, (await card).payload())

    async def replace(self, args: AsyncArgs, message: Message) -> None:
        """Draw the card that was pressed anew."""
        await self._post(args, message.replacing())

    async def tell(self, args: AsyncArgs, message: Message) -> None:
        """Say something only this person sees, whatever has been said before; what they see stays."""
        command = "command" in args.body
        if command and args.ack.response is None:
            await args.ack(**message.payload())
            return
        if args.ack.response is None:
            await args.ack()
        await self._post(args, message.payload() if command else message.beside())

    async def _post(self, args: AsyncArgs, payload: Mapping[str, Any]) -> None:
        url = args.body.get("response_url")
        if not url or not await self.urls.post(url, payload):
            log.error("reply_lost", reason="refused" if url else "no_response_url")
