"""Forms that were opened, kept for a day (`services.ports.Drafts`)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into
from bot.adapters.ledger.lookups import KEPT_FOR
from bot.adapters.ledger.rows import draft_from_json, draft_to_json
from bot.adapters.ledger.tables import drafts
from bot.aio.clock import Clock
from bot.domain.draft import Draft
from bot.domain.redemption import RequestId


@dataclass(frozen=True, slots=True)
class LedgerDrafts:
    database: Database
    now: Clock

    async def keep(self, draft: Draft) -> None:
        """Write it, or write it anew for another day; what is a day old goes at the same time."""
        now = self.now()
        what = {
            "requester": draft.requester,
            "what": draft_to_json(draft),
            "expires_at": now + KEPT_FOR,
        }
        async with self.database.transaction() as connection:
            await connection.execute(delete(drafts).where(drafts.c.expires_at <= now))
            written = insert_into(connection, drafts).values(id=draft.id, **what)
            await connection.execute(written.on_conflict_do_update(index_elements=["id"], set_=what))

    async def recall(self, draft_id: RequestId) -> Draft | None:
        wanted = select(drafts.c.what).where(drafts.c.id == draft_id, drafts.c.expires_at > self.now())
        async with self.database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else draft_from_json(row.what)
