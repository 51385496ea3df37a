"""What stands in the ledger that somebody or something is waited for: how many, and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, TextClause, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.tables import (
    UNANSWERED,
    UNDRAWN,
    UNKNOWN,
    WAITING,
    cases,
    messages,
    pauses,
    redemptions,
)
from bot.aio.frozen import frozen, part
from bot.domain.case import CaseState

#: The first of them is the condition of the index, spelt as there.
_OPEN_CASE = and_(UNANSWERED, cases.c.state == CaseState.OPEN.value)


@frozen(kw_only=True)
class Backlog:
    """
    Attributes:
        oldest_s: how long the oldest has been waiting; 0 where there is none.

    """  # noqa: D205 - the attributes are all there is to say

    what: str
    count: int
    oldest_s: float


@part
class LedgerFigures:
    """Raises LedgerUnavailable."""

    database: Database

    async def standing(self) -> list[Backlog]:
        async with self.database.transaction() as connection:
            now = await read_now(connection)
            return [
                await _of(connection, "unknown", redemptions, UNKNOWN, redemptions.c.unknown_at, now),
                await _of(connection, "waiting", redemptions, WAITING, redemptions.c.asked_at, now),
                await _of(connection, "cases", cases, _OPEN_CASE, cases.c.asked_at, now),
                await _of(connection, "messages", messages, UNDRAWN, messages.c.created, now),
            ]

    async def paused(self) -> bool:
        async with self.database.transaction() as connection:
            return bool((await connection.execute(select(pauses.c.paused))).scalar_one())


async def _of(
    connection: AsyncConnection,
    what: str,
    table: Table,
    condition: ColumnElement[bool] | TextClause,
    since: ColumnElement[datetime],
    now: datetime,
) -> Backlog:
    wanted = select(func.count(), func.min(since)).select_from(table).where(condition)
    count, oldest = (await connection.execute(wanted)).one()
    return Backlog(what=what, count=count, oldest_s=(now - oldest).total_seconds() if oldest else 0.0)
