"""Review: what a filled form would redeem, by which rule, and whether today's limits allow it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.aio.together import both
from bot.domain.coupon import Discount
from bot.domain.customer import by_id
from bot.domain.draft import Draft, Filled, Review, Typed
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.limits import AtLimit
from bot.domain.lookup import AsOf
from bot.domain.masking import masked
from bot.domain.own_uses import with_own
from bot.domain.person import Actor, Admission
from bot.domain.policy import Denied, Rule, decide, limit_reached
from bot.domain.recent_uses import RecentUses, single_use
from bot.domain.redemption import RequestId, Stop, Terms
from bot.domain.request_errors import Stopped
from bot.domain.worth import Worth, takes_off, worth
from bot.services.audit import AuditLog, judged_by
from bot.services.authorize import Action, Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.final_no import FinalNo
from bot.services.lookup import FindCoupon
from bot.services.pause import ReadPause
from bot.services.ports import AuditEvent, Drafts, RedeemEngine, Requests
from bot.services.redeem_form import own_draft

LATELY = timedelta(hours=24)


@part(kw_only=True)
class ReviewForm:
    """Reviews a form. Raises Stopped if it cannot be redeemed; else as `OpenForm` does."""

    configuration: DeskConfiguration
    authorize: Authorize
    audit: AuditLog
    find: FindCoupon
    drafts: Drafts
    requests: Requests
    final_no: FinalNo
    redeeming: RedeemEngine
    pause: ReadPause
    now: Clock

    async def __call__(self, draft_id: RequestId, typed: Typed, filled: Filled, *, by: Actor) -> Review:
        async with self.authorize.attempt(Action.REVIEW, by, draft_id):
            kept = await own_draft(self.drafts, draft_id, Action.REVIEW, by)
            note = masked(filled.note, code=kept.code, region=self.configuration.region)
            draft = replace(kept, typed=replace(typed, note=note), review=kept.review + 1, terms=None)
            # Stored before anything can fail, so that Back shows it again.
            await self.drafts.keep(draft)
            admission = await self.authorize(Action.REVIEW, by)
        found = await self.find(by_id(draft.customer), draft.code, fresh=True)
        try:
            return await self._review(draft, replace(filled, note=note), found, admission)
        except Stopped as err:
            await self.audit.tell(
                AuditEvent.REFUSED,
                by=by.id,
                request_id=draft.id,
                at="review",
                stop=err.stop,
                refusal=err.refusal,
                **judged_by(admission),
            )
            raise

    async def typed(self, draft_id: RequestId, *, by: Actor) -> Typed:
        """Return what was typed into the form, for a review that failed."""
        async with self.authorize.attempt(Action.REVIEW, by, draft_id):
            return (await own_draft(self.drafts, draft_id, Action.REVIEW, by)).typed

    async def _review(
        self, draft: Draft, filled: Filled, found: AsOf[CouponFinding], admission: Admission
    ) -> Review:
        finding = found.facts
        if finding.verdict is not Verdict.REDEEMABLE:
            await self._end_waiting(draft, found)
            raise Stopped(refusal=finding.check.refusal)
        discount = finding.discount
        value = worth(discount, filled.bill) if discount else None
        decision = decide(self.configuration.policy, admission.groups, value)
        if isinstance(decision, Denied):
            raise Stopped(stop=decision.stop)
        if value is None or discount is None:
            raise AssertionError("no rule covers what has no worth")
        terms = _terms(draft, filled, finding, discount, value, decision.rule, self.configuration.decimals)
        recent = await self._recent(finding, terms)
        same_bill = recent.for_bill(terms.bill_number)
        if same_bill and not terms.approvals:
            raise Stopped(stop=Stop.SAME_BILL, uses=same_bill)
        seen = tuple(use.id for use in recent.of_customer_beside(draft.customer, ()) if use.id is not None)
        reviewed = replace(draft, terms=replace(terms, seen=seen, single=recent.single))
        other = await self.requests.open_for(draft.customer, finding.code)
        if other is not None and other.id != draft.id:
            raise Stopped(stop=Stop.ALREADY_OPEN, other=other)
        limits = self.configuration.policy.limits
        used = await self.requests.usage(draft.requester, self.configuration.day(self.now()))
        reached = limit_reached(limits, used, value)
        if reached is not None:
            raise Stopped(stop=reached, at_limit=AtLimit(limits=limits, used=used, worth=value.amount))
        await self.drafts.keep(reviewed)
        return Review(
            draft=reviewed,
            limits=limits,
            used=used,
            lately=await self.requests.redeemed_lately(draft.customer, draft.code, self.now() - LATELY),
            recent=recent.uses,
            till=self.configuration.till,
            as_of=found.at,
            pause=await self.pause(),
        )

    async def _end_waiting(self, draft: Draft, found: AsOf[CouponFinding]) -> None:
        """A colleague's request for the same coupon may wait; one made while the engine was asked is asked about anew."""
        finding = found.facts
        other = await self.requests.open_for(draft.customer, finding.code)
        if other is None:
            return
        if other.made_at > found.at:
            self.final_no.met(finding, [other])
        else:
            await self.final_no.end(other, finding.check.refusal)

    async def _recent(self, finding: CouponFinding, terms: Terms) -> RecentUses:
        """Uses since the day before: the till may just have done what is about to be done by hand, or somebody here."""
        now = self.now()
        shown, own = await both(
            self._shown(finding, terms), self.requests.redeemed_of(finding.code, now - LATELY)
        )
        return with_own(shown, own, terms, now)

    async def _shown(self, finding: CouponFinding, terms: Terms) -> RecentUses:
        since = self.configuration.day(self.now() - LATELY)
        if single_use(finding.check, finding.record):
            return RecentUses(since=since, single=True)
        uses = await self.redeeming.uses(terms.customer, finding.code, since=since, single=False)
        return RecentUses(since=since, uses=uses)


def _terms(
    draft: Draft,
    filled: Filled,
    finding: CouponFinding,
    discount: Discount,
    value: Worth,
    rule: Rule,
    decimals: int,
) -> Terms:
    customer, off = finding.customer, takes_off(discount, filled.bill, decimals=decimals)
    return Terms(
        requester=draft.requester,
        customer=draft.customer,
        customer_name=customer.name,
        customer_tail=customer.tail,
        code=finding.code,
        coupon_id=finding.record.id if finding.record else None,
        discount=discount,
        expires_at=finding.record.expires_at if finding.record else None,
        worth=value,
        bill=filled.bill,
        takes_off=off if off is not None else value.amount,
        bill_number=filled.bill_number or draft.generated_number,
        generated=filled.bill_number is None,
        reason=filled.reason,
        note=filled.note,
        rule=rule.name,
        approvals=rule.approvals,
        approvers=tuple(sorted(rule.approvers)),
    )
