"""The reason that a person chose last (`services.ports.LastReason`)."""

from __future__ import annotations

from sqlalchemy import select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import redemptions
from bot.aio.frozen import part
from bot.domain.person import PersonId


@part
class LedgerLastReason:
    database: Database

    async def __call__(self, requester: PersonId) -> str | None:
        """By the index of requesters; see the port."""
        wanted = (
            select(redemptions.c.terms)
            .where(redemptions.c.requester == requester)
            .order_by(redemptions.c.made_at.desc())
            .limit(1)
        )
        async with self.database.transaction() as connection:
            terms = (await connection.execute(wanted)).scalar_one_or_none()
        return None if terms is None else str(terms.get("reason") or "")
