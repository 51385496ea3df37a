"""The day's last seal, which is told once in the approvals channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.dialects import insert_into
from bot.adapters.ledger.outbox import post
from bot.adapters.ledger.outbox_rows import anchor_of
from bot.adapters.ledger.tables import anchors, seals
from bot.domain.anchor import anchor_id
from bot.domain.messages import MessageKind


@dataclass(slots=True)
class TellAnchor:
    """
    Owes the message about the latest day that is over; any instance may do so.

    Attributes:
        channel: None is nowhere.

    """

    channel: str | None
    zone: ZoneInfo
    #: The day for which nothing is left to do, so that the seals are not asked all day. Our own transaction may still
    #: fail, so an anchor that was just written is confirmed by the next run.
    _looked: date | None = field(init=False, default=None)

    async def __call__(self, connection: AsyncConnection, now: datetime) -> None:
        """`now` is by the database's clock."""
        today = now.astimezone(self.zone).date()
        if self.channel is None or self._looked == today:
            return
        row = await _last_before(connection, datetime.combine(today, time(), self.zone))
        if row is None or not await self._told(connection, row, self.channel):
            self._looked = today

    async def _told(self, connection: AsyncConnection, row: Row[Any], channel: str) -> bool:
        """False where the anchor existed already."""
        written = insert_into(connection, anchors).values(
            id=anchor_id(row.id),
            version=1,
            day=row.at.astimezone(self.zone).date(),
            seal_id=row.id,
            last_event=row.last_event,
            digest=row.digest,
            signed_by=row.signed_by,
        )
        new = await connection.execute(written.on_conflict_do_nothing().returning(anchors))
        anchor = new.one_or_none()
        if anchor is None:
            return False
        await post(connection, anchor_of(anchor), MessageKind.SEAL, channel)
        return True


async def _last_before(connection: AsyncConnection, midnight: datetime) -> Row[Any] | None:
    wanted = select(seals).where(seals.c.at < midnight).order_by(seals.c.id.desc()).limit(1)
    return (await connection.execute(wanted)).one_or_none()
