"""
Whether sending is paused, on all instances at once.

Whatever approves or sends holds the one row until its own transaction ends: a pause waits for those that are under
way, and nothing begins after it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.audit import append
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.homes import mark_open
from bot.adapters.ledger.tables import pauses
from bot.aio.frozen import part
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.redemption import Stop
from bot.domain.request_errors import Stopped
from bot.services.home_subscribers import LOOKS_FOR_S
from bot.services.ports import AuditEvent


async def refuse_while_paused(connection: AsyncConnection) -> None:
    """Raises Stopped while it is paused; else none begins before this transaction has ended."""
    wanted = select(pauses.c.paused).with_for_update(read=True)
    if (await connection.execute(wanted)).scalar_one():
        raise Stopped(stop=Stop.PAUSED)


@part
class LedgerPauses:
    """Everything raises LedgerUnavailable."""

    database: Database

    async def current(self) -> Pause | None:
        (row,) = await self.database.rows(select(pauses))
        return Pause(why=row.why, by=row.by, at=row.at) if row.paused else None

    async def pause(self, why: str, *, by: PersonId) -> bool:
        """False where it is paused already: then nothing is changed."""
        return await self._turn(paused=True, why=why, by=by)

    async def resume(self, *, by: PersonId) -> bool:
        """False where it is not paused."""
        return await self._turn(paused=False, why="", by=by)

    async def _turn(self, *, paused: bool, why: str, by: PersonId) -> bool:
        turned = update(pauses).where(pauses.c.paused != paused).values(paused=paused, why=why, by=by)
        async with self.database.transaction() as connection:
            now = await read_now(connection)
            changed = await connection.execute(turned.values(at=now))
            if changed.rowcount != 1:
                return False
            what = AuditEvent.PAUSED if paused else AuditEvent.RESUMED
            await append(connection, what, by=by, why={"why": why} if paused else {})
            # When one was opened is by the desk's clock: some seconds beside the database's make no difference.
            await mark_open(connection, now - timedelta(seconds=LOOKS_FOR_S))
        return True
