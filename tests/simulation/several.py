"""What chance decides of several redemptions by hand that meet: on one coupon, for one bill, with a till between them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.sandbox.engine.faults import Fault, Twice, WithoutId
from tests.simulation.happenings import Blow, Phase
from tests.simulation.schedules import LATE, POST_FAULTS, Act, Kind, Schedule, blow, drawn_one

TWICE, WITHOUT_ID = "sent twice", "yes without an id"
POSTS: dict[str, Callable[[asyncio.Event], Fault | None]] = {
    **POST_FAULTS,
    TWICE: lambda _: Twice(),
    WITHOUT_ID: lambda _: WithoutId(),
}
_OFTEN = {
    "none": 30,
    "drop before commit": 12,
    "commit then drop": 14,
    LATE: 10,
    TWICE: 8,
    WITHOUT_ID: 8,
    "429": 4,
    "no": 4,
    "748": 4,
}


#: So often a press waits for something at most, from the confirmation to its outcome.
MOST_WAITS = 220
#: Share of the schedules on PostgreSQL in which its server is killed: each takes a second to start again.
CRASHES = 0.15


class Gap(StrEnum):
    """What passes before the next one is asked for."""

    NOTHING = "nothing"
    LOOK = "one wait"
    LOOKS = "three waits"
    DAY = "all that is due"


class Bill(StrEnum):
    """Which number somebody at the till types."""

    SAME = "that of the typed requests"
    ANOTHER = "another"


class Lost(StrEnum):
    """What the database forgets after the call, and everything since then with it."""

    APPROVED = "sending"
    NEW = "all since it was made"


class Ends(StrEnum):
    """How a process ends in the middle."""

    KILLED = "killed"
    STOPPED = "told to stop"
    CUT_SHORT = "told to stop, and cut short"


class Policies(StrEnum):
    """What the policy files say with which the desks of one run are started, in turn."""

    SAME = "the same"
    ASKS_MORE = "the second asks for every approval"
    OTHERS = "the second asks others"


class Says(StrEnum):
    """What a person says of an unknown outcome."""

    TRUE = "what is so"
    REDEEMED = "redeemed"
    NOT = "not redeemed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """
    One request.

    Attributes:
        gap: what passes before it.
        early: it was reviewed before the one before was confirmed.
        beside: and is confirmed at the same moment.
        other: it is for another coupon, which nobody else asks for.
        customer: which of those who hold the coupon.
        till: a till redeems the coupon before it, for this bill, for `till_by` of those who hold it.
        cancelled: while it waits for so many things, its task is cancelled; 0 is never.
        late: waits after which a call that hung is worked on after all.
        lost: what the database forgets of it.
        says: what a person settles it with, where it is unknown after so many waits.

    """

    gap: Gap
    early: bool
    beside: bool
    other: bool
    customer: int
    typed: bool
    till: Bill | None
    till_by: int
    post: str
    deliveries: int
    cancelled: int
    death: Blow | None
    ends: Ends
    late: int
    lost: Lost | None
    act: Act
    says: tuple[Says, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """
    Everything that chance decides.

    Attributes:
        base: seed, database, coupon, and whether the engine's answers name the redemption.
        asks: whether somebody else must approve each.
        customers: how many hold the coupon; of more than one it belongs to nobody in particular.
        crash: the database's server is killed at this port call and started again, without what it had not written.

    """

    base: Schedule
    asks: bool
    customers: int
    policies: Policies
    crash: Blow | None
    parts: tuple[Part, ...]

    @property
    def seed(self) -> int:
        return self.base.seed


def plain_part() -> Part:
    """One request that nothing befalls."""
    return Part(
        gap=Gap.NOTHING,
        early=False,
        beside=False,
        other=False,
        customer=0,
        typed=False,
        till=None,
        till_by=0,
        post="none",
        deliveries=1,
        cancelled=0,
        death=None,
        ends=Ends.KILLED,
        late=0,
        lost=None,
        act=Act.APPROVE,
        says=None,
    )


def drawn_several(seed: int) -> Several:
    """The schedule of this seed, the same on every machine."""
    chance = random.Random(f"several {seed}")
    base = replace(
        drawn_one(seed),
        kind=chance.choices(list(Kind), weights=(35, 35, 10, 20))[0],
        lakh=False,
        till_known=True,
        window_s=12.0,
        late=0,
        reads=(),
        reads_at_looks=(),
        lag=0,
        till=None,
        slack_down=0,
        mood="yes",
        deaths=(),
        cuts=(),
        approval=None,
        replay=chance.random() < 0.2,
    )
    typed = chance.random() < 0.6
    count = chance.choices((2, 3, 4), weights=(50, 35, 15))[0]
    customers = chance.choices((1, 2, 3), weights=(65, 25, 10))[0]
    crashes = base.postgres and chance.random() < CRASHES
    parts = tuple(_part(chance, typed=typed, customers=customers, crashes=crashes) for _ in range(count))
    return Several(
        base=base,
        asks=chance.random() < 0.3,
        customers=customers,
        policies=chance.choices(list(Policies), weights=(70, 15, 15))[0],
        crash=blow(chance, chance.choice((Phase.CONFIRM, Phase.SETTLE))) if crashes else None,
        parts=parts,
    )


def _part(chance: random.Random, *, typed: bool, customers: int, crashes: bool) -> Part:
    post = chance.choices(list(_OFTEN), weights=list(_OFTEN.values()))[0]
    # What a promoted standby has forgotten cannot be told from what a crash has lost.
    loses = chance.random() < 0.2 and not crashes and post != LATE
    lost = chance.choice(list(Lost)) if loses else None
    early = chance.random() < 0.25
    return Part(
        gap=chance.choices(list(Gap), weights=(40, 20, 15, 25))[0],
        early=early,
        beside=early and chance.random() < 0.5,
        other=chance.random() < 0.12,
        customer=chance.randrange(customers),
        typed=typed and chance.random() < 0.8,
        till=chance.choice(list(Bill)) if chance.random() < 0.25 else None,
        till_by=chance.randrange(customers),
        post=post,
        deliveries=chance.choice((1, 1, 1, 2)),
        cancelled=chance.randint(1, MOST_WAITS) if chance.random() < 0.2 else 0,
        death=blow(chance, Phase.CONFIRM) if chance.random() < 0.35 else None,
        ends=chance.choices(list(Ends), weights=(50, 25, 25))[0],
        late=chance.randint(0, 6),
        lost=lost,
        act=chance.choices((Act.APPROVE, Act.REJECT, Act.WITHDRAW), weights=(84, 8, 8))[0],
        says=(chance.choice((Says.TRUE, Says.TRUE, *Says)), chance.randint(1, 4))
        if chance.random() < 0.4
        else None,
    )


def drawn(seed: int) -> Schedule | Several:
    """Of an even seed one request, of an odd one several that meet."""
    return drawn_several(seed) if seed % 2 else drawn_one(seed)
