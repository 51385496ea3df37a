"""The last checks before the redeem call, all read again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import structlog

from bot.aio.frozen import frozen, part
from bot.aio.together import both
from bot.domain.coupon import CouponCode, CouponRecord, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind
from bot.domain.errors import (
    CouldNotVerify,
    EngineError,
    NotAllowed,
    RecordsNotRead,
    UnknownCustomer,
    Unverified,
)
from bot.domain.facts import OwnNumber
from bot.domain.finding import discount_of
from bot.domain.own_uses import with_own
from bot.domain.person import Actor, Admission
from bot.domain.policy import Denied, Rule, decide
from bot.domain.recent_uses import RecentUses, seen_by, single_use
from bot.domain.redemption import Intent, Outcome, Redemption, State, Stop, Terms
from bot.domain.refusal import Refusal
from bot.domain.worth import takes_off, worth
from bot.services.audit import judged_by
from bot.services.authorize import Action, Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.ports import Engine, Order, RedeemEngine, Requests

log = structlog.get_logger(__name__)

#: Approval is asked for again at most twice if facts change; then the request ends.
MOST_ROUNDS = 3


@frozen(kw_only=True)
class Cleared:
    """
    Every check passed.

    Attributes:
        why: what was read, for the audit log; no mobile, e-mail or code.

    """

    order: Order
    intent: Intent
    why: Mapping[str, Any]


@frozen(kw_only=True)
class Blocked:
    """
    A check failed, or something could not be read; nothing is sent.

    Attributes:
        terms: the current terms, if the coupon has changed since it was confirmed.
        recent: the coupon's uses since the day before the review; None if they were not read.
        sent: requests, this one or earlier ones, whose generated number the engine shows, each with the evidence.
        looked: whether all recent uses were read and none carries the request's own number.

    """

    outcome: Outcome
    why: Mapping[str, Any]
    terms: Terms | None = None
    recent: tuple[Use, ...] | None = None
    looked: bool = False
    sent: tuple[tuple[Redemption, OwnNumber], ...] = ()


@frozen(kw_only=True)
class Checked:
    """
    What was read. From `Preflight.check`: the coupon is as it was confirmed, and the policy still allows it.

    Attributes:
        admission: the people may.
        why: the facts by which it is judged, for the audit log.

    """

    admission: Admission
    check: Redeemability
    record: CouponRecord | None
    recent: RecentUses
    why: Mapping[str, Any]


class _PreflightBlocked(Exception):
    def __init__(
        self,
        outcome: Outcome,
        *,
        terms: Terms | None = None,
        recent: tuple[Use, ...] | None = None,
        sent: tuple[tuple[Redemption, OwnNumber], ...] = (),
        **why: Any,
    ) -> None:
        super().__init__()
        self.blocked = Blocked(outcome=outcome, why=why, terms=terms, recent=recent, sent=sent)

    def after(self, recent: RecentUses, why: Mapping[str, Any]) -> Blocked:
        """Return what blocked it after the recent uses had been looked through, with what was read until then."""
        return replace(self.blocked, looked=recent.whole, why={**why, **self.blocked.why})


@part(kw_only=True)
class Preflight:
    """Checks everything before a redeem call; a check that cannot be made is a Blocked."""

    configuration: DeskConfiguration
    authorize: Authorize
    engine: Engine
    redeeming: RedeemEngine
    requests: Requests

    async def __call__(
        self, row: Redemption, *, by: Actor | None = None, after: Admission | None = None
    ) -> Cleared | Blocked:
        """
        Make every check that a redeem call needs.

        `by` is the requester if this follows from their press; `after` is the approver's admission if it follows from
        theirs.
        """
        checked = await self.check(row, by=by, after=after)
        if isinstance(checked, Blocked):
            return checked
        try:
            return await self._proved(row, checked)
        except _PreflightBlocked as err:
            return err.after(checked.recent, checked.why)

    async def check(
        self, row: Redemption, *, by: Actor | None = None, after: Admission | None = None
    ) -> Checked | Blocked:
        """Make the checks that an approver relies on; `by` and `after` as above."""
        try:
            read = await self._read(row, by, after)
        except _PreflightBlocked as err:
            return err.blocked
        try:
            self._holds(row.terms, read)
            self._as_shown(row, read.recent)
        except _PreflightBlocked as err:
            return err.after(read.recent, read.why)
        return read

    async def _read(self, row: Redemption, by: Actor | None, after: Admission | None) -> Checked:
        """Read everything; that the people may, and that it was not sent before, is checked here."""
        _approved(row)
        terms = row.terms
        admission, ((check, record), (early, own)) = await both(
            self._admitted(row, by, after), self._of_coupon(row)
        )
        recent = await self._recent(row, check, record, early)
        await self._not_sent_before(row, recent)
        recent = with_own(recent, own, terms, row.pressed_at)
        why = {
            **judged_by(admission),
            "rule": terms.rule,
            "worth": str(terms.worth.amount),
            "uses_left": check.uses_left.count if check.uses_left else None,
            "coupon_id": record.id if record else None,
        }
        return Checked(admission=admission, check=check, record=record, recent=recent, why=why)

    async def _proved(self, row: Redemption, checked: Checked) -> Cleared:
        terms, recent = row.terms, checked.recent
        if not recent.whole:
            raise _PreflightBlocked(Outcome(stop=Stop.EARLIER_UNREADABLE), error=recent.error)
        named = await self._named(terms, checked.check)
        order = Order(
            customer=terms.customer,
            named=named,
            code=terms.code,
            bill=terms.bill,
            bill_number=terms.bill_number,
        )
        last = checked.record.last_use if checked.record is not None else None
        # The last use may be older than the recent ones: a yes that names it is none either.
        listed = [use.id for use in (*recent.uses, *([last] if last is not None else []))]
        before = tuple(dict.fromkeys(one for one in listed if one is not None))
        intent = Intent(
            before=before,
            since=recent.since,
            single=recent.single,
            till=self.configuration.till,
            attempt=secrets.token_hex(8),
        )
        return Cleared(
            order=order,
            intent=intent,
            why={**checked.why, "before": list(before), "named_by": named.kind.value},
        )

    async def _of_coupon(
        self, row: Redemption
    ) -> tuple[tuple[Redeemability, CouponRecord | None], tuple[RecentUses | None, Sequence[Redemption]]]:
        return await both(self._facts(row.terms.customer, row.terms.code), self._uses_so_far(row))

    async def _uses_so_far(self, row: Redemption) -> tuple[RecentUses | None, Sequence[Redemption]]:
        """Return what the engine shows, and what was redeemed from here."""
        return await both(self._early_uses(row), self._made_from_here(row))

    async def _early_uses(self, row: Redemption) -> RecentUses | None:
        """Read the uses beside the check, unless the review found a coupon whose record tells all."""
        return None if row.terms.single else await self._uses(row)

    async def _made_from_here(self, row: Redemption) -> Sequence[Redemption]:
        """Requests that redeemed this coupon since the day before: the engine's records may not show them yet."""
        since = row.made_at - timedelta(days=1)
        made = await self.requests.redeemed_of(row.terms.code, since)
        return [one for one in made if one.id != row.id]

    async def _recent(
        self,
        row: Redemption,
        check: Redeemability,
        record: CouponRecord | None,
        early: RecentUses | None,
    ) -> RecentUses:
        """
        Return the coupon's uses since the day before the review.

        A coupon with one use left that was never used has none. If they cannot be read completely nothing is sent,
        because new uses could not be told from old ones afterwards.
        """
        if single_use(check, record) and not (early is not None and early.uses):
            return RecentUses(since=self._since(row), single=True)
        recent = early or await self._uses(row)
        last = record.last_use if record is not None else None
        return recent if recent.whole or last is None else replace(recent, uses=(last,))

    async def _uses(self, row: Redemption) -> RecentUses:
        since = self._since(row)
        try:
            uses = await self.redeeming.uses(row.terms.customer, row.terms.code, since=since, single=False)
        except EngineError as err:
            return RecentUses(since=since, whole=False, error=type(err).__name__)
        return RecentUses(since=since, uses=uses)

    def _since(self, row: Redemption) -> date:
        return self.configuration.day(row.made_at - timedelta(days=1))

    async def _not_sent_before(self, row: Redemption, recent: RecentUses) -> None:
        """
        Block if the engine shows a use with a generated number: its request was sent, whatever the ledger holds.

        That request is settled first. A use that its own request has claimed is ignored.
        """
        if not recent.uses:
            return
        requests = dict(await self.requests.unclaimed_numbers(row))
        if row.terms.generated:
            requests[row.terms.bill_number] = row
        sent = tuple(
            (request, OwnNumber(uses=own))
            for number, request in requests.items()
            if (own := recent.at_our_place(number, self.configuration.till))
        )
        if sent:
            raise _PreflightBlocked(Outcome(stop=Stop.CHANGED), sent=sent, recent=recent.uses)

    def _as_shown(self, row: Redemption, recent: RecentUses) -> None:
        """Block on a use that was not shown at the review or approval; one for this bill needs an approver."""
        terms, asked = row.terms, row.state is State.APPROVED and row.terms.approvals
        same_bill = recent.for_bill(terms.bill_number)
        if same_bill and not terms.approvals:
            raise _PreflightBlocked(Outcome(stop=Stop.SAME_BILL, uses=same_bill), recent=recent.uses)
        seen = seen_by(row)
        if not recent.whole or (seen is None and not (same_bill and asked)):
            return
        new = recent.of_customer_beside(terms.customer, seen or ())
        if asked:
            new += tuple(use for use in same_bill if use.id not in (seen or ()) and use not in new)
        if new:
            again = terms if row.round < MOST_ROUNDS else None
            raise _PreflightBlocked(
                Outcome(stop=Stop.CHANGED, uses=new),
                terms=again,
                recent=recent.uses,
                new=[use.id for use in new],
            )

    async def _admitted(self, row: Redemption, by: Actor | None, after: Admission | None) -> Admission:
        requester, _ = await both(self._requester(row.terms, by, after), self._approver(row, after))
        return requester

    async def _approver(self, row: Redemption, after: Admission | None) -> None:
        """Check that the approver still may approve it."""
        if row.decided is None:
            return
        try:
            await self.authorize.again(Action.SPEND_APPROVED, row.decided.by, row, after=after)
        except NotAllowed as err:
            raise _denied(Stop.NOT_ALLOWED_APPROVER, err) from None
        except CouldNotVerify as err:
            raise _PreflightBlocked(Outcome(stop=_unverified(err))) from None

    async def _requester(self, terms: Terms, by: Actor | None, after: Admission | None) -> Admission:
        try:
            if by is not None:
                return await self.authorize(Action.SPEND, by)
            return await self.authorize.again(Action.SPEND, terms.requester, after=after)
        except NotAllowed as err:
            raise _denied(Stop.NOT_ALLOWED, err) from None
        except CouldNotVerify as err:
            raise _PreflightBlocked(Outcome(stop=_unverified(err))) from None

    async def _facts(
        self, customer: CustomerId, code: CouponCode
    ) -> tuple[Redeemability, CouponRecord | None]:
        try:
            return await both(self.engine.redeemability(customer, code), self.engine.coupon_record(code))
        except EngineError as err:
            raise _PreflightBlocked(Outcome(stop=Stop.ENGINE_UNCLEAR), error=type(err).__name__) from None

    def _holds(self, terms: Terms, read: Checked) -> None:
        """Block on a coupon that is not as it was confirmed, and on a policy that does not allow it."""
        check, record, admission = read.check, read.record, read.admission
        if not check.redeemable:
            last = record.last_use if record is not None and record.belongs_to(terms.customer) else None
            uses = (last,) if last is not None else ()
            raise _PreflightBlocked(Outcome(refusal=check.refusal or Refusal.OTHER, uses=uses))
        if record is not None and record.belongs_to(terms.customer) is False:
            raise _PreflightBlocked(Outcome(refusal=Refusal.NOT_THEIRS))
        now = self._terms_now(terms, check, record)
        decision = decide(self.configuration.policy, admission.groups, now.worth if now else None)
        if isinstance(decision, Denied):
            raise _PreflightBlocked(Outcome(stop=decision.stop))
        # A rule that now requires less changes nothing; one that requires more, or other approvers, does.
        asks_more = bool(decision.rule.approvals) and not _asked_of(terms, decision.rule)
        if now is None or _differ(now, terms) or asks_more:
            terms_now = _under(decision.rule, now) if now and decision.rule.approvals else now
            worth_now = str(now.worth.amount) if now else None
            raise _PreflightBlocked(
                Outcome(stop=Stop.CHANGED),
                terms=terms_now,
                recent=read.recent.uses,
                worth=worth_now,
                rule=decision.rule.name,
            )

    def _terms_now(self, terms: Terms, check: Redeemability, record: CouponRecord | None) -> Terms | None:
        """Return the terms with the coupon as it is now; None if the engine does not say what it takes off."""
        discount = discount_of(check, record)
        value = worth(discount, terms.bill) if discount else None
        if discount is None or value is None:
            return None
        off = takes_off(discount, terms.bill, decimals=self.configuration.decimals)
        return replace(
            terms,
            discount=discount,
            worth=value,
            takes_off=off if off is not None else value.amount,
            coupon_id=record.id if record else terms.coupon_id,
        )

    async def _named(self, terms: Terms, check: Redeemability) -> Identifier:
        try:
            customer = check.customer
            if customer is None or customer.id != terms.customer or _name(customer) is None:
                customer = await self.redeeming.customer(terms.customer)
        except UnknownCustomer:
            raise _PreflightBlocked(Outcome(refusal=Refusal.NO_SUCH_CUSTOMER)) from None
        except EngineError as err:
            raise _PreflightBlocked(Outcome(stop=Stop.ENGINE_UNCLEAR), error=type(err).__name__) from None
        named = _name(customer)
        if named is None or customer.id != terms.customer:
            raise _PreflightBlocked(Outcome(stop=Stop.NO_IDENTIFIER))
        return named


