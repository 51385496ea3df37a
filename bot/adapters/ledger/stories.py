"""What the ledger knows of a request, a case, a customer or a coupon: read for `coupon-desk why`, written nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, select, union_all

from bot.adapters.ledger import texts
from bot.adapters.ledger.audit import LONGEST_ID
from bot.adapters.ledger.case_rows import case_from_row
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import cases, events, redemptions
from bot.aio.frozen import part
from bot.domain.audit_entry import AuditEntry
from bot.domain.case import Case
from bot.domain.code_digest import code_digest
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.kept_text import with_texts
from bot.domain.redemption import Redemption
from bot.services.ports import AuditEvent

#: Requests, cases or look-ups that are told of at once.
MOST = 50
#: No letter or digit is sorted after it.
_LAST = "z"
#: Kinds of events that say who saw something.
_LOOKS = sorted({AuditEvent.LOOKED_UP.value, AuditEvent.DETAILS_SHOWN.value})


@part
class LedgerStories:
    """Everything raises LedgerUnavailable."""

    database: Database

    async def requests(self, reference: str) -> Sequence[Redemption]:
        """Those whose id begins so."""
        return [from_row(row) for row in await self._begin(redemptions, reference)]

    async def cases(self, reference: str) -> Sequence[Case]:
        """Those whose id begins so."""
        return [case_from_row(row) for row in await self._begin(cases, reference)]

    async def requests_of_customer(self, customer: CustomerId) -> Sequence[Redemption]:
        """The latest ones, from the first to the last."""
        return await self._latest(redemptions.c.customer_id == customer)

    async def requests_of_code(self, code: CouponCode) -> Sequence[Redemption]:
        """The latest ones, from the first to the last."""
        return await self._latest(redemptions.c.code_key == code.casefold())

    async def looked_up(self, customer: CustomerId) -> Sequence[AuditEntry]:
        """Who looked the customer up, or was shown a coupon of theirs: the latest ones, from the first to the last."""
        return await self._looked(events.c.why["customer"].as_string() == customer)

    async def looked_at(self, code: CouponCode) -> Sequence[AuditEntry]:
        """Who asked for this coupon by its code, or was shown its details, in the same way."""
        async with self.database.transaction() as connection:
            digest = code_digest(await code_key(connection, self.database), code)
        return await self._looked(events.c.why["code"].as_string() == digest)

    async def _looked(self, condition: ColumnElement[bool]) -> Sequence[AuditEntry]:
        """No index tells: whoever asks has a minute, and each look-up would pay for one."""
        wanted = (
            select(events)
            .where(events.c.what.in_(_LOOKS), condition)
            .order_by(events.c.id.desc())
            .limit(MOST)
        )
        async with self.database.transaction() as connection:
            return [entry_of(row) for row in await connection.execute(wanted)][::-1]

    async def entries(self, about: str) -> Sequence[AuditEntry]:
        """Every event of the request or the case with this id, from the first to the last, with its texts."""
        # With OR, SQLite reads all of them in the order of their ids.
        wanted = union_all(
            select(events).where(events.c.request_id == about),
            select(events).where(events.c.case_id == about),
        ).order_by("id")
        async with self.database.transaction() as connection:
            words = await texts.of(connection, about)
            entries = [entry_of(row) for row in await connection.execute(wanted)]
        return [replace(entry, why=with_texts(entry.why, words)) for entry in entries]

    async def _latest(self, condition: ColumnElement[bool]) -> Sequence[Redemption]:
        wanted = select(redemptions).where(condition).order_by(redemptions.c.made_at.desc()).limit(MOST)
        async with self.database.transaction() as connection:
            return [from_row(row) for row in await connection.execute(wanted)][::-1]

    async def _begin(self, table: Table, reference: str) -> Sequence[Row[Any]]:
        # Neither database searches an index by LIKE in every collation, so that a range of it is named as well.
        last = reference.ljust(LONGEST_ID, _LAST)
        wanted = (
            select(table)
            .where(table.c.id.between(reference, last), table.c.id.startswith(reference, autoescape=True))
            .order_by(table.c.id)
            .limit(MOST)
        )
        async with self.database.transaction() as connection:
            return (await connection.execute(wanted)).all()


def entry_of(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        what=row.what,
        by=row.by,
        request_id=row.request_id,
        case_id=row.case_id,
        from_state=row.from_state,
        to_state=row.to_state,
        why=row.why,
    )
