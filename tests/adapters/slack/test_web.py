"""A post to a response URL is retried only if Slack has not accepted it, so it never arrives twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.installation import SlackRefusesToken, SlackUnreachable, sign_in
from bot.adapters.slack.web import (
    CALL_S,
    CONNECT_S,
    ResponseUrls,
    is_slacks,
    shared_session,
    watched,
    working_client,
)
from bot.sandbox.slack.server import SandboxSlack
from tests.tables import table

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
def urls(session: aiohttp.ClientSession, address: Address) -> ResponseUrls:
    return ResponseUrls(session, address.url)


async def test_every_call_to_slack_has_a_limit() -> None:
    async with shared_session(watched(lambda _: None)) as session:
        assert (session.timeout.total, session.timeout.sock_connect) == (CALL_S, CONNECT_S)


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


class _LateConnector(aiohttp.TCPConnector):
    """No connection comes in time, but the last one."""

    late = 2

    async def connect(self, *args: Any, **how: Any) -> Any:
        if self.late:
            self.late -= 1
            raise TimeoutError
        return await super().connect(*args, **how)


async def test_a_connection_that_comes_too_late_has_sent_nothing(address: Address) -> None:
    """As on a busy machine: a card that was promised is posted after all."""
    async with aiohttp.ClientSession(connector=_LateConnector()) as session:
        assert await ResponseUrls(session, address.url).post(address.url, PAYLOAD) is True

    assert address.got == [PAYLOAD]


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


SLACK = "https://slack.com/api/"
#: Addresses, and whether a person's answer may go there.
ADDRESSES = {
    "https://hooks.slack.com/commands/T0/1/abc": True,
    "https://hooks.slack.com:443/actions/T0/1/abc": True,
    "https://hooks.slack-gov.com/app/T0/1/abc": True,
    "http://hooks.slack.com/commands/T0/1/abc": False,
    "http://hooks.slack.com:443/commands/T0/1/abc": False,
    "https://hooks.slack.com:8443/commands": False,
    "https://hooks.slack.com.evil.example/commands": False,
    "https://hooks.slack.com@evil.example/commands": False,
    "https://evil.example/hooks.slack.com": False,
    "https://user:x@hooks.slack.com/commands": False,
    "https://slack.com/commands": False,
    "https://169.254.169.254/latest/meta-data": False,
    "//hooks.slack.com/commands": False,
    "hooks.slack.com/commands": False,
    "file:///etc/passwd": False,
    "": False,
    "https://[": False,
}


@table(("url", "may"), ADDRESSES.items())
def test_answers_go_to_slacks_own_hosts_only(url: str, may: bool) -> None:
    assert is_slacks(url, SLACK) is may


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:8080/commands/T0/1/abc", True),
        ("http://127.0.0.1:8081/commands/T0/1/abc", False),
        ("https://127.0.0.1:8080/commands/T0/1/abc", False),
        ("http://localhost:8080/commands/T0/1/abc", False),
        ("https://hooks.slack.com/commands/T0/1/abc", False),
    ],
)
def test_where_slack_is_somewhere_else_they_go_to_exactly_that(url: str, may: bool) -> None:
    assert is_slacks(url, "http://127.0.0.1:8080/api/") is may


async def test_nothing_is_posted_elsewhere(session: aiohttp.ClientSession, address: Address) -> None:
    assert await ResponseUrls(session, SLACK).post(address.url, PAYLOAD) is False
    assert address.got == []


async def test_a_redirect_is_not_followed(urls: ResponseUrls, address: Address) -> None:
    address.answers = [307]

    assert await urls.post(address.url, PAYLOAD) is False
    assert len(address.got) == 1


# Proxies


@dataclass(slots=True)
class Proxy:
    """Answers what would go through it; for a tunnel, with 407."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever connected may have given up before asking.
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split("\r\n", 1)[0].split()
            self.asked.append((method, target))
            status = "407 No" if method == "CONNECT" else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    proxy = Proxy()
    server = await asyncio.start_server(proxy.on_connection, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield proxy
    server.close()


async def test_answers_to_people_go_through_the_proxy(
    urls: ResponseUrls, address: Address, proxy: Proxy
) -> None:
    assert await urls.post(address.url, PAYLOAD) is True
    assert proxy.asked == [("POST", address.url)]
    assert address.got == []


async def test_hosts_that_are_excepted_are_spoken_to_straight(
    urls: ResponseUrls, address: Address, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert await urls.post(address.url, PAYLOAD) is True
    assert (proxy.asked, address.got) == ([], [PAYLOAD])


async def test_a_client_that_slack_sdk_made_keeps_to_that(
    session: aiohttp.ClientSession, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself it takes HTTPS_PROXY for any address, whatever NO_PROXY says."""
    slack = SandboxSlack()
    await slack.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert (await working_client(slack.bot_token, slack.api_url, session).auth_test())["ok"]
    await slack.close()

    assert proxy.asked == []


async def test_a_proxy_that_opens_no_tunnel_has_sent_nothing(
    session: aiohttp.ClientSession, proxy: Proxy
) -> None:
    """So that it is tried again, as where no connection was made."""
    urls = ResponseUrls(session, SLACK)

    assert await urls.post("https://hooks.slack.com/commands/T0/1/abc", PAYLOAD) is False
    assert proxy.asked == [("CONNECT", "hooks.slack.com:443")] * 3
