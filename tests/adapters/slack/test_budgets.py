"""Every call to Slack keeps to the budget of its method."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.budgets import POSTS, TIERS, SlackBudgets
from bot.adapters.slack.trouble import slack_error
from bot.adapters.slack.web import posting_client, shared_session, watched
from bot.aio.budget import Bucket, Budget, Rate, Urgency
from bot.aio.tasks import TaskSet
from bot.sandbox.slack import limits
from bot.sandbox.slack.server import SandboxSlack
from tests.adapters.slack.conftest import Clock

AGENT = "U0AGENT"


@pytest.fixture
def budgets(tasks: TaskSet, clock: Clock) -> SlackBudgets:
    def new(_: str, rate: Rate) -> Budget:
        """The usual bursts, and then nothing while a test runs."""
        slow, waits = Rate(burst=rate.burst, each_s=1000.0), dict.fromkeys(Urgency, 1.0)
        return Budget(Bucket(slow, clock), batch=1, spawn=tasks.spawn, monotonic=clock, waits=waits)

    return SlackBudgets(new)


@pytest.fixture
async def session(heard: list[bool], budgets: SlackBudgets) -> AsyncIterator[aiohttp.ClientSession]:
    async with shared_session(watched(heard.append), budgets) as session:
        yield session


@pytest.fixture
def poster(slack: SandboxSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return posting_client(slack.bot_token, slack.api_url, session)


async def told(client: AsyncWebClient, person: str = AGENT) -> str:
    try:
        await client.users_info(user=person)
    except SlackApiError as err:
        return slack_error(err)
    return "ok"


async def test_what_is_over_the_budget_never_leaves(
    slack: SandboxSlack, client: AsyncWebClient, poster: AsyncWebClient, heard: list[bool]
) -> None:
    """Two clients on one session share it."""
    burst = TIERS["users.info"].burst
    answers = await asyncio.gather(*(told(one) for one in (client, poster) for _ in range(burst)))

    assert answers.count("ok") == slack.workspace.arrived["users.info"] == burst
    assert set(answers) == {"ok", "ratelimited"}
    assert heard == [True] * burst


async def test_a_429_keeps_away_from_its_own_method_alone(
    slack: SandboxSlack, client: AsyncWebClient, clock: Clock
) -> None:
    slack.fail("users.info", retry_after=30, times=1)
    assert [await told(client), await told(client)] == ["ratelimited", "ratelimited"]
    assert slack.workspace.arrived["users.info"] == 1
    await client.conversations_info(channel="C0SUPPORT")
    clock.passed_s += 30

    assert await told(client) == "ok"


async def test_posts_in_one_channel_do_not_hold_up_another(
    slack: SandboxSlack, poster: AsyncWebClient
) -> None:
    for _ in range(POSTS.burst):
        await poster.chat_postMessage(channel="C0APPROVALS", text="one")
    with pytest.raises(SlackApiError):
        await poster.chat_postMessage(channel="C0APPROVALS", text="too many")
    await poster.chat_postMessage(channel="C0SUPPORT", text="another")

    assert len(slack.messages("C0APPROVALS")) == POSTS.burst


def test_every_method_that_the_sandbox_limits_has_a_budget() -> None:
    """But for those that are called at the start, and for the groups, whose calls are leased one by one."""
    unlimited = {"auth.test", "chat.getPermalink", "apps.connections.open", "usergroups.list"}

    assert set(limits.TIERS) - unlimited == {*TIERS, "chat.postMessage"}
