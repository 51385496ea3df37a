"""Whether the desk can and may post in the policy's channels (`services.ports.Channels`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.domain.redemption import Trouble

log = structlog.get_logger(__name__)

#: Channels in the cache, and seconds for which Slack's answer about one is used.
REMEMBERED, HOLDS_S = 100, 60.0
#: Slack's error codes that pass by themselves; any other stays until somebody changes something.
PASSING = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable", "unreadable"}
)


class SlackChannels:
    def __init__(self, client: AsyncWebClient, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._shared: TTLCache[str, bool] = TTLCache(REMEMBERED, HOLDS_S, timer=monotonic)

    async def trouble(self, channel: str) -> Trouble | None:
        """
        See the port. A channel that is shared with another company is a trouble.

        None as well if Slack does not answer: the outbox relay asks again before it posts.
        """
        try:
            told = await self._look(channel)
        except SLACK_TROUBLE as err:
            log.warning("channel_not_read", error=slack_error(err))
            refused = isinstance(err, SlackApiError) and slack_error(err) == "channel_not_found"
            return Trouble.CHANNEL_UNREACHABLE if refused else None
        return _trouble(told)

    async def shared(self, channel: str) -> bool:
        """
        Whether the channel is shared with another company, by an answer of Slack at most a minute old.

        Raises one of SLACK_TROUBLE if Slack does not answer.
        """
        known = self._shared.get(channel)
        if known is not None:
            return known
        try:
            return _is_shared(await self._look(channel))
        except SlackApiError as err:
            if slack_error(err) in PASSING:
                raise
            log.warning("channel_not_read", error=slack_error(err))
            return False

    async def _look(self, channel: str) -> dict[str, Any]:
        told = (await self._client.conversations_info(channel=channel)).get("channel")
        told = told if isinstance(told, dict) else {}
        self._shared[channel] = _is_shared(told)
        return told


def _trouble(told: dict[str, Any]) -> Trouble | None:
    """docs.slack.dev: reference/objects/conversation-object."""
    if _is_shared(told):
        return Trouble.CHANNEL_SHARED
    if told.get("is_archived") or told.get("is_member") is False:
        return Trouble.CHANNEL_UNREACHABLE
    return None


def _is_shared(told: dict[str, Any]) -> bool:
    return bool(told.get("is_ext_shared") or told.get("is_pending_ext_shared"))
