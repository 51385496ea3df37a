"""Connections come, are renewed and go, and nobody who types meanwhile notices."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.adapters.slack.home import SlackRefusesToken, SlackUnreachable
from bot.adapters.slack.web import ResponseUrls, working_client
from bot.listeners.boundary import Boundary
from bot.listeners.replies import Replies
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_delivery import Ack
from bot.services.tasks import Tasks
from bot.sockets import SocketIntake

OPEN = "apps.connections.open"
PATIENCE_S = 30.0


@dataclass(slots=True)
class Story:
    """Slack, and a desk of one command that waits until it may answer. Slack's own three seconds do not end."""

    session: aiohttp.ClientSession
    slack: SandboxSlack = field(default_factory=lambda: SandboxSlack(ack_limit_s=PATIENCE_S))
    tasks: Tasks = field(default_factory=Tasks)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    #: The words of each command that came in.
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    async def on_command(self, args: AsyncArgs) -> None:
        self.heard.put_nowait(args.body["text"])
        if args.body["text"] == "break":
            raise RuntimeError
        await self.may_answer.wait()
        await args.ack("Heard.")

    def intake(self) -> SocketIntake:
        bolt = AsyncApp(signing_secret="", authorize=authorize)
        boundary = Boundary(Replies(ResponseUrls(self.session), self.tasks.spawn))
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

    async def loses(self) -> None:
        """The connection whose turn is next breaks without a word."""
        self.slack.sockets._open[0]._req.transport.abort()  # type: ignore[union-attr]
        await self.slack.until(lambda: self.slack.sockets.count < 2, PATIENCE_S)

    def mutes(self) -> None:
        """The connection whose turn is next stays open, and Slack reads nothing from it any more."""
        self.slack.sockets._open[0]._req.transport.pause_reading()  # type: ignore[union-attr]


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T0DESK", bot_id="B0DESK", bot_user_id="U0DESK", bot_token="xoxb-1"
    )


def at_work() -> set[str]:
    """What runs for sockets on our side."""
    names = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    return {name for name in names if "SocketMode" in name or "SocketIntake" in name}


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    """Whatever happens in it: nothing that belongs to a connection is left open."""
    async with aiohttp.ClientSession() as session:
        story = Story(session)
        await story.slack.start()
        yield story
        await story.tasks.close()
        await story.slack.close()
    gc.collect()


@pytest.fixture
async def intake(story: Story) -> AsyncIterator[SocketIntake]:
    """One that has both of its connections."""
    async with AsyncExitStack() as stack:
        intake = story.intake()
        stack.push_async_callback(intake.stop)
        await intake.start()
        await story.connected()
        yield intake


async def test_the_second_connection_is_opened_after_the_stagger(story: Story) -> None:
    loop = asyncio.get_running_loop()
    intake, begun = replace(story.intake(), stagger_s=0.3), loop.time()
    await intake.start()
    assert story.slack.sockets.count == 1
    await story.connected()
    took_s = loop.time() - begun
    await intake.stop()

    assert took_s >= 0.3


async def test_the_acknowledgement_carries_the_answer(story: Story, intake: SocketIntake) -> None:
    story.may_answer.set()
    ack = await story.types()

    assert (ack.ok, ack.payload()) == (True, {"text": "Heard."})


async def test_a_listener_that_breaks_is_acknowledged_with_words(story: Story, intake: SocketIntake) -> None:
    ack = await story.types("break")

    assert ack.ok
    assert "went wrong" in str(ack.payload())


async def test_no_command_fails_while_connections_are_renewed(story: Story, intake: SocketIntake) -> None:
    story.may_answer.set()
    acks: list[Ack] = []

    async def typing() -> None:
        while True:
            acks.append(await story.slack.person("U0AGENT").command("/coupons", "1"))

    stream = [story.tasks.spawn(typing()) for _ in range(3)]
    for renewed in range(1, 9):
        await story.slack.refresh_socket()
        await story.slack.reached(OPEN, 2 + renewed, PATIENCE_S)
        await story.connected()
    for one in stream:
        one.cancel()

    assert len(acks) > 8
    assert [ack for ack in acks if not ack.ok] == []
    assert story.slack.faults == []


async def test_a_warned_connection_is_left_only_when_there_is_another(
    story: Story, intake: SocketIntake
) -> None:
    """Slack says so some seconds before it closes."""
    hang, old = asyncio.Event(), story.slack.sockets._open[0]
    story.slack.fail(OPEN, hang=hang)
    await old.send_json({"type": "disconnect", "reason": "warning"})
    await story.slack.reached(OPEN, 3)
    assert story.slack.sockets.count == 2
    hang.set()
    await story.slack.until(lambda: old not in story.slack.sockets._open, PATIENCE_S)

    assert story.slack.sockets.count == 2


async def test_what_came_by_a_connection_that_is_gone_is_acknowledged_by_another(
    story: Story, intake: SocketIntake
) -> None:
    typed = story.types()
    await story.heard.get()
    for renewed in (1, 2):
        await story.slack.refresh_socket()
        await story.slack.reached(OPEN, 2 + renewed, PATIENCE_S)
        await story.connected()
    story.may_answer.set()

    assert (await typed).ok


@pytest.mark.parametrize("how", ["lost", "mute"])
async def test_a_dead_connection_is_replaced(story: Story, intake: SocketIntake, how: str) -> None:
    story.may_answer.set()
    await (story.loses() if how == "lost" else asyncio.to_thread(lambda: None))
    if how == "mute":
        story.mutes()
    await story.slack.reached(OPEN, 3, PATIENCE_S)
    await story.connected()

    assert [(await story.types()).ok for _ in range(2)] == [True, True]


async def away(story: Story) -> None:
    story.slack.fail(OPEN, error="internal_error")


async def at_a_wrong_address(story: Story) -> None:
    story.slack.workspace.base_url = "http://127.0.0.1:9"


@pytest.mark.parametrize("trouble", [away, at_a_wrong_address])
async def test_connections_that_end_while_slack_is_away_come_back_with_it(
    story: Story, trouble: Callable[[Story], Coroutine[Any, Any, None]]
) -> None:
    right, intake = story.slack.workspace.base_url, replace(story.intake(), open_s=0.5)
    await intake.start()
    await story.connected()
    await trouble(story)
    for _ in range(2):
        await story.slack.refresh_socket()
    await story.slack.reached(OPEN, 4, PATIENCE_S)
    story.slack.workspace.base_url = right
    story.slack.heal()
    await story.connected()
    await intake.stop()

    assert story.slack.sockets.count == 0
