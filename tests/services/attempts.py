"""The audit log's attempts in memory, and the rights of a desk that writes them there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.case import CaseId
from bot.domain.person import PersonId
from bot.domain.policy import Policy
from bot.domain.redemption import RequestId
from bot.services.audit import AuditLog
from bot.services.authorize import Authorize
from bot.services.ports import AuditEvent, Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One entry."""

    what: AuditEvent
    by: PersonId
    request_id: RequestId | None
    case_id: CaseId | None
    why: Mapping[str, Any]


@dataclass
class HeldAttempts:
    """`services.ports.Attempts`."""

    told: list[Told] = field(default_factory=list)

    async def append(
        self,
        what: AuditEvent,
        *,
        by: PersonId,
        request_id: RequestId | None = None,
        case_id: CaseId | None = None,
        why: Mapping[str, Any],
    ) -> None:
        self.told.append(Told(what=what, by=by, request_id=request_id, case_id=case_id, why=why))


def authorize(rights: Rights, policy: Policy, attempts: HeldAttempts | None = None) -> Authorize:
    return Authorize(rights=rights, policy=policy, audit=AuditLog(attempts=attempts or HeldAttempts()))
