"""Details of one coupon on a card."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.coupon import CouponCode, same_code
from bot.domain.customer import by_id
from bot.domain.errors import CardExpired
from bot.domain.finding import CouponDetails
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.person import Actor
from bot.services.audit import AuditLog, judged_by
from bot.services.lookup import FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import AuditEvent, PageQuery, Requests


@dataclass(frozen=True, slots=True)
class ShowDetails:
    """Raises NotAllowed, CouldNotVerify, CardExpired, UnknownCustomer, EngineError, LedgerUnavailable."""

    cards: LookUpCards
    look_up: LookUpCoupons
    find: FindCoupon
    requests: Requests
    audit: AuditLog

    async def __call__(self, pressed: LookUpId, place: int, *, by: Actor) -> CouponDetails:
        """Return the coupon at this index of the card's page, counted from 0; that it is shown is recorded first."""
        card, admitted = await self.cards.pressed(pressed, LookUp, by=by)
        code = card.coupon_in(place)
        if code is None:
            raise CardExpired
        details = await self._on_page(card, code) or await self._by_code(card, code)
        await self.audit.tell(
            AuditEvent.DETAILS_SHOWN,
            by=by.id,
            at="coupon",
            customer=card.customer,
            coupon=code,
            **judged_by(admitted),
        )
        ours = await self.requests.concerning(card.customer)
        return replace(details, requests=tuple(row for row in ours if same_code(row.terms.code, code)))

    async def _on_page(self, card: LookUp, code: CouponCode) -> CouponDetails | None:
        query = PageQuery(filter=card.filter, oldest_first=card.oldest_first, offset=card.offset)
        page = await self.look_up(by_id(card.customer), query)
        coupon = next((one for one in page.facts.coupons if same_code(one.code, code)), None)
        if coupon is None or page.facts.customer is None:
            return None
        return CouponDetails(customer=page.facts.customer, coupon=coupon, finding=None, as_of=page.at)

    async def _by_code(self, card: LookUp, code: CouponCode) -> CouponDetails:
        found = await self.find(by_id(card.customer), code)
        return CouponDetails(customer=found.facts.customer, coupon=None, finding=found.facts, as_of=found.at)
