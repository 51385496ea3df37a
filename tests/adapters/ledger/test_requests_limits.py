"""Limits of a day where several move at once; `tests/contract/test_requests_limits.py` tests what the port promises."""

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
from bot.adapters.ledger.usage import units
from bot.domain.limits import Limits, Usage
from bot.domain.redemption import Redemption, State
from bot.domain.request_errors import Stopped
from bot.domain.transitions import Change
from bot.domain.worth import Worth
from tests.adapters.ledger.facts import (
    AGENT,
    LONG,
    NOON,
    TODAY,
    another_coupon,
    make,
    new_id,
    reasons,
    walk,
)

APPROVED = State.APPROVED


async def test_why_a_limit_refused_it_is_in_the_audit_log(
    database: Database, requests: LedgerRequests
) -> None:
    for _ in range(3):
        await make(requests, another_coupon(), limits=Limits(count=2))

    why = (await reasons(database))[2]
    assert (why["stop"], why["count"], why["value"]) == ("count_limit", 2, "200.0000")


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


async def test_each_day_has_figures_of_its_own(requests: LedgerRequests) -> None:
    """A request counts, and is given back, on the day it was made."""
    tomorrow, limits = TODAY + timedelta(days=1), Limits(count=1)
    today = await make(requests, another_coupon("10"), limits=limits)
    later = await requests.make(
        new_id(),
        another_coupon("20"),
        made_at=NOON,
        day=tomorrow,
        limits=limits,
        begin_in_s=LONG,
    )

    assert (later.row.state, today.state) == (State.NEW, State.NEW)
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(10))
    assert await requests.usage(AGENT, tomorrow) == Usage(count=1, value=Decimal(20))
    await walk(requests, today, State.REFUSED)
    assert await requests.usage(AGENT, TODAY) == Usage()
    assert await requests.usage(AGENT, tomorrow) == Usage(count=1, value=Decimal(20))


@pytest.mark.parametrize(
    ("amount", "counted"),
    [("0.0001", 1), ("0.00001", 1), ("99.99", 999_900), ("1e12", 10**16), ("1e13", 10**16)],
)
def test_amounts_are_counted_to_four_decimals_upwards_and_to_a_million_millions(
    amount: str, counted: int
) -> None:
    """No fraction passes a limit, and a day of the largest fits into the column."""
    assert units(Decimal(amount)) == counted
