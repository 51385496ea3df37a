"""The desk's Slack side against a stand-in for Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.accounts import SlackAccounts, Workspace
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.web import reading_client, shared_session, watched
from bot.aio.tasks import TaskSet
from bot.domain.errors import LedgerUnavailable
from bot.domain.person import PersonId
from bot.sandbox.slack.people import TEAM
from bot.sandbox.slack.server import SandboxSlack
from bot.services.ports import AccountRead, AccountSeen, AccountsNow, Lease, Reading

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """The monotonic clock, which can be moved on."""

    passed_s: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.passed_s


@dataclass(slots=True)
class Leases:
    """
    Leases in memory (`services.ports.Leases`).

    `free` is how many can be taken; `colleague` is another instance's published reading; `looked` is set when a caller
    asked for a lease and got none.
    """

    number: int = 0
    free: int = 1_000_000
    colleague: Reading | None = None
    broken: bool = False
    published: list[Reading] = field(default_factory=list)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, *, later_than: int | None = None) -> Lease:
        if self.broken:
            raise LedgerUnavailable("away")
        if self.free:
            self.free -= 1
            self.number += 1
            return Lease(number=self.number, ours=True)
        self.looked.set()
        wanted = self.colleague is not None and later_than is not None and self.colleague.lease > later_than
        return Lease(number=self.number, ours=False, wait_s=0.001, reading=self.colleague if wanted else None)

    async def publish(self, reading: Reading) -> None:
        if self.broken:
            raise LedgerUnavailable("away")
        self.published.append(reading)

    def colleague_reads(self, members: Mapping[str, frozenset[str]]) -> Reading:
        """Another instance takes a lease, reads this in it and publishes it."""
        self.number += 1
        self.colleague = Reading(lease=self.number, members=members, read_at=NOON)
        return self.colleague


@dataclass(slots=True)
class SharedAccounts:
    """
    What the instances tell each other, in memory (`services.ports.Accounts`).

    `told` is what this instance wrote, `seen` is what comes back at the next exchange.
    """

    heard: bool = True
    broken: bool = False
    told: list[AccountRead] = field(default_factory=list)
    changed: dict[PersonId, float] = field(default_factory=dict)
    seen: list[AccountSeen] = field(default_factory=list)

    async def exchange(self, read: Sequence[AccountRead], changed: Mapping[PersonId, float]) -> AccountsNow:
        if self.broken:
            raise LedgerUnavailable("away")
        self.told += read
        self.changed |= changed
        return AccountsNow(heard=self.heard, seen=list(self.seen))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def leases() -> Leases:
    return Leases()


@pytest.fixture
async def slack() -> AsyncIterator[SandboxSlack]:
    slack = SandboxSlack()
    await slack.start()
    yield slack
    await slack.close()


@pytest.fixture
def heard() -> list[bool]:
    """After each call, whether Slack answered."""
    return []


@pytest.fixture
async def session(heard: list[bool]) -> AsyncIterator[aiohttp.ClientSession]:
    async with shared_session(watched(heard.append)) as session:
        yield session


@pytest.fixture
def client(slack: SandboxSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return reading_client(slack.bot_token, slack.api_url, session)


@pytest.fixture
async def tasks() -> AsyncIterator[TaskSet]:
    tasks = TaskSet()
    yield tasks
    await tasks.close()


@pytest.fixture
def groups(client: AsyncWebClient, tasks: TaskSet, leases: Leases, clock: Clock) -> Groups:
    return Groups(client, spawn=tasks.spawn, leases=leases, now=lambda: NOON, monotonic=clock)


@pytest.fixture
def shared_accounts() -> SharedAccounts:
    return SharedAccounts()


@pytest.fixture
def accounts(
    client: AsyncWebClient, tasks: TaskSet, shared_accounts: SharedAccounts, clock: Clock
) -> SlackAccounts:
    return SlackAccounts(
        client, home=Workspace(team=TEAM), shared=shared_accounts, spawn=tasks.spawn, monotonic=clock
    )


@pytest.fixture
def rights(accounts: SlackAccounts, groups: Groups, clock: Clock) -> SlackRights:
    return SlackRights(
        accounts=accounts,
        groups=groups,
        home=Workspace(team=TEAM),
        now=lambda: NOON,
        monotonic=clock,
        limit_s=30.0,
        drawing_s=30.0,
    )
