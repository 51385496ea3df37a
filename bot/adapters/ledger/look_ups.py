"""What look-ups were, kept for a day (`services.ports.LookUps`)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, insert, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import look_ups
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.look_up import Filter, LookUp, LookUpId
from bot.domain.person import PersonId
from bot.services.ports import Clock

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LedgerLookUps:
    database: Database
    now: Clock

    async def remember(self, look_up: LookUp) -> LookUpId:
        """Keep it; what is a day old goes at the same time."""
        look_up_id = LookUpId(secrets.token_urlsafe(12))
        now = self.now()
        async with self.database.transaction() as connection:
            await connection.execute(delete(look_ups).where(look_ups.c.expires_at <= now))
            await connection.execute(
                insert(look_ups).values(
                    id=look_up_id,
                    customer_id=look_up.customer,
                    asker=look_up.asker,
                    filter=look_up.filter.value,
                    oldest_first=look_up.oldest_first,
                    first_row=look_up.offset,
                    code=look_up.code,
                    expires_at=now + KEPT_FOR,
                )
            )
        return look_up_id

    async def recall(self, look_up_id: LookUpId) -> LookUp | None:
        wanted = select(look_ups).where(look_ups.c.id == look_up_id, look_ups.c.expires_at > self.now())
        async with self.database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        return LookUp(
            customer=CustomerId(row.customer_id),
            asker=PersonId(row.asker),
            filter=Filter(row.filter),
            oldest_first=row.oldest_first,
            offset=row.first_row,
            code=CouponCode(row.code) if row.code is not None else None,
        )
