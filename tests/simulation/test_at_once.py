"""Many submissions at the same moment: each coupon is redeemed once, and limits are exact."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from bot.domain.coupon import CouponCode, Discount, DiscountKind
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft
from bot.domain.errors import LedgerUnavailable
from bot.domain.limits import Limits
from bot.domain.person import Actor
from bot.domain.redemption import RequestId, State, Stop, Terms
from bot.domain.worth import Worth
from bot.sandbox.engine.capillary import REDEEM
from tests.long import long
from tests.simulation.desks import (
    A_MINUTE_S,
    DISPLAY,
    PATIENCE_S,
    POLICY,
    SENIOR,
    Desk,
    Moods,
    Place,
    Set,
    place,
)
from tests.simulation.happenings import Happenings
from tests.simulation.invariants import World, check, watch
from tests.simulation.ledger import A_LITTLE_S, Ledger

ASHA = 700000001
#: The first is of 200 submissions.
ROUNDS = 6
TRIES = 5
HUNDRED = Discount(kind=DiscountKind.AMOUNT, value=Decimal(100))


def confirmed(number: int, code: CouponCode, by: Actor = SENIOR) -> Draft:
    """A form that stands at its confirmation."""
    draft_id = RequestId(f"AT-ONCE{number:09d}"[::-1])
    terms = Terms(
        requester=by.id,
        customer=CustomerId(str(ASHA)),
        code=code,
        discount=HUNDRED,
        worth=Worth(amount=Decimal(100)),
        bill=Decimal(1200),
        takes_off=Decimal(100),
        bill_number=f"AT-{number}",
        generated=True,
        reason="Till offline",
        rule="small",
        approvals=0,
    )
    return Draft(
        id=draft_id,
        requester=by.id,
        customer=terms.customer,
        code=code,
        generated_number=terms.bill_number,
        review=1,
        terms=terms,
    )


@asynccontextmanager
async def desks(here: Place, set_: Set, many: int) -> AsyncIterator[list[Desk]]:
    running = [Desk(here, set_, Moods(), Happenings()) for _ in range(many)]
    yield running
    for desk in running:
        await desk.bury()


def issued(here: Place, many: int) -> list[CouponCode]:
    customers = here.engine.customers
    owner = customers.by_id(ASHA)
    assert owner is not None
    return [CouponCode(customers.add_coupon(owner, f"ATONCE{number}").code) for number in range(many)]


async def submits(desk: Desk, draft: Draft, by: Actor) -> None:
    """Again, as a person does it, where a busy machine could not write it down."""
    for _ in range(TRIES):
        with suppress(LedgerUnavailable):
            made = await desk.confirm_redemption(draft.id, draft.review, by=by, window=None)
            if made.ours and made.row.state is State.NEW:
                await desk.spend(made.row, by=by)
            return


async def all_at_once(running: Sequence[Desk], drafts: Sequence[Draft]) -> None:
    """Each by another desk than the one before."""
    for draft in drafts:
        await running[0].drafts.keep(draft)
    await asyncio.gather(
        *(
            submits(running[number % len(running)], draft, Actor(id=draft.requester, team="T0DESK"))
            for number, draft in enumerate(drafts)
        )
    )


async def delivered(world: World, here: Place, desk: Desk) -> None:
    """Until every message shows how it stands."""
    await desk.quiet()
    while (due_in_s := world.ledger.due_in_s()) is not None:
        here.minute_passes()
        world.ledger.passes(max(due_in_s, 0.0) + A_LITTLE_S)
        await desk.quiet()


@long
async def test_200_submissions_for_50_coupons_on_two_instances_make_50_redemptions(
    tmp_path: Path, postgres_server: str
) -> None:
    """A machine too busy to send in time says so, or lets it expire, and then people submit it again."""
    async with place(tmp_path, postgres_server, call_s=PATIENCE_S) as here:
        url = await here.database(postgres=True)
        set_ = Set(url=url, policy=replace(POLICY, limits=Limits()), call_s=20.0)
        codes, numbers, ledger = issued(here, 50), count(), Ledger.open(url)
        async with desks(here, set_, 2) as running:
            for _ in range(ROUNDS):
                left = [code for code in codes if uses(here, code) == 0]
                drafts = [confirmed(next(numbers), code) for _ in range(4) for code in left]
                await all_at_once(running, drafts)
                # Nobody spends any more what was written down before.
                ledger.passes(A_MINUTE_S)
                await running[0].sweep()
        ended = Counter(row.state for row in ledger.requests())
        ledger.close()

    assert [uses(here, code) for code in codes] == [1] * 50
    assert here.engine.count(REDEEM) == 50
    assert ended[State.REDEEMED] == 50
    assert set(ended) <= {State.REDEEMED, State.REFUSED, State.NOT_SENT, State.EXPIRED}


def uses(here: Place, code: CouponCode) -> int:
    coupon = here.engine.customers.coupon(code)
    assert coupon is not None
    return len(coupon.redemptions)


@pytest.mark.parametrize("postgres", [False, True], ids=["sqlite", "postgres"])
async def test_10_at_once_against_a_limit_of_3_are_3(
    tmp_path: Path, postgres_server: str, postgres: bool
) -> None:
    """
    Whoever was not served tries again: a machine too busy to send in time has given their share back.

    Once three are redeemed, all others try once more.
    """
    policy = replace(POLICY, limits=Limits(count=3))
    async with place(tmp_path, postgres_server, call_s=PATIENCE_S) as here:
        set_ = Set(url=await here.database(postgres=postgres), policy=policy, call_s=20.0)
        codes, numbers = issued(here, 10), count()
        world = World(Ledger.open(set_.url), here.engine, here.slack, DISPLAY)
        watch(world)
        async with desks(here, set_, 2 if postgres else 1) as running:
            for _ in range(ROUNDS):
                left = [code for code in codes if uses(here, code) == 0]
                await all_at_once(running, [confirmed(next(numbers), code) for code in left])
                await delivered(world, here, running[0])
                if len(left) <= len(codes) - 3:
                    break
        # So many messages to one person at once are more than Slack takes; each is posted when it asks for it.
        here.slack.faults[:] = [fault for fault in here.slack.faults if "ratelimited" not in fault]
        check(world)
        ended = Counter((row.state, row.outcome.stop) for row in world.ledger.requests())
        used = list(world.ledger.usage().values())
        world.ledger.close()

    assert ended[State.REDEEMED, None] == 3
    assert ended[State.REFUSED, Stop.COUNT_LIMIT] > 0
    assert set(ended) <= {
        (State.REDEEMED, None),
        (State.REFUSED, Stop.COUNT_LIMIT),
        (State.NOT_SENT, Stop.TOO_LATE),
        (State.EXPIRED, None),
    }
    assert here.engine.count(REDEEM) == 3
    assert [redeemed for redeemed, _ in used] == [3]
