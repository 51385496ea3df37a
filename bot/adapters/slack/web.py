"""Slack's Web API over one shared session, and posting to response URLs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog
from aiohttp.client_middlewares import ClientMiddlewareType
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.adapters.slack.budgets import nothing_sent
from bot.adapters.slack.proxies import through_its_proxy
from bot.aio.frozen import part

log = structlog.get_logger(__name__)

#: Seconds one call to Slack may take; slack-sdk 3.47 ignores its own `timeout` when a session is shared.
CALL_S = 10
CONNECT_S = 3
POST_ATTEMPTS = 3
#: Longest wait in seconds after a 429 of a response URL.
LONGEST_WAIT_S = 30.0
USER_AGENT = "coupon-desk"
#: Nothing was sent: there was no connection, or none in time, or a proxy opened no tunnel.
NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)
#: Where the Web API is, and where response URLs lead then (docs.slack.dev: handling-user-interaction; govslack).
SLACKS_APIS = frozenset({"slack.com", "slack-gov.com"})
SLACKS_HOOKS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


def shared_session(trace: aiohttp.TraceConfig, *middlewares: ClientMiddlewareType) -> aiohttp.ClientSession:
    """
    Open a session, which the caller closes. Shared by all that goes to Slack: else every call opens a connection.

    A call ends after `CALL_S` seconds, connecting after `CONNECT_S`.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=CALL_S, sock_connect=CONNECT_S),
        trace_configs=[trace],
        middlewares=(through_its_proxy, *middlewares),
    )


def watched(heard: Callable[[bool], None]) -> aiohttp.TraceConfig:
    """Make a trace that calls `heard` after every call with whether Slack answered."""

    async def on_end(*_: Any) -> None:
        heard(True)

    async def on_exception(_: Any, __: Any, told: aiohttp.TraceRequestExceptionParams) -> None:
        if not nothing_sent(told.exception):
            heard(False)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(on_end)
    trace.on_request_exception.append(on_exception)
    return trace


def reading_client(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Make the client for reads that a person waits for: a 429 raises at once, without sleeping."""
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        user_agent_prefix=USER_AGENT,
        retry_handlers=[AsyncConnectionErrorRetryHandler(max_retry_count=1)],
    )


def working_client(token: str | None, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """
    Make the client for calls that may be made twice and that nobody waits for.

    It retries lost connections, 429 (after the pause that Slack names) and 5xx, each twice at most.
    """
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        user_agent_prefix=USER_AGENT,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=2),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
            AsyncServerErrorRetryHandler(max_retry_count=2),
        ],
    )


def posting_client(token: str, api_url: str, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Make the client for posts. It never retries: a retry can post twice, so the outbox relay decides."""
    return AsyncWebClient(
        token=token, base_url=api_url, session=session, user_agent_prefix=USER_AGENT, retry_handlers=[]
    )


@part
class ResponseUrls:
    """
    Posts to response URLs (five uses in thirty minutes each) over the shared session, and nowhere else.

    Bolt's own `respond` opens a session a call and does not look at the answer's status (Bolt 1.30).

    Attributes:
        api_url: where the Web API is; where that is not Slack's own host, response URLs lead to exactly that one.

    """

    session: aiohttp.ClientSession
    api_url: str

    async def post(self, url: str, payload: Mapping[str, Any], *, attempts: int = POST_ATTEMPTS) -> bool:
        """Post; returns whether Slack accepted it. Retries only after 429 or if no connection was made."""
        if not is_slacks(url, self.api_url):
            log.error("response_url_elsewhere")
            return False
        for attempt in range(1, attempts + 1):
            wait_s = await self._post_once(url, payload, attempt)
            if wait_s is None:
                return True
            if wait_s < 0 or attempt == attempts:
                break
            await asyncio.sleep(wait_s)
        return False

    async def _post_once(self, url: str, payload: Mapping[str, Any], attempt: int) -> float | None:
        """Return None if Slack accepted it, else the seconds until a retry; negative for no retry."""
        try:
            async with self.session.post(url, json=payload, allow_redirects=False) as response:
                if response.status == 200:  # noqa: PLR2004
                    return None
                log.warning("response_url_refused", http_status=response.status, attempt=attempt)
                return _wait_s(response) if response.status == 429 else -1.0  # noqa: PLR2004
        except NOT_CONNECTED as err:
            log.warning("response_url_unreachable", error=type(err).__name__, attempt=attempt)
            return 0.5 * attempt
        except (aiohttp.ClientError, TimeoutError) as err:
            log.warning("response_url_interrupted", error=type(err).__name__, attempt=attempt)
            return -1.0


def is_slacks(url: str, api_url: str) -> bool:
    """Whether this is a response URL of Slack's: a signed payload may still have been made by somebody else."""
    try:
        asked, api = URL(url), URL(api_url)
    except (ValueError, TypeError):
        return False
    if asked.user is not None or asked.password is not None:
        return False
    if api.host in SLACKS_APIS:
        return asked.scheme == "https" and asked.host in SLACKS_HOOKS and asked.port == api.port
    return asked.origin() == api.origin() if asked.absolute else False


def _wait_s(response: aiohttp.ClientResponse) -> float:
    given = response.headers.get("Retry-After", "")
    return min(float(given), LONGEST_WAIT_S) if given.isdecimal() else 1.0
