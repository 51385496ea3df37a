"""A desk that redeems and asks: its ledger is real, its engine and its Slack are a few plain facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.bootstrap import Ports, Timing, bootstrap
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.coupon import (
    CouponCode,
    CouponPage,
    CouponRecord,
    Discount,
    DiscountKind,
    Redeemability,
    Use,
    UsesLeft,
)
from bot.domain.customer import Customer, CustomerId, Identifier
from bot.domain.draft import Draft
from bot.domain.errors import CouldNotVerify, Denial, EngineFault, NotAllowed
from bot.domain.history import CouponUse, History, HistoryQuery
from bot.domain.limits import Limits
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import Approvals, Policy, Redeeming, Rule
from bot.domain.promotions import Mode, PromoCode, PromotionRecords
from bot.domain.redemption import Doubt, Redemption, RequestId, State, Stop, Terms, Trouble
from bot.domain.refusal import Refusal
from bot.domain.worth import Worth
from bot.services.configuration import DeskConfiguration
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import Attempts, Order, PageQuery, Requests
from tests.services.ports import NO_PORTS

ZONE = ZoneInfo("Asia/Kolkata")
NOON = datetime(2026, 6, 1, 12, tzinfo=ZONE).astimezone(UTC)

#: Nisha and Meera redeem; Meera is a manager, too. Arjun is a manager, Leela is head of them; Ravi is an agent.
NISHA, MEERA, ARJUN, LEELA, RAVI = (
    PersonId(name) for name in ("U0NISHA", "U0MEERA", "U0ARJUN", "U0LEELA", "U0RAVI")
)
AGENTS, SENIORS, MANAGERS, HEADS = "S0AGENTS", "S0SENIORS", "S0MANAGERS", "S0HEADS"

ASHA = Customer(id=CustomerId("565039504"), name="Asha Menon", mobile="919845012345")
ONCE, THRICE, OFTEN = CouponCode("ONCE"), CouponCode("THRICE"), CouponCode("OFTEN")

CHANNEL = "C0APPROVALS"
#: Code of the till that the desk books on.
DESK_TILL = "desk.till"
WINDOW = "V0WINDOW"
REMIND_AFTER = (timedelta(minutes=15), timedelta(hours=1))
EXPIRE_AFTER = timedelta(hours=4)
COUNT_LIMIT, VALUE_LIMIT = 6, Decimal(10_000)
UP_TO_SMALL, UP_TO_MIDDLE = Decimal(500), Decimal(3_000)
SMALL = Rule(name="small, by a senior", up_to=UP_TO_SMALL, groups=frozenset({SENIORS}))
MIDDLE = Rule(
    name="more, by a senior",
    up_to=UP_TO_MIDDLE,
    groups=frozenset({SENIORS}),
    approvals=1,
    approvers=frozenset({MANAGERS}),
)
ANY = Rule(name="everything else", approvals=1, approvers=frozenset({HEADS}))
POLICY = Policy(
    redeem=Redeeming(groups=frozenset({AGENTS}), reasons=("Goodwill",), rules=(SMALL, MIDDLE, ANY)),
    limits=Limits(count=COUNT_LIMIT, value=VALUE_LIMIT),
    approvals=Approvals(channel=CHANNEL, expire_after=EXPIRE_AFTER, remind_after=REMIND_AFTER),
)
CALL_S, LOOK_AFTER_S, WINDOW_S = 10.0, 5.0, 900.0

_numbers = count(1)


class Says(StrEnum):
    """What the engine does with a redeem call."""

    YES = "redeems and says so"
    YES_LOST = "redeems, and its answer is lost"
    LOST = "is lost before it redeems"
    NO = "says no"
    NOT_THERE = "takes no connection"
    USED_UP = "says that it is used up"
    YES_ECHOED = "redeems, and says to a second copy that it is used up"
    BUSY = "says that it is busy"
    YES_BUSY = "redeems, and says to a second copy that it is busy"


class Read(StrEnum):
    """What may be unreadable."""

    COUPON = "the coupon"
    USES = "its redemptions"
    HISTORY = "the customer's history"
    GROUPS = "Slack's groups"


@dataclass(slots=True)
class Coupon:
    """
    One of Asha's.

    Attributes:
        left: how often it may still be redeemed; None is any number of times.

    """

    code: CouponCode
    worth: Decimal
    left: int | None
    uses: list[Use] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Post:
    """A redeem call that arrived, and whether it redeemed."""

    order: Order
    redeemed: bool


@dataclass(slots=True)
class Facts:
    """
    All that is true outside of the ledger.

    Attributes:
        now: the clock of the desk, and of the engine.
        database_now: the database's clock.
        next_answer: to the next redeem call for a coupon; YES where there is none.
        channel_trouble: what is the matter with the channel.

    """

    now: datetime = NOON
    database_now: datetime = NOON
    coupons: dict[CouponCode, Coupon] = field(
        default_factory=lambda: {
            ONCE: Coupon(ONCE, Decimal(300), 1),
            THRICE: Coupon(THRICE, Decimal(2_000), 3),
            OFTEN: Coupon(OFTEN, Decimal(4_000), None),
        }
    )
    groups: dict[str, set[PersonId]] = field(
        default_factory=lambda: {
            AGENTS: {NISHA, MEERA, RAVI},
            SENIORS: {NISHA, MEERA},
            MANAGERS: {MEERA, ARJUN, LEELA},
            HEADS: {MEERA, LEELA},
        }
    )
    deactivated: set[PersonId] = field(default_factory=set)
    unreadable: set[Read] = field(default_factory=set)
    next_answer: dict[CouponCode, Says] = field(default_factory=dict)
    channel_trouble: Trouble | None = None
    posts: list[Post] = field(default_factory=list)

    def allowed(self, person: PersonId, groups: frozenset[str]) -> bool:
        return person not in self.deactivated and any(person in self.groups[group] for group in groups)

    def use(self, code: CouponCode, *, bill: str, till: str | None) -> Use:
        coupon = self.coupons[code]
        made = Use(by=ASHA.id, id=f"{code}-{len(coupon.uses) + 1}", at=self.now, bill=bill, till=till)
        coupon.uses.append(made)
        if coupon.left is not None:
            coupon.left -= 1
        return made


def actor(person: PersonId) -> Actor:
    return Actor(id=person, team="T0DESK")


@dataclass(frozen=True, slots=True)
class FactsRights:
    """`services.ports.Rights`."""

    facts: Facts

    async def admit(
        self,
        actor: Actor,
        groups: frozenset[str] | None,
        *,
        freshness: Freshness = Freshness.LIVE,  # noqa: ARG002 - everything is fresh here
    ) -> Admission:
        if groups is None:
            return self._admitted(actor.id)
        return await self.admit_again(actor.id, groups)

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        self._readable()
        admission = self._admitted(person, after)
        if not self.facts.allowed(person, groups):
            raise NotAllowed(Denial.GROUP)
        return admission

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        return self.facts.allowed(actor.id, groups)

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        self._readable()
        people = {person for group in groups for person in self.facts.groups[group]} - {but}
        return bool(people - self.facts.deactivated)

    def _admitted(self, person: PersonId, after: Admission | None = None) -> Admission:
        if person in self.facts.deactivated:
            raise NotAllowed(Denial.DEACTIVATED)
        found = frozenset(group for group, members in self.facts.groups.items() if person in members)
        lease = after.lease if after is not None else None
        return Admission(person=person, groups=found, read_at=self.facts.now, lease=(lease or 0) + 1)

    def _readable(self) -> None:
        if Read.GROUPS in self.facts.unreadable:
            raise CouldNotVerify


@dataclass(frozen=True, slots=True)
class FactsChannels:
    """`services.ports.Channels`."""

    facts: Facts

    async def trouble(self, channel: str) -> Trouble | None:
        del channel
        return self.facts.channel_trouble


_USED_UP = Refused(refusal=Refusal.ALREADY_USED, code=711)
_ANSWERS: Mapping[Says, Answer] = {
    Says.YES_LOST: Unclear(doubt=Doubt.TIMED_OUT),
    Says.LOST: Unclear(doubt=Doubt.TIMED_OUT),
    Says.NO: Refused(refusal=Refusal.WRONG_STORE),
    Says.NOT_THERE: NotSent(stop=Stop.NOT_CONNECTED),
    Says.USED_UP: _USED_UP,
    Says.YES_ECHOED: _USED_UP,
    Says.BUSY: NotSent(stop=Stop.BUSY),
    Says.YES_BUSY: NotSent(stop=Stop.BUSY),
}


@dataclass(frozen=True, slots=True)
class FactsEngine:
    """`services.ports.Engine`, `RedeemEngine` and `HistoryEngine`."""

    facts: Facts
    till: str | None = DESK_TILL

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        coupon = self._read(code)
        yes = coupon.left is None or coupon.left > 0
        del customer
        return Redeemability(
            redeemable=yes,
            refusal=None if yes else Refusal.ALREADY_USED,
            code=code,
            discount=amount(coupon.worth),
            uses_left=UsesLeft(coupon.left),
            used_by_customer=len(coupon.uses),
            customer=ASHA,
        )

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        coupon = self._read(code)
        last = coupon.uses[-1] if coupon.uses else None
        return CouponRecord(code=code, id=code, owner=ASHA, discount=amount(coupon.worth), last_use=last)

    async def customer(self, customer: CustomerId) -> Customer:
        del customer
        return ASHA

    async def uses(
        self,
        customer: CustomerId,
        code: CouponCode,
        *,
        since: date,
        single: bool,
        listed: bool = False,
    ) -> tuple[Use, ...]:
        del customer, listed
        self._readable(Read.USES)
        found = [
            use for use in self.facts.coupons[code].uses if use.at and use.at.astimezone(ZONE).date() >= since
        ]
        return tuple(found[-1:] if single else found)

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        del begin_within_s
        says = self.facts.next_answer.pop(order.code, Says.YES)
        redeemed = says in {Says.YES, Says.YES_LOST, Says.YES_ECHOED, Says.YES_BUSY}
        self.facts.posts.append(Post(order, redeemed))
        if not redeemed:
            return _ANSWERS[says]
        use = self.facts.use(order.code, bill=order.bill_number, till=self.till)
        return Redeemed(redemption_id=use.id) if says is Says.YES else _ANSWERS[says]

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        del customer, query, now
        self._readable(Read.HISTORY)
        uses = (
            CouponUse(
                id=use.id,
                at=use.at,
                code=coupon.code,
                description=None,
                discount=amount(coupon.worth),
                bill=use.bill,
                place=None,
            )
            for coupon in self.facts.coupons.values()
            for use in coupon.uses
        )
        return History(customer=ASHA, coupons=tuple(uses))

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        raise AssertionError(f"nobody lists coupons here: {customer} {query}")

    async def customer_id(self, customer: Identifier) -> CustomerId:
        raise AssertionError(f"nobody looks up customers here: {customer}")

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> PromotionRecords:
        raise AssertionError(f"nobody looks up promotions here: {codes} {mode}")

    async def till_name(self, till: str) -> str | None:
        raise AssertionError(f"nobody looks up tills here: {till}")

    def _read(self, code: CouponCode) -> Coupon:
        self._readable(Read.COUPON)
        return self.facts.coupons[code]

    def _readable(self, what: Read) -> None:
        if what in self.facts.unreadable:
            raise EngineFault


class HeldDrafts:
    """`services.ports.Drafts`, for good."""

    def __init__(self) -> None:
        self._kept: dict[RequestId, Draft] = {}

    async def keep(self, draft: Draft) -> RequestId:
        self._kept[draft.id] = draft
        return draft.id

    async def recall(self, draft_id: RequestId) -> Draft | None:
        return self._kept.get(draft_id)


def ports_of(
    facts: Facts,
    requests: LedgerRequests,
    drafts: HeldDrafts | None = None,
    *,
    engine: FactsEngine | None = None,
    attempts: Attempts | None = None,
    changes: LedgerChanges | None = None,
) -> Ports:
    """Those of one process, over these facts; look-ups, cases, posting and App Homes are tested elsewhere."""
    engine = engine or FactsEngine(facts)
    return replace(
        NO_PORTS,
        changes=changes or LedgerChanges(),
        requests=requests,
        attempts=attempts or LedgerAttempts(requests.database),
        drafts=drafts or HeldDrafts(),
        engine=engine,
        redeeming=engine,
        history=engine,
        rights=FactsRights(facts),
        channels=FactsChannels(facts),
        now=lambda: facts.now,
        monotonic=lambda: 0.0,
    )


TIMING = Timing(call_s=CALL_S, look_after_s=LOOK_AFTER_S, window_s=WINDOW_S, cache_s=30.0)


class Desk:
    """One process: production's wiring on these ports."""

    def __init__(self, facts: Facts, ports: Ports, policy: Policy = POLICY) -> None:
        self.facts, self.ports = facts, ports
        self.configuration = DeskConfiguration(
            policy=policy, zone=ZONE, region="IN", currency="INR", decimals=2, till=DESK_TILL
        )
        use_cases = bootstrap(self.configuration, TIMING, ports)
        self.confirm_redemption = use_cases.confirm_redemption
        self.request_approval = use_cases.request_approval
        self.spend = use_cases.spend
        self.decide = use_cases.decide
        self.close = use_cases.settle
        self.keep = use_cases.sweep


