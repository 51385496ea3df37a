"""Seals of the audit log: written over closed stretches, and read back to prove it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import meters
from bot.adapters.ledger.anchors import TellAnchor
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into, read_now
from bot.adapters.ledger.stories import entry_of
from bot.adapters.ledger.tables import events, seals
from bot.aio.frozen import part
from bot.domain.audit_entry import AuditEntry
from bot.domain.seal import BEGINNING, Seal, chained, event_json

if TYPE_CHECKING:
    # It imports cryptography, which only who has an AUDIT_KEY needs.
    from bot.adapters.ledger.signing import Signer

log = structlog.get_logger(__name__)

#: Events that one seal covers at most.
STRETCH = 1000
#: How old an event must be.
CLOSED_AFTER = timedelta(minutes=1)
#: Seals that are read at once, with ten thousand events at most.
PAGE = 10
#: The alarm of what turned up beneath a seal.
BENEATH = "events_beneath_seal"
#: Seals whose stretches are counted again at each run.
WATCHED = 3
#: Transactions that have written events, from before the moment. Whoever has written holds this lock to the end, which
#: everybody may see (postgresql.org/docs: explicit-locking, pg_locks). When a transaction of another role began is NULL
#: to us (monitoring-stats: pg_stat_activity): it may be an old one, and counts.
_OLD_WRITERS = text(
    "SELECT count(*) FROM pg_locks held LEFT JOIN pg_stat_activity running ON running.pid = held.pid "
    "WHERE held.relation = CAST('events' AS regclass) AND held.mode = 'RowExclusiveLock' "
    "AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND held.pid IS DISTINCT FROM pg_backend_pid() "
    "AND (running.xact_start IS NULL OR running.xact_start < :moment)"
)


@part
class LedgerSealer:
    """Seals what is closed; a periodic worker calls it. Raises LedgerUnavailable."""

    database: Database
    signer: Signer | None = None
    tell: TellAnchor | None = None

    async def __call__(self) -> int:
        """How many events were sealed: 0 where there is nothing to seal yet."""
        async with self.database.transaction() as connection:
            await self._watch(connection)
            if self.tell is not None:
                await self.tell(connection, await read_now(connection))
            seal = await self._next(connection)
            if seal is None or not await self._written(connection, seal):
                return 0
        log.info(
            "sealed",
            first=seal.first_event,
            last=seal.last_event,
            events=seal.events,
            anchor=seal.anchor,
            signed=seal.signature is not None,
        )
        return seal.events

    async def _next(self, connection: AsyncConnection) -> Seal | None:
        latest = await _latest(connection)
        since, previous = (latest.last_event, latest.digest) if latest else (0, BEGINNING)
        now = await read_now(connection)
        if await _is_written_to(connection, now - CLOSED_AFTER):
            return None
        closed = await _closed(connection, since, now - CLOSED_AFTER)
        if not closed:
            return None
        digest, each = chained(previous, map(event_json, closed))
        seal = Seal(
            id=0,
            first_event=closed[0].id,
            last_event=closed[-1].id,
            events=len(closed),
            previous=previous,
            digest=digest,
            at=now,
            digests=each,
        )
        if self.signer is None:
            return seal
        return replace(seal, signed_by=self.signer.public, signature=self.signer.sign(seal))

    async def _written(self, connection: AsyncConnection, seal: Seal) -> bool:
        """False where another instance has sealed that stretch meanwhile."""
        row = insert_into(connection, seals).values(
            first_event=seal.first_event,
            last_event=seal.last_event,
            events=seal.events,
            previous=seal.previous,
            digest=seal.digest,
            at=seal.at,
            signed_by=seal.signed_by,
            signature=seal.signature,
            digests=",".join(f"{number}:{own}" for number, own in seal.digests),
        )
        written = await connection.execute(row.on_conflict_do_nothing().returning(seals.c.id))
        return written.one_or_none() is not None

    async def _watch(self, connection: AsyncConnection) -> None:
        """What turns up, or is missing, beneath one of the latest seals is an alarm."""
        latest = select(seals.c.id, seals.c.events, seals.c.last_event)
        rows = (await connection.execute(latest.order_by(seals.c.id.desc()).limit(WATCHED + 1))).all()
        ends = [row.last_event for row in rows[1:]]
        if len(rows) <= WATCHED:
            # The first seal covers everything before its end.
            ends.append(0)
        for row, after in zip(rows, ends, strict=False):
            # Numbers between two seals were rolled back: what turns up there counts, too.
            beneath = events.c.id > after, events.c.id <= row.last_event
            count = select(func.count()).select_from(events).where(*beneath)
            found = (await connection.execute(count)).scalar_one()
            if found != row.events:
                meters.ALARMS.labels(BENEATH).inc()
                log.error(BENEATH, seal=row.id, sealed=row.events, found=found)


async def _latest(connection: AsyncConnection) -> Seal | None:
    row = (await connection.execute(select(seals).order_by(seals.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else seal_of(row)


async def _is_written_to(connection: AsyncConnection, moment: datetime) -> bool:
    """Whether a transaction from before the moment still writes events: it may hold a number that is to be sealed."""
    if connection.dialect.name == "sqlite":
        return False
    return bool((await connection.execute(_OLD_WRITERS, {"moment": moment})).scalar_one())


async def _closed(connection: AsyncConnection, since: int, before: datetime) -> Sequence[AuditEntry]:
    """The events after `since` up to the first that is too young."""
    wanted = select(events).where(events.c.id > since).order_by(events.c.id).limit(STRETCH)
    found = [entry_of(row) for row in await connection.execute(wanted)]
    young = next((place for place, entry in enumerate(found) if entry.at >= before), len(found))
    return found[:young]


@part
class LedgerSeals:
    """The sealed log, read in order. Everything raises LedgerUnavailable."""

    database: Database

    async def all(self) -> AsyncIterator[Seal]:
        async for page in self.pages():
            for seal in page:
                yield seal

    async def pages(self) -> AsyncIterator[Sequence[Seal]]:
        """A few at a time, as many as one reading of their events can hold."""
        after = 0
        while found := await self._page(after):
            yield found
            after = found[-1].id

    async def events(self, first: int, last: int | None = None) -> Sequence[AuditEntry]:
        """A page of them from `first` on, or all of a stretch."""
        wanted = select(events).where(events.c.id >= first).order_by(events.c.id)
        wanted = wanted.limit(STRETCH) if last is None else wanted.where(events.c.id <= last)
        async with self.database.transaction() as connection:
            return [entry_of(row) for row in await connection.execute(wanted)]

    async def _page(self, after: int) -> Sequence[Seal]:
        wanted = select(seals).where(seals.c.id > after).order_by(seals.c.id).limit(PAGE)
        async with self.database.transaction() as connection:
            return [seal_of(row) for row in await connection.execute(wanted)]


def seal_of(row: Row[Any]) -> Seal:
    return Seal(
        id=row.id,
        first_event=row.first_event,
        last_event=row.last_event,
        events=row.events,
        previous=row.previous,
        digest=row.digest,
        at=row.at,
        signed_by=row.signed_by,
        signature=row.signature,
        digests=digests_of(row.digests),
    )


def digests_of(written: str) -> tuple[tuple[int, str], ...]:
    """`12:ab…,13:cd…`, as they are stored; what cannot be read is left out, and then differs."""
    pairs = (one.partition(":") for one in written.split(",") if one)
    return tuple((int(number), own) for number, _, own in pairs if number.isdecimal())