def _denied(stop: Stop, err: NotAllowed) -> _PreflightBlocked:
    return _PreflightBlocked(Outcome(stop=stop), denied=err.why.value, **judged_by(err))


def _unverified(err: CouldNotVerify) -> Stop:
    """Return the true cause, which people are told."""
    if isinstance(err, RecordsNotRead):
        return Stop.RECORDS_NOT_READ
    return Stop.SCOPE_MISSING if err.cause is Unverified.SCOPE else Stop.COULD_NOT_VERIFY


def _approved(row: Redemption) -> None:
    """Check that a request that needs approval was approved in its current round."""
    if row.state is State.NEW or not row.terms.approvals:
        return
    decided = row.decided
    if decided is None or not decided.approved or decided.round != row.round:
        raise _PreflightBlocked(Outcome(stop=Stop.NEEDS_APPROVAL))


def _differ(now: Terms, confirmed: Terms) -> bool:
    other_coupon = confirmed.coupon_id is not None and now.coupon_id != confirmed.coupon_id
    return now.worth != confirmed.worth or other_coupon


def _asked_of(terms: Terms, rule: Rule) -> bool:
    """Whether everybody who may approve it by its terms may also approve by this rule."""
    return bool(terms.approvals) and rule.approvers.issuperset(terms.approvers)


def _under(rule: Rule, terms: Terms) -> Terms:
    return replace(terms, rule=rule.name, approvals=rule.approvals, approvers=tuple(sorted(rule.approvers)))


def _name(customer: Customer) -> Identifier | None:
    """Return the first of mobile, external id and e-mail that is known (docs: redeem-single-coupon)."""
    for kind, value in (
        (IdentifierKind.MOBILE, customer.mobile),
        (IdentifierKind.EXTERNAL_ID, customer.external_id),
        (IdentifierKind.EMAIL, customer.email),
    ):
        if value:
            return Identifier(kind=kind, value=value)
    return None
