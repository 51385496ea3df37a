"""
The audit log for use cases: attempts that moved nothing, with the facts that they were judged by.

A move of a request or a case writes its own event, in its transaction (`bot.adapters.ledger.audit`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bot.aio.frozen import part
from bot.domain.case import CaseId
from bot.domain.errors import CardExpired, CouldNotVerify, NotAllowed, Superseded, UserError
from bot.domain.person import Admission, PersonId
from bot.domain.redemption import RequestId
from bot.services.ports import Attempts, AuditEvent

#: The fields that an event of each kind must have; it may have more. Names are stored: add, never rename.
CARRIES: Mapping[AuditEvent, frozenset[str]] = {
    AuditEvent.DENIED: frozenset({"at", "denied"}),
    AuditEvent.REFUSED: frozenset({"at", "stop", "refusal"}),
    AuditEvent.TOO_LATE: frozenset({"at", "state", "round"}),
    AuditEvent.DETAILS_SHOWN: frozenset({"at", "groups", "groups_read_at"}),
    AuditEvent.CASE_DENIED: frozenset({"at", "denied"}),
    AuditEvent.CASE_TOO_LATE: frozenset({"at", "state"}),
    AuditEvent.REQUESTS_SHOWN: frozenset({"key", "requests"}),
    AuditEvent.CODE_SHOWN: frozenset({"coupon", "customer"}),
    AuditEvent.CASE_SHOWN: frozenset({"at", "groups", "groups_read_at"}),
}


@part(kw_only=True)
class AuditLog:
    """Every method raises LedgerUnavailable: what cannot be recorded is not done."""

    attempts: Attempts

    async def tell(
        self,
        what: AuditEvent,
        *,
        by: PersonId,
        request_id: RequestId | None = None,
        case_id: CaseId | None = None,
        **why: Any,
    ) -> None:
        """Write an event. Raises ValueError if a required field is missing."""
        missing = CARRIES[what] - why.keys()
        if missing:
            raise ValueError(f"{what} without {', '.join(sorted(missing))}")
        await self.attempts.append(what, by=by, request_id=request_id, case_id=case_id, why=why)

    @asynccontextmanager
    async def attempt(
        self,
        at: str,
        by: PersonId,
        request_id: RequestId | None = None,
        *,
        case_id: CaseId | None = None,
        what: AuditEvent = AuditEvent.DENIED,
    ) -> AsyncIterator[None]:
        """If the block raises a denial, record it before the person is told; `at` is what was tried."""
        try:
            yield
        except (NotAllowed, CouldNotVerify, CardExpired, Superseded) as err:
            why = judged_by(err) if isinstance(err, NotAllowed) else {}
            await self.tell(
                what, by=by, request_id=request_id, case_id=case_id, at=at, denied=_denied(err), **why
            )
            raise


def judged_by(of: Admission | NotAllowed) -> Mapping[str, Any]:
    """Return the groups that a person was judged by and when they were read; empty if none were read."""
    if of.groups is None or of.read_at is None:
        return {}
    return {"groups": sorted(of.groups), "groups_read_at": of.read_at.isoformat()}


def _denied(err: UserError) -> str:
    """Return the stored word for the kind of denial."""
    match err:
        case NotAllowed():
            return err.why.value
        case CouldNotVerify():
            return "could_not_verify"
        case Superseded():
            return "superseded"
        case _:
            return "expired"
