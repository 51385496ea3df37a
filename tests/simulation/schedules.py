"""What chance decides of one redemption by hand: crashes and faults on its way, from the form to the last look."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.coupon import CouponCode
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.sandbox.engine import capillary
from bot.sandbox.engine.faults import (
    Code,
    Drop,
    DropAfter,
    Fault,
    Hang,
    Html,
    Status,
    TooMany,
    Unauthorized,
    Unreadable,
)
from tests.simulation.desks import GROUPS
from tests.simulation.happenings import Blow, Phase, When

#: The customer with 100 000 coupons; of every ten the first seven are open.
LAKH, LAKH_PREFIX, LAKH_OPEN = "700100000", "LK", 7


class Kind(StrEnum):
    SINGLE = "single"
    SEVERAL = "several"
    LAST = "last of several"
    UNLIMITED = "unlimited"


class TillAt(StrEnum):
    """When a till redeems the same coupon."""

    WAIT = "while it waits for an approval"
    CHECK = "before the check"
    CALL = "before the call"
    ANSWER = "after the call"
    LOOK = "before a look"


class Act(StrEnum):
    """What somebody does with a request that waits for an approval."""

    APPROVE = "approved"
    APPROVE_OWN = "approved by whoever asked"
    REJECT = "rejected"
    WITHDRAW = "withdrawn"


class Grows(StrEnum):
    """When the coupon becomes worth more than what was asked for."""

    WAIT = "while it waits"
    SPEND = "between decision and spend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """
    How a request fares that somebody else must approve.

    Attributes:
        acts: all at the same moment; none: nobody answers until it expires.
        grows: whereupon it is asked for again.
        reads_fail: when the faults of reads begin.

    """

    acts: tuple[Act, ...]
    grows: Grows | None
    proved: str
    reads_fail: Phase
    deaths: tuple[Blow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """
    Everything that chance decides.

    Attributes:
        approval: None where the rule asks for none.
        post: what befalls the redeem call; `late` is when a call that hung is worked on after all: so many
            waits later, or 0 at once.
        reads: faults of reads, each by its path.
        lag: reads that do not see what was redeemed.
        slack_down: waits for which Slack takes no message.

    """

    seed: int
    postgres: bool
    instances: int
    kind: Kind
    lakh: bool
    typed: bool
    till_known: bool
    window_s: float
    post: str
    late: int
    reads: tuple[tuple[str, str, int], ...]
    reads_at_looks: tuple[tuple[str, str, int], ...]
    lag: int
    id_told: bool
    deliveries: int
    replay: bool
    till: TillAt | None
    same_bill: bool
    slack_down: int
    window_closed: bool
    mood: str
    deaths: tuple[Blow, ...]
    cuts: tuple[Blow, ...]
    approval: Approval | None

    @property
    def clean(self) -> bool:
        """Nothing makes a call be repeated."""
        return not self.reads and not self.reads_at_looks


LATE = "no answer, worked on later"
POST_FAULTS: dict[str, Callable[[asyncio.Event], Fault | None]] = {
    "none": lambda _: None,
    "drop before commit": lambda _: Drop(),
    "commit then drop": lambda _: DropAfter(),
    "commit then no answer": lambda event: Hang(event, after=True),
    LATE: Hang,
    "unreadable": lambda _: Unreadable(),
    "500": lambda _: Status(500, "oops"),
    "502": lambda _: Status(502, "<html/>"),
    "748": lambda _: Code(748, "Redemption failed"),
    "683": lambda _: Code(683, "Redemption failed"),
    "no": lambda _: Code(713, "Coupon has expired", status=500),
    "401": lambda _: Unauthorized(),
    "429": lambda _: TooMany("1"),
    "a page": lambda _: Html(),
}
READ_FAULTS: dict[str, Callable[[], Fault]] = {
    "500": lambda: Status(500, "oops"),
    "drop": Drop,
    "unreadable": Unreadable,
    "page": Html,
    "429": lambda: TooMany(None),
    "503": lambda: Status(503, "<html/>"),
}
READS = (capillary.IS_REDEEMABLE, capillary.COUPON, capillary.HISTORY)
MOODS: dict[str, tuple[frozenset[str] | Exception, ...]] = {
    "yes": (),
    "no": (NotAllowed(Denial.GROUP),),
    "not known": (CouldNotVerify(),),
    "another group": (frozenset({"S0AGENTS"}),),
}
#: What Slack says next of whoever asked, and of whoever decides: of these first at the press, then at the spend.
PROVED: dict[str, tuple[tuple[frozenset[str] | Exception, ...], tuple[frozenset[str] | Exception, ...]]] = {
    "yes": ((), ()),
    "requester gone at spend": ((NotAllowed(Denial.GROUP),), ()),
    "requester not known at spend": ((CouldNotVerify(),), ()),
    "approver not allowed": ((), (NotAllowed(Denial.GROUP),)),
    "approver gone at spend": ((), (GROUPS, NotAllowed(Denial.GROUP))),
    "approver not known at spend": ((), (GROUPS, CouldNotVerify())),
}
ACTS: tuple[tuple[tuple[Act, ...], int], ...] = (
    ((Act.APPROVE,), 40),
    ((Act.APPROVE, Act.APPROVE), 20),
    ((Act.APPROVE, Act.REJECT), 8),
    ((Act.APPROVE, Act.WITHDRAW), 8),
    ((Act.APPROVE_OWN, Act.APPROVE), 6),
    ((Act.APPROVE_OWN,), 4),
    ((Act.REJECT,), 4),
    ((Act.WITHDRAW,), 4),
    ((), 6),
)

#: Port calls of each phase: how many a desk may make, and how often chance is to choose one of them.
POINTS: dict[Phase, tuple[tuple[str, int, int], ...]] = {
    Phase.FORM: (
        ("rights.admit", 2, 2),
        ("engine.redeemability", 2, 2),
        ("engine.coupon_record", 2, 1),
        ("drafts.keep", 3, 3),
        ("drafts.recall", 1, 1),
        ("requests.usage", 1, 1),
        ("requests.open_for", 2, 1),
        ("requests.redeemed_lately", 1, 1),
    ),
    Phase.CONFIRM: (
        ("requests.get", 1, 1),
        ("drafts.recall", 1, 1),
        ("requests.make", 1, 2),
        ("rights.admit", 1, 1),
        ("engine.redeemability", 1, 1),
        ("engine.coupon_record", 1, 1),
        ("redeeming.uses", 2, 2),
        ("requests.move", 4, 8),
        ("redeeming.redeem", 1, 4),
        ("requests.due", 2, 1),
        ("outbox.take", 4, 2),
        ("outbox.delivered", 3, 3),
        ("outbox.put_back", 2, 1),
    ),
    Phase.DECIDE: (
        ("requests.get", 2, 1),
        ("rights.admit", 2, 2),
        ("rights.admit_again", 2, 2),
        ("engine.redeemability", 1, 2),
        ("redeeming.uses", 1, 2),
        ("requests.move", 4, 10),
        ("redeeming.redeem", 1, 4),
        ("outbox.take", 4, 2),
        ("outbox.delivered", 4, 3),
    ),
    Phase.SETTLE: (
        ("requests.due", 4, 1),
        ("requests.move", 5, 6),
        ("redeeming.uses", 4, 4),
        ("requests.get", 1, 1),
        ("outbox.take", 5, 2),
        ("outbox.delivered", 4, 4),
        ("outbox.put_back", 2, 1),
    ),
}


def drawn_one(seed: int) -> Schedule:
    """The schedule of one request with this seed, the same on every machine."""
    chance = random.Random(seed)
    lakh = chance.random() < 0.1
    kind = chance.choices(list(Kind), weights=(50, 25, 15, 10))[0]
    on_postgres = chance.random() < 0.25
    post = chance.choices(list(POST_FAULTS), weights=(35, 8, 14, 7, 6, 6, 6, 3, 6, 2, 3, 2, 2, 2))[0]
    reads_a_look = 1 if kind is Kind.SINGLE else 2
    return Schedule(
        seed=seed,
        postgres=on_postgres,
        instances=chance.choice((1, 2)) if on_postgres else 1,
        kind=kind,
        lakh=lakh,
        typed=chance.random() < 0.5,
        till_known=chance.random() < 0.85,
        window_s=chance.choice((12.0, 12.0, 40.0)),
        post=post,
        late=chance.randint(0, 6) if post == LATE else 0,
        reads=_read_faults(chance, 0.12),
        reads_at_looks=_read_faults(chance, 0.3),
        # More would hide it from the look a day later, too.
        lag=0 if post == LATE else chance.choice((0, 0, 0, 0, 0, 1, 2, 3)) * reads_a_look,
        id_told=chance.random() < 0.8,
        deliveries=chance.choice((1, 1, 2, 3)),
        replay=chance.random() < 0.3,
        till=chance.choice(list(TillAt)) if chance.random() < 0.4 else None,
        same_bill=chance.random() < 0.5,
        slack_down=chance.choice((1, 2, 4)) if chance.random() < 0.25 else 0,
        window_closed=chance.random() < 0.2,
        mood=chance.choices(list(MOODS), weights=(88, 4, 4, 4))[0],
        deaths=_deaths(chance),
        cuts=_cuts(chance),
        approval=_approval(chance) if chance.random() < 0.35 else None,
    )


def _approval(chance: random.Random) -> Approval:
    acts = chance.choices([acts for acts, _ in ACTS], weights=[often for _, often in ACTS])[0]
    return Approval(
        acts=acts,
        grows=chance.choice(list(Grows)) if chance.random() < 0.25 else None,
        proved=chance.choices(list(PROVED), weights=(80, 4, 4, 4, 4, 4))[0],
        reads_fail=chance.choice((Phase.CONFIRM, Phase.DECIDE)),
        deaths=(blow(chance, Phase.DECIDE),) if chance.random() < 0.5 else (),
    )


def _read_faults(chance: random.Random, likely: float) -> tuple[tuple[str, str, int], ...]:
    if chance.random() >= likely:
        return ()
    return ((chance.choice(READS), chance.choice(list(READ_FAULTS)), chance.randint(1, 5)),)


def _deaths(chance: random.Random) -> tuple[Blow, ...]:
    deaths = []
    if chance.random() < 0.08:
        deaths.append(blow(chance, Phase.FORM))
    if chance.random() < 0.65:
        deaths.append(blow(chance, Phase.CONFIRM))
    if chance.random() < 0.35:
        deaths += [blow(chance, Phase.SETTLE) for _ in range(chance.randint(1, 2))]
    return tuple(deaths)


def _cuts(chance: random.Random) -> tuple[Blow, ...]:
    if chance.random() >= 0.15:
        return ()
    cut = blow(chance, chance.choice((Phase.CONFIRM, Phase.SETTLE)))
    return (cut,) if cut.point.startswith(("requests.", "outbox.", "drafts.")) else ()


def blow(chance: random.Random, phase: Phase) -> Blow:
    point, last, _ = chance.choices(POINTS[phase], weights=[often for _, _, often in POINTS[phase]])[0]
    return Blow(phase, point, chance.randint(1, last), chance.choice(list(When)))


def code_of(schedule: Schedule) -> CouponCode:
    """A coupon that no other schedule has."""
    if not schedule.lakh:
        return CouponCode(f"PROOF{schedule.seed}")
    return CouponCode(f"{LAKH_PREFIX}{schedule.seed % 10_000 * 10 + schedule.seed % LAKH_OPEN:06d}")
