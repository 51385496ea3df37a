"""Details of one coupon on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.aio.frozen import part
from bot.domain.coupon import CouponCode, same_code
from bot.domain.customer import by_id
from bot.domain.errors import CardExpired
from bot.domain.finding import CouponDetails
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.own_uses import behind, counted_in, counted_in_finding, finding_behind
from bot.domain.person import Actor
from bot.domain.redemption import Redemption
from bot.services.audit import AuditLog, judged_by
from bot.services.lookup import FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import AuditEvent, PageQuery, Requests


@part
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
        details = await self._read(card, code)
        await self.audit.tell(
            AuditEvent.DETAILS_SHOWN,
            by=by.id,
            at="coupon",
            customer=card.customer,
            coupon=code,
            **judged_by(admitted),
        )
        ours = await self.requests.concerning(card.customer)
        requests = [row for row in ours if same_code(row.terms.code, code)]
        if _behind(details, requests):
            details = await self._read(card, code, fresh=True)
        return _counted_in(details, requests)

    async def _read(self, card: LookUp, code: CouponCode, *, fresh: bool = False) -> CouponDetails:
        on_page = await self._on_page(card, code, fresh=fresh)
        return on_page or await self._by_code(card, code, fresh=fresh)

    async def _on_page(self, card: LookUp, code: CouponCode, *, fresh: bool) -> CouponDetails | None:
        query = PageQuery(filter=card.filter, oldest_first=card.oldest_first, offset=card.offset)
        page = await self.look_up(by_id(card.customer), query, fresh=fresh)
        coupon = next((one for one in page.facts.coupons if same_code(one.code, code)), None)
        if coupon is None or page.facts.customer is None:
            return None
        return CouponDetails(customer=page.facts.customer, coupon=coupon, finding=None, as_of=page.at)

    async def _by_code(self, card: LookUp, code: CouponCode, *, fresh: bool) -> CouponDetails:
        found = await self.find(by_id(card.customer), code, fresh=fresh)
        return CouponDetails(customer=found.facts.customer, coupon=None, finding=found.facts, as_of=found.at)


def _behind(details: CouponDetails, requests: Sequence[Redemption]) -> bool:
    if details.coupon is not None:
        return behind(details.coupon, requests, details.as_of)
    return details.finding is not None and finding_behind(details.finding, requests, details.as_of)


def _counted_in(details: CouponDetails, requests: Sequence[Redemption]) -> CouponDetails:
    coupon, finding = details.coupon, details.finding
    return replace(
        details,
        coupon=counted_in(coupon, requests, details.as_of) if coupon else None,
        finding=counted_in_finding(finding, requests, details.as_of) if finding else None,
        requests=tuple(requests),
    )
