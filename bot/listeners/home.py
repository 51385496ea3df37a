"""The App Home: opening it, and paging its lists."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.domain.person import PersonId
from bot.listeners.payloads import actor_of
from bot.services.home_subscribers import HomeSubscribers
from bot.views import home as view


@dataclass(frozen=True, slots=True)
class HomeListeners:
    home_subscribers: HomeSubscribers

    async def on_opened(self, args: AsyncArgs) -> None:
        """Slack sends this event for the Messages tab as well (docs.slack.dev: app_home_opened)."""
        await args.ack()
        if args.payload.get("tab") == "home":
            await self.home_subscribers.opened(PersonId(str(args.payload["user"])))

    async def on_page(self, args: AsyncArgs) -> None:
        await args.ack()
        part, page = view.wanted_page(args.payload)
        await self.home_subscribers.show_page(actor_of(args.body).id, part, page)
