"""Look up a coupon by its code alone."""

from __future__ import annotations

from datetime import datetime

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.aio.together import both
from bot.domain.cards import CodeCard
from bot.domain.coupon import CouponCode, CouponRecord, Redeemability, Use, same_code, spellings
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineError
from bot.domain.period import FIRST_DAY
from bot.domain.person import Actor
from bot.services import counted
from bot.services.audit import AuditLog, judged_by
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import AuditEvent, Engine, RedeemEngine, Requests


@part(kw_only=True)
class ShowCode:
    """
    For people who may look up; whose coupon they were shown is recorded before.

    Raises NotAllowed, CouldNotVerify, EngineError, LedgerUnavailable.
    """

    cards: LookUpCards
    audit: AuditLog
    engine: Engine
    redeeming: RedeemEngine
    requests: Requests
    now: Clock

    @counted.look_up("code")
    async def __call__(self, code: CouponCode, *, by: Actor) -> CodeCard:
        admitted = await self.cards.admit(by)
        card = await self._read(code, self.now())
        record = card.record
        await self.audit.tell(
            AuditEvent.CODE_SHOWN,
            by=by.id,
            coupon=record.id if record else None,
            customer=record.owner.id if record and record.owner else None,
            **judged_by(admitted),
        )
        return card

    async def _read(self, code: CouponCode, at: datetime) -> CodeCard:
        record = await self._record(code)
        if record is None or record.owner is None:
            return CodeCard(code=record.code if record else code, record=record, as_of=at)
        owner = record.owner.id
        (check, uses), ours = await both(
            both(self._check(owner, record.code), self._uses(owner, record)),
            self.requests.concerning(owner),
        )
        return CodeCard(
            code=record.code,
            record=record,
            check=check,
            uses=uses,
            requests=tuple(row for row in ours if same_code(row.terms.code, record.code)),
            as_of=at,
        )

    async def _record(self, code: CouponCode) -> CouponRecord | None:
        """As typed first, as usually spelt second."""
        for spelling in spellings(code):
            record = await self.engine.coupon_record(spelling)
            if record is not None:
                return record
        return None

    async def _check(self, owner: CustomerId, code: CouponCode) -> Redeemability | None:
        try:
            return await self.engine.redeemability(owner, code)
        except EngineError:
            return None

    async def _uses(self, owner: CustomerId, record: CouponRecord) -> tuple[Use, ...] | None:
        try:
            return await self.redeeming.uses(owner, record.code, since=FIRST_DAY, single=False)
        except EngineError:
            return None
