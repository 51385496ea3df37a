"""Ask store ops: the form with the facts that are known, and the case that it becomes."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from dataclasses import replace

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.aio.together import both
from bot.domain.case import MAX_QUESTION, Case, CaseId, Facts, Question
from bot.domain.coupon import CouponCode
from bot.domain.customer import Customer, by_id, customers_named, parse_identifier
from bot.domain.errors import CardExpired, EngineError, SeveralCustomers, UnknownCustomer
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.lookup import Filter, LookUp, LookUpId
from bot.domain.messages import MessageKind
from bot.domain.person import Actor
from bot.domain.redemption import Redemption, RequestId
from bot.services.authorize import Action, Authorize, check_own, owner_of
from bot.services.case import Reach
from bot.services.case_facts import ReadCaseFacts
from bot.services.lookup import FindCoupon, LookUpCoupons
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import Cases, PageQuery, Permalinks, Questions, Requests

#: Characters of a message that are searched for a customer, and that are masked to prefill the question. Both take
#: time during which nobody else is served.
READ, MASKED = 4000, 2 * MAX_QUESTION
#: The first page of coupons: its answer also says who the customer is.
_WHO = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)
#: Errors that do not stop a question: it is asked without the facts, and may be asked because of the error.
_UNSAID = (EngineError, UnknownCustomer, SeveralCustomers)


@part(kw_only=True)
class OpenQuestion:
    """
    Opens the form with the facts attached; facts that the engine does not give now are left out.

    Raises NotAllowed, CouldNotVerify, CardExpired, NobodyToAsk, LedgerUnavailable.
    """

    authorize: Authorize
    cards: LookUpCards
    requests: Requests
    reach: Reach
    look_up: LookUpCoupons
    find: FindCoupon
    permalinks: Permalinks
    questions: Questions
    region: str

    async def from_card(self, pressed: LookUpId, place: int, *, by: Actor) -> Question:
        """Ask about the coupon at this index of the card; a negative index is the whole card."""
        async with self.authorize.attempt(Action.ASK, by):
            card = await self.cards.recall(pressed, LookUp, by=by, action=Action.ASK)
        code = card.coupon_in(place)
        await self.reach.channel(by.id)
        facts = await self._coupon(card, code) if code else await self._customer(card)
        return await self._kept(by, facts)

    async def from_request(self, request_id: RequestId, *, by: Actor) -> Question:
        async with self.authorize.attempt(Action.ASK, by):
            row = await _request(self.requests, request_id)
            await self.authorize(_asking(row, by), by)
        await self.reach.channel(by.id)
        return await self._kept(by, _of_request(row))

    async def from_message(self, channel: str, ts: str, text: str, *, by: Actor) -> Question:
        """Ask about a message, and the customer if its plain `text` names exactly one."""
        async with self.authorize.attempt(Action.ASK, by):
            await self.authorize(Action.ASK, by)
        await self.reach.channel(by.id)
        facts = await self._named(_beginning(text, READ), await self.permalinks.of(channel, ts))
        words = facts.masked(_beginning(text, MASKED), region=self.region)
        return await self._kept(by, facts, words)

    async def _kept(self, by: Actor, facts: Facts, words: str = "") -> Question:
        question = Question(id=_new_case_id(), asker=by.id, facts=facts, words=words)
        await self.questions.keep(question)
        return question

    async def _coupon(self, card: LookUp, code: CouponCode) -> Facts:
        try:
            found = await self.find(by_id(card.customer), code)
        except _UNSAID:
            return Facts(customer=card.customer, code=code, others=card.shown)
        return _of_finding(found.facts, card)

    async def _customer(self, card: LookUp) -> Facts:
        query = PageQuery(filter=card.filter, oldest_first=card.oldest_first, offset=card.offset)
        try:
            page = await self.look_up(by_id(card.customer), query)
        except _UNSAID:
            return Facts(customer=card.customer, others=card.shown)
        customer = page.facts.customer or Customer(id=card.customer)
        return _about(customer, others=card.shown)

    async def _named(self, text: str, link: str | None) -> Facts:
        named = customers_named(text, region=self.region)
        if len(named) != 1:
            return Facts(link=link)
        try:
            page = await self.look_up(parse_identifier(named[0], region=self.region), _WHO)
        except _UNSAID:
            return Facts(link=link)
        shown = tuple(coupon.code for coupon in page.facts.coupons)
        return (
            _about(page.facts.customer, others=shown, link=link) if page.facts.customer else Facts(link=link)
        )


@part(kw_only=True)
class AskStoreOps:
    """Send: writes the case. Raises as `OpenQuestion` does."""

    authorize: Authorize
    requests: Requests
    reach: Reach
    questions: Questions
    cases: Cases
    facts: ReadCaseFacts
    region: str
    now: Clock
    wake: Callable[[], None]

    async def __call__(self, question_id: CaseId, words: str, *, by: Actor) -> Case:
        question = await self._own(question_id, by)
        known = await self.cases.get(question_id)
        if known is not None:
            return known
        channel, codes = await both(self.reach.channel(by.id), self.facts.codes(question.facts))
        case = Case(
            id=question.id,
            asker=by.id,
            channel=channel,
            facts=question.facts,
            question=question.facts.masked(words, region=self.region, codes=codes),
            asked_at=self.now(),
        )
        written = await self.cases.make(
            case.expecting(case.asked_at, self.reach.escalations.remind_after),
            post=((MessageKind.CASE, case.channel), (MessageKind.ASKER, case.asker)),
        )
        self.wake()
        return written

    async def _own(self, question_id: CaseId, by: Actor) -> Question:
        async with self.authorize.attempt(Action.ASK, by, question_id):
            question = await self.questions.recall(question_id)
            if question is None:
                raise CardExpired
            check_own(Action.ASK, by, question)
            about = question.facts.request
            row = await _request(self.requests, about) if about else None
            await self.authorize(_asking(row, by), by)
        return question


def _asking(row: Redemption | None, by: Actor) -> Action:
    """Return which right is needed: to ask about one's own request, none but membership; else that to look up."""
    own = row is not None and owner_of(row) == by.id
    return Action.ASK_ABOUT_OWN if own else Action.ASK


