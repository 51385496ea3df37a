"""A post to a response URL is retried only if Slack has not accepted it, so it never arrives twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.installation import SlackRefusesToken, SlackUnreachable, sign_in
from bot.adapters.slack.web import ResponseUrls, working_client
from bot.sandbox.slack.server import SandboxSlack

PAYLOAD = {"text": "A card"}


@dataclass(slots=True)
class Address:
    """A response URL that answers as it is told: the given statuses in turn, then 200; 0 drops the connection."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[dict[str, str]] = field(default_factory=list)

    async def on_post(self, request: web.Request) -> web.StreamResponse:
        self.got.append(await request.json())
        status = self.answers.pop(0) if self.answers else 200
        if not status and request.transport is not None:
            request.transport.abort()
        return web.Response(status=status or 200, headers={"Retry-After": "0"})


@pytest.fixture
async def address() -> AsyncIterator[Address]:
    address, app = Address(), web.Application()
    app.router.add_post("/response", address.on_post)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address.url = f"http://127.0.0.1:{runner.addresses[0][1]}/response"
    yield address
    await runner.cleanup()


@pytest.fixture
def urls(session: aiohttp.ClientSession) -> ResponseUrls:
    return ResponseUrls(session)


async def test_what_slack_took_is_posted_once(urls: ResponseUrls, address: Address) -> None:
    assert await urls.post(address.url, PAYLOAD) is True
    assert address.got == [PAYLOAD]


async def test_429_is_tried_again_when_slack_says(urls: ResponseUrls, address: Address) -> None:
    address.answers = [429, 429]

    assert await urls.post(address.url, PAYLOAD) is True
    assert len(address.got) == 3


async def test_429_for_good_is_given_up(urls: ResponseUrls, address: Address) -> None:
    address.answers = [429] * 9

    assert await urls.post(address.url, PAYLOAD) is False
    assert len(address.got) == 3


@pytest.mark.parametrize("answer", [400, 404, 500, 503, 0], ids=["400", "used up", "500", "503", "dropped"])
async def test_what_slack_may_have_taken_or_never_will_is_not_repeated(
    urls: ResponseUrls, address: Address, answer: int
) -> None:
    """A response URL has five uses in thirty minutes, and a card that was posted twice would be shown twice."""
    address.answers = [answer]

    assert await urls.post(address.url, PAYLOAD) is False
    assert len(address.got) == 1


async def test_after_each_call_it_is_known_whether_slack_answered(
    urls: ResponseUrls, address: Address, heard: list[bool]
) -> None:
    await urls.post(address.url, PAYLOAD)
    address.answers = [0]
    await urls.post(address.url, PAYLOAD)

    assert heard == [True, False]


@pytest.fixture
def starting(slack: SandboxSlack, session: aiohttp.ClientSession) -> AsyncWebClient:
    return working_client(slack.bot_token, slack.api_url, session)


async def test_signing_in_tells_the_workspace_and_who_the_bot_is(
    slack: SandboxSlack, starting: AsyncWebClient
) -> None:
    home = await sign_in(starting, slack.bot_token)
    authorized = await home.authorize()()

    assert (home.workspace.team, home.workspace.enterprise) == ("T0DESK", None)
    assert (authorized.bot_user_id, authorized.bot_token) == ("U0DESK", slack.bot_token)


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked", "token_expired"])
async def test_a_token_that_no_retry_mends_is_refused(
    slack: SandboxSlack, starting: AsyncWebClient, error: str
) -> None:
    slack.fail("auth.test", error=error)
    with pytest.raises(SlackRefusesToken, match=error):
        await sign_in(starting, slack.bot_token)


async def test_an_error_that_may_pass_is_no_refusal(slack: SandboxSlack, starting: AsyncWebClient) -> None:
    slack.fail("auth.test", error="internal_error")
    with pytest.raises(SlackUnreachable):
        await sign_in(starting, slack.bot_token)


async def test_a_slack_that_fails_for_a_moment_is_asked_again(
    slack: SandboxSlack, starting: AsyncWebClient
) -> None:
    slack.fail("auth.test", status=503, times=1)
    home = await sign_in(starting, slack.bot_token)

    assert home.workspace.team == "T0DESK"
