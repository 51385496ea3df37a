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
from bot.domain.answer import Answer, Redeemed
from bot.domain.coupon import (
    CouponCode,
    CouponRecord,
    Discount,
    DiscountKind,
    Redeemability,
    Use,
    UsesLeft,
)
from bot.domain.customer import Customer, CustomerId
from bot.domain.limits import Limits
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.policy import Approvals, Policy, Redeeming, Rule
from bot.domain.redemption import Intent, Redemption, RequestId, State, Terms, Trouble
from bot.domain.worth import Worth
from bot.services.configuration import DeskConfiguration
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import Channels, HistoryEngine, Order
from tests.fakes.requests import FakeRequests
from tests.services.attempts import HeldAttempts
from tests.services.ports import NO_PORTS
from tests.services.shelf import ABC, ASHA, NOON, Shelf

VIKRAM = Actor(id=PersonId("U0SENIOR"), team="T0DESK")
ARJUN = PersonId("U0MANAGER2")
SENIOR = frozenset({"S0AGENTS", "S0SENIORS"})
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


@dataclass
class Till:
    """An engine that redeems (`services.ports.RedeemEngine`): what it answers, and what it was asked."""

    answer: Answer = field(default_factory=lambda: Redeemed(redemption_id="2", status=200))
    found: tuple[Use, ...] | Exception = ()
    named: Customer | Exception = ASHA
    till: str | None = "coupon.desk"
    #: Done when the call arrives.
    beside: Callable[[], None] | None = None
    orders: list[Order] = field(default_factory=list)
    looks: list[tuple[date, bool]] = field(default_factory=list)
    #: Whether only what is listed under the customer was asked for.
    listed: list[bool] = field(default_factory=list)
    #: Seconds within which each call had to begin.
    begin_within: list[float] = field(default_factory=list)

    async def customer(self, customer: CustomerId) -> Customer:  # noqa: ARG002 - see the port
        if isinstance(self.named, Exception):
            raise self.named
        return self.named

    async def uses(
        self,
        customer: CustomerId,  # noqa: ARG002 - see the port
        code: CouponCode,  # noqa: ARG002
        *,
        since: date,
        single: bool,
        listed: bool = False,
    ) -> tuple[Use, ...]:
        self.listed.append(listed)
        self.looks.append((since, single))
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        self.begin_within.append(begin_within_s)
        self.orders.append(order)
        if self.beside is not None:
            self.beside()
        return self.answer


@dataclass
class Groups:
    """Rights (`services.ports.Rights`): what each person's check comes to; everybody else is a senior."""

    said: dict[PersonId, frozenset[str] | Exception] = field(default_factory=dict)
    #: Who was asked for, and whether it was for a press of theirs.
    asked: list[tuple[PersonId, bool]] = field(default_factory=list)
    #: How fresh each press of theirs had to be read.
    freshness: list[Freshness] = field(default_factory=list)

    async def admit(
        self,
        actor: Actor,
        groups: frozenset[str] | None,  # noqa: ARG002 - see the port
        *,
        freshness: Freshness = Freshness.LIVE,
    ) -> Admission:
        self.freshness.append(freshness)
        return self._said(actor.id, pressed=True)

    async def admit_again(
        self,
        person: PersonId,
        groups: frozenset[str],  # noqa: ARG002 - see the port
        *,
        after: Admission | None = None,  # noqa: ARG002
    ) -> Admission:
        return self._said(person, pressed=False)

    def _said(self, person: PersonId, *, pressed: bool) -> Admission:
        self.asked.append((person, pressed))
        said = self.said.get(person, SENIOR)
        if isinstance(said, Exception):
            raise said
        return Admission(person=person, groups=said, read_at=NOON)

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:  # noqa: ARG002 - see the port
        return True

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:  # noqa: ARG002 - see the port
        return True


class Quiet:
    """Channels that nothing is the matter with."""

    async def trouble(self, channel: str) -> Trouble | None:  # noqa: ARG002 - see the port
        return None


@dataclass
class Shop:
    """All of them, and production's wiring of them; `channels` and `history` are for what asks for an approval."""

    seconds: Callable[[], float] = lambda: 0.0
    shelf: Shelf = field(default_factory=lambda: Shelf(check=may(), found=coupon()))
    till: Till = field(default_factory=Till)
    groups: Groups = field(default_factory=Groups)
    channels: Channels = field(default_factory=Quiet)
    history: HistoryEngine = NO_PORTS.history
    configuration: DeskConfiguration = CONFIGURATION
    forgotten: list[CustomerId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = FakeRequests(self.seconds)
        self.tasks = TaskSet()

    def forget(self, customer: CustomerId) -> None:
        self.forgotten.append(customer)

    def use_cases(self) -> UseCases:
        ports = replace(
            NO_PORTS,
            changes=LedgerChanges(),
            requests=self.ledger,
            attempts=HeldAttempts(),
            engine=self.shelf,
            redeeming=self.till,
            history=self.history,
            rights=self.groups,
            channels=self.channels,
            now=lambda: NOON,
            monotonic=self.seconds,
            spawn=self.tasks.spawn,
        )
        return bootstrap(self.configuration, TIMING, ports)
