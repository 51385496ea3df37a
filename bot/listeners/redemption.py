"""Presses on what is posted about a request: its messages and its outcome."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.domain.redemption import Redemption
from bot.listeners.adopting import Adopting
from bot.listeners.payloads import actor_of
from bot.listeners.replies import Replies
from bot.services.close import CloseUnknown
from bot.services.ports import Role
from bot.views import close as close_view
from bot.views import redemption as view
from bot.views.kit import View
from bot.views.text import Display


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionListeners:
    close: CloseUnknown
    adopting: Adopting
    replies: Replies
    display: Display

    async def on_close(self, args: AsyncArgs) -> None:
        await args.ack()
        await self.replies.open(args, close_view.loading())
        request_id = view.pressed(args.payload)
        await self.adopting(args, request_id, Role.ATTENTION)
        row = await self.close.look(request_id, by=actor_of(args.body))
        await self.replies.show(args, close_view.close_form(row, display=self.display))

    async def on_closing(self, args: AsyncArgs) -> None:
        request_id, found, redeemed, note = close_view.closing(args.body["view"])
        if redeemed is None or not note.strip():
            await args.ack(response_action="errors", errors=close_view.faults(redeemed, note))
            return
        closing = self.close(request_id, found, redeemed=redeemed, note=note, by=actor_of(args.body))
        await self.replies.to_form(args, self._closed(closing), close_view.loading())

    async def _closed(self, closing: Awaitable[tuple[Redemption, bool]]) -> View:
        row, _ = await closing
        return close_view.close_form(row, display=self.display, again=True)
