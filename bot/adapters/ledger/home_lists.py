"""What stands on an App Home (`services.ports.HomeLists`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import UNKNOWN, WAITING, redemptions
from bot.domain.home import PAGE_SIZE, Page, nearest_page, page_of
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId

#: Waiting requests that are looked through. Each ends in hours, so that there are few; should there be
#: more, the oldest are shown, and the others move up.
LOOKED_THROUGH = 500


@dataclass(frozen=True, slots=True)
class LedgerHomeLists:
    database: Database
    looked_through: int = LOOKED_THROUGH

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        """
        Whom a request waits for is part of its terms, which the two databases search differently.

        So only names of groups are read of those looked through, and whole requests of one page.
        """
        wanted = (
            select(redemptions.c.id, redemptions.c.terms)
            .where(WAITING, redemptions.c.requester != person)
            .order_by(redemptions.c.asked_at, redemptions.c.id)
            .limit(self.looked_through)
        )
        async with self.database.transaction() as connection:
            rows = await connection.execute(wanted)
            ids = page_of([row.id for row in rows if not groups.isdisjoint(row.terms["approvers"])], page)
            return Page(entries=await _by_id(connection, ids.entries), number=ids.number, total=ids.total)

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        mine = redemptions.c.requester == person
        return await self._page(page, [mine], redemptions.c.made_at.desc(), redemptions.c.id)

    async def unknown(self, but: PersonId, page: int) -> Page[Redemption]:
        others = redemptions.c.requester != but
        return await self._page(page, [UNKNOWN, others], redemptions.c.unknown_at, redemptions.c.id)

    async def _page(self, page: int, conditions: list[Any], *order: ColumnElement[Any]) -> Page[Redemption]:
        async with self.database.transaction() as connection:
            counted = select(func.count()).select_from(redemptions).where(*conditions)
            total = (await connection.execute(counted)).scalar_one()
            number = nearest_page(page, total)
            rows = await connection.execute(_slice(number).where(*conditions).order_by(*order))
            return Page(entries=tuple(from_row(row) for row in rows), number=number, total=total)


async def _by_id(connection: AsyncConnection, ids: tuple[RequestId, ...]) -> tuple[Redemption, ...]:
    wanted = select(redemptions).where(redemptions.c.id.in_(ids))
    rows = {row.id: from_row(row) for row in await connection.execute(wanted)}
    return tuple(rows[one] for one in ids)


def _slice(number: int) -> Select[Any]:
    return select(redemptions).limit(PAGE_SIZE).offset(number * PAGE_SIZE)
