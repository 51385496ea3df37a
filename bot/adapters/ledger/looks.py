"""The looks at the engine that were made for a request, from its events (`services.ports.Looks`)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.stories import entry_of
from bot.adapters.ledger.tables import events
from bot.aio.frozen import part
from bot.domain.audit_entry import AuditEntry
from bot.domain.look import Look
from bot.domain.redemption import RequestId
from bot.services.ports import AuditEvent

#: Events that are read, the latest: looks go on for days where the engine cannot be read.
LATEST = 200


@part
class LedgerLooks:
    database: Database

    async def __call__(self, request_id: RequestId) -> Sequence[Look]:
        """See the port."""
        wanted = (
            select(events)
            .where(events.c.request_id == request_id, events.c.what == AuditEvent.MOVED.value)
            .order_by(events.c.id.desc())
            .limit(LATEST)
        )
        async with self.database.transaction() as connection:
            entries = [entry_of(row) for row in await connection.execute(wanted)]
        return [_look(entry) for entry in reversed(entries) if _is_look(entry)]


def _is_look(entry: AuditEntry) -> bool:
    """Other moves may name an error, too; only a look that failed leaves the request where it was."""
    return "proof" in entry.why or ("error" in entry.why and entry.from_state == entry.to_state)


def _look(entry: AuditEntry) -> Look:
    # A use without an id of its own was written as None.
    uses = tuple(use for use in entry.texts("uses") if use != "None")
    return Look(at=entry.at, read="proof" in entry.why, uses=uses)
