"""Writes the instance's own row every two seconds, because readiness is judged by a write."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into, read_now
from bot.adapters.ledger.tables import instances

#: Seconds between two writes, and the limit of one.
EVERY_S = 2.0
WRITE_S = 2.0
#: How long rows are kept of instances that did not delete theirs.
KEPT_FOR = timedelta(days=1)


@dataclass(slots=True)
class Heartbeat:
    """Raises LedgerUnavailable."""

    database: Database
    monotonic: Callable[[], float]
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    _written_at: float | None = None

    async def __call__(self) -> int:
        async with self.database.transaction(limit_s=WRITE_S) as connection:
            now = await read_now(connection)
            row = insert_into(connection, instances).values(id=self.id, seen_at=now)
            await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_={"seen_at": now}))
            if self._written_at is None:
                await connection.execute(delete(instances).where(instances.c.seen_at < now - KEPT_FOR))
        self._written_at = self.monotonic()
        return 0

    def age_s(self) -> float | None:
        """Return the seconds since the last write; None before the first."""
        return None if self._written_at is None else self.monotonic() - self._written_at
