"""The use cases of asking store ops: from the question to the answer."""

from __future__ import annotations

from functools import cached_property

from bot.bootstrap.verdicts import Verdicts
from bot.services.case import HandleCase, Reach
from bot.services.case_facts import ReadCaseFacts
from bot.services.case_question import AskStoreOps, OpenQuestion
from bot.services.case_reminders import RemindOfCases


class CaseUseCases(Verdicts):
    """Each use case is made at its first use and then stays the same object."""

    @cached_property
    def reach(self) -> Reach:
        escalations = self.policy.escalations
        return Reach(escalations=escalations, channels=self.ports.channels, rights=self.ports.rights)

    @cached_property
    def open_question(self) -> OpenQuestion:
        return OpenQuestion(
            authorize=self.authorize,
            cards=self.cards,
            requests=self.ports.requests,
            reach=self.reach,
            look_up=self.reads.coupons,
            find=self.reads.find,
            permalinks=self.ports.permalinks,
            questions=self.ports.questions,
            region=self.configuration.region,
        )

    @cached_property
    def case_facts(self) -> ReadCaseFacts:
        return ReadCaseFacts(find=self.reads.find, look_up=self.reads.coupons)

    @cached_property
    def remind_of_cases(self) -> RemindOfCases:
        return RemindOfCases(
            escalations=self.policy.escalations,
            cases=self.ports.cases,
            now=self.ports.now,
            wake=self.wake_events.outbox_relay.set,
        )

    @cached_property
    def ask(self) -> AskStoreOps:
        return AskStoreOps(
            authorize=self.authorize,
            requests=self.ports.requests,
            reach=self.reach,
            questions=self.ports.questions,
            cases=self.ports.cases,
            facts=self.case_facts,
            region=self.configuration.region,
            now=self.ports.now,
            wake=self.wake_events.outbox_relay.set,
        )

    @cached_property
    def handle_case(self) -> HandleCase:
        return HandleCase(
            authorize=self.authorize,
            audit=self.audit,
            reach=self.reach,
            cases=self.ports.cases,
            requests=self.ports.requests,
            facts=self.case_facts,
            region=self.configuration.region,
            now=self.ports.now,
            wake=self.wake_events.outbox_relay.set,
        )
