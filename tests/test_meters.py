"""What is counted where it happens: look-ups, the cache, budgets, and waits for the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY
from slack_sdk.errors import SlackApiError
from yarl import URL

from bot import meters
from bot.adapters.ledger.database import Database
from bot.adapters.slack.budgets import SlackBudgets
from bot.adapters.slack.web import posting_client, shared_session, watched
from bot.aio.budget import Bucket, Budget, BudgetSpent, Rate, Urgency
from bot.aio.coalescing import CoalescingCache
from bot.aio.tasks import TaskSet
from bot.domain.errors import UnknownCustomer
from bot.sandbox.slack.server import SandboxSlack
from bot.services import counted

#: Four at once, and no more while a test runs.
RATE = Rate(burst=4, each_s=1000.0)


@pytest.fixture(autouse=True)
def _counting() -> None:
    """As where METRICS_PORT is set."""
    meters.start()


def since(name: str, **labels: str) -> Callable[[], float]:
    """How much more it is than now, whenever it is asked."""

    def told() -> float:
        return REGISTRY.get_sample_value(name, labels) or 0.0

    before = told()
    return lambda: told() - before


async def test_look_ups_are_counted_by_how_they_ended() -> None:
    fine = since("desk_look_ups_total", card="tested", result="ok")
    unknown = since("desk_look_ups_total", card="tested", result="UnknownCustomer")

    @counted.look_up("tested")
    async def found(*, known: bool) -> str:
        if not known:
            raise UnknownCustomer
        return "card"

    assert await found(known=True) == "card"
    with pytest.raises(UnknownCustomer):
        await found(known=False)
    assert (fine(), unknown()) == (1, 1)


async def test_what_was_known_or_is_being_asked_for_is_a_hit(tasks: TaskSet) -> None:
    cache: CoalescingCache[str, int] = CoalescingCache(
        spawn=tasks.spawn, keep_s=30.0, at_most=3, timer=lambda: 0.0, called="tested"
    )
    hits = since("desk_cache_reads_total", cache="tested", result="hit")
    misses = since("desk_cache_reads_total", cache="tested", result="miss")

    async def call() -> int:
        return 7

    await asyncio.gather(cache.get("a", call), cache.get("a", call))
    await cache.get("a", call)
    await cache.get("a", call, fresh=True)

    assert (hits(), misses()) == (2, 2)


async def test_a_budget_says_what_is_left_who_waited_and_who_got_none(tasks: TaskSet) -> None:
    at_once = dict.fromkeys(Urgency, 0.01)
    budget = Budget(
        Bucket(RATE, lambda: 0.0),
        batch=2,
        spawn=tasks.spawn,
        monotonic=lambda: 0.0,
        waits=at_once,
        called="tested",
    )
    waited = since("desk_budget_waited_seconds_count", budget="tested")
    spent = since("desk_budget_spent_total", budget="tested")

    await budget.take()
    assert REGISTRY.get_sample_value("desk_budget_left", {"budget": "tested"}) == 4
    for _ in range(3):
        await budget.take()
    with pytest.raises(BudgetSpent):
        await budget.take()

    assert REGISTRY.get_sample_value("desk_budget_left", {"budget": "tested"}) == 0
    assert (waited(), spent()) == (4, 1)


async def test_slacks_429_is_counted_by_method(tasks: TaskSet) -> None:
    slack = SandboxSlack()
    await slack.start()
    slack.fail("auth.test", retry_after=1, times=1)
    refused = since("desk_rate_limited_total", budget="auth.test")

    def new(_: str, rate: Rate) -> Budget:
        return Budget(Bucket(rate, lambda: 0.0), batch=1, spawn=tasks.spawn, monotonic=lambda: 0.0)

    async with shared_session(watched(lambda _: None), SlackBudgets(new)) as session:
        with pytest.raises(SlackApiError):
            await posting_client(slack.bot_token, slack.api_url, session).auth_test()
    await slack.close()

    assert refused() == 1


async def test_a_response_url_which_ends_in_a_token_is_no_label(tasks: TaskSet) -> None:
    refused = since("desk_rate_limited_total", budget="response_url")
    request: Any = SimpleNamespace(url=URL("https://hooks.slack.com/actions/T0DESK/1/Tokenlike"))

    def new(_: str, rate: Rate) -> Budget:
        return Budget(Bucket(rate, lambda: 0.0), batch=1, spawn=tasks.spawn, monotonic=lambda: 0.0)

    async def too_many(_: object) -> Any:
        return SimpleNamespace(status=429)

    await SlackBudgets(new)(request, too_many)

    assert refused() == 1


async def test_each_transaction_says_how_long_it_waited_for_its_connection(sqlite: str) -> None:
    waited, database = since("desk_database_wait_seconds_count"), Database.open(sqlite)
    await database.ping()
    await database.close()

    assert waited() == 1
