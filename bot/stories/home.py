"""The App Home: what it shows of the ledger, and who gets it when."""

from __future__ import annotations

from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.slack.publisher import Publisher
from bot.adapters.slack.sight import SlackSight
from bot.services.home import DrawHome
from bot.stories.parts import Shared


def publish(of: Shared) -> Publisher:
    sight = SlackSight(rights=of.slack.rights, groups=of.slack.groups, monotonic=of.parts.monotonic)
    draw = DrawHome(
        house=of.house,
        lists=LedgerHomeLists(of.parts.database),
        requests=of.books.requests,
        cases=of.books.cases,
        sight=sight,
        now=of.now,
    )
    return Publisher(
        audience=of.books.audience,
        homes=of.books.homes,
        draw=draw,
        client=of.slack.poster,
        display=of.display,
    )
