"""The ledger of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.domain.case import Case, CaseId
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.services.ports.audit import AuditEvent


class Cases(Protocol):
    """
    The ledger of cases; everything raises LedgerUnavailable.

    Each write appends an event with `why`, in the same transaction, and makes every message of the case
    due to be redrawn. `post` names messages to be posted, each with its channel (or the person's id).
    """

    async def make(self, case: Case, *, post: Sequence[tuple[MessageKind, str]]) -> Case:
        """Write a case down. One that is known already is given back as it stands: nothing is written."""
        ...

    async def get(self, case_id: CaseId) -> Case | None: ...

    async def move(
        self,
        before: Case,
        after: Case,
        what: AuditEvent,
        *,
        by: PersonId | None,
        why: Mapping[str, Any],
        post: Sequence[tuple[MessageKind, str]] = (),
    ) -> Case:
        """
        Move a case on, or write down what was found of it, if it still stands as in `before`.

        `by`: None where the desk does so by itself. Raises VersionConflict.
        """
        ...


class OpenCases(Protocol):
    """Raises LedgerUnavailable."""

    async def of(self, person: PersonId) -> Sequence[Case]:
        """Cases that somebody asked or took and that are not answered yet, the oldest first."""
        ...

    async def untaken(self, but: PersonId) -> Sequence[Case]:
        """Cases that nobody has taken, without those that `but` asked, the oldest first."""
        ...


class Permalinks(Protocol):
    async def of(self, channel: str, ts: str) -> str | None:
        """Where a message can be read by whoever may read it; None when Slack does not say."""
        ...
