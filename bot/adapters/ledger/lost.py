"""Redemptions of ours that the ledger does not know: it has lost their requests (`services.lost_requests`)."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import select

from bot import meters
from bot.adapters.ledger import audit
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import claims, redemptions
from bot.aio.frozen import part
from bot.domain.alarm import Alarm
from bot.domain.coupon import CouponCode, Use
from bot.services.ports import AuditEvent

log = structlog.get_logger(__name__)


@part
class LedgerLost:
    """Raises LedgerUnavailable."""

    database: Database

    async def __call__(self, code: CouponCode, uses: Sequence[Use]) -> Sequence[Use]:
        """Raise an alarm for each of these uses of ours that no request claims and whose number none has; return them."""
        lost = await self._unknown(code, uses)
        for use in lost:
            meters.ALARMS.labels(Alarm.REQUEST_LOST.value).inc()
            log.error("alarm", alarm=Alarm.REQUEST_LOST.value, redemption=use.id, bill_number=use.bill)
            why = {"alarm": Alarm.REQUEST_LOST, "redemption_id": use.id, "bill_number": use.bill}
            async with self.database.transaction() as connection:
                await audit.append(connection, AuditEvent.ALARM, by=None, why=why)
        return lost

    async def _unknown(self, code: CouponCode, uses: Sequence[Use]) -> Sequence[Use]:
        claimed = select(claims.c.redemption_id).where(claims.c.redemption_id.in_([use.id for use in uses]))
        known = {row.redemption_id for row in await self.database.rows(claimed)}
        rest = [use for use in uses if use.id not in known]
        if not rest:
            return []
        number = redemptions.c.terms["bill_number"].as_string()
        mine = select(number.label("number")).where(
            redemptions.c.code_key == code.casefold(), number.in_([use.bill for use in rest])
        )
        numbers = {row.number for row in await self.database.rows(mine)}
        return [use for use in rest if use.bill not in numbers]
