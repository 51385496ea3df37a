"""The desk's Slack side against a stand-in for Slack."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.accounts import SlackAccounts, Workspace
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.web import reading_client, shared_session, watched
from bot.aio.tasks import TaskSet
from bot.sandbox.slack.people import TEAM
from bot.sandbox.slack.server import SandboxSlack
from tests.fakes.instances import FakeAccounts, FakeLeases

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """The monotonic clock, which can be moved on."""

    passed_s: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.passed_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def leases() -> FakeLeases:
    return FakeLeases()


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
def groups(client: AsyncWebClient, tasks: TaskSet, leases: FakeLeases, clock: Clock) -> Groups:
    return Groups(client, spawn=tasks.spawn, leases=leases, now=lambda: NOON, monotonic=clock)


@pytest.fixture
def shared_accounts() -> FakeAccounts:
    return FakeAccounts(heard=True)


@pytest.fixture
def accounts(
    client: AsyncWebClient, tasks: TaskSet, shared_accounts: FakeAccounts, clock: Clock
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
