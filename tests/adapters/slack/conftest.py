"""The desk's Slack side against a stand-in for Slack."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import Groups
from bot.adapters.slack.rights import SlackRights, Workspace
from bot.adapters.slack.web import reading_client, shared_session, watched
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_people import TEAM
from bot.services.tasks import Tasks


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
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
def groups(client: AsyncWebClient, tasks: Tasks, clock: Clock) -> Groups:
    return Groups(client, spawn=tasks.spawn, monotonic=clock)


@pytest.fixture
def rights(client: AsyncWebClient, groups: Groups) -> SlackRights:
    return SlackRights(client=client, groups=groups, home=Workspace(team=TEAM), limit_s=30.0)
