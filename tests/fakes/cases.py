"""The ledger of cases in memory; `tests/contract/test_cases.py` compares it with the real one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.case import Case, CaseId, CaseState, may_move
from bot.domain.errors import VersionConflict
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.services.ports import AuditEvent
from tests.fakes.outbox import FakeOutbox


@dataclass
class FakeCases:
    """
    `services.ports.Cases` and `services.ports.OpenCases`.

    Attributes:
        events: what each write was, by whom, and the case after it.
        beside: done once, just before the next move.

    """

    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    rows: dict[CaseId, Case] = field(default_factory=dict)
    events: list[tuple[AuditEvent, PersonId | None, Case]] = field(default_factory=list)
    beside: Callable[[], None] | None = None

    def holds(self, case: Case) -> Case:
        """From now on, as it is; however it came there."""
        self.rows[case.id] = case
        self.outbox.redraw(case)
        return case

    async def make(self, case: Case, *, post: Sequence[tuple[MessageKind, str]]) -> Case:
        if case.id in self.rows:
            return self.rows[case.id]
        return self._write(case, AuditEvent.CASE_ASKED, case.asker, post)

    async def get(self, case_id: CaseId) -> Case | None:
        return self.rows.get(case_id)

    async def move(
        self,
        before: Case,
        after: Case,
        what: AuditEvent,
        *,
        by: PersonId | None,
        why: Mapping[str, Any],  # noqa: ARG002 - the audit log is not read here
        post: Sequence[tuple[MessageKind, str]] = (),
        unseen: bool = False,
    ) -> Case:
        if self.beside is not None:
            happens, self.beside = self.beside, None
            happens()
        if before.state is not after.state and not may_move(before.state, after.state):
            raise ValueError(f"{before.state} does not become {after.state}")
        stands = self.rows.get(before.id)
        if stands is None or (stands.version, stands.state) != (before.version, before.state):
            raise VersionConflict
        return self._write(after, what, by, post, unseen=unseen)

    async def of(self, person: PersonId) -> Sequence[Case]:
        return self._listed(
            lambda one: person in {one.asker, one.owner} and one.state is not CaseState.ANSWERED
        )

    async def open_to(self, person: PersonId) -> Sequence[Case]:
        return self._listed(
            lambda one: person not in {one.asker, one.owner} and one.state is not CaseState.ANSWERED
        )

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Case]:
        due = [
            one
            for one in self.rows.values()
            if one.state is CaseState.OPEN and (one.attend_at is None or one.attend_at <= now)
        ]
        return sorted(due, key=lambda one: (one.attend_at or now, one.id))[:at_most]

    def _listed(self, wanted: Callable[[Case], bool]) -> list[Case]:
        found = (one for one in self.rows.values() if wanted(one))
        return sorted(found, key=lambda one: (one.asked_at, one.id))

    def _write(
        self,
        case: Case,
        what: AuditEvent,
        by: PersonId | None,
        post: Sequence[tuple[MessageKind, str]],
        *,
        unseen: bool = False,
    ) -> Case:
        if unseen:
            self.rows[case.id] = case
            self.outbox.changed_unseen(case)
        else:
            self.holds(case)
        self.events.append((what, by, case))
        for role, channel in post:
            self.outbox.post(case, role, channel)
        return case
