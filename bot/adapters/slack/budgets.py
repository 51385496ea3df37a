"""Every call to Slack keeps to the budget of its method, whichever client makes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog
from aiohttp.client_middlewares import ClientHandlerType
from cachetools import LRUCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import meters
from bot.aio.budget import Budget, BudgetSpent, Rate, per_minute

log = structlog.get_logger(__name__)

TOO_MANY = 429
#: Calls a minute that Slack takes of a method from one app in one workspace (docs.slack.dev:
#: apis/web-api/rate-limits; tiers 2, 3 and 4 promise 20, 50 and 100). `usergroups.list` is not here: its
#: calls are leased one by one, together with what they read (`services.ports.Leases`).
TIERS: Mapping[str, Rate] = {
    "usergroups.users.list": per_minute(20),
    "users.info": per_minute(100),
    "views.open": per_minute(100),
    "views.push": per_minute(100),
    "views.update": per_minute(100),
    "views.publish": per_minute(100),
    "chat.update": per_minute(50),
    "conversations.info": per_minute(50),
    "conversations.open": per_minute(50),
}
#: One message a second and channel; short bursts are allowed.
POST = "chat.postMessage"
POSTS = Rate(burst=5, each_s=60.0 / 54)
#: Channels whose budget is remembered.
CHANNELS = 1000
#: Seconds to keep away where a 429 names none.
USUAL_WAIT_S = 30.0

NewBudget = Callable[[str, Rate], Budget]


class SlackBudgets:
    """One budget for each method, and for posts in each channel."""

    def __init__(self, new: NewBudget) -> None:
        self._new = new
        self._of_methods = {method: new(method, rate) for method, rate in TIERS.items()}
        self._of_channels: LRUCache[str, Budget] = LRUCache(CHANNELS)

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """A middleware of aiohttp. Raises SlackApiError as a 429 of Slack itself would, without a call."""
        method = request.url.path.rpartition("/")[2]
        budget = self._budget(method, request)
        if budget is None:
            return _heard(method, await handler(request))
        try:
            await budget.take()
        except BudgetSpent as err:
            log.warning("slack_budget_spent", method=method, wait_s=round(err.wait_s, 1))
            raise _ratelimited(err) from None
        response = _heard(method, await handler(request))
        if response.status == TOO_MANY:
            budget.heed(_wait_s(response))
        return response

    def _budget(self, method: str, request: aiohttp.ClientRequest) -> Budget | None:
        if method != POST:
            return self._of_methods.get(method)
        channel = _channel(request)
        budget = self._of_channels.get(channel)
        if budget is None:
            budget = self._of_channels[channel] = self._new(f"{POST}:{channel}", POSTS)
        return budget


def _heard(method: str, response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    """Posts to response URLs end in a token, which is nobody's method."""
    if response.status == TOO_MANY:
        meters.RATE_LIMITED.labels(method if "." in method else "response_url").inc()
    return response


def _channel(request: aiohttp.ClientRequest) -> str:
    """Ids are shorter than what is kept of them."""
    body: Any = request.body
    told = json.loads(body.decode()) if hasattr(body, "decode") else {}
    return str(told.get("channel", ""))[:20]


def _wait_s(response: aiohttp.ClientResponse) -> float:
    given = response.headers.get("Retry-After", "")
    return float(given) if given.isdecimal() else USUAL_WAIT_S


class _Spent(SlackApiError):
    """Not Slack's answer: nothing was sent."""


def _ratelimited(err: BudgetSpent) -> SlackApiError:
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": "ratelimited"},
        headers={"Retry-After": str(max(1, round(err.wait_s)))},
        status_code=TOO_MANY,
    )
    return _Spent("the budget of this method is spent", response)  # type: ignore[no-untyped-call]  # slack-sdk 3.47


def nothing_sent(err: BaseException) -> bool:
    """Whether a call failed before it left: that says nothing of Slack."""
    return isinstance(err, _Spent)
