"""Who is in which user group, read live, within what Slack allows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
import structlog
from aiolimiter import AsyncLimiter
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.errors import CouldNotVerify
from bot.services.ports import Spawn

log = structlog.get_logger(__name__)

#: usergroups.* allow 20 calls a minute to one app in one workspace (docs.slack.dev/apis/web-api/rate-limits,
#: tier 2). Five at once and one every four seconds is never more than that, and a lone press waits for nobody.
BURST = 5
BURST_REFILL_S = 20.0
#: Seconds that Slack may ask to keep away before a check counts as failed at once.
PATIENCE_S = 8.0
#: What goes wrong between us and Slack; each means that nothing was verified. AttributeError is what
#: slack-sdk 3.47 raises for a 200 whose body is a text instead of a JSON object.
SLACK_TROUBLE = (
    SlackApiError,
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    ValueError,
    AttributeError,
)

Members = Mapping[str, frozenset[str]]


class Groups:
    """
    The one reader of user groups.

    One call reads them all. One runs at a time, at most 20 a minute; whoever asks gets the first
    call that begins afterwards, and shares it with all who asked before it began.
    """

    def __init__(self, client: AsyncWebClient, *, spawn: Spawn, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._spawn = spawn
        self._monotonic = monotonic
        self._rate = AsyncLimiter(BURST, BURST_REFILL_S)
        self._not_before = 0.0
        self._one_at_a_time = asyncio.Lock()
        #: Scheduled, but not begun: still live for whoever asks now.
        self._next: asyncio.Task[Members] | None = None

    async def read(self) -> Members:
        """Every group's members, by group id. Raises CouldNotVerify."""
        if self._next is None:
            self._next = self._spawn(self._call_in_turn())
        return await asyncio.shield(self._next)

    async def _call_in_turn(self) -> Members:
        async with self._one_at_a_time:
            away_s = self._not_before - self._monotonic()
            if away_s > PATIENCE_S:
                self._next = None
                raise CouldNotVerify
            await asyncio.sleep(max(0.0, away_s))
            await self._rate.acquire()
            # From here on the call has begun: a later press must not share it.
            self._next = None
            try:
                return await self._call()
            except SLACK_TROUBLE as err:
                self._heed(err)
                log.warning("groups_not_read", error=slack_error(err))
                raise CouldNotVerify from None

    async def _call(self) -> Members:
        answer = await self._client.usergroups_list(include_users=True, include_count=True)
        return {
            group["id"]: await self._members(group)
            for group in _listed(answer, "usergroups")
            if isinstance(group, dict) and isinstance(group.get("id"), str)
        }

    async def _members(self, group: dict[str, Any]) -> frozenset[str]:
        """A disabled group is empty; where the list and its own count differ, the group is asked itself."""
        if group.get("date_delete"):
            return frozenset()
        users = group.get("users")
        if isinstance(users, list) and str(group.get("user_count", len(users))) == str(len(users)):
            return frozenset(users)
        asked = await self._client.usergroups_users_list(usergroup=group["id"])
        return frozenset(_listed(asked, "users"))

    def _heed(self, err: Exception) -> None:
        """A 429 names how long to keep away."""
        if not isinstance(err, SlackApiError):
            return
        wait = getattr(err.response, "headers", {}).get("Retry-After", "")
        if str(wait).isdecimal():
            self._not_before = max(self._not_before, self._monotonic() + float(wait))


def _listed(answer: AsyncSlackResponse, name: str) -> list[Any]:
    """An answer without the list it was asked for says nothing, not "nobody"."""
    listed = answer.get(name)
    if not isinstance(listed, list):
        raise ValueError(f"no {name}")  # noqa: TRY004 - an answer, not a type of ours
    return listed


def slack_error(err: Exception) -> str:
    """Slack's own word for it, or the kind of trouble: behind a failing gateway an answer may be a page or nothing."""
    if not isinstance(err, SlackApiError):
        return type(err).__name__
    told = getattr(err.response, "data", None)
    return str(told.get("error", "unknown")) if isinstance(told, dict) else "unreadable"
