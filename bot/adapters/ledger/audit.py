"""The audit log (`services.ports.Attempts`): the one statement that writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import texts
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import database_now, later
from bot.adapters.ledger.tables import events
from bot.aio.frozen import part
from bot.aio.instance import INSTANCE
from bot.domain.case import CaseId, CaseState
from bot.domain.code_digest import without_code
from bot.domain.kept_text import set_apart
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.services.ports import AuditEvent, AuditLine

#: Characters of an id column.
LONGEST_ID = 40


@part
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
            facts = without_code(why, await code_key(connection, self.database))
            await append(connection, what, by=by, request_id=request_id, case_id=case_id, why=facts)


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
    Insert an event, in the transaction of what it records, at the latest with its commit.

    The database refuses update and delete (migration 0002).

    Names, last digits and free text among the facts are kept beside it (`bot.domain.kept_text`).
    `by` is None if the desk acts by itself; `states` are from and to.
    """
    from_, to = states
    facts, kept = set_apart(to_jsonable_python(dict(why or {})), texts.new_salt)
    # A press may name any id; it is cut to the length of the column.
    about = {
        "request_id": request_id[:LONGEST_ID] if request_id else None,
        "case_id": case_id[:LONGEST_ID] if case_id else None,
    }
    await later(
        connection,
        insert(events)
        .inline()
        .values(
            **about,
            at=database_now(connection),
            by=by,
            what=what,
            from_state=from_,
            to_state=to,
            why=facts,
        ),
    )
    await texts.keep(connection, kept, **about)


async def append_all(connection: AsyncConnection, what: AuditEvent, lines: Sequence[AuditLine]) -> None:
    """As `append`, many of one kind at once."""
    await connection.execute(
        insert(events).values(at=database_now(connection)),
        [{"by": line.by, "what": what, "why": to_jsonable_python(dict(line.why))} for line in lines],
    )


async def tell_policy(database: Database, text: str | None) -> None:
    """The policy that a desk starts with; None is no policy. Raises LedgerUnavailable."""
    digest = hashlib.sha256(text.encode()).hexdigest() if text is not None else None
    why = {"text": text, "digest": digest, "instance": INSTANCE}
    async with database.transaction() as connection:
        await append(connection, AuditEvent.POLICY, by=None, why=why)
