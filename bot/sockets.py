"""Socket Mode in: two connections at least, so that one carries on while the other is renewed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import SLACK_TROUBLE, slack_error
from bot.adapters.slack.home import SlackRefusesToken, SlackUnreachable
from bot.server import Draining
from bot.services.ports import Spawn

log = structlog.get_logger(__name__)

#: slack-sdk 3.47 closes a connection before it has its next one, every few hours and whenever Slack asks.
CONNECTIONS = 2
#: Seconds between their beginnings, so that Slack does not renew both at one moment.
STAGGER_S = 20.0
#: Seconds between pings; slack-sdk takes a connection for dead after four without an answer.
PING_S = 10.0
#: Seconds the first connection may take before the start counts as failed.
OPEN_S = 10.0
#: Seconds until everything taken is acknowledged: a card or its substitute is ready by then.
ACKNOWLEDGED_S = 3.0
#: Looks in a row that find a connection dead before it is replaced as a whole.
DEAD_LOOKS = 6
TOKEN_ERRORS = frozenset(
    {"invalid_auth", "not_authed", "not_allowed_token_type", "missing_scope", "token_revoked"}
)


@dataclass(slots=True)
class _Line:
    handler: AsyncSocketModeHandler
    dead_looks: int = 0


@dataclass(slots=True, kw_only=True)
class SocketIntake:
    """Takes Slack's requests over Socket Mode until `stop`."""

    bolt: AsyncApp
    app_token: str
    client: AsyncWebClient
    work: Draining
    spawn: Spawn
    stagger_s: float = STAGGER_S
    ping_s: float = PING_S
    _lines: list[_Line] = field(init=False, default_factory=list)
    _keeper: asyncio.Task[None] | None = field(init=False, default=None)

    async def start(self) -> None:
        """Returns with one connection. Raises SlackRefusesToken or SlackUnreachable."""
        try:
            self._lines.append(await self._open())
        except SLACK_TROUBLE as err:
            refused = isinstance(err, SlackApiError) and slack_error(err) in TOKEN_ERRORS
            raise (
                SlackRefusesToken("SLACK_APP_TOKEN", slack_error(err))
                if refused
                else SlackUnreachable(slack_error(err))
            ) from None
        self._keeper = self.spawn(self._keep())

    async def stop(self) -> None:
        """Take nothing more, let what was taken be acknowledged on its own connection, then close them."""
        if self._keeper is not None:
            self._keeper.cancel()
        for line in self._lines:
            line.handler.client.socket_mode_request_listeners.clear()
        await self.work.drain(ACKNOWLEDGED_S)
        await asyncio.gather(*(line.handler.close_async() for line in self._lines))

    async def report(self) -> list[dict[str, Any]]:
        """Each connection, and how long ago Slack answered its ping, in seconds; null before the first."""
        return [
            {"connected": await line.handler.client.is_connected(), "last_ping_s": _ping_age_s(line)}
            for line in self._lines
        ]

    async def _keep(self) -> None:
        """Open the others, one after the other, and replace what stays dead."""
        while True:
            opening = len(self._lines) < CONNECTIONS
            await asyncio.sleep(self.stagger_s if opening else self.ping_s)
            with contextlib.suppress(*SLACK_TROUBLE):
                if opening:
                    self._lines.append(await self._open())
                else:
                    await self._replace_dead()

    async def _replace_dead(self) -> None:
        for line in list(self._lines):
            line.dead_looks = 0 if await line.handler.client.is_connected() else line.dead_looks + 1
            if line.dead_looks >= DEAD_LOOKS:
                log.warning("socket_replaced")
                self._lines.remove(line)
                await line.handler.close_async()

    async def _open(self) -> _Line:
        handler = AsyncSocketModeHandler(
            self.bolt, self.app_token, web_client=self.client, ping_interval=self.ping_s
        )
        try:
            async with asyncio.timeout(OPEN_S):
                # Asked for here, because slack-sdk's own connect tries for ever, with a refused token too.
                handler.client.wss_uri = await handler.client.issue_new_wss_url()
                await handler.connect_async()
        except BaseException:
            await handler.close_async()
            raise
        log.info("socket_open", connections=len(self._lines) + 1)
        return _Line(handler)


def _ping_age_s(line: _Line) -> float | None:
    last = line.handler.client.last_ping_pong_time
    # slack-sdk notes it by the wall clock.
    return None if last is None else round(time.time() - last, 1)  # noqa: TID251
