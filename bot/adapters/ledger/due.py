"""Leases due requests row by row, so that only one of many instances takes up each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.quarantine import Quarantine
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import IS_OPEN, redemptions
from bot.domain.redemption import Redemption

#: Seconds for which no other instance takes it up. A move ends the lease; after a kill it runs out.
HOLD_S = 30.0
TABLE = redemptions.name


async def lease(connection: AsyncConnection, quarantine: Quarantine, at_most: int) -> Sequence[Redemption]:
    """
    Return due requests without those that another instance is taking.

    Open ones come first, then the longest due: looks at what has ended may pile up while the desk is away.
    """
    # The time is read first: compared with a volatile clock, PostgreSQL would not use the index to limit rows.
    now = await read_now(connection)
    rows = (await connection.execute(_due(now, quarantine, at_most))).all()
    found = quarantine.readable(TABLE, rows, from_row)
    if found:
        held = update(redemptions).where(redemptions.c.id.in_([row.id for row in found]))
        await connection.execute(held.values(held_until=now + timedelta(seconds=HOLD_S)))
    return found


def _due(now: datetime, quarantine: Quarantine, at_most: int) -> Select[Any]:
    return (
        select(redemptions)
        .where(
            redemptions.c.due_at <= now,
            or_(redemptions.c.held_until.is_(None), redemptions.c.held_until <= now),
            *quarantine.without(TABLE, redemptions.c.id),
        )
        .order_by(case((IS_OPEN, 0), else_=1), redemptions.c.due_at, redemptions.c.id)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )
