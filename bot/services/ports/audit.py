"""The audit log."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol

from bot.aio.frozen import frozen
from bot.domain.case import CaseId
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId


class AuditEvent(StrEnum):
    """The kind of an event in the audit log. Values are stored: add, never rename."""

    #: A request or a case was made, or moved.
    MADE = "made"
    MOVED = "moved"
    #: The request has claimed a redemption of the engine.
    CLAIMED = "claimed"
    #: It does not any more, and nobody else has taken it.
    CLAIM_RELEASED = "claim_released"
    #: An alarm of `bot.domain.alarm`.
    ALARM = "alarm"
    CASE_ASKED = "case_asked"
    CASE_TAKEN = "case_taken"
    CASE_TAKEN_OVER = "case_taken_over"
    CASE_ANSWERED = "case_answered"
    CASE_REOPENED = "case_reopened"
    CASE_UNPOSTED = "case_unposted"
    CASE_POSTED = "case_posted"
    #: Store ops were reminded of a case that nobody has taken, or would have been but for its channel.
    CASE_REMINDED = "case_reminded"
    #: Whoever runs the desk paused sending on all instances, or let it go on.
    PAUSED = "paused"
    RESUMED = "resumed"
    #: An attempt that moved nothing.
    DENIED = "denied"
    REFUSED = "refused"
    TOO_LATE = "too_late"
    DETAILS_SHOWN = "details_shown"
    CASE_DENIED = "case_denied"
    CASE_TOO_LATE = "case_too_late"
    CASE_SHOWN = "case_shown"
    #: Who looked up whom.
    LOOKED_UP = "looked_up"
    #: Names, last digits and free text about a request, a case or a customer were blanked.
    FORGOTTEN = "forgotten"
    #: The desk started with this policy: its text and its digest.
    POLICY = "policy"
    #: Requests that were found by a reference or a bill number were shown, masked.
    REQUESTS_SHOWN = "requests_shown"
    #: What the engine holds of a coupon was shown to somebody who named no customer.
    CODE_SHOWN = "code_shown"


@frozen(kw_only=True)
class AuditLine:
    """An entry about nothing but what somebody saw."""

    by: PersonId
    why: Mapping[str, Any]


class Attempts(Protocol):
    """Records attempts that moved nothing; a move writes its own event."""

    async def append(
        self,
        what: AuditEvent,
        *,
        by: PersonId,
        request_id: RequestId | None = None,
        case_id: CaseId | None = None,
        why: Mapping[str, Any],
    ) -> None:
        """Write an event. The ids are as a press named them and may not exist. Raises LedgerUnavailable."""
        ...
