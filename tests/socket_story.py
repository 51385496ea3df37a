"""A desk of one command, which Slack reaches over sockets."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.adapters.slack.web import ResponseUrls, working_client
from bot.aio.tasks import TaskSet
from bot.listeners.boundary import Boundary
from bot.listeners.replies import Replies
from bot.sandbox.slack.delivery import Ack
from bot.sandbox.slack.server import SandboxSlack
from bot.sockets import SocketIntake

OPEN = "apps.connections.open"
PATIENCE_S = 30.0


@dataclass(slots=True)
class Story:
    """Slack, and a desk of one command that waits until it may answer. Slack's own three seconds do not end."""

    session: aiohttp.ClientSession
    slack: SandboxSlack = field(default_factory=lambda: SandboxSlack(limit_s=PATIENCE_S))
    tasks: TaskSet = field(default_factory=TaskSet)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    #: The words of each command that came in.
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    #: Other instances, stopped with the story.
    others: list[SocketIntake] = field(default_factory=list)

    async def on_command(self, args: AsyncArgs) -> None:
        self.heard.put_nowait(args.body["text"])
        if args.body["text"] == "break":
            raise RuntimeError
        await self.may_answer.wait()
        await args.ack("Heard.")

    def intake(self) -> SocketIntake:
        bolt = AsyncApp(name="desk", signing_secret="", authorize=authorize)
        boundary = Boundary(Replies(ResponseUrls(self.session, self.slack.api_url), self.tasks.spawn))
        bolt.command("/coupons")(boundary.guard(self.on_command))
        return SocketIntake(
            bolt=bolt,
            app_token=self.slack.app_token,
            client=working_client(None, self.slack.api_url, self.session),
            work=boundary,
            spawn=self.tasks.spawn,
            stagger_s=0.01,
            ping_s=1.0,
        )

    def types(self, words: str = "1") -> asyncio.Task[Ack]:
        return self.tasks.spawn(self.slack.person("U0AGENT").command("/coupons", words))

    async def connected(self, count: int = 2) -> None:
        await self.slack.until(lambda: self.slack.sockets.count == count, PATIENCE_S)

    @property
    def next_line(self) -> asyncio.Transport:
        """Slack's end of the connection that the next command goes to."""
        request = self.slack.sockets._open[0]._req
        assert request is not None
        assert isinstance(request.transport, asyncio.Transport)
        return request.transport


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T0DESK", bot_id="B0DESK", bot_user_id="U0DESK", bot_token="xoxb-1"
    )


def at_work() -> set[str]:
    """What runs for sockets on our side."""
    names = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    return {name for name in names if "SocketMode" in name or "SocketIntake" in name or "_Line" in name}


@asynccontextmanager
async def opened() -> AsyncIterator[Story]:
    """Whatever happens in it: nothing that belongs to a connection is left open."""
    async with aiohttp.ClientSession() as session:
        story = Story(session)
        await story.slack.start()
        yield story
        for other in story.others:
            await other.stop()
        left = at_work()
        await story.tasks.close()
        await story.slack.close()
    # A session that nobody closed says so when it is collected.
    gc.collect()
    if left:
        raise AssertionError(f"still running: {left}")


@asynccontextmanager
async def connected(story: Story) -> AsyncIterator[SocketIntake]:
    """With both of its connections."""
    intake = story.intake()
    try:
        await intake.start()
        await story.connected()
        yield intake
    finally:
        await intake.stop()
