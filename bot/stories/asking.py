"""Asking store ops: cases, from the question to the answer."""

from __future__ import annotations

from bot.adapters.slack.permalinks import SlackPermalinks
from bot.listeners.adopting import Adopting
from bot.listeners.case import CaseListeners
from bot.services.case import CaseDoor, HandleCase, Reach
from bot.services.case_question import AskRights, AskStoreOps, OpenQuestion
from bot.stories.parts import Shared


def case_door(of: Shared) -> CaseDoor:
    return CaseDoor(
        rights=of.slack.rights, cases=of.repositories.cases, groups=of.settings.policy.escalations.groups
    )


def cases(of: Shared, door: CaseDoor, adopting: Adopting) -> CaseListeners:
    reach = Reach(
        escalations=of.settings.policy.escalations, channels=of.slack.channels, rights=of.slack.rights
    )
    asking = AskRights(gate=of.gate, door=door, requests=of.repositories.requests)
    return CaseListeners(
        open_question=OpenQuestion(
            asking=asking,
            reach=reach,
            look_up=of.reads.coupons,
            find=of.reads.find,
            permalinks=SlackPermalinks(of.slack.reader),
            questions=of.repositories.questions,
            region=of.settings.default_region,
        ),
        ask=AskStoreOps(
            asking=asking,
            reach=reach,
            questions=of.repositories.questions,
            cases=of.repositories.cases,
            region=of.settings.default_region,
            now=of.now,
            wake=of.wake_events.outbox_relay,
        ),
        handle=HandleCase(
            door=door,
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
