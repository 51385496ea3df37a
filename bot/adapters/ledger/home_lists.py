"""The lists of an App Home (`services.ports.HomeLists`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import TO_SETTLE, WAITING, redemptions
from bot.aio.frozen import part
from bot.domain.home import PAGE_SIZE, Page, nearest_page, page_of
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId

#: Waiting requests that are searched at most, oldest first. Each ends within hours, so there are few.
LOOKED_THROUGH = 500
#: Requests of one list that can be turned to: whoever looks for an older one looks for its customer.
LISTED = 100


TABLE = redemptions.name


@part
class LedgerHomeLists:
    database: Database
    looked_through: int = LOOKED_THROUGH

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        """
        See the port. The approvers are in the JSON of the terms, which the two databases search differently.

        So only the groups of the searched requests are read first, and then the complete requests of one page.
        """
        wanted = (
            select(redemptions.c.id, redemptions.c.terms)
            .where(WAITING, redemptions.c.requester != person)
            .order_by(redemptions.c.asked_at, redemptions.c.id)
            .limit(self.looked_through)
        )
        async with self.database.transaction() as connection:
            rows = await connection.execute(wanted)
            waits_for = self.database.quarantine.readable(TABLE, rows.all(), _waits_for)
            ids = page_of([id_ for id_, whom in waits_for if not groups.isdisjoint(whom)], page)
            entries = await self._by_id(connection, ids.entries)
            return Page(entries=entries, number=ids.number, total=ids.total)

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        mine = redemptions.c.requester == person
        return await self._page(page, [mine], redemptions.c.made_at.desc(), redemptions.c.id)

    async def to_settle(self, but: PersonId, page: int) -> Page[Redemption]:
        others = redemptions.c.requester != but
        since = func.coalesce(redemptions.c.ended_at, redemptions.c.unknown_at)
        return await self._page(page, [TO_SETTLE, others], since, redemptions.c.id)

    async def _page(self, page: int, conditions: list[Any], *order: ColumnElement[Any]) -> Page[Redemption]:
        async with self.database.transaction() as connection:
            first = select(redemptions.c.id).where(*conditions).order_by(*order).limit(LISTED + 1)
            counted = select(func.count()).select_from(first.subquery())
            total = (await connection.execute(counted)).scalar_one()
            number = nearest_page(page, min(total, LISTED))
            rows = await connection.execute(_slice(number).where(*conditions).order_by(*order))
            return Page(
                entries=self._read(rows), number=number, total=min(total, LISTED), more=total > LISTED
            )

    async def _by_id(self, connection: AsyncConnection, ids: tuple[RequestId, ...]) -> tuple[Redemption, ...]:
        wanted = select(redemptions).where(redemptions.c.id.in_(ids))
        found = {row.id: row for row in self._read(await connection.execute(wanted))}
        return tuple(found[one] for one in ids if one in found)

    def _read(self, rows: Iterable[Row[Any]]) -> tuple[Redemption, ...]:
        """Return the requests; rows that cannot be read are left out."""
        return tuple(self.database.quarantine.readable(TABLE, rows, from_row))


def _waits_for(row: Row[Any]) -> tuple[RequestId, Sequence[str]]:
    return RequestId(row.id), row.terms["approvers"]


def _slice(number: int) -> Select[Any]:
    return select(redemptions).limit(PAGE_SIZE).offset(number * PAGE_SIZE)
