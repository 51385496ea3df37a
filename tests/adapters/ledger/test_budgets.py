"""All instances on one ledger lease from the same budgets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.budgets import LEASE_S, LedgerSupply, supply
from bot.adapters.ledger.database import Database
from bot.aio.budget import Bucket, Rate, Supply
from bot.domain.errors import LedgerUnavailable
from tests.tcp_proxy import proxied

#: So slow that nothing comes while a test runs.
RATE = Rate(burst=8, each_s=1000.0)
NAME = "views.open"
#: Seconds (docs.slack.dev: interactivity/handling-user-interaction).
TRIGGER_S = 3.0
#: Only a test that fails waits this long, and what is not limited as it should be takes longer, whatever the machine.
PATIENCE_S = 30.0
FAR_TOO_LONG_S = 4 * PATIENCE_S


@pytest.fixture
async def instance(postgres: str) -> AsyncIterator[Callable[[], Database]]:
    """Opens the ledger as one more instance does."""
    async with AsyncExitStack() as stack:

        def start() -> Database:
            database = Database.open(postgres)
            stack.push_async_callback(database.close)
            return database

        yield start


def of(database: Database, name: str = NAME) -> Supply:
    return supply(database, name, RATE, time.monotonic)


async def test_what_one_took_the_other_has_not(instance: Callable[[], Database]) -> None:
    here, there = of(instance()), of(instance())
    assert (await here.lease(6)).count == 6
    assert (await there.lease(6)).count == 2
    refused = await here.lease(1)

    assert refused.count == 0
    assert 0 < refused.wait_s <= RATE.each_s


async def test_however_many_lease_at_once_no_token_is_given_twice(instance: Callable[[], Database]) -> None:
    supplies = [of(instance()) for _ in range(4)]
    leased = await asyncio.gather(*(one.lease(1) for one in supplies for _ in range(4)))

    assert sum(one.count for one in leased) == RATE.burst


async def test_each_budget_is_its_own(instance: Callable[[], Database]) -> None:
    database = instance()
    assert (await of(database).lease(8)).count == 8

    assert (await of(database, "views.update").lease(8)).count == 8


async def test_a_ledger_that_is_silent_is_waited_for_less_than_a_trigger_lives(postgres: str) -> None:
    """Whoever waits for a token would be told that Slack is too slow, or does not answer."""
    async with proxied(postgres) as proxy:
        patient = f"{proxy.url}?connect_timeout={FAR_TOO_LONG_S:.0f}"
        database = Database.open(patient, limit_s=FAR_TOO_LONG_S)
        await database.ping()
        proxy.silent = True
        proxy.silence()

        async with asyncio.timeout(PATIENCE_S):
            assert (await of(database).lease(1)).count == 1
        await database.close()
    assert LEASE_S < TRIGGER_S


class Away:
    """A ledger that cannot be used, and how often that was tried."""

    def __init__(self) -> None:
        self.asked = 0

    @asynccontextmanager
    async def transaction(self, *, limit_s: float) -> AsyncIterator[AsyncConnection]:
        del limit_s
        self.asked += 1
        raise LedgerUnavailable("away")
        yield


async def test_while_the_ledger_is_away_each_goes_on_with_its_part() -> None:
    ledger = Away()
    away = LedgerSupply(cast("Any", ledger), NAME, RATE, time.monotonic)

    assert [(await away.lease(1)).count for _ in range(3)] == [1, 1, 0]
    assert ledger.asked == 1


async def test_on_sqlite_no_ledger_is_asked(sqlite: str) -> None:
    database = Database.open(sqlite)

    assert isinstance(of(database), Bucket)
    await database.close()
