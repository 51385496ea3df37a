"""Settling an unknown outcome."""

from __future__ import annotations

from collections.abc import Awaitable

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.frozen import part
from bot.domain.handled import Handled
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, State
from bot.listeners.adopting import Adopting
from bot.listeners.payloads import actor_of
from bot.listeners.replies import Replies
from bot.services.settle import SettleUnknown
from bot.views import redemption as view
from bot.views import settle as settle_view
from bot.views.kit import View
from bot.views.text import Display


@part(kw_only=True)
class SettleListeners:
    settle: SettleUnknown
    adopting: Adopting
    replies: Replies
    display: Display

    async def on_settle(self, args: AsyncArgs) -> None:
        await args.ack()
        request_id = view.pressed(args.payload)

        async def form() -> View:
            await self.adopting(args, request_id, MessageKind.ATTENTION)
            by = actor_of(args.body)
            return await self._form(await self.settle.look(request_id, by=by), by)

        await self.replies.open_drawn(args, form(), settle_view.loading())

    async def on_settling(self, args: AsyncArgs) -> None:
        request_id, found, redeemed, note = settle_view.submitted(args.body["view"])
        faults = settle_view.faults(args.body["view"])
        if redeemed is None or faults:
            await args.ack(response_action="errors", errors=faults)
            return
        use = settle_view.use_named(args.body["view"]) if redeemed else None
        by = actor_of(args.body)
        closing = self.settle(request_id, found, redeemed=redeemed, note=note, by=by, use=use)
        await self.replies.to_form(args, self._settled(closing, by), settle_view.loading())

    async def _settled(self, closing: Awaitable[Handled[Redemption]], by: Actor) -> View:
        settled = await closing
        return await self._form(settled.row, by, again=True)

    async def _form(self, row: Redemption, by: Actor, *, again: bool = False) -> View:
        looks = await self.settle.looks(row.id) if row.state is State.UNKNOWN else ()
        return settle_view.settle_form(row, looks, display=self.display.to(by.id), again=again)