async def _request(requests: Requests, request_id: RequestId) -> Redemption:
    row = await requests.get(request_id)
    if row is None:
        raise CardExpired
    return row


def _about(customer: Customer, *, others: tuple[CouponCode, ...] = (), link: str | None = None) -> Facts:
    return Facts(
        customer=customer.id,
        customer_name=customer.name,
        customer_tail=customer.tail,
        others=others,
        link=link,
    )


def _of_finding(finding: CouponFinding, card: LookUp) -> Facts:
    """Return the facts of a finding; for another customer's coupon, without what it takes off."""
    theirs = finding.verdict in {Verdict.REDEEMABLE, Verdict.NOT_REDEEMABLE}
    return replace(
        _about(finding.customer, others=card.shown),
        code=finding.code,
        discount=finding.discount if theirs else None,
        verdict=finding.verdict,
        refusal=finding.check.refusal,
        used=finding.record.last_use if finding.record else None,
    )


def _of_request(row: Redemption) -> Facts:
    return Facts(
        customer=row.terms.customer,
        customer_name=row.terms.customer_name,
        customer_tail=row.terms.customer_tail,
        code=row.terms.code,
        discount=row.terms.discount,
        request=row.id,
        request_state=row.state,
        bill=row.terms.bill_number,
    )


def _new_case_id() -> CaseId:
    return CaseId(base64.b32encode(secrets.token_bytes(10)).decode())


def _beginning(text: str, length: int) -> str:
    """Return the beginning of a text, cut after a whole word."""
    return text if len(text) <= length else text[:length].rsplit(None, 1)[0]
