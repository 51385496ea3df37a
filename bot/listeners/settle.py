"""Settling an unknown outcome, and naming the use of a redemption without an id."""

from __future__ import annotations

from collections.abc import Awaitable

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.frozen import part
from bot.domain.handled import Handled
from bot.domain.looks import can_be_settled, is_to_be_named
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.domain.redemption import Redemption
from bot.listeners.adopting import Adopting
from bot.listeners.payloads import actor_of
from bot.listeners.replies import Replies
from bot.services.settle import SettleUnknown
from bot.views import redemption as view
from bot.views import settle as settle_view
from bot.views import settle_naming
from bot.views.kit import View
from bot.views.settle import Missed
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
        await self.replies.to_form(args, self._settled(closing, found, by), settle_view.loading())

    async def on_naming(self, args: AsyncArgs) -> None:
        faults = settle_naming.faults(args.body["view"])
        if faults:
            await args.ack(response_action="errors", errors=faults)
            return
        request_id, found, use, note = settle_naming.submitted(args.body["view"])
        by = actor_of(args.body)
        closing = self.settle(request_id, found, redeemed=True, note=note, by=by, use=use)
        await self.replies.to_form(args, self._settled(closing, found, by), settle_view.loading())

    async def _settled(self, closing: Awaitable[Handled[Redemption]], found: str, by: Actor) -> View:
        """Return how it stands; `found` is the digest of the uses that the person was shown."""
        row = (await closing).row
        return await self._form(row, by, settle_view.why_missed(row, found))

    async def _form(self, row: Redemption, by: Actor, missed: Missed | None = None) -> View:
        looks = await self.settle.looks(row.id) if can_be_settled(row) else ()
        display = self.display.to(by.id)
        if is_to_be_named(row):
            return settle_naming.form(row, looks, display=display, missed=missed)
        return settle_view.settle_form(row, looks, display=display, missed=missed)
