"""What chance decides of several redemptions by hand that meet: on one coupon, for one bill, with a till between them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.sandbox.engine.faults import Fault, Twice
from tests.simulation.desks import Blow, Phase
from tests.simulation.schedules import LATE, POST_FAULTS, Act, Kind, Schedule, blow, drawn_one

TWICE = "sent twice"
POSTS: dict[str, Callable[[asyncio.Event], Fault | None]] = {**POST_FAULTS, TWICE: lambda _: Twice()}
_OFTEN = {
    "none": 30,
    "drop before commit": 12,
    "commit then drop": 14,
    LATE: 10,
    TWICE: 8,
    "429": 4,
    "no": 4,
    "748": 4,
}


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
        till: a till redeems the coupon before it, for this bill.
        late: waits after which a call that hung is worked on after all.
        lost: what the database forgets of it.
        says: what a person settles it with, where it is unknown after so many waits.

    """

    gap: Gap
    early: bool
    beside: bool
    other: bool
    typed: bool
    till: Bill | None
    post: str
    deliveries: int
    death: Blow | None
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

    """

    base: Schedule
    asks: bool
    parts: tuple[Part, ...]

    @property
    def seed(self) -> int:
        return self.base.seed


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
    parts = tuple(_part(chance, typed=typed, postgres=base.postgres) for _ in range(count))
    return Several(base=base, asks=chance.random() < 0.3, parts=parts)


def _part(chance: random.Random, *, typed: bool, postgres: bool) -> Part:
    post = chance.choices(list(_OFTEN), weights=list(_OFTEN.values()))[0]
    lost = chance.choice(list(Lost)) if chance.random() < 0.2 and not postgres and post != LATE else None
    early = chance.random() < 0.25
    return Part(
        gap=chance.choices(list(Gap), weights=(40, 20, 15, 25))[0],
        early=early,
        beside=early and chance.random() < 0.5,
        other=chance.random() < 0.12,
        typed=typed and chance.random() < 0.8,
        till=chance.choice(list(Bill)) if chance.random() < 0.25 else None,
        post=post,
        deliveries=chance.choice((1, 1, 1, 2)),
        death=blow(chance, Phase.CONFIRM) if chance.random() < 0.25 else None,
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
