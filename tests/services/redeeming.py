"""What tests of redeeming stand on: a ledger in memory, an engine that redeems, rights, and a coupon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot.aio.tasks import TaskSet
from bot.bootstrap import Timing, UseCases, bootstrap
from bot.domain.answer import Redeemed
from bot.domain.coupon import (
    CouponRecord,
    Discount,
    DiscountKind,
    Redeemability,
    Use,
    UsesLeft,
)
from bot.domain.customer import Customer, CustomerId
from bot.domain.limits import Limits
from bot.domain.pause import Pause
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import Approvals, Policy, Redeeming, Rule
from bot.domain.redemption import Intent, Redemption, RequestId, State, Terms
from bot.domain.worth import Worth
from bot.services.configuration import DeskConfiguration
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import Requests
from tests.fakes.audit import FakeAttempts
from tests.fakes.coupons import FakeCoupon
from tests.fakes.engine import FakeEngine
from tests.fakes.kept import FakeDrafts
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeChannels, FakeRights
from tests.services.ports import NO_PORTS
from tests.services.shelf import ABC, ASHA, NOON

VIKRAM = Actor(id=PersonId("U0SENIOR"), team="T0DESK")
ARJUN = PersonId("U0MANAGER2")
MANAGERS = frozenset({"S0MANAGERS"})
CHANNEL = "C0APPROVALS"
OFF = Discount(kind=DiscountKind.AMOUNT, value=Decimal(250))
SMALL = Rule(name="small, by a senior", up_to=Decimal(500), groups=frozenset({"S0SENIORS"}))
REST = Rule(name="everything else", approvals=1, approvers=MANAGERS)
POLICY = Policy(
    redeem=Redeeming(groups=frozenset({"S0AGENTS"}), reasons=("Other",), rules=(SMALL, REST)),
    limits=Limits(count=20, value=Decimal(10_000)),
    approvals=Approvals(channel=CHANNEL),
)
CONFIGURATION = DeskConfiguration(
    policy=POLICY, zone=ZoneInfo("Asia/Kolkata"), region="IN", currency="INR", decimals=2, till="coupon.desk"
)
TERMS = Terms(
    requester=VIKRAM.id,
    customer=ASHA.id,
    customer_name=ASHA.name,
    customer_tail="2345",
    code=ABC,
    coupon_id="9",
    discount=OFF,
    worth=Worth(amount=Decimal(250)),
    bill=Decimal(1200),
    takes_off=Decimal(250),
    bill_number="CD-ABCDEFGH",
    generated=True,
    reason="Other",
    note="",
    rule=SMALL.name,
    approvals=0,
    single=True,
)
#: The same for a coupon that somebody has to approve.
LARGE = replace(
    TERMS,
    discount=replace(OFF, value=Decimal(5000)),
    worth=Worth(amount=Decimal(5000)),
    rule=REST.name,
    approvals=1,
    approvers=tuple(MANAGERS),
)
INTENT = Intent(before=("1",), since=date(2025, 8, 31), single=False, till="coupon.desk")
OURS = Use(id="2", by=ASHA.id, at=NOON, bill=TERMS.bill_number, till="coupon.desk")
BEGIN_IN_S, CALL_S, LOOK_AFTER_S, WINDOW_S = 60.0, 10.0, 5.0, 900.0
TIMING = Timing(call_s=CALL_S, look_after_s=LOOK_AFTER_S, window_s=WINDOW_S, cache_s=30.0)


def row(state: State = State.NEW, terms: Terms = TERMS, **facts: Any) -> Redemption:
    """As the ledger holds it; what was sent has an intent."""
    sent = state in {State.SENDING, State.UNKNOWN, State.NOT_REDEEMED}
    made = Redemption(
        id=RequestId("ABCDEFGHIJKLMNOP"),
        version=1,
        state=state,
        terms=terms,
        made_at=NOON,
        begin_by=NOON + timedelta(seconds=BEGIN_IN_S),
        intent=INTENT if sent else None,
    )
    return replace(made, **facts)


def may(discount: Discount | None = OFF, *, left: int | None = 1, used: int = 0) -> Redeemability:
    """The engine's own yes."""
    return Redeemability(
        redeemable=True,
        code=ABC,
        discount=discount,
        uses_left=UsesLeft(left),
        used_by_customer=used,
        customer=ASHA,
    )


def coupon(owner: Customer | None = ASHA, *, id_: str = "9", last: Use | None = None) -> CouponRecord:
    return CouponRecord(code=ABC, id=id_, owner=owner, discount=OFF, last_use=last)


def _engine() -> FakeEngine:
    """Asha has a coupon that may be redeemed once."""
    engine = FakeEngine(till="coupon.desk")
    engine.holds(FakeCoupon(ABC, Decimal(250), 1, ASHA, id="9"))
    return engine


def saying() -> FakeEngine:
    """An engine for tests that set what it says: that it may be redeemed, that nobody has, and yes."""
    return FakeEngine(
        check=may(),
        record=coupon(),
        found=(),
        named=ASHA,
        answer=Redeemed(redemption_id="2", status=200),
    )


def asked(shop: Shop) -> list[tuple[PersonId, bool]]:
    """Whose rights were read, and whether for a press of theirs."""
    return [(one.person, one.pressed) for one in shop.rights.checks]


def freshness(shop: Shop) -> list[Freshness]:
    """How fresh each of them had to be."""
    return [one.freshness for one in shop.rights.checks]


def within(shop: Shop) -> list[frozenset[str] | None]:
    """Of which groups one had to be a member in each check; None stands for every full member."""
    return [one.groups for one in shop.rights.checks]


def after_whom(shop: Shop) -> list[Admission | None]:
    """Whose admission each check followed."""
    return [one.after for one in shop.rights.checks]


def _rights() -> FakeRights:
    """Vikram is a senior, Arjun a manager."""
    everybody = {"S0AGENTS": {VIKRAM.id}, "S0SENIORS": {VIKRAM.id}, "S0MANAGERS": {ARJUN}}
    return FakeRights(groups=everybody)


@dataclass
class Shop:
    """A desk of fakes, with production's wiring."""

    seconds: Callable[[], float] = lambda: 0.0
    engine: FakeEngine = field(default_factory=_engine)
    rights: FakeRights = field(default_factory=_rights)
    channels: FakeChannels = field(default_factory=FakeChannels)
    configuration: DeskConfiguration = CONFIGURATION
    #: A ledger in its place.
    requests: Requests | None = None
    forgotten: list[CustomerId] = field(default_factory=list)
    attempts: FakeAttempts = field(default_factory=FakeAttempts)
    drafts: FakeDrafts = field(default_factory=FakeDrafts)
    paused: Pause | None = None

    def __post_init__(self) -> None:
        self.ledger = FakeRequests(self.seconds)
        self.tasks = TaskSet()

    def forget(self, customer: CustomerId) -> None:
        self.forgotten.append(customer)

    async def pause(self) -> Pause | None:
        return self.paused

    def use_cases(self) -> UseCases:
        ports = replace(
            NO_PORTS,
            changes=LedgerChanges(),
            requests=self.requests or self.ledger,
            attempts=self.attempts,
            drafts=self.drafts,
            pause=self.pause,
            engine=self.engine,
            redeeming=self.engine,
            history=self.engine,
            rights=self.rights,
            channels=self.channels,
            now=lambda: NOON,
            monotonic=self.seconds,
            spawn=self.tasks.spawn,
        )
        return bootstrap(self.configuration, TIMING, ports)
