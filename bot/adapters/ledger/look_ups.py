"""Look-ups, written behind the answer together with their lines of the audit log (`services.ports.LookUps`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from bot.adapters.ledger.audit import append_all
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into
from bot.adapters.ledger.kept import KEPT_FOR, LedgerKept
from bot.adapters.ledger.kept_kinds import LOOK_UPS
from bot.adapters.ledger.tables import kept
from bot.aio.clock import Clock
from bot.aio.frozen import frozen, part
from bot.domain.code_digest import without_code
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable
from bot.domain.home import RecentCustomer
from bot.domain.lookup import AnyLookUp, LookUpId
from bot.domain.person import PersonId
from bot.services.ports import AuditEvent, AuditLine

log = structlog.get_logger(__name__)

#: Look-ups that may wait to be written: some seconds of a busy floor.
AT_MOST = 500
#: Seconds that a look-up waits for room, and a press for what another instance has not written yet.
ROOM_S = 2.0
BEHIND_S = 1.0
#: Seconds between two looks for it.
LOOK_S = 0.2


@frozen
class _Waiting:
    look_up: AnyLookUp
    why: Mapping[str, Any]
    expires_at: datetime


@dataclass(slots=True)
class LookUpsBehind:
    """
    Cards are recalled from here until they are written, from the ledger afterwards.

    Whatever cannot be written is tried again, and until then nothing new is taken: who looked up whom is
    written down, or nobody looks anybody up.
    """

    store: LedgerKept[LookUpId, AnyLookUp]
    #: Set when there is no room left.
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[LookUpId, _Waiting] = field(init=False, default_factory=dict)
    #: The kind of fault that writing met last; None where it went through.
    _failed: str | None = field(init=False, default=None)
    _room: asyncio.Event = field(init=False, default_factory=asyncio.Event)

    def ready(self) -> None:
        """See the port."""
        if self._failed is not None:
            raise LedgerUnavailable("look-ups cannot be written down", kind=self._failed)

    async def keep(self, look_up: AnyLookUp, /, *, why: Mapping[str, Any]) -> LookUpId:
        """See the port."""
        self.ready()
        if len(self._waiting) >= AT_MOST:
            await self._wait_for_room()
        key = self.store.kind.key(look_up)
        self._waiting[key] = _Waiting(look_up, why, self.store.now() + KEPT_FOR)
        return key

    async def recall(self, key: LookUpId, /) -> AnyLookUp | None:
        """See the port."""
        waiting = self._waiting.get(key)
        if waiting is not None:
            return waiting.look_up if waiting.expires_at > self.store.now() else None
        return await self.store.recall(key) or await self._written_meanwhile(key)

    async def flush(self) -> int:
        """Write what waits. Raises LedgerUnavailable; nothing is lost by that."""
        batch = dict(self._waiting)
        if not batch:
            return 0
        try:
            await self._write(batch, again=self._failed is not None)
        except BaseException as err:
            self._failed = str(getattr(err, "kind", "unknown"))
            raise
        self._failed = None
        for key in batch:
            del self._waiting[key]
        self._room.set()
        return 0

    async def _wait_for_room(self) -> None:
        self._room.clear()
        self.woken.set()
        try:
            async with asyncio.timeout(ROOM_S):
                await self._room.wait()
        except TimeoutError:
            raise LedgerUnavailable("too many look-ups wait to be written down") from None

    async def _written_meanwhile(self, key: LookUpId) -> AnyLookUp | None:
        for _ in range(round(BEHIND_S / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            found = await self.store.recall(key)
            if found is not None:
                return found
        return None

    async def _write(self, batch: Mapping[LookUpId, _Waiting], *, again: bool) -> None:
        kind = self.store.kind
        async with self.store.database.transaction() as connection:
            there: set[str] = set()
            if again:
                # It may be written after all: only the answer to the commit was lost.
                written = select(kept.c.id).where(kept.c.id.in_(batch))
                there = set((await connection.execute(written)).scalars())
            new = {key: one for key, one in batch.items() if key not in there}
            rows = [
                {
                    "id": key,
                    "kind": kind.name,
                    "owner": kind.owner(one.look_up),
                    "what": kind.to_json(one.look_up),
                    "expires_at": one.expires_at,
                }
                for key, one in new.items()
            ]
            if rows:
                await connection.execute(insert_into(connection, kept), rows)
                digests = await code_key(connection, self.store.database)
                lines = [
                    AuditLine(by=kind.owner(one.look_up), why=without_code(one.why, digests))
                    for one in new.values()
                ]
                await append_all(connection, AuditEvent.LOOKED_UP, lines)


#: Look-ups that are searched for different customers: pages and refreshes of one card are look-ups, too.
LOOKED_THROUGH = 100


@part
class LedgerRecentLookUps:
    """See the port (`services.ports.RecentLookUps`); read by the index of owner and time."""

    database: Database
    now: Clock

    async def of(self, person: PersonId, at_most: int) -> Sequence[RecentCustomer]:
        """See the port."""
        wanted = (
            select(kept.c.id, kept.c.what, kept.c.expires_at)
            .where(kept.c.owner == person, kept.c.expires_at > self.now(), kept.c.kind == LOOK_UPS.name)
            .order_by(kept.c.expires_at.desc())
            .limit(LOOKED_THROUGH)
        )
        async with self.database.transaction() as connection:
            rows = (await connection.execute(wanted)).all()
        latest: dict[CustomerId, RecentCustomer] = {}
        for row in rows:
            customer = row.what["customer"]
            if customer is not None:
                seen = RecentCustomer(
                    customer=CustomerId(customer), look_up=LookUpId(row.id), at=row.expires_at - KEPT_FOR
                )
                latest.setdefault(seen.customer, seen)
        return list(latest.values())[:at_most]
