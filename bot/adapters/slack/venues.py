"""Channels that the policy names: whether anything can and may be posted there (`services.ports.Venues`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import SLACK_TROUBLE, slack_error
from bot.domain.redemption import Trouble

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackVenues:
    client: AsyncWebClient

    async def trouble(self, channel: str) -> Trouble | None:
        """
        A channel shared with another company is none for customers' affairs.

        Where Slack does not answer, nothing is known against it: the courier finds out.
        """
        try:
            answer = await self.client.conversations_info(channel=channel)
        except SLACK_TROUBLE as err:
            log.warning("channel_not_read", error=slack_error(err))
            refused = isinstance(err, SlackApiError) and slack_error(err) == "channel_not_found"
            return Trouble.CHANNEL_UNREACHABLE if refused else None
        told = answer.get("channel")
        return _trouble(told) if isinstance(told, dict) else None


def _trouble(told: dict[str, Any]) -> Trouble | None:
    """docs.slack.dev: reference/objects/conversation-object."""
    if told.get("is_ext_shared") or told.get("is_pending_ext_shared"):
        return Trouble.CHANNEL_SHARED
    if told.get("is_archived") or told.get("is_member") is False:
        return Trouble.CHANNEL_UNREACHABLE
    return None
