"""Many presses at one time, on several instances where the database serves several."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.errors import VersionConflict
from bot.domain.limits import Limits, Usage
from bot.domain.redemption import Redemption, RequestId, State, Stop
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import AGENT, LONG, NOON, TERMS, TODAY, another_coupon, audit, make, new_id


def desks(instances: Sequence[Database], times: int) -> list[LedgerRequests]:
    """Return the instances in turn."""
    return [LedgerRequests(instances[number % len(instances)]) for number in range(times)]


async def test_of_twenty_at_once_the_limit_lets_five_through(instances: list[Database]) -> None:
    limits = Limits(count=5)

    rows = await asyncio.gather(
        *(make(desk, another_coupon("12.34"), limits=limits) for desk in desks(instances, 20))
    )

    assert Counter(row.state for row in rows) == {State.NEW: 5, State.REFUSED: 15}
    assert Counter(row.outcome.stop for row in rows) == {None: 5, Stop.COUNT_LIMIT: 15}
    used = await LedgerRequests(instances[0]).usage(AGENT, TODAY)
    assert used == Usage(count=5, value=Decimal("61.70"))


async def test_of_twenty_at_once_the_value_limit_lets_three_through(instances: list[Database]) -> None:
    limits = Limits(value=Decimal("0.30"))

    rows = await asyncio.gather(
        *(make(desk, another_coupon("0.10"), limits=limits) for desk in desks(instances, 20))
    )

    assert Counter(row.outcome.stop for row in rows) == {None: 3, Stop.VALUE_LIMIT: 17}
    used = await LedgerRequests(instances[0]).usage(AGENT, TODAY)
    assert used == Usage(count=3, value=Decimal("0.30"))


async def test_of_twenty_requests_for_one_coupon_one_is_open(instances: list[Database]) -> None:
    rows = await asyncio.gather(*(make(desk, TERMS) for desk in desks(instances, 20)))

    assert Counter(row.outcome.stop for row in rows) == {None: 1, Stop.ALREADY_OPEN: 19}
    assert (await LedgerRequests(instances[0]).usage(AGENT, TODAY)).count == 1


async def test_one_form_delivered_ten_times_at_once_is_one_request(instances: list[Database]) -> None:
    limits, one = Limits(count=1), RequestId("one")
    made = await asyncio.gather(
        *(
            desk.make(one, TERMS, made_at=NOON, day=TODAY, limits=limits, begin_in_s=LONG)
            for desk in desks(instances, 10)
        )
    )
    rows = [one.row for one in made]

    assert Counter(one.ours for one in made) == {True: 1, False: 9}
    assert rows[0].state is State.NEW
    assert rows == [rows[0]] * 10
    assert await audit(instances[0]) == [("made", AGENT, None, "new")]
    assert (await LedgerRequests(instances[0]).usage(AGENT, TODAY)).count == 1


async def test_one_form_delivered_ten_times_is_refused_once(instances: list[Database]) -> None:
    rows = await asyncio.gather(
        *(
            make(desk, TERMS, request_id=RequestId("one"), limits=Limits(count=0))
            for desk in desks(instances, 10)
        )
    )

    assert rows[0].outcome.stop is Stop.COUNT_LIMIT
    assert rows == [rows[0]] * 10
    assert await audit(instances[0]) == [("made", AGENT, None, "refused")]


async def test_of_ten_who_send_one_request_one_does(instances: list[Database]) -> None:
    first = LedgerRequests(instances[0])
    approved = await first.move(await make(first), State.APPROVED)

    ends = await asyncio.gather(
        *(desk.move(approved, State.SENDING, Change(send_in_s=LONG)) for desk in desks(instances, 10)),
        return_exceptions=True,
    )

    assert Counter(type(end) for end in ends) == {Redemption: 1, VersionConflict: 9}
    assert [to for _, _, _, to in await audit(instances[0])] == ["new", "approved", "sending"]


async def test_of_ten_who_add_facts_to_one_request_one_does(instances: list[Database]) -> None:
    first = LedgerRequests(instances[0])
    made = await make(first)

    ends = await asyncio.gather(
        *(desk.move(made, State.NEW, Change(looks=9)) for desk in desks(instances, 10)),
        return_exceptions=True,
    )

    assert Counter(type(end) for end in ends) == {Redemption: 1, VersionConflict: 9}


async def test_a_limit_given_back_ten_times_at_once_comes_back_once(instances: list[Database]) -> None:
    first = LedgerRequests(instances[0])
    await make(first, another_coupon())
    row = await make(first)

    await asyncio.gather(
        *(desk.move(row, State.REFUSED) for desk in desks(instances, 10)), return_exceptions=True
    )

    assert (await first.usage(AGENT, TODAY)).count == 1


async def test_an_end_and_the_next_request_for_the_coupon_do_not_lock_each_other_out(
    instances: list[Database],
) -> None:
    """Both change the coupon's request and the requester's day."""
    first = LedgerRequests(instances[0])
    for _ in range(6):
        terms = replace(TERMS, code=another_coupon().code)
        open_one = await make(first, terms)

        ended, *_ = await asyncio.gather(
            first.move(open_one, State.REFUSED),
            *(make(desk, terms, request_id=new_id()) for desk in desks(instances, 3)),
        )

        assert ended.state is State.REFUSED
