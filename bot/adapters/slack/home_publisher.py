"""The publisher: brings App Homes up to date for people who have them open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.aio.frozen import part
from bot.domain.errors import CouldNotVerify, Denial, LedgerUnavailable, NotAllowed
from bot.domain.home import HomePage, Places
from bot.domain.person import PersonId
from bot.services.home_subscribers import HomeSubscribers
from bot.services.ports import Homes, Tab
from bot.views import home as view
from bot.views import notices
from bot.views.text import Display

log = structlog.get_logger(__name__)

#: Tabs taken in one run, and seconds for which no other instance takes them.
AT_MOST = 10
HOLD_S = 30.0


@part(kw_only=True)
class HomePublisher:
    """
    Each run draws the tabs that are due; a tab is drawn once at a time, so that an older drawing never wins.

    If Slack refuses a drawing it is dropped: the tab is drawn again when it is opened.

    Raises LedgerUnavailable.
    """

    home_subscribers: HomeSubscribers
    homes: Homes
    draw: Callable[[PersonId, Places], Awaitable[HomePage]]
    client: AsyncWebClient
    display: Display

    async def __call__(self) -> int:
        """How many tabs were taken."""
        await self.home_subscribers.spread()
        tabs = await self.homes.take(AT_MOST, hold_s=HOLD_S)
        await asyncio.gather(*(self._bring_up(tab) for tab in tabs))
        return len(tabs)

    async def _bring_up(self, tab: Tab) -> None:
        try:
            drawn, groups = await self._drawn(tab)
            if drawn is None or await self._published(tab.person, drawn):
                await self.homes.drawn(tab, groups)
        except LedgerUnavailable:
            # It is taken again when the hold is over.
            log.warning("home_not_drawn")

    async def _drawn(self, tab: Tab) -> tuple[dict[str, Any] | None, frozenset[str]]:
        """Return the view, None for people who may see nothing, and the groups that it was drawn by."""
        try:
            page = await self.draw(tab.person, tab.places)
        except NotAllowed as err:
            told = view.told(notices.problem(err)) if err.why is Denial.GUEST else None
            return told, frozenset()
        except CouldNotVerify as err:
            return view.told(notices.problem(err)), frozenset()
        return view.home(page, display=self.display), page.groups or frozenset()

    async def _published(self, person: PersonId, drawn: dict[str, Any]) -> bool:
        """False when Slack wants it later: it is taken again when the hold is over."""
        try:
            await self.client.views_publish(user_id=person, view=drawn)
        except SLACK_TROUBLE as err:
            log.warning("home_not_published", error=slack_error(err))
            return slack_error(err) != "ratelimited"
        return True
