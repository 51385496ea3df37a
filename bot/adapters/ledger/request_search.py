"""Finds requests by what people quote: a reference or a bill number (`services.ports.RequestSearch`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, func, literal_column, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.due import TABLE
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import redemptions
from bot.aio.frozen import part
from bot.domain.redemption import Redemption

#: What the index of migration 0049 is on, letter by letter.
_BILL_NUMBER = {
    "sqlite": "lower(json_extract(terms, '$.bill_number'))",
    "postgresql": "lower((terms ->> 'bill_number'))",
}
#: Characters of a request's id, and the last of those that are in one (RFC 4648: base32).
_LENGTH, _LAST = 16, "Z"


@part
class LedgerRequestSearch:
    database: Database

    async def by_reference(self, reference: str, at_most: int) -> Sequence[Redemption]:
        """See the port. A reference is the beginning of an id, so this is a range of the primary key."""
        last = reference + _LAST * max(0, _LENGTH - len(reference))
        return await self._found(at_most, redemptions.c.id >= reference, redemptions.c.id <= last)

    async def by_bill_number(self, number: str, at_most: int) -> Sequence[Redemption]:
        """See the port."""
        column = literal_column(_BILL_NUMBER[self.database.engine.dialect.name], String)
        return await self._found(at_most, column == func.lower(number))

    async def _found(self, at_most: int, *conditions: ColumnElement[Any]) -> Sequence[Redemption]:
        wanted = (
            select(redemptions)
            .where(*conditions)
            .order_by(redemptions.c.made_at.desc(), redemptions.c.id)
            .limit(at_most)
        )
        async with self.database.transaction() as connection:
            return self.database.quarantine.readable(TABLE, await connection.execute(wanted), from_row)
