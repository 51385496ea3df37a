"""Everything that must hold at the moment of redeeming, read anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import structlog

from bot.aio.clock import Clock
from bot.aio.together import both
from bot.domain.coupon import CouponCode, CouponRecord, Redeemability
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind
from bot.domain.errors import CouldNotVerify, EngineError, NotAllowed, UnknownCustomer
from bot.domain.finding import discount_of
from bot.domain.person import Actor, Admission
from bot.domain.policy import Denied, Rule, decide
from bot.domain.redemption import Intent, Outcome, Redemption, State, Stop, Terms
from bot.domain.refusal import Refusal
from bot.domain.worth import takes_off, worth
from bot.services.audit import judged_by
from bot.services.authorize import Action, Authorize
from bot.services.configuration import DeskConfiguration
from bot.services.ports import Engine, Order, RedeemEngine

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """
    All of it holds.

    Attributes:
        why: what was read, for the audit log; no mobile, e-mail or code.

    """

    order: Order
    intent: Intent
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """
    Something does not hold, or could not be read; nothing is sent.

    Attributes:
        terms: as they would be now, where the coupon is not what was confirmed any more.

    """

    outcome: Outcome
    why: Mapping[str, Any]
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """People and coupon are as they were confirmed, and the policy still lets it through."""

    admission: Admission
    check: Redeemability
    record: CouponRecord | None
    why: Mapping[str, Any]


class _PreflightBlocked(Exception):
    def __init__(self, outcome: Outcome, *, terms: Terms | None = None, **why: Any) -> None:
        super().__init__()
        self.blocked = Blocked(outcome=outcome, why=why, terms=terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """Raises nothing that a person could mend: what cannot be proved is a Blocked."""

    configuration: DeskConfiguration
    authorize: Authorize
    engine: Engine
    redeeming: RedeemEngine
    now: Clock

    async def __call__(
        self, row: Redemption, *, by: Actor | None = None, after: Admission | None = None
    ) -> Cleared | Blocked:
        """
        Everything a redeem call needs.

        `by`: the requester, when it is their press that this follows from; `after`: the approver's
        admission, when it is theirs.
        """
        try:
            return await self._proved(row, await self._checked(row, by, after))
        except _PreflightBlocked as err:
            return err.blocked

    async def check(self, row: Redemption, *, by: Actor | None = None) -> Checked | Blocked:
        """As much of it as somebody who approves must be able to rely on."""
        try:
            return await self._checked(row, by, None)
        except _PreflightBlocked as err:
            return err.blocked

    async def _checked(self, row: Redemption, by: Actor | None, after: Admission | None) -> Checked:
        _approved(row)
        terms = row.terms
        admission, (check, record) = await both(
            self._admitted(row, by, after), self._facts(terms.customer, terms.code)
        )
        self._holds(terms, admission, check, record)
        why = {
            **judged_by(admission),
            "rule": terms.rule,
            "worth": str(terms.worth.amount),
            "uses_left": check.uses_left.count if check.uses_left else None,
            "coupon_id": record.id if record else None,
        }
        return Checked(admission=admission, check=check, record=record, why=why)

    async def _proved(self, row: Redemption, checked: Checked) -> Cleared:
        terms, single = row.terms, _single(checked.check, checked.record)
        since = (self.now().astimezone(self.configuration.zone) - timedelta(days=1)).date()
        named, before = await both(
            self._named(terms, checked.check), self._before(terms, since=since, single=single)
        )
        order = Order(
            customer=terms.customer,
            named=named,
            code=terms.code,
            bill=terms.bill,
            bill_number=terms.bill_number,
        )
        return Cleared(
            order=order,
            intent=Intent(before=before, since=since, single=single, till=self.configuration.till),
            why={**checked.why, "before": list(before), "named_by": named.kind.value},
        )

    async def _admitted(self, row: Redemption, by: Actor | None, after: Admission | None) -> Admission:
        requester, _ = await both(self._requester(row.terms, by, after), self._approver(row, after))
        return requester

    async def _approver(self, row: Redemption, after: Admission | None) -> None:
        """Whoever approved it must still be one who may."""
        if row.decided is None:
            return
        try:
            await self.authorize.again(Action.SPEND_APPROVED, row.decided.by, row, after=after)
        except NotAllowed as err:
            raise _denied(Stop.NOT_ALLOWED_APPROVER, err) from None
        except CouldNotVerify:
            raise _PreflightBlocked(Outcome(stop=Stop.COULD_NOT_VERIFY)) from None

    async def _requester(self, terms: Terms, by: Actor | None, after: Admission | None) -> Admission:
        try:
            if by is not None:
                return await self.authorize(Action.SPEND, by)
            return await self.authorize.again(Action.SPEND, terms.requester, after=after)
        except NotAllowed as err:
            raise _denied(Stop.NOT_ALLOWED, err) from None
        except CouldNotVerify:
            raise _PreflightBlocked(Outcome(stop=Stop.COULD_NOT_VERIFY)) from None

    async def _facts(
        self, customer: CustomerId, code: CouponCode
    ) -> tuple[Redeemability, CouponRecord | None]:
        try:
            return await both(self.engine.redeemability(customer, code), self.engine.coupon_record(code))
        except EngineError as err:
            raise _PreflightBlocked(Outcome(stop=Stop.ENGINE_UNCLEAR), error=type(err).__name__) from None

    def _holds(
        self, terms: Terms, admission: Admission, check: Redeemability, record: CouponRecord | None
    ) -> None:
        if not check.redeemable:
            last = record.last_use if record is not None and record.belongs_to(terms.customer) else None
            uses = (last,) if last is not None else ()
            raise _PreflightBlocked(Outcome(refusal=check.refusal or Refusal.OTHER, uses=uses))
        if record is not None and record.belongs_to(terms.customer) is False:
            raise _PreflightBlocked(Outcome(refusal=Refusal.NOT_THEIRS))
        now = self._terms_now(terms, check, record)
        decision = decide(self.configuration.policy, admission.groups, now.worth if now else None)
        if isinstance(decision, Denied):
            raise _PreflightBlocked(Outcome(stop=decision.stop), **judged_by(admission))
        # A rule that asks for less by now changes nothing; one that asks for more, or for other people, does.
        asks_more = bool(decision.rule.approvals) and not _asked_of(terms, decision.rule)
        if now is None or _differ(now, terms) or asks_more:
            terms_now = _under(decision.rule, now) if now and decision.rule.approvals else now
            worth_now = str(now.worth.amount) if now else None
            raise _PreflightBlocked(
                Outcome(stop=Stop.CHANGED), terms=terms_now, worth=worth_now, rule=decision.rule.name
            )

    def _terms_now(self, terms: Terms, check: Redeemability, record: CouponRecord | None) -> Terms | None:
        """The same request, by what the coupon is now; None when the engine does not say."""
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

    async def _before(self, terms: Terms, *, since: date, single: bool) -> tuple[str, ...]:
        """Nothing is sent where they cannot be read completely: what is new could not be told afterwards."""
        if single:
            return ()
        try:
            uses = await self.redeeming.uses(terms.customer, terms.code, since=since, single=False)
        except EngineError as err:
            raise _PreflightBlocked(Outcome(stop=Stop.EARLIER_UNREADABLE), error=type(err).__name__) from None
        return tuple(use.id for use in uses if use.id is not None)


def _denied(stop: Stop, err: NotAllowed) -> _PreflightBlocked:
    return _PreflightBlocked(Outcome(stop=stop), denied=err.why.value, **judged_by(err))


def _single(check: Redeemability, record: CouponRecord | None) -> bool:
    """One use left and none behind it: the coupon's own record then tells everything."""
    one_left = check.uses_left is not None and check.uses_left.count == 1
    return one_left and record is not None and record.last_use is None and not check.used_by_customer


