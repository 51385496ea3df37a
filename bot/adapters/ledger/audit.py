"""The audit log (`services.ports.Attempts`): the one statement that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import database_now
from bot.adapters.ledger.tables import events
from bot.domain.case import CaseId, CaseState
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.services.ports import AuditEvent

#: Characters of the columns.
LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class LedgerAttempts:
    database: Database

    async def append(
        self,
        what: AuditEvent,
        *,
        by: PersonId,
        request_id: RequestId | None = None,
        case_id: CaseId | None = None,
        why: Mapping[str, Any],
    ) -> None:
        """See the port: in a transaction of its own."""
        async with self.database.transaction() as connection:
            await append(connection, what, by=by, request_id=request_id, case_id=case_id, why=why)


async def append(
    connection: AsyncConnection,
    what: AuditEvent,
    *,
    by: PersonId | None,
    request_id: RequestId | None = None,
    case_id: CaseId | None = None,
    why: Mapping[str, Any] | None,
    states: tuple[State | CaseState | None, State | CaseState | None] = (None, None),
) -> None:
    """
    In the transaction of what it tells of. The database refuses any other statement on it (migration 0002).

    `by`: None where the desk acts by itself; `states`: from and to.
    """
    from_, to = states
    await connection.execute(
        insert(events).values(
            # Whatever a press names is written down, cut to what an id can be.
            request_id=request_id[:LONGEST_ID] if request_id else None,
            case_id=case_id[:LONGEST_ID] if case_id else None,
            at=database_now(connection),
            by=by,
            what=what,
            from_state=from_,
            to_state=to,
            why=to_jsonable_python(dict(why or {})),
        )
    )