class Beside:
    """`services.ports.Requests`, where somebody else writes a request down anew just before each of the next moves."""

    def __init__(self, inner: Requests, *changes: Callable[[Redemption], Awaitable[Any]]) -> None:
        self._inner, self._changes = inner, list(changes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def move(self, row: Redemption, *given: Any, **named: Any) -> Redemption:
        if self._changes:
            stands = await self._inner.get(row.id)
            assert stands is not None
            await self._changes.pop(0)(stands)
        return await self._inner.move(row, *given, **named)


def amount(value: Decimal) -> Discount:
    return Discount(kind=DiscountKind.AMOUNT, value=value)


def terms(who: PersonId, code: CouponCode, worth: Decimal, rule: Rule, *, bill_number: str) -> Terms:
    """As the review would have shown them."""
    return Terms(
        requester=who,
        customer=ASHA.id,
        code=code,
        coupon_id=code,
        discount=amount(worth),
        worth=Worth(amount=worth),
        bill=Decimal(5_000),
        takes_off=min(worth, Decimal(5_000)),
        bill_number=bill_number,
        generated=True,
        reason="Goodwill",
        rule=rule.name,
        approvals=rule.approvals,
        approvers=tuple(sorted(rule.approvers)),
    )


def reviewed(request_id: RequestId, of: Terms) -> Draft:
    """A form that waits for Redeem now."""
    return Draft(
        id=request_id,
        requester=of.requester,
        customer=of.customer,
        code=of.code,
        generated_number=of.bill_number,
        review=1,
        terms=of,
    )


def rule_for(facts: Facts, who: PersonId, worth: Decimal) -> Rule:
    """Of POLICY, told plainly."""
    senior = who in facts.groups[SENIORS]
    if senior and worth <= UP_TO_SMALL:
        return SMALL
    return MIDDLE if senior and worth <= UP_TO_MIDDLE else ANY


async def asked(desk: Desk, who: PersonId, code: CouponCode, *, worth: Decimal | None = None) -> Redemption:
    """Redeem now, and what follows from it. `worth` as it was reviewed, where that is not what it is."""
    number = next(_numbers)
    seen = desk.facts.coupons[code].worth if worth is None else worth
    rule = rule_for(desk.facts, who, seen)
    request_id = RequestId(f"REQUEST{number}")
    await desk.ports.drafts.keep(
        reviewed(request_id, terms(who, code, seen, rule, bill_number=f"CD-{number}"))
    )
    row = (await desk.confirm_redemption(request_id, 1, by=actor(who), window=None)).row
    return await desk.spend(row, by=actor(who)) if row.state is State.NEW else row


def with_clock(database: Database, now: Callable[[], datetime]) -> None:
    """From now on it is as late in this SQLite database as the test says, and not a moment later."""

    def strftime(_form: str, _when: str) -> str:
        return now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    @event.listens_for(database.engine.sync_engine, "connect")
    def _on_connect(connection: Any, _: Any) -> None:
        connection.create_function("strftime", 2, strftime)
