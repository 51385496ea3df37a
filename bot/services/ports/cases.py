"""The ledger of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.domain.case import Case, CaseId
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.services.ports.audit import AuditEvent


class Cases(Protocol):
    """
    The ledger of cases; every method raises LedgerUnavailable.

    Each write appends an event with `why` in the same transaction and marks every message of the case as due for an
    update. `post` are messages to post, each with its channel (or the person's id).
    """

    async def make(self, case: Case, *, post: Sequence[tuple[MessageKind, str]]) -> Case:
        """Write a case. If it is known already, nothing is written and the stored one is returned."""
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
        unseen: bool = False,
    ) -> Case:
        """
        Move a case, or note whether it could be posted, if its version is still that of `before`.

        `by` is None if the desk acts by itself. `unseen`: nothing that is drawn of it changes, so that its messages
        need no update. Raises VersionConflict.
        """
        ...

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Case]:
        """Return open cases whose `attend_at` is not after `now`, by the desk's clock, or None; at most so many."""
        ...


class OpenCases(Protocol):
    """Lists of open cases; every method raises LedgerUnavailable."""

    async def of(self, person: PersonId) -> Sequence[Case]:
        """Return cases that a person asked or took and that are not answered yet, the oldest first."""
        ...

    async def open_to(self, person: PersonId) -> Sequence[Case]:
        """Return cases that are not answered and that others asked and nobody or others took, the oldest first."""
        ...


class Permalinks(Protocol):
    async def of(self, channel: str, ts: str) -> str | None:
        """Return a link to a message; None if Slack gives none."""
        ...
