"""The use cases that settle outcomes, which several others share."""

from __future__ import annotations

from functools import cached_property

from bot.bootstrap.common import Common
from bot.services.answers_owed import AnswersOwed
from bot.services.evidence import ReadEvidence
from bot.services.final_no import FinalNo
from bot.services.verdict import WriteVerdict


class Verdicts(Common):
    """Each property is made at its first use and then stays the same object."""

    @cached_property
    def write_verdict(self) -> WriteVerdict:
        return WriteVerdict(
            requests=self.ports.requests,
            look_after_s=self.timing.look_after_s,
            window_s=self.timing.window_s,
        )

    @cached_property
    def final_no(self) -> FinalNo:
        return FinalNo(
            requests=self.ports.requests,
            engine=self.ports.engine,
            spawn=self.ports.spawn,
            wake=self.wake_events.outbox_relay.set,
        )

    @cached_property
    def read_evidence(self) -> ReadEvidence:
        return ReadEvidence(
            configuration=self.configuration, requests=self.ports.requests, engine=self.ports.redeeming
        )

    @cached_property
    def answers_owed(self) -> AnswersOwed:
        return AnswersOwed(write=self.write_verdict, requests=self.ports.requests, spawn=self.ports.spawn)
