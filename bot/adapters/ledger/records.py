"""All that is compared with the audit log to prove it: records, claims and texts, a page at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.stories import entry_of
from bot.adapters.ledger.tables import claims, events, redemptions, texts
from bot.adapters.ledger.texts import text_of
from bot.aio.frozen import part
from bot.domain.audit_entry import AuditEntry
from bot.domain.customer import CustomerId
from bot.domain.kept_text import KeptText
from bot.domain.redemption import Redemption, RequestId

#: Requests that are read at once, and texts.
PAGE, TEXTS = 500, 5000


@part
class LedgerRecords:
    """Everything raises LedgerUnavailable."""

    database: Database

    async def code_key(self) -> str:
        async with self.database.transaction() as connection:
            return await code_key(connection, self.database)

    async def every_request(self) -> AsyncIterator[Redemption]:
        after = ""
        while page := await self._page(after):
            for row in page:
                yield row
            after = page[-1].id

    async def request_now(
        self, request_id: RequestId
    ) -> tuple[Redemption | None, Sequence[AuditEntry], Mapping[str, str | None]]:
        """A request, its events and its texts as they stand at one moment."""
        async with self.database.transaction() as connection:
            # Locked, so that no move comes between the reads.
            asked = select(redemptions).where(redemptions.c.id == request_id).with_for_update(read=True)
            row = (await connection.execute(asked)).one_or_none()
            wanted = select(events).where(events.c.request_id == request_id).order_by(events.c.id)
            entries = [entry_of(one) for one in await connection.execute(wanted)]
            kept = select(texts).where(texts.c.request_id == request_id)
            told = {one.digest: one.text for one in await connection.execute(kept)}
        return None if row is None else from_row(row), entries, told

    async def every_text(self) -> AsyncIterator[KeptText]:
        after = ""
        while page := await self._texts(after):
            for one in page:
                yield one
            after = page[-1].digest

    async def every_claim(self) -> Mapping[str, tuple[str, str]]:
        """Request and kind by the engine's redemption."""
        async with self.database.transaction() as connection:
            rows = (await connection.execute(select(claims))).all()
        return {row.redemption_id: (row.request_id, row.kind) for row in rows}

    async def customers(self, since: datetime | None, until: datetime | None) -> Sequence[CustomerId]:
        """Whoever a request was made for in that period, in a stable order."""
        wanted = select(redemptions.c.customer_id).where(*_made(since, until)).distinct()
        async with self.database.transaction() as connection:
            found = (await connection.execute(wanted)).scalars().all()
        return [CustomerId(one) for one in sorted(found)]

    async def requests_of(
        self, customer: CustomerId, since: datetime | None, until: datetime | None
    ) -> Sequence[Redemption]:
        """Their requests that were made in that period."""
        wanted = select(redemptions).where(redemptions.c.customer_id == customer, *_made(since, until))
        async with self.database.transaction() as connection:
            return [from_row(row) for row in await connection.execute(wanted)]

    async def _page(self, after: str) -> Sequence[Redemption]:
        wanted = select(redemptions).where(redemptions.c.id > after).order_by(redemptions.c.id).limit(PAGE)
        async with self.database.transaction() as connection:
            return [from_row(row) for row in await connection.execute(wanted)]

    async def _texts(self, after: str) -> Sequence[KeptText]:
        wanted = select(texts).where(texts.c.digest > after).order_by(texts.c.digest).limit(TEXTS)
        async with self.database.transaction() as connection:
            return [text_of(row) for row in await connection.execute(wanted)]


def _made(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [
        *([redemptions.c.made_at >= since] if since is not None else []),
        *([redemptions.c.made_at < until] if until is not None else []),
    ]
