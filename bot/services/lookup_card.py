"""Look-up cards: for a command, and for a press on a card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.aio.together import both
from bot.domain.cards import Card, FindingCard, PageCard
from bot.domain.coupon import CouponPage
from bot.domain.customer import by_id
from bot.domain.errors import UnknownCustomer
from bot.domain.finding import CouponFinding
from bot.domain.lookup import AsOf, CouponQuestion, Filter, LookUp, LookUpId
from bot.domain.person import Actor, Admission
from bot.domain.redemption import Redemption
from bot.services.authorize import Action, Authorize
from bot.services.lookup import FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import PageQuery, Requests


class CardMove(StrEnum):
    """What a press on a card asks for."""

    NEXT = "next"
    PREVIOUS = "previous"
    REFRESH = "refresh"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class DrawCard:
    """
    Makes the card for a command or for a press on a card.

    Both raise NotAllowed, CouldNotVerify, UnknownCustomer, SeveralCustomers, EngineError and
    LedgerUnavailable; a press also raises CardExpired.
    """

    authorize: Authorize
    cards: LookUpCards
    look_up: LookUpCoupons
    find: FindCoupon
    requests: Requests

    async def for_question(self, question: CouponQuestion, *, by: Actor) -> Card:
        admitted = await self.cards.admit(by)
        if question.code is not None:
            found = await self.find(question.customer, question.code)
            look_up = LookUp(customer=found.facts.customer.id, asker=by.id, code=found.facts.code)
            return await self._finding(by, admitted, look_up, found)
        query = PageQuery(filter=question.filter, oldest_first=question.oldest_first, offset=0)
        return await self._page(by, admitted, query, await self.look_up(question.customer, query))

    async def for_press(self, pressed: LookUpId, move: CardMove | Filter, *, by: Actor) -> Card:
        kept, admitted = await self.cards.pressed(pressed, LookUp, by=by)
        wanted, fresh = _moved(kept, move), move is CardMove.REFRESH
        if wanted.code is not None:
            found = await self.find(by_id(wanted.customer), wanted.code, fresh=fresh)
            return await self._finding(by, admitted, wanted, found)
        query = PageQuery(filter=wanted.filter, oldest_first=wanted.oldest_first, offset=wanted.offset)
        return await self._page(
            by, admitted, query, await self.look_up(by_id(wanted.customer), query, fresh=fresh)
        )

    async def _page(
        self, by: Actor, admitted: Admission, query: PageQuery, read: AsOf[CouponPage]
    ) -> PageCard:
        page = read.facts
        if page.customer is None:
            raise UnknownCustomer
        look_up = LookUp(
            customer=page.customer.id,
            asker=by.id,
            filter=query.filter,
            oldest_first=query.oldest_first,
            offset=page.offset,
            shown=tuple(coupon.code for coupon in page.coupons),
        )
        kept, may, requests = await self._beside(look_up, admitted, by)
        return PageCard(id=kept, look_up=look_up, page=page, as_of=read.at, may_redeem=may, requests=requests)

    async def _finding(
        self, by: Actor, admitted: Admission, look_up: LookUp, found: AsOf[CouponFinding]
    ) -> FindingCard:
        kept, may, requests = await self._beside(look_up, admitted, by)
        return FindingCard(
            id=kept,
            look_up=look_up,
            finding=found.facts,
            as_of=found.at,
            may_redeem=may,
            requests=requests,
        )

    async def _beside(
        self, look_up: LookUp, admitted: Admission, by: Actor
    ) -> tuple[LookUpId, bool, tuple[Redemption, ...]]:
        """What the ledger knows is read after the engine was: a card must not contradict it."""
        (kept, may), requests = await both(
            both(self.cards.keep(look_up, admitted), self.authorize.seems(Action.OPEN_FORM, by)),
            self.requests.concerning(look_up.customer),
        )
        return kept, may, tuple(requests)


def _moved(kept: LookUp, move: CardMove | Filter) -> LookUp:
    if isinstance(move, Filter):
        return kept.filtered(move)
    match move:
        case CardMove.NEXT:
            return kept.next_page()
        case CardMove.PREVIOUS:
            return kept.previous_page()
        case CardMove.ALL:
            return replace(kept, code=None, filter=Filter.ALL, offset=0)
        case CardMove.REFRESH:
            return kept
