"""A stop loses nothing that was taken, is over soon whatever Slack does, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.sockets import ACKNOWLEDGED_S, CLOSE_S, SocketIntake
from tests.socket_story import OPEN, PATIENCE_S, Story, at_work, connected, opened

#: Longer than any machine takes for a stop; Bolt's own default is three seconds.
BOLT_WAITS_S = 4 * int(PATIENCE_S)


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    async with opened() as story:
        yield story


@pytest.fixture
async def intake(story: Story) -> AsyncIterator[SocketIntake]:
    async with connected(story) as intake:
        yield intake


async def test_what_was_taken_is_acknowledged_on_the_connection_that_brought_it(
    story: Story, intake: SocketIntake
) -> None:
    """The other one, which owes nothing, closes at once."""
    typed = story.types()
    await story.heard.get()
    ending = story.tasks.spawn(intake.stop())
    await story.connected(1)
    assert not ending.done()
    story.may_answer.set()
    ack = await typed
    await ending

    assert ack.payload() == {"text": "Heard."}
    assert story.slack.sockets.count == 0
    assert story.slack.faults == []


async def test_what_slack_sends_meanwhile_is_done_too(story: Story, intake: SocketIntake) -> None:
    """Slack sends it nowhere else, and not a second time."""
    first = story.types("first")
    await story.heard.get()
    ending = story.tasks.spawn(intake.stop())
    await story.connected(1)
    second = story.types("second")
    assert await story.heard.get() == "second"
    story.may_answer.set()
    acks = await asyncio.gather(first, second)
    await ending

    assert [ack.ok for ack in acks] == [True, True]


async def test_after_a_stop_everything_goes_to_the_others(story: Story, intake: SocketIntake) -> None:
    story.may_answer.set()
    other = story.intake()
    story.others.append(other)
    await other.start()
    await story.connected(4)
    await intake.stop()
    acks = [await story.types() for _ in range(4)]

    assert story.slack.sockets.count == 2
    assert [ack.ok for ack in acks] == [True] * 4


async def test_a_stop_leaves_nothing_running_and_a_second_one_changes_nothing(
    story: Story, intake: SocketIntake
) -> None:
    await intake.stop()
    await intake.stop()

    assert await intake.report() == []
    assert at_work() == set()


async def test_one_that_never_started_can_be_stopped(story: Story) -> None:
    await story.intake().stop()

    assert at_work() == set()


async def test_a_stop_while_a_connection_is_being_opened_leaves_nothing_open(story: Story) -> None:
    intake = story.intake()
    await intake.start()
    story.slack.fail(OPEN, hang=asyncio.Event())
    await story.slack.reached(OPEN, 2, PATIENCE_S)
    await intake.stop()

    assert at_work() == set()


async def test_a_stop_right_after_the_start_leaves_nothing_open(story: Story) -> None:
    intake = replace(story.intake(), stagger_s=0.0)
    await intake.start()
    await intake.stop()

    assert at_work() == set()


async def test_a_stop_while_slack_is_away_leaves_nothing_open(story: Story, intake: SocketIntake) -> None:
    """With slack-sdk's own renewal a task would go on asking for the next address."""
    story.slack.fail(OPEN, hang=asyncio.Event())
    for _ in range(2):
        await story.slack.refresh_socket()
    await story.slack.reached(OPEN, 3, PATIENCE_S)
    await intake.stop()

    assert at_work() == set()


async def test_a_slack_that_takes_no_part_in_closing_does_not_hold_the_stop_up(story: Story) -> None:
    """No ping finds out before."""
    intake = replace(story.intake(), ping_s=60.0)
    await intake.start()
    await story.connected()
    story.next_line.pause_reading()
    async with asyncio.timeout(ACKNOWLEDGED_S + CLOSE_S + PATIENCE_S):
        await intake.stop()

    assert at_work() == set()


async def test_a_listener_that_never_acknowledges_does_not_hold_the_stop_up(story: Story) -> None:
    """Bolt itself would wait for it."""
    intake = replace(story.intake(), acknowledged_s=0.1)
    for listener in intake.bolt._async_listeners:
        listener.ack_timeout = BOLT_WAITS_S
    await intake.start()
    typed = story.types()
    await story.heard.get()
    async with asyncio.timeout(PATIENCE_S):
        await intake.stop()

    assert at_work() == set()
    assert not typed.done()
