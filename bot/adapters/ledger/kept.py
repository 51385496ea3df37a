"""
Things that are kept for a day under an opaque id (`services.ports.Kept`), and their deletion.

Versions before 0007 keep them in `look_ups`, `drafts` and `questions`. While such a version still runs, and for a
day after it, people press what it wrote, so a thing that is not in `kept` is read from there. The fall-back (`KeptKind.before`, `Before`) may go with any release that nobody upgrades to from
before 0007.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Table, delete, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into, later
from bot.adapters.ledger.tables import drafts, kept, look_ups, questions
from bot.aio.clock import Clock
from bot.aio.frozen import frozen, part
from bot.domain.person import PersonId

KEPT_FOR = timedelta(hours=24)
#: Rows that one statement deletes: few, so that it is short.
BATCH = 500

Key = TypeVar("Key", bound=str)
Thing = TypeVar("Thing")


@frozen
class Before:
    """The table in which versions before 0007 keep a kind, and how its rows are read: owner and today's `what`."""

    table: Table
    read: Callable[[Row[Any]], tuple[str, Any]]


@frozen(kw_only=True)
class KeptKind(Generic[Key, Thing]):
    """
    One kind of kept thing, and how it is written.

    Attributes:
        name: stored, so it keeps its spelling.
        key: returns the id to keep it under: its own, or a new one.
        rewritten: whether it may be written again under the same id.
        from_json: makes it from its owner and what `to_json` returned.

    """

    name: str
    key: Callable[[Thing], Key]
    owner: Callable[[Thing], PersonId]
    rewritten: bool = False
    to_json: Callable[[Thing], Any]
    from_json: Callable[[PersonId, Any], Thing]
    before: Before


@part
class LedgerKept(Generic[Key, Thing]):
    database: Database
    now: Clock
    kind: KeptKind[Key, Thing]

    async def keep(self, thing: Thing, /) -> Key:
        key = self.kind.key(thing)
        row = {
            "kind": self.kind.name,
            "owner": self.kind.owner(thing),
            "what": self.kind.to_json(thing),
            "expires_at": self.now() + KEPT_FOR,
        }
        async with self.database.transaction() as connection:
            written = insert_into(connection, kept).values(id=key, **row)
            await later(connection, written.on_conflict_do_update(index_elements=["id"], set_=row))
            if self.kind.rewritten:
                # Else an instance of the version before would go on with the old row.
                old = self.kind.before.table
                await later(connection, delete(old).where(old.c.id == key))
        return key

    async def recall(self, key: Key, /) -> Thing | None:
        found = await self._found(key) or await self._found_before(key)
        return None if found is None else self.kind.from_json(PersonId(found[0]), found[1])

    async def _found(self, key: Key) -> tuple[str, Any] | None:
        wanted = select(kept.c.owner, kept.c.what).where(
            kept.c.id == key, kept.c.kind == self.kind.name, kept.c.expires_at > self.now()
        )
        row = next(iter(await self.database.rows(wanted)), None)
        return None if row is None else (row.owner, row.what)

    async def _found_before(self, key: Key) -> tuple[str, Any] | None:
        old = self.kind.before.table
        wanted = select(old).where(old.c.id == key, old.c.expires_at > self.now())
        row = next(iter(await self.database.rows(wanted)), None)
        return None if row is None else self.kind.before.read(row)


@part
class DeleteExpired:
    """
    Deletes what is a day old, one batch of each table a run; any instance may run it at any time.

    Raises LedgerUnavailable.
    """

    database: Database
    now: Clock

    async def __call__(self) -> int:
        """Run once; returns how many rows were deleted. The next run goes on."""
        return sum([await self._batch(table) for table in (kept, look_ups, drafts, questions)])

    async def _batch(self, table: Table) -> int:
        # Rows locked by another instance's batch, or by somebody who writes them again, are skipped.
        expired = (
            select(table.c.id)
            .where(table.c.expires_at <= self.now())
            .order_by(table.c.expires_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        async with self.database.transaction() as connection:
            return (await connection.execute(delete(table).where(table.c.id.in_(expired)))).rowcount
