"""Asking store ops: cases, from the question to the answer."""

from __future__ import annotations

from bot.adapters.slack.permalinks import SlackPermalinks
from bot.listeners.adopting import Adopting
from bot.listeners.case import CaseListeners
from bot.services.case import HandleCase, Reach
from bot.services.case_question import AskStoreOps, OpenQuestion
from bot.stories.parts import Shared


def cases(of: Shared, adopting: Adopting) -> CaseListeners:
    reach = Reach(
        escalations=of.settings.policy.escalations, channels=of.slack.channels, rights=of.slack.rights
    )
    return CaseListeners(
        open_question=OpenQuestion(
            authorize=of.authorize,
            cards=of.cards,
            requests=of.repositories.requests,
            reach=reach,
            look_up=of.reads.coupons,
            find=of.reads.find,
            permalinks=SlackPermalinks(of.slack.reader),
            questions=of.repositories.questions,
            region=of.settings.default_region,
        ),
        ask=AskStoreOps(
            authorize=of.authorize,
            requests=of.repositories.requests,
            reach=reach,
            questions=of.repositories.questions,
            cases=of.repositories.cases,
            region=of.settings.default_region,
            now=of.now,
            wake=of.wake_events.outbox_relay,
        ),
        handle=HandleCase(
            authorize=of.authorize,
            audit=of.audit,
            reach=reach,
            cases=of.repositories.cases,
            region=of.settings.default_region,
            now=of.now,
            wake=of.wake_events.outbox_relay,
        ),
        adopting=adopting,
        replies=of.replies,
        display=of.display,
    )
