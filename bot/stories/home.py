"""The App Home: what it shows of the ledger, and who gets it when."""

from __future__ import annotations

from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.slack.home_publisher import HomePublisher
from bot.adapters.slack.recent_membership import SlackRecentMembership
from bot.services.home import DrawHome
from bot.stories.parts import Shared


def publish(of: Shared) -> HomePublisher:
    recent_membership = SlackRecentMembership(
        rights=of.slack.rights, groups=of.slack.groups, monotonic=of.parts.monotonic
    )
    draw = DrawHome(
        configuration=of.configuration,
        lists=LedgerHomeLists(of.parts.database),
        requests=of.repositories.requests,
        cases=of.repositories.cases,
        recent_membership=recent_membership,
        now=of.now,
    )
    return HomePublisher(
        home_subscribers=of.repositories.home_subscribers,
        homes=of.repositories.homes,
        draw=draw,
        client=of.slack.poster,
        display=of.display,
    )
