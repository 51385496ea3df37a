"""The audit log's attempts in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.ledger.audit import LONGEST_ID
from bot.domain.case import CaseId
from bot.domain.errors import LedgerUnavailable
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId
from bot.services.ports import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry."""

    what: AuditEvent
    by: PersonId
    request_id: RequestId | None
    case_id: CaseId | None
    why: Mapping[str, Any]


@dataclass
class FakeAttempts:
    """`services.ports.Attempts`; `broken` is a ledger that cannot be reached."""

    told: list[Told] = field(default_factory=list)
    broken: bool = False

    async def append(
        self,
        what: AuditEvent,
        *,
        by: PersonId,
        request_id: RequestId | None = None,
        case_id: CaseId | None = None,
        why: Mapping[str, Any],
    ) -> None:
        if self.broken:
            raise LedgerUnavailable
        named = RequestId(request_id[:LONGEST_ID]) if request_id else None
        about = CaseId(case_id[:LONGEST_ID]) if case_id else None
        self.told.append(Told(what=what, by=by, request_id=named, case_id=about, why=why))
