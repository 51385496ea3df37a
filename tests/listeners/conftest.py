"""Bolt itself with the desk's edge around a listener, and requests as Slack signs them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

from bot.aio.tasks import TaskSet
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.replies import Replies

SECRET = "signing-secret"
COMMAND = {
    "command": "/story",
    "text": "",
    "user_id": "U0AGENT",
    "team_id": "T0DESK",
    "channel_id": "C0SUPPORT",
    "response_url": "https://hooks.slack.com/commands/1",
}
PRESS = {
    "type": "block_actions",
    "user": {"id": "U0AGENT", "team_id": "T0DESK"},
    "team": {"id": "T0DESK"},
    "response_url": "https://hooks.slack.com/actions/1",
    "actions": [{"type": "button", "action_id": "story", "block_id": "b", "value": "v"}],
}
EVENT = {
    "type": "event_callback",
    "team_id": "T0DESK",
    "event": {"type": "app_home_opened", "user": "U0AGENT", "tab": "home"},
}


@dataclass(slots=True)
class Urls:
    """Response URLs that keep what was posted to them."""

    takes: bool = True
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, url: str, payload: Mapping[str, Any]) -> bool:
        self.posted.append((url, dict(payload)))
        self.arrived.set()
        return self.takes


@dataclass(frozen=True, slots=True)
class Story:
    """A Bolt app with one command, one button and one event, each answered by the listener that is given."""

    boundary: Boundary
    replies: Replies
    urls: Urls
    tasks: TaskSet

    async def command(self, listener: Listener, *, guarded: bool = True) -> BoltResponse:
        return await self._dispatch(listener, urlencode(COMMAND), guarded=guarded)

    async def press(self, listener: Listener, *, guarded: bool = True) -> BoltResponse:
        return await self._dispatch(listener, urlencode({"payload": json.dumps(PRESS)}), guarded=guarded)

    async def event(self, listener: Listener) -> BoltResponse:
        return await self._dispatch(listener, urlencode({"payload": json.dumps(EVENT)}), guarded=True)

    async def _dispatch(self, listener: Listener, body: str, *, guarded: bool) -> BoltResponse:
        app = AsyncApp(name="desk", signing_secret=SECRET, authorize=_authorize)
        answers = self.boundary.guard(listener) if guarded else listener
        app.command("/story")(answers)
        app.action("story")(answers)
        app.event("app_home_opened")(answers)
        return await app.async_dispatch(AsyncBoltRequest(body=body, headers=signed(body)))


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T0DESK", bot_id="B0DESK", bot_user_id="U0DESK", bot_token="xoxb-1"
    )


def signed(body: str) -> dict[str, str | Sequence[str]]:
    verifier = SignatureVerifier(SECRET)
    timestamp = str(int(verifier.clock.now()))
    signature = verifier.generate_signature(timestamp=timestamp, body=body)
    return {
        "content-type": ["application/x-www-form-urlencoded"],
        "x-slack-request-timestamp": [timestamp],
        "x-slack-signature": [signature or ""],
    }


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    tasks, urls = TaskSet(), Urls()
    replies = Replies(urls, tasks.spawn)
    yield Story(Boundary(replies), replies, urls, tasks)
    await tasks.close()
