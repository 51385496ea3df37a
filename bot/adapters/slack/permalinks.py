"""Links to messages (`services.ports.Permalinks`)."""

from __future__ import annotations

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.aio.frozen import part

log = structlog.get_logger(__name__)


@part
class SlackPermalinks:
    client: AsyncWebClient

    async def of(self, channel: str, ts: str) -> str | None:
        """See the port. None if the bot is not in the conversation or Slack does not answer."""
        try:
            answer = await self.client.chat_getPermalink(channel=channel, message_ts=ts)
        except SLACK_TROUBLE as err:
            log.info("permalink_not_read", error=slack_error(err))
            return None
        return str(answer["permalink"])
