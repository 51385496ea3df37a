"""A requester's limits of a day: taken with the request, given back by an end without a redemption."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from bot.adapters.ledger import tables
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.redemption import Outcome, Redemption, State, Stop
from bot.domain.request_errors import Stopped
from bot.domain.transitions import Change
from bot.domain.worth import Worth
from tests.adapters.ledger.facts import (
    AGENT,
    LONG,
    NOON,
    SENIOR,
    TODAY,
    another_coupon,
    make,
    new_id,
    reasons,
    walk,
)

APPROVED, SENDING, UNKNOWN = State.APPROVED, State.SENDING, State.UNKNOWN


async def test_the_count_of_a_day_is_a_limit(database: Database, requests: LedgerRequests) -> None:
    limits = Limits(count=2)

    rows = [await make(requests, another_coupon(), limits=limits) for _ in range(3)]

    assert [row.state for row in rows] == [State.NEW, State.NEW, State.REFUSED]
    used = Usage(count=2, value=Decimal(200))
    assert rows[2].outcome == Outcome(
        stop=Stop.COUNT_LIMIT, at_limit=AtLimit(limits=limits, used=used, worth=Decimal(100))
    )
    assert rows[2].due_at is None
    assert await requests.usage(AGENT, TODAY) == used
    why = (await reasons(database))[2]
    assert (why["stop"], why["count"], why["value"]) == ("count_limit", 2, "200.0000")


async def test_the_value_of_a_day_is_a_limit(requests: LedgerRequests) -> None:
    limits = Limits(count=9, value=Decimal(250))

    rows = [await make(requests, another_coupon("100"), limits=limits) for _ in range(3)]
    small = await make(requests, another_coupon("50"), limits=limits)

    assert [row.state for row in rows] == [State.NEW, State.NEW, State.REFUSED]
    used = Usage(count=2, value=Decimal(200))
    assert rows[2].outcome == Outcome(
        stop=Stop.VALUE_LIMIT, at_limit=AtLimit(limits=limits, used=used, worth=Decimal(100))
    )
    assert small.state is State.NEW
    assert await requests.usage(AGENT, TODAY) == Usage(count=3, value=Decimal(250))


async def test_fractions_add_up_exactly(requests: LedgerRequests) -> None:
    limits = Limits(value=Decimal("0.30"))

    rows = [await make(requests, another_coupon("0.10"), limits=limits) for _ in range(4)]

    assert [row.state for row in rows] == [State.NEW, State.NEW, State.NEW, State.REFUSED]
    assert (await requests.usage(AGENT, TODAY)).value == Decimal("0.30")


async def test_what_is_finer_than_any_currency_is_rounded_up(requests: LedgerRequests) -> None:
    """A share of a bill may have any number of decimals; none of them slips past the limit."""
    row = await make(requests, another_coupon("99.99999"), limits=Limits(value=Decimal("99.99999")))
    assert row.outcome.stop is Stop.VALUE_LIMIT

    await make(requests, another_coupon("99.99999"), limits=Limits(value=Decimal(100)))
    assert (await requests.usage(AGENT, TODAY)).value == Decimal(100)


async def test_an_absurd_worth_is_refused_like_any_other(requests: LedgerRequests) -> None:
    row = await make(requests, another_coupon("1E+40"), limits=Limits(value=Decimal(1000)))

    assert row.outcome.stop is Stop.VALUE_LIMIT


async def test_each_requester_and_day_has_limits_of_its_own(requests: LedgerRequests) -> None:
    limits = Limits(count=1)
    await make(requests, another_coupon(), limits=limits)

    of_another = await make(requests, another_coupon(requester=SENIOR), limits=limits)
    tomorrow = await requests.make(
        new_id(),
        another_coupon(),
        made_at=NOON,
        day=TODAY + timedelta(days=1),
        limits=limits,
        begin_in_s=LONG,
    )

    assert {of_another.state, tomorrow.row.state} == {State.NEW}


@pytest.mark.parametrize(
    "way",
    [
        (State.REFUSED,),
        (APPROVED, State.REFUSED),
        (State.WAITING, State.REJECTED),
        (State.WAITING, State.WITHDRAWN),
        (State.WAITING, State.EXPIRED),
        (APPROVED, SENDING, State.REFUSED),
        (APPROVED, SENDING, State.NOT_SENT),
        (APPROVED, SENDING, UNKNOWN, State.NOT_REDEEMED),
    ],
    ids=" ".join,
)
async def test_an_end_without_a_redemption_gives_the_limit_back_once(
    requests: LedgerRequests, way: tuple[State, ...]
) -> None:
    await make(requests, another_coupon("30"))
    over = await walk(requests, await make(requests, another_coupon("70")), *way)

    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(30))

    await requests.move(over, over.state, Change(looks=1))
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(30))


@pytest.mark.parametrize("way", [(), (State.REDEEMED,), (UNKNOWN,), (UNKNOWN, State.REDEEMED)], ids=" ".join)
async def test_what_is_or_may_be_redeemed_keeps_its_share(
    requests: LedgerRequests, way: tuple[State, ...]
) -> None:
    await walk(requests, await make(requests, another_coupon("70")), APPROVED, SENDING, *way)

    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(70))


async def test_a_redemption_found_afterwards_counts_whatever_the_limit(requests: LedgerRequests) -> None:
    limits = Limits(count=1)
    gone = await walk(
        requests,
        await make(requests, another_coupon(), limits=limits),
        APPROVED,
        SENDING,
        UNKNOWN,
        State.NOT_REDEEMED,
    )
    await make(requests, another_coupon(), limits=limits)

    await requests.move(gone, State.REDEEMED)

    assert await requests.usage(AGENT, TODAY) == Usage(count=2, value=Decimal(200))


async def test_a_refused_request_never_took_a_share_and_gives_none_back(requests: LedgerRequests) -> None:
    limits = Limits(count=1)
    await make(requests, another_coupon(), limits=limits)
    refused = await make(requests, another_coupon(), limits=limits)

    await requests.move(refused, State.REFUSED, Change(looks=1))

    assert (await requests.usage(AGENT, TODAY)).count == 1


async def test_terms_that_changed_change_the_share(requests: LedgerRequests) -> None:
    terms = another_coupon("70")
    row = await walk(requests, await make(requests, terms), APPROVED)
    dearer = replace(terms, worth=Worth(amount=Decimal("90.50")))

    waiting = await requests.move(row, State.WAITING, Change(terms=dearer, round=2))

    assert waiting.terms == dearer
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal("90.50"))

    await requests.move(waiting, State.WITHDRAWN, Change(terms=terms))
    assert await requests.usage(AGENT, TODAY) == Usage()


async def test_terms_that_grew_past_the_days_limit_move_nothing(requests: LedgerRequests) -> None:
    limits = Limits(value=Decimal(80))
    row = await walk(requests, await make(requests, another_coupon("70")), APPROVED)
    dearer = replace(row.terms, worth=Worth(amount=Decimal("80.01")))

    with pytest.raises(Stopped, match="value_limit"):
        await requests.move(row, State.WAITING, Change(terms=dearer, limits=limits))

    assert await requests.get(row.id) == row
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(70))


async def test_of_requests_that_grow_at_once_only_those_that_fit_do(requests: LedgerRequests) -> None:
    limits = Limits(value=Decimal(50))
    rows = [await walk(requests, await make(requests, another_coupon("10")), APPROVED) for _ in range(4)]

    async def grows(row: Redemption) -> bool:
        dearer = replace(row.terms, worth=Worth(amount=Decimal(15)))
        try:
            await requests.move(row, State.WAITING, Change(terms=dearer, limits=limits))
        except Stopped:
            return False
        return True

    assert sum(await asyncio.gather(*(grows(row) for row in rows))) == 2
    assert await requests.usage(AGENT, TODAY) == Usage(count=4, value=Decimal(50))


async def test_a_day_never_falls_below_nothing(database: Database, requests: LedgerRequests) -> None:
    row = await make(requests, another_coupon())
    async with database.transaction() as connection:
        await connection.execute(update(tables.usage).values(count=0, value_units=10))

    await walk(requests, row, State.REFUSED)

    assert await requests.usage(AGENT, TODAY) == Usage()
