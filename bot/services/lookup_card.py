"""Look-up cards: for a command, and for a press on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from bot.aio.frozen import frozen, part
from bot.domain.cards import Card, FindingCard, PageCard
from bot.domain.coupon import CouponPage
from bot.domain.customer import CustomerId, by_id
from bot.domain.errors import UnknownCustomer
from bot.domain.finding import CouponFinding
from bot.domain.lookup import AsOf, CouponQuestion, Filter, LookUp, LookUpId
from bot.domain.own_uses import behind, counted_in, counted_in_finding, finding_behind
from bot.domain.pause import Pause
from bot.domain.person import Actor, Admission
from bot.domain.redemption import Redemption
from bot.services import counted
from bot.services.authorize import Action, Authorize
from bot.services.final_no import FinalNo
from bot.services.lookup import FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.pause import ReadPause
from bot.services.ports import PageQuery, Requests

#: The page that a customer is shown first.
_FIRST = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)


class CardMove(StrEnum):
    """What a press on a card asks for."""

    NEXT = "next"
    PREVIOUS = "previous"
    REFRESH = "refresh"
    ALL = "all"
    #: The same once more, from what is known.
    AGAIN = "again"


@frozen(kw_only=True)
class _Beside:
    """What stands beside the engine's answer: the ledger's requests, whether the reader may redeem, and a pause."""

    requests: Sequence[Redemption]
    may_redeem: bool
    pause: Pause | None


@part
class DrawCard:
    """
    Makes the card for a command or for a press on a card.

    An answer that does not show yet what was redeemed from here is read once more, and what it then still
    leaves out is counted in. Both raise NotAllowed, CouldNotVerify, UnknownCustomer, SeveralCustomers,
    EngineError and LedgerUnavailable; a press also raises CardExpired.
    """

    authorize: Authorize
    cards: LookUpCards
    look_up: LookUpCoupons
    find: FindCoupon
    requests: Requests
    final_no: FinalNo
    pause: ReadPause

    @counted.look_up("coupons")
    async def for_question(self, question: CouponQuestion, *, by: Actor) -> Card:
        admitted = await self.cards.admit(by)
        if question.code is not None:
            found = await self.find(question.customer, question.code)
            look_up = LookUp(customer=found.facts.customer.id, asker=by.id, code=found.facts.code)
            return await self._finding(by, admitted, look_up, found)
        query = PageQuery(filter=question.filter, oldest_first=question.oldest_first, offset=0)
        return await self._page(by, admitted, query, await self.look_up(question.customer, query))

    @counted.look_up("coupons")
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

    @counted.look_up("coupons")
    async def again(self, pressed: LookUpId, *, by: Actor) -> Card:
        """Look up the customer of an earlier look-up once more: their first page."""
        customer, admitted = await self.cards.customer_of(pressed, by=by)
        return await self._page(by, admitted, _FIRST, await self.look_up(by_id(customer), _FIRST))

    async def _page(
        self, by: Actor, admitted: Admission, query: PageQuery, read: AsOf[CouponPage]
    ) -> PageCard:
        if read.facts.customer is None:
            raise UnknownCustomer
        customer = read.facts.customer.id
        beside = await self._beside(customer, by, admitted)
        if beside.requests and any(behind(one, beside.requests, read.at) for one in read.facts.coupons):
            read = await self.look_up(by_id(customer), query, fresh=True)
        self.final_no.met_on_page(AsOf(read.facts.coupons, read.at), beside.requests)
        page = _counted_in(read, beside.requests)
        look_up = LookUp(
            customer=customer,
            asker=by.id,
            filter=query.filter,
            oldest_first=query.oldest_first,
            offset=page.offset,
            shown=tuple(coupon.code for coupon in page.coupons),
        )
        return PageCard(
            id=await self.cards.keep(look_up, admitted),
            look_up=look_up,
            page=page,
            as_of=read.at,
            may_redeem=beside.may_redeem,
            requests=tuple(beside.requests),
            pause=beside.pause,
        )

    async def _finding(
        self, by: Actor, admitted: Admission, look_up: LookUp, found: AsOf[CouponFinding]
    ) -> FindingCard:
        beside = await self._beside(look_up.customer, by, admitted)
        if finding_behind(found.facts, beside.requests, found.at):
            found = await self.find(by_id(look_up.customer), found.facts.code, fresh=True)
        self.final_no.met(found.facts, beside.requests)
        return FindingCard(
            id=await self.cards.keep(look_up, admitted),
            look_up=look_up,
            finding=counted_in_finding(found.facts, beside.requests, found.at),
            as_of=found.at,
            may_redeem=beside.may_redeem,
            requests=tuple(beside.requests),
            pause=beside.pause,
        )

    async def _beside(self, customer: CustomerId, by: Actor, admitted: Admission) -> _Beside:
        """What the ledger knows is read after the engine was: a card must not contradict it."""
        # One after the other: mostly all are known, and tasks would cost more than they do.
        requests = await self.requests.concerning(customer)
        may = await self.authorize.seems(Action.OPEN_FORM, by, admitted=admitted)
        return _Beside(requests=requests, may_redeem=may, pause=await self.pause())


def _counted_in(read: AsOf[CouponPage], requests: Sequence[Redemption]) -> CouponPage:
    """Return the engine's page itself where nothing is to be counted in: a drawing is kept by it."""
    if not requests:
        return read.facts
    coupons = tuple(counted_in(one, requests, read.at) for one in read.facts.coupons)
    return replace(read.facts, coupons=coupons) if coupons != read.facts.coupons else read.facts


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
        case CardMove.REFRESH | CardMove.AGAIN:
            return kept
