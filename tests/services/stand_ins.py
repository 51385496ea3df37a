"""A desk that redeems and asks: its ledger is real, its engine and its Slack are fakes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.bootstrap import Ports, Timing, bootstrap
from bot.domain.coupon import CouponCode, Discount, DiscountKind
from bot.domain.customer import Customer, CustomerId
from bot.domain.draft import Draft
from bot.domain.limits import Limits
from bot.domain.person import Actor, PersonId
from bot.domain.policy import Approvals, Policy, Redeeming, Rule
from bot.domain.redemption import Redemption, RequestId, State, Terms
from bot.domain.worth import Worth
from bot.services.configuration import DeskConfiguration
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import Attempts, Requests
from tests.fakes.coupons import FakeCoupon
from tests.fakes.coupons import Post as Post
from tests.fakes.coupons import Says as Says
from tests.fakes.engine import FakeEngine
from tests.fakes.kept import FakeDrafts
from tests.fakes.reads import Read as Read
from tests.fakes.rights import FakeChannels, FakeRights
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


class Facts:
    """
    All that is true outside of the ledger. Slack tells of `groups` and `deactivated` when they are set.

    Attributes:
        now: the clock of the desk, and of the engine.
        database_now: the database's clock.
        unreadable: what cannot be read.

    """

    def __init__(self) -> None:
        self.now = self.database_now = NOON
        self.unreadable: set[Read] = set()
        self.channels = FakeChannels()
        self.rights = FakeRights(groups=_groups(), unreadable=self.unreadable, now=lambda: self.now)
        self.engine = FakeEngine(till=DESK_TILL, zone=ZONE, unreadable=self.unreadable, now=lambda: self.now)
        for code, worth, left in ((ONCE, 300, 1), (THRICE, 2_000, 3), (OFTEN, 4_000, None)):
            self.engine.holds(FakeCoupon(code, Decimal(worth), left, ASHA))
        self.use, self.allowed = self.engine.use, self.rights.allowed
        self.coupons, self.posts = self.engine.stock, self.engine.posts
        self.next_answer = self.engine.next_answer

    @property
    def groups(self) -> dict[str, set[PersonId]]:
        return self.rights.groups

    @groups.setter
    def groups(self, groups: dict[str, set[PersonId]]) -> None:
        self.rights.groups = groups
        self.rights.forget()

    @property
    def deactivated(self) -> set[PersonId]:
        return self.rights.deactivated

    @deactivated.setter
    def deactivated(self, people: set[PersonId]) -> None:
        self.rights.deactivated = people
        self.rights.forget()


def _groups() -> dict[str, set[PersonId]]:
    return {
        AGENTS: {NISHA, MEERA, RAVI},
        SENIORS: {NISHA, MEERA},
        MANAGERS: {MEERA, ARJUN, LEELA},
        HEADS: {MEERA, LEELA},
    }


def actor(person: PersonId) -> Actor:
    return Actor(id=person, team="T0DESK")


def FactsEngine(facts: Facts) -> FakeEngine:  # noqa: N802 - the state machine's name for it
    return facts.engine


#: The state machine's name for it.
HeldDrafts = FakeDrafts


def ports_of(
    facts: Facts,
    requests: LedgerRequests,
    drafts: FakeDrafts | None = None,
    *,
    engine: FakeEngine | None = None,
    attempts: Attempts | None = None,
    changes: LedgerChanges | None = None,
) -> Ports:
    """Those of one process, over these facts; look-ups, cases, posting and App Homes are tested elsewhere."""
    engine = engine or facts.engine
    return replace(
        NO_PORTS,
        changes=changes or LedgerChanges(),
        requests=requests,
        attempts=attempts or LedgerAttempts(requests.database),
        drafts=drafts or FakeDrafts(),
        engine=engine,
        redeeming=engine,
        history=engine,
        rights=facts.rights,
        channels=facts.channels,
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
