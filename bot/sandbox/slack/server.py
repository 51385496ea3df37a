"""The sandbox's Slack: an HTTP server on loopback that enforces Slack's rules."""

import asyncio
import dataclasses
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from aiohttp import web

from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Ack, Delivery, Kind
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.methods import Methods
from bot.sandbox.slack.people import Channel, Group, User
from bot.sandbox.slack.person import Person, happens
from bot.sandbox.slack.posts import Posts
from bot.sandbox.slack.socket import SocketHub
from bot.sandbox.slack.urls import LIMIT_S
from bot.sandbox.slack.web_api import Failure, Tokens, WebApi
from bot.sandbox.slack.workspace import PATIENCE_S, Calls, Mention, SandboxWorkspace

SIGNING_SECRET = "sandbox-signing-secret"
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
#: All that the bot needs, as its manifest asks for it.
SCOPES = frozenset(
    {"commands", "chat:write", "usergroups:read", "users:read", "channels:read", "groups:read", "im:write"}
)
# Signatures, trigger ids and response URLs live on real time, whatever clock the bot shows people.
REAL_TIME: Callable[[], float] = time.time  # noqa: TID251


class SandboxSlack:
    def __init__(
        self,
        *,
        now: Callable[[], float] = REAL_TIME,
        signing_secret: str = SIGNING_SECRET,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        limit_s: float = LIMIT_S,
        scopes: frozenset[str] | None = None,
        messages_tab: bool = True,
        shortcuts: Mapping[str, str] | None = None,
    ) -> None:
        self.signing_secret, self.bot_token, self.app_token = signing_secret, bot_token, app_token
        self.workspace = SandboxWorkspace(now)
        #: callback_id of each shortcut by the name that people see.
        self.workspace.shortcuts.update(shortcuts or {})
        posts = Posts(self.workspace, messages_tab=messages_tab)
        tokens = Tokens(bot=bot_token, app=app_token, scopes=SCOPES if scopes is None else scopes)
        self.sockets = SocketHub(self.workspace)
        self.delivery = Delivery(now, signing_secret, limit_s, self.sockets)
        self.waits(limit_s)
        self._web_api = WebApi(self.workspace, Methods(self.workspace, posts, self.sockets), posts, tokens)
        self._runner: web.AppRunner | None = None
        #: Whether the bot gets `user_change` and `subteam_updated`; delivery is not guaranteed.
        self.tells_of_changes = True
        self.people: dict[str, Person] = {
            user: Person(user, self.workspace, self.delivery) for user in self.workspace.directory.users
        }

    # Life.

    async def start(self, port: int = 0, *, tls: ssl.SSLContext | None = None) -> None:
        """With `tls` by https, by the certificate of that."""
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.add_routes([*self._web_api.routes(), *self.sockets.routes()])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.workspace.base_url = f"{'https' if tls else 'http'}://{host}:{bound}"
        self.delivery.session = aiohttp.ClientSession()

    async def close(self) -> None:
        await self.sockets.close()
        if self.delivery.session is not None:
            await self.delivery.session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def connect(self, events_url: str) -> None:
        """Deliver to this address whenever no socket is open."""
        self.delivery.events_url = events_url

    @property
    def api_url(self) -> str:
        return f"{self.workspace.base_url}/api/"

    async def refresh_socket(self, reason: str = "refresh_requested") -> None:
        """Close the oldest Socket Mode connection the way Slack announces it."""
        await self.sockets.refresh(reason)

    async def happens(self, event: Mapping[str, Any]) -> Ack:
        """Tell the bot of an event, e.g. subteam_members_changed."""
        return await happens(self.workspace, self.delivery, event)

    async def replay(self, delivery: tuple[Kind, Mapping[str, Any]] | None = None) -> Ack:
        """Send one of `deliveries` again, the last by default, with a new signature; its answer is not shown."""
        return await self.delivery.send(*(delivery or self.deliveries[-1]))

    # What was seen.

    @property
    def deliveries(self) -> list[tuple[Kind, Mapping[str, Any]]]:
        """All that was sent to the bot, in order."""
        return self.delivery.sent

    @property
    def calls(self) -> Calls:
        return self.workspace.calls

    @property
    def faults(self) -> list[str]:
        return self.workspace.faults

    @property
    def mentions(self) -> list[Mention]:
        return self.workspace.mentions

    def messages(self, channel: str) -> list[SandboxMessage]:
        """The messages of a conversation that everybody in it sees."""
        return [one for one in self.workspace.messages.all if one.channel == channel and not one.ephemeral]

    async def reached(self, method: str, times: int = 1, timeout_s: float = PATIENCE_S) -> None:
        """Wait until this method was called so often, answered or not."""
        arrived = self.workspace.arrived
        if not await self.workspace.until(lambda: arrived[method] >= times, timeout_s):
            raise AssertionError(f"{method} was called {arrived[method]} times, not {times}")

    async def until(self, holds: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Wait for a change of the workspace after which this holds."""
        if not await self.workspace.until(holds, timeout_s):
            raise AssertionError("what was waited for did not happen")

    # Switches.

    def waits(self, seconds: float) -> None:
        """Set the seconds for an acknowledgement and for a trigger id, which are three in Slack."""
        self.delivery.limit_s = self.workspace.triggers.life_s = seconds

    def fail(
        self,
        method: str,
        *,
        error: str | None = None,
        status: int | None = None,
        content_type: str = "text/plain",
        retry_after: int | None = None,
        times: int | None = None,
        hang: asyncio.Event | None = None,
    ) -> None:
        """
        Make a method answer an error word, an HTTP status, or 429 with Retry-After.

        With `hang` it answers nothing until that event is set, and then as it would have. It fails so many
        times, or until healed.
        """
        self._web_api.failures[method] = Failure(
            error=error,
            status=status,
            content_type=content_type,
            retry_after=retry_after,
            times=times,
            hang=hang,
        )

    def takes(self, seconds: float) -> None:
        """Let every call take this long."""
        self._web_api.takes_s = seconds

    def heal(self, method: str | None = None) -> None:
        """Undo `fail` for one method, or for all."""
        if method is None:
            self._web_api.failures.clear()
        self._web_api.failures.pop(method or "", None)

    # The workspace.

    def person(self, name_or_id: str) -> Person:
        for person in self.people.values():
            if name_or_id in {person.id, person.user.name}:
                return person
        raise KeyError(name_or_id)

    def change_user(self, user_id: str, **facts: Any) -> User:
        """Change facts of an account, e.g. deleted=True, is_restricted=True, team="T0OTHER"."""
        users = self.workspace.directory.users
        users[user_id] = dataclasses.replace(users[user_id], **facts)
        self._changed({"type": "user_change", "user": users[user_id].payload()})
        return users[user_id]

    def change_group(self, group_id: str, **facts: Any) -> Group:
        """Change facts of a group, e.g. users=("U0AGENT",), date_delete=1700000000, listed=()."""
        groups = self.workspace.directory.groups
        groups[group_id] = dataclasses.replace(groups[group_id], **facts)
        self._changed({"type": "subteam_updated", "subteam": groups[group_id].payload(include_users=True)})
        return groups[group_id]

    def _changed(self, event: Mapping[str, Any]) -> None:
        """The bot is told before the next thing that a person does, while Slack `tells_of_changes`."""
        if self.tells_of_changes:
            told = payloads.event(event, f"Ev{secrets.token_hex(5).upper()}", self.workspace.now())
            self.delivery.changes.append(told)

    def change_channel(self, channel_id: str, **facts: Any) -> Channel:
        """Change facts of a channel, e.g. is_archived=True, members=()."""
        channels = self.workspace.directory.channels
        channels[channel_id] = dataclasses.replace(channels[channel_id], **facts)
        return channels[channel_id]

    def add_user(self, user: User, *, channels: tuple[str, ...] = ("C0SUPPORT",)) -> Person:
        self.workspace.directory.users[user.id] = user
        for channel in channels:
            before = self.workspace.directory.channels[channel]
            self.change_channel(channel, members=(*before.members, user.id))
        person = self.people[user.id] = Person(user.id, self.workspace, self.delivery)
        return person

    def add_group(self, group: Group) -> None:
        self.workspace.directory.groups[group.id] = group
