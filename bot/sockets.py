"""Socket Mode: at least two connections; a new one is opened before an old one is closed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.adapters.slack.installation import SlackRefusesToken, SlackUnreachable
from bot.adapters.slack.proxies import proxy_for
from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.aio.tasks import Draining, Spawn

log = structlog.get_logger(__name__)

#: Slack ends each connection every few hours, and may end it without notice; the other one goes on.
CONNECTIONS = 2
#: Seconds between opening the two, so that Slack does not end both at the same moment.
STAGGER_S = 20.0
#: Seconds between pings, and between attempts to connect while no connection is left. After four pings without an
#: answer a connection counts as dead.
PING_S = 10.0
#: Seconds that opening a connection may take.
OPEN_S = 10.0
#: Seconds until every envelope that was taken is acknowledged.
ACKNOWLEDGED_S = 2.0
#: Seconds that closing waits for Slack; aiohttp 3.14 would wait ten.
CLOSE_S = 1.0
TOKEN_ERRORS = frozenset(
    {"invalid_auth", "not_authed", "not_allowed_token_type", "missing_scope", "token_revoked"}
)


class _Line(SocketModeClient):
    """
    One connection that is never reopened.

    slack-sdk 3.47 closes a connection before it asks for the next one, and for ever retries an address that works
    only once, in tasks that outlive `close`. Here a connection that ends reports that it must be replaced.
    """

    def __init__(
        self, app_token: str, web_client: AsyncWebClient, ping_s: float, changed: Callable[[], None]
    ) -> None:
        async def on_settle(_: aiohttp.WSMessage) -> None:
            changed()

        super().__init__(
            app_token,
            web_client=web_client,
            auto_reconnect_enabled=False,
            ping_interval=ping_s,
            on_close_listeners=[on_settle],
        )
        self._changed = changed
        #: Set when Slack has sent `hello` or has refused.
        self._answered = asyncio.Event()
        self.message_listeners.append(self._on_message)
        #: Whether Slack has asked to replace this connection (`disconnect`).
        self.leaving = False
        #: Tasks of envelopes that are not acknowledged yet.
        self.taken: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        # The address is asked for here, because `connect` retries for ever, even if the token is refused.
        self.wss_uri = await self.issue_new_wss_url()
        # slack-sdk 3.47 takes HTTPS_PROXY whatever NO_PROXY says.
        proxy = proxy_for(URL(self.wss_uri))
        self.proxy = str(proxy) if proxy is not None else None
        await self.connect()  # type: ignore[no-untyped-call]  # slack-sdk says nothing
        await self._answered.wait()
        if self.leaving:
            raise aiohttp.ClientConnectionError("turned away")

    async def issue_new_wss_url(self) -> str:
        """Overridden: slack-sdk's own sleeps through a rate limit, and fails on answers that are not Slack's."""
        answer = await self.web_client.apps_connections_open(app_token=self.app_token)
        url = answer.get("url")
        if not isinstance(url, str):
            raise ValueError("no address")  # noqa: TRY004 - an odd answer, not a wrong call
        return url

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - slack-sdk's
        """slack-sdk calls this when Slack sends `disconnect`."""
        self.leaving = True
        self._answered.set()
        self._changed()

    async def serves(self) -> bool:
        return not self.leaving and await self.is_connected()

    async def sends(self, request: SocketModeRequest, answer: BoltResponse) -> bool:
        """Send the acknowledgement over this connection; returns whether it was sent."""
        if not await self.is_connected():
            return False
        try:
            await send_async_response(self, request, answer, time.time())  # noqa: TID251 - for Bolt's own log
        except ConnectionError:
            return False
        return True

    async def end(self, acknowledged_s: float) -> None:
        """Close when everything is acknowledged. What arrives until then is handled: Slack does not send it again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(acknowledged_s):
                while self.taken:
                    await asyncio.wait(self.taken)
        await self.shut()

    async def shut(self) -> None:
        """Close, whether Slack answers or not, and leave no task behind."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.disconnect()  # type: ignore[no-untyped-call]
        await self.close()  # type: ignore[no-untyped-call]
        own = (self.message_processor, self.message_receiver, self.current_session_monitor)
        await asyncio.gather(*filter(None, own), return_exceptions=True)

    async def _on_message(
        self, _: AsyncBaseSocketModeClient, message: dict[str, Any], __: str | None
    ) -> None:
        if message.get("type") == "hello":
            self._answered.set()


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
    open_s: float = OPEN_S
    acknowledged_s: float = ACKNOWLEDGED_S
    _lines: list[_Line] = field(init=False, default_factory=list)
    _ending: set[asyncio.Task[None]] = field(init=False, default_factory=set)
    _keeper: asyncio.Task[None] | None = field(init=False, default=None)
    #: Set when a connection has been opened.
    _opened: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    #: Set when a connection may need to be replaced.
    _changed: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    #: When a connection was last tried, by the loop's clock.
    _tried_at: float = field(init=False, default=0.0)

    async def start(self) -> None:
        """Return as soon as one connection is open. Raises SlackRefusesToken or SlackUnreachable."""
        try:
            await self._open()
        except SLACK_TROUBLE as err:
            word = slack_error(err)
            refused = isinstance(err, SlackApiError) and word in TOKEN_ERRORS
            raise (
                SlackRefusesToken("SLACK_APP_TOKEN", word) if refused else SlackUnreachable(word)
            ) from None
        self._keeper = self.spawn(self._keep())

    async def stop(self) -> None:
        """Close each connection when the envelopes that came over it are acknowledged; their listeners go on."""
        if self._keeper is not None:
            self._keeper.cancel()
            # Afterwards a connection that was being opened is either closed or in the list.
            await asyncio.wait({self._keeper})
        lines = list(self._lines)
        for line in lines:
            self._end(line)
        await asyncio.gather(*self._ending)
        # Their listeners go on; only the tasks that wait to acknowledge are ended, as no connection is left.
        late = [task for line in lines for task in line.taken]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        log.info("sockets_closed", unacknowledged=len(late))

    async def report(self) -> list[dict[str, Any]]:
        """Each connection with the seconds since Slack answered its ping; null before the first answer."""
        return [
            {"connected": await line.is_connected(), "last_ping_s": _ping_age_s(line)} for line in self._lines
        ]

    async def _keep(self) -> None:
        """Keep the wanted number of connections open."""
        while True:
            self._changed.clear()
            serving = [line for line in self._lines if await line.serves()]
            wait_s = self.ping_s if len(serving) >= CONNECTIONS else self._due_s(serving)
            if wait_s <= 0:
                await self._renew()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    def _due_s(self, serving: list[_Line]) -> float:
        """Return the seconds until the next connection may be opened."""
        pause_s = self.stagger_s if serving else self.ping_s
        return self._tried_at + pause_s - asyncio.get_running_loop().time()

    async def _renew(self) -> None:
        """Open a connection, then end one that must be replaced; until then the old one still receives."""
        try:
            await self._open()
        except SLACK_TROUBLE as err:
            log.warning("socket_not_opened", error=slack_error(err))
            return
        except Exception:
            # Go on whatever the error is: nothing else opens connections.
            log.exception("socket_broke")
            return
        for line in list(self._lines):
            if not await line.serves():
                self._end(line)
                return

    async def _open(self) -> None:
        self._tried_at = asyncio.get_running_loop().time()
        line = _Line(self.app_token, self.client, self.ping_s, self._changed.set)
        line.socket_mode_request_listeners.append(self._take)
        try:
            async with asyncio.timeout(self.open_s):
                await line.open()
        except BaseException:
            await line.shut()
            raise
        self._lines.append(line)
        self._opened.set()
        log.info("socket_open", connections=len(self._lines))

    def _end(self, line: _Line) -> None:
        """End the connection in a task of its own: another one may need to be replaced meanwhile."""
        self._lines.remove(line)
        ending = self.spawn(line.end(self.acknowledged_s))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _take(self, line: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if not isinstance(line, _Line) or (task := asyncio.current_task()) is None:
            raise AssertionError("slack-sdk calls this in a task of its own, with the client it belongs to")
        line.taken.add(task)
        try:
            await self._acknowledge(line, request)
        finally:
            line.taken.discard(task)

    async def _acknowledge(self, line: _Line, request: SocketModeRequest) -> None:
        answer = await run_async_bolt_app(self.bolt, request)
        try:
            async with asyncio.timeout(self.acknowledged_s):
                while not await self._sent(line, request, answer):
                    await self._opened.wait()
        except TimeoutError:
            log.error("acknowledgement_lost")  # noqa: TRY400 - there is no traceback to tell

    async def _sent(self, line: _Line, request: SocketModeRequest, answer: BoltResponse) -> bool:
        """Acknowledge on the same connection or, if that fails, on another: Slack matches the envelope's id."""
        self._opened.clear()
        for carrier in (line, *self._lines):
            if await carrier.sends(request, answer):
                return True
        return False


def _ping_age_s(line: _Line) -> float | None:
    last = line.last_ping_pong_time
    # slack-sdk records it by the wall clock.
    return None if last is None else round(time.time() - last, 1)  # noqa: TID251