def _approved(row: Redemption) -> None:
    """Nothing that needs an approval goes on without one for just these facts."""
    if row.state is State.NEW or not row.terms.approvals:
        return
    decided = row.decided
    if decided is None or not decided.approved or decided.round != row.round:
        raise _PreflightBlocked(Outcome(stop=Stop.NEEDS_APPROVAL))


def _differ(now: Terms, confirmed: Terms) -> bool:
    other_coupon = confirmed.coupon_id is not None and now.coupon_id != confirmed.coupon_id
    return now.worth != confirmed.worth or other_coupon


def _asked_of(terms: Terms, rule: Rule) -> bool:
    """Whether everybody who may approve it by its terms may do so by this rule, too."""
    return bool(terms.approvals) and rule.approvers.issuperset(terms.approvers)


def _under(rule: Rule, terms: Terms) -> Terms:
    return replace(terms, rule=rule.name, approvals=rule.approvals, approvers=tuple(sorted(rule.approvers)))


def _name(customer: Customer) -> Identifier | None:
    """The first of mobile, external id and e-mail (docs: redeem-single-coupon)."""
    for kind, value in (
        (IdentifierKind.MOBILE, customer.mobile),
        (IdentifierKind.EXTERNAL_ID, customer.external_id),
        (IdentifierKind.EMAIL, customer.email),
    ):
        if value:
            return Identifier(kind=kind, value=value)
    return None
