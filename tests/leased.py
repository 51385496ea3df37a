"""Leases to read the user groups, of which none comes back while a test runs, whatever the machine."""

from __future__ import annotations

from sqlalchemy import update

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.leases import BURST, LedgerLeases
from bot.adapters.ledger.tables import leases as row

#: Seconds after which one more is free, and a whole burst.
EACH_S = 1000.0
REFILL_S = BURST * EACH_S
#: How far `free_at` is ahead where none is free for the longest time.
USED_UP_S = REFILL_S + EACH_S - 0.5


def leases_of(database: Database) -> LedgerLeases:
    return LedgerLeases(database, each_s=EACH_S)


async def taken_up_to(leases: LedgerLeases, ahead_s: float) -> None:
    """Set `free_at` so far ahead of the database's clock."""
    async with leases.database.transaction() as connection:
        await connection.execute(update(row).values(free_at=leases._now + ahead_s))
