"""The App Home: opening it, and paging its lists."""

from __future__ import annotations

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.frozen import part
from bot.domain.errors import LedgerUnavailable
from bot.domain.person import PersonId
from bot.listeners.lookup import CouponListeners
from bot.listeners.payloads import actor_of
from bot.services.home_subscribers import HomeSubscribers
from bot.views import home as view
from bot.views import home_recent, notices
from bot.views import shortcut as modal

log = structlog.get_logger(__name__)


@part
class HomeListeners:
    home_subscribers: HomeSubscribers
    coupons: CouponListeners

    async def on_opened(self, args: AsyncArgs) -> None:
        """Slack sends this event for the Messages tab as well (docs.slack.dev: app_home_opened)."""
        await args.ack()
        if args.payload.get("tab") != "home":
            return
        person = PersonId(str(args.payload["user"]))
        try:
            await self.home_subscribers.opened(person)
        except LedgerUnavailable as err:
            # It is drawn from the ledger, which does not even know that it was opened.
            log.warning("home_not_opened", error=err.kind)
            await args.client.views_publish(user_id=person, view=view.away(notices.problem(err)))

    async def on_look_up(self, args: AsyncArgs) -> None:
        """A customer looked up last, once more: their card in a modal."""
        await args.ack()
        replies = self.coupons.replies
        await replies.open(args, modal.loading())
        card = await self.coupons.draw.again(home_recent.pressed(args.payload), by=actor_of(args.body))
        await replies.show(args, modal.card(self.coupons.drawn(card)))

    async def on_page(self, args: AsyncArgs) -> None:
        await args.ack()
        part, page = view.wanted_page(args.payload)
        await self.home_subscribers.show_page(actor_of(args.body).id, part, page)
