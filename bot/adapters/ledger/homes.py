"""Which App Homes are open and which must be drawn (`services.ports.Homes`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into, read_now
from bot.adapters.ledger.tables import homes
from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.home import Concern, Part, Places
from bot.domain.person import PersonId
from bot.services.ports import Tab


@part
class LedgerHomes:
    """When a tab was opened is by the desk's clock; how long an instance holds it is by the database's."""

    database: Database
    now: Clock

    async def opened(self, person: PersonId) -> None:
        async with self.database.transaction() as connection:
            await self._looks(connection, person, places={})

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        async with self.database.transaction() as connection:
            wanted = select(homes.c.places).where(homes.c.person == person).with_for_update()
            places = (await connection.execute(wanted)).scalar_one_or_none() or {}
            await self._looks(connection, person, places={**places, part.value: page})

    async def pressed(self, person: PersonId) -> None:
        async with self.database.transaction() as connection:
            await self._looks(connection, person)

    async def touch(self, concern: Concern, *, within_s: float) -> None:
        """See the port. Rows are locked in one order, so that two transactions cannot deadlock."""
        since = self.now() - timedelta(seconds=within_s)
        async with self.database.transaction() as connection:
            looking = await connection.execute(_looking(since, concern))
            await _mark(connection, [row.person for row in looking if _concerned(row, concern)])

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:
        async with self.database.transaction() as connection:
            now = await read_now(connection)
            rows = (await connection.execute(_due(now, at_most))).all()
            if rows:
                held = update(homes).where(homes.c.person.in_([row.person for row in rows]))
                await connection.execute(held.values(held_until=now + timedelta(seconds=hold_s)))
        return self.database.quarantine.readable(homes.name, rows, _tab, id_="person")

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None:
        """
        See the port. A change that came during the drawing stays due for the next run.

        A standby that took over may count fewer changes than were drawn. Then nothing is noted, else
        the next openings would not be drawn.
        """
        mine = homes.c.person == tab.person, homes.c.wanted >= tab.wanted
        done = {"drawn": tab.wanted, "held_until": None, "groups": sorted(groups)}
        async with self.database.transaction() as connection:
            await connection.execute(update(homes).where(*mine).values(**done))

    async def _looks(self, connection: AsyncConnection, person: PersonId, **also: Any) -> None:
        at = {"opened_at": self.now(), **also}
        fresh = {"places": {}, "groups": [], "wanted": 1, "drawn": 0}
        row = insert_into(connection, homes).values(person=person, **{**fresh, **at})
        wanted = {**at, "wanted": homes.c.wanted + 1}
        await connection.execute(row.on_conflict_do_update(index_elements=["person"], set_=wanted))


async def mark_open(connection: AsyncConnection, since: datetime) -> None:
    """Mark every tab as due that was opened since then; the rows are locked in the order of `LedgerHomes.touch`."""
    opened = select(homes.c.person).where(homes.c.opened_at > since).order_by(homes.c.person)
    looking = await connection.execute(opened.with_for_update())
    await _mark(connection, [row.person for row in looking])


async def _mark(connection: AsyncConnection, people: Sequence[str]) -> None:
    if people:
        due = update(homes).where(homes.c.person.in_(people))
        await connection.execute(due.values(wanted=homes.c.wanted + 1))


def _tab(row: Row[Any]) -> Tab:
    return Tab(person=PersonId(row.person), places=_places(row.places), wanted=row.wanted)


def _looking(since: datetime, concern: Concern) -> Select[Any]:
    lately, pressed = homes.c.opened_at > since, homes.c.person.in_(sorted(concern.pressed))
    return (
        select(homes.c.person, homes.c.groups)
        .where(or_(lately, pressed))
        .order_by(homes.c.person)
        .with_for_update()
    )


def _concerned(row: Any, concern: Concern) -> bool:
    themselves = row.person in concern.people or row.person in concern.pressed
    return themselves or not concern.groups.isdisjoint(row.groups)


def _due(now: datetime, at_most: int) -> Select[Any]:
    """Select the tabs that are due, opened ones first, without those that another instance is taking."""
    return (
        select(homes.c.person, homes.c.places, homes.c.wanted)
        .where(homes.c.drawn < homes.c.wanted, or_(homes.c.held_until.is_(None), homes.c.held_until <= now))
        .order_by(homes.c.opened_at.desc(), homes.c.person)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )


def _places(stored: Mapping[str, int]) -> Places:
    return {Part(part): page for part, page in stored.items()}
