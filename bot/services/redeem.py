"""From the press on Redeem to the request that is written down: open, review, go back, confirm."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.coupon import CouponCode, CouponRecord, Discount, Redeemability
from bot.domain.customer import Customer, CustomerId, by_id
from bot.domain.draft import Draft, Filled, Review, Typed
from bot.domain.errors import CardExpired, CouldNotVerify, Denial, NotAllowed, Stopped, Superseded, UserError
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.look_up import AsOf, LookUp, LookUpId
from bot.domain.masking import masked
from bot.domain.person import Actor, Admission, PersonId
from bot.domain.policy import Denied, Policy, Rule, decide, limit_reached
from bot.domain.redemption import Redemption, RequestId, Terms
from bot.domain.worth import Worth, takes_off, worth
from bot.services.gate import Gate
from bot.services.look_up import FindCoupon
from bot.services.ports import Clock, Drafts, Requests, Rights

#: Seconds from the press on Redeem now to the end of the time in which it may be spent (database's clock).
BEGIN_WITHIN_S = 60.0
LATELY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The form and what it is about."""

    draft: Draft
    finding: CouponFinding
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """
    What is the same for every redemption of this desk.

    Attributes:
        zone: of the limits' day.
        region: whose mobile numbers are masked in notes without their country code.
        decimals: of the currency.
        till: code of the till that redemptions are booked on; None when the engine's own default counts.

    """

    policy: Policy
    zone: ZoneInfo
    region: str
    decimals: int
    till: str | None

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Lets through who may redeem, and writes down who was not let through."""

    rights: Rights
    requests: Requests

    @asynccontextmanager
    async def attempt(
        self, at: str, by: PersonId, request_id: RequestId | None = None
    ) -> AsyncIterator[None]:
        """Whoever is denied inside is in the trail before they are told."""
        try:
            yield
        except (NotAllowed, CouldNotVerify, CardExpired, Superseded) as err:
            why = {"at": at, "denied": _denied(err)}
            await self.requests.tell("denied", by=by, request_id=request_id, why=why)
            raise

    async def admit(self, actor: Actor, policy: Policy) -> Admission:
        """Raises NotAllowed, CouldNotVerify."""
        try:
            return await self.rights.admit(actor, policy.redeem.groups)
        except NotAllowed as err:
            raise NotAllowed(Denial.REDEEM) if err.why is Denial.GROUP else err from None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """The form for a coupon on a card. Raises as `DrawCard` does."""

    house: House
    trail: Trail
    gate: Gate
    find: FindCoupon
    drafts: Drafts

    async def __call__(self, pressed: LookUpId, place: int, *, by: Actor) -> Opened:
        """`place` on the card's page, counted from 0; below 0 on a card about one coupon."""
        async with self.trail.attempt("open", by.id):
            await self.trail.admit(by, self.house.policy)
            card = await self.gate.kept(pressed, LookUp, by=by)
            code = _code_on(card, place)
        return await self._opened(by, card.customer, code, Typed())

    async def filled(self, customer: CustomerId, code: CouponCode, typed: Typed, *, by: Actor) -> Opened:
        """The form for a coupon that is named otherwise, with this in it already."""
        async with self.trail.attempt("open", by.id):
            await self.trail.admit(by, self.house.policy)
        return await self._opened(by, customer, code, typed)

    async def _opened(self, by: Actor, customer: CustomerId, code: CouponCode, typed: Typed) -> Opened:
        found = await self.find(by_id(customer), code, fresh=True)
        draft = Draft(
            id=_new_request_id(),
            requester=by.id,
            customer=customer,
            code=found.facts.code,
            generated_number=_new_bill_number(),
            typed=typed,
        )
        if found.facts.verdict is Verdict.REDEEMABLE:
            await self.drafts.keep(draft)
        return Opened(draft=draft, finding=found.facts, as_of=found.at)

    async def again(self, draft_id: RequestId, *, by: Actor) -> Opened:
        """The form as it was filled."""
        async with self.trail.attempt("back", by.id, draft_id):
            await self.trail.admit(by, self.house.policy)
            draft = await own_draft(self.drafts, draft_id, by)
        found = await self.find(by_id(draft.customer), draft.code)
        return Opened(draft=draft, finding=found.facts, as_of=found.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewForm:
    """What would be redeemed, by which rule. Raises Stopped where it cannot be; and as `OpenForm` does."""

    house: House
    trail: Trail
    find: FindCoupon
    drafts: Drafts
    requests: Requests
    now: Clock

    async def __call__(self, draft_id: RequestId, typed: Typed, filled: Filled, *, by: Actor) -> Review:
        async with self.trail.attempt("review", by.id, draft_id):
            admission = await self.trail.admit(by, self.house.policy)
            kept = await own_draft(self.drafts, draft_id, by)
        note = masked(filled.note, code=kept.code, region=self.house.region)
        draft = replace(kept, typed=replace(typed, note=note), review=kept.review + 1, terms=None)
        await self.drafts.keep(draft)
        found = await self.find(by_id(draft.customer), draft.code, fresh=True)
        try:
            return await self._review(draft, replace(filled, note=note), found, admission)
        except Stopped as err:
            why = {"at": "review", "stop": err.stop, "refusal": err.refusal}
            await self.requests.tell("refused", by=by.id, request_id=draft.id, why=why)
            raise

    async def _review(
        self, draft: Draft, filled: Filled, found: AsOf[CouponFinding], admission: Admission
    ) -> Review:
        finding = found.facts
        if finding.verdict is not Verdict.REDEEMABLE:
            raise Stopped(refusal=finding.check.refusal)
        discount, value = priced(finding.check, finding.record, filled)
        decision = decide(self.house.policy, admission.groups, value)
        if isinstance(decision, Denied):
            raise Stopped(stop=decision.stop)
        if value is None or discount is None:
            raise AssertionError("no rule covers what has no worth")
        reviewed = replace(
            draft, terms=_terms(draft, filled, finding, discount, value, decision.rule, self.house.decimals)
        )
        limits = self.house.policy.limits
        used = await self.requests.usage(draft.requester, self.house.day(self.now()))
        reached = limit_reached(limits, used, value)
        if reached is not None:
            raise Stopped(stop=reached, used=used, limits=limits, worth=value)
        await self.drafts.keep(reviewed)
        return Review(
            draft=reviewed,
            limits=limits,
            used=used,
            lately=await self.requests.redeemed_lately(draft.customer, draft.code, self.now() - LATELY),
            till=self.house.till,
            as_of=found.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDown:
    """
    Redeem now: the request, written down as it was confirmed; local, no call leaves the process.

    Raises Superseded, CardExpired, NotAllowed, LedgerUnavailable.
    """

    house: House
    trail: Trail
    drafts: Drafts
    requests: Requests
    now: Clock

    async def __call__(
        self, draft_id: RequestId, review: int, *, by: Actor, window: str | None
    ) -> tuple[Redemption, bool]:
        """Whether it was written by this very press, too: a second delivery finds it as it stands by then."""
        async with self.trail.attempt("confirm", by.id, draft_id):
            known = await self.requests.get(draft_id)
            if known is not None and known.terms.requester != by.id:
                raise NotAllowed(Denial.NOT_YOURS)
            if known is not None:
                return known, False
            draft = await own_draft(self.drafts, draft_id, by)
            if draft.terms is None or draft.review != review:
                raise Superseded
        at = self.now()
        row = await self.requests.make(
            draft.id,
            draft.terms,
            made_at=at,
            day=self.house.day(at),
            limits=self.house.policy.limits,
            begin_in_s=BEGIN_WITHIN_S,
            window=window,
        )
        return row, True


def _denied(err: UserError) -> str:
    """For the trail: the kind of no."""
    match err:
        case NotAllowed():
            return err.why.value
        case CouldNotVerify():
            return "could_not_verify"
        case Superseded():
            return "superseded"
        case _:
            return "expired"


async def own_draft(drafts: Drafts, draft_id: RequestId, by: Actor) -> Draft:
    """The form, if it is this person's. Raises CardExpired, NotAllowed."""
    draft = await drafts.recall(draft_id)
    if draft is None:
        raise CardExpired
    if draft.requester != by.id:
        raise NotAllowed(Denial.NOT_YOURS)
    return draft


def priced(
    check: Redeemability, record: CouponRecord | None, filled: Filled
) -> tuple[Discount | None, Worth | None]:
    """What the coupon takes off and is worth; the check may leave it out, the record then knows."""
    discount = check.discount or (record.discount if record else None)
    return discount, worth(discount, filled.bill) if discount else None


def _terms(
    draft: Draft,
    filled: Filled,
    finding: CouponFinding,
    discount: Discount,
    value: Worth,
    rule: Rule,
    decimals: int,
) -> Terms:
    customer: Customer = finding.customer
    return Terms(
        requester=draft.requester,
        customer=draft.customer,
        customer_name=customer.name,
        customer_tail=customer.mobile[-4:] if customer.mobile else None,
        code=finding.code,
        coupon_id=finding.record.id if finding.record else None,
        discount=discount,
        expires_at=finding.record.expires_at if finding.record else None,
        worth=value,
        bill=filled.bill,
        takes_off=takes_off(discount, filled.bill, decimals=decimals) or value.amount,
        bill_number=filled.bill_number or draft.generated_number,
        generated=filled.bill_number is None,
        reason=filled.reason,
        note=filled.note,
        rule=rule.name,
        approvals=rule.approvals,
        approvers=tuple(sorted(rule.approvers)),
    )


def _code_on(card: LookUp, place: int) -> CouponCode:
    if card.code is not None and place < 0:
        return card.code
    if not 0 <= place < len(card.shown):
        raise CardExpired
    return card.shown[place]


def _new_request_id() -> RequestId:
    return RequestId(base64.b32encode(secrets.token_bytes(10)).decode())


def _new_bill_number() -> str:
    return "CD-" + base64.b32encode(secrets.token_bytes(5)).decode()
