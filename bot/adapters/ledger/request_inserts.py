"""The insert of a new request, in one transaction: its row, its share of the limits, and the event."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import audit, usage
from bot.adapters.ledger.dialects import insert_into
from bot.adapters.ledger.rows import to_row
from bot.adapters.ledger.tables import redemptions
from bot.domain.code_digest import code_digest
from bot.domain.limits import Limits
from bot.domain.made_facts import made_facts, outcome_facts
from bot.domain.redemption import Outcome, Redemption, Stop
from bot.domain.transitions import not_even_made, takes_limit
from bot.services.ports import AuditEvent


async def insert(
    connection: AsyncConnection, made: Redemption, day: date, limits: Limits, now: datetime, key: str
) -> Row[Any] | None:
    """Insert a new request and return its row; None, and nothing is written, if it is known already."""
    row, no = await _open(connection, made, day, limits)
    why = made_facts(made.terms, code_digest(key, made.terms.code))
    if no is not None:
        used = no.at_limit.used if no.at_limit else None
        why = {
            **why,
            "stop": no.stop,
            "outcome": outcome_facts(no),
            **({"count": used.count, "value": used.value} if used else {}),
        }
        made = not_even_made(made, no, now)
        # It is not open, so that only its own id can be in the way.
        row = await _row_of(connection, made, day)
        if row is None:
            return None
    await audit.append(
        connection,
        AuditEvent.MADE,
        by=made.terms.requester,
        request_id=made.id,
        states=(None, made.state),
        why=why,
    )
    return row


async def _open(
    connection: AsyncConnection, made: Redemption, day: date, limits: Limits
) -> tuple[Row[Any] | None, Outcome | None]:
    """
    Insert it as open and take its share of the limits; if a limit is reached, undo both and return why beside the row.

    The request's row is locked before the limits' row, as in a move, so that two transactions cannot deadlock.
    """
    async with connection.begin_nested() as attempt:
        row = await _row_of(connection, made, day)
        if row is None:
            return None, Outcome(stop=Stop.ALREADY_OPEN)
        terms = made.terms
        no = await usage.take(connection, terms.requester, day, terms.worth.amount, limits)
        if no is not None:
            await attempt.rollback()
        return row, no


async def _row_of(connection: AsyncConnection, made: Redemption, day: date) -> Row[Any] | None:
    """Insert the row; None if its id is known or another request is open. Waits for a concurrent insert."""
    row = insert_into(connection, redemptions).values(
        **to_row(made), day=day, limit_taken=takes_limit(made.state, taken=True)
    )
    written = await connection.execute(row.on_conflict_do_nothing().returning(redemptions))
    found: Row[Any] | None = written.one_or_none()
    return found
