"""Two instances on one ledger read the user groups as if they were one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import update

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.leases import BURST, EACH_S, LedgerLeases
from bot.adapters.ledger.tables import leases
from bot.adapters.slack.groups import Groups
from bot.aio.tasks import TaskSet
from bot.sandbox.slack.server import SandboxSlack
from bot.services.ports import Lease, Reading
from tests.adapters.slack.conftest import NOON
from tests.leased import USED_UP_S, leases_of

LIST = "usergroups.list"


@dataclass(slots=True)
class Watched:
    """An instance's leases; `looked` tells that it was told to wait."""

    leases: LedgerLeases
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, *, later_than: int | None = None) -> Lease:
        lease = await self.leases.take(later_than=later_than)
        if not lease.ours:
            self.looked.set()
        return lease

    async def publish(self, reading: Reading) -> None:
        await self.leases.publish(reading)

    def groups(self, client: AsyncWebClient, tasks: TaskSet) -> Groups:
        return Groups(client, spawn=tasks.spawn, leases=self, now=lambda: NOON, monotonic=time.monotonic)

    async def use_up(self) -> int:
        """Take a lease, after which none is free."""
        free_at = self.leases._now + USED_UP_S
        taking = update(leases).values(number=leases.c.number + 1, free_at=free_at).returning(leases.c.number)
        async with self.leases.database.transaction() as connection:
            number: int = (await connection.execute(taking)).scalar_one()
        return number

    async def reads(self, members: Mapping[str, frozenset[str]]) -> Reading:
        reading = Reading(lease=await self.use_up(), members=members, read_at=NOON)
        await self.publish(reading)
        return reading


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Callable[[], Watched]]:
    """Starts one more instance on the same ledger."""
    async with AsyncExitStack() as stack:

        def start() -> Watched:
            database = Database.open(database_url)
            stack.push_async_callback(database.close)
            return Watched(leases_of(database))

        yield start


async def test_together_they_make_no_more_than_twenty_calls_a_minute(
    slack: SandboxSlack, instance: Callable[[], Watched], client: AsyncWebClient, tasks: TaskSet
) -> None:
    """No more than the burst, however many ask one after the other, until the next lease is free."""
    instances = [instance().groups(client, tasks) for _ in range(2)]
    for groups in instances:
        await groups.read()
    for _ in range(8):
        await asyncio.gather(*(_impatient(groups) for groups in instances))

    assert 2 <= slack.workspace.arrived[LIST] <= BURST
    assert BURST + 60 / EACH_S <= 20


async def _impatient(groups: Groups) -> None:
    try:
        async with asyncio.timeout(0.1):
            await groups.read()
    except TimeoutError:
        return


class TestOnPostgres:
    @pytest.fixture
    def database_url(self, postgres: str) -> str:
        return postgres

    async def test_a_caller_who_waits_for_a_lease_uses_another_instances_reading(
        self, slack: SandboxSlack, instance: Callable[[], Watched], tasks: TaskSet, client: AsyncWebClient
    ) -> None:
        here, elsewhere = instance(), instance()
        await elsewhere.use_up()
        waiting = tasks.spawn(here.groups(client, tasks).read())
        await here.looked.wait()
        theirs = await elsewhere.reads({"S0ELSEWHERE": frozenset({"U0SENIOR"})})

        assert await waiting == theirs
        assert slack.calls == []
