"""Connections come and are renewed, and nobody who types meanwhile notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from bot.adapters.slack.installation import SlackRefusesToken, SlackUnreachable
from bot.sandbox.slack.delivery import Ack
from bot.sockets import OPEN_S, SocketIntake
from tests.socket_story import OPEN, PATIENCE_S, Story, at_work, connected, opened


@pytest.fixture
async def story() -> AsyncIterator[Story]:
    async with opened() as story:
        yield story


@pytest.fixture
async def intake(story: Story) -> AsyncIterator[SocketIntake]:
    async with connected(story) as intake:
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
    for renewed in range(1, 9):
        typed = [story.types() for _ in range(4)]
        await story.slack.refresh_socket()
        typed += [story.types() for _ in range(4)]
        await story.slack.reached(OPEN, 2 + renewed, PATIENCE_S)
        await story.connected()
        acks += await asyncio.gather(*typed)

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


async def test_an_acknowledgement_waits_for_the_next_connection_when_there_is_none(
    story: Story, intake: SocketIntake
) -> None:
    hang, typed = asyncio.Event(), story.types()
    await story.heard.get()
    story.slack.fail(OPEN, hang=hang)
    for _ in range(2):
        await story.slack.refresh_socket()
    await story.slack.reached(OPEN, 3)
    story.may_answer.set()
    hang.set()

    assert (await typed).ok


async def test_a_connection_that_slack_closes_is_replaced_at_once(story: Story) -> None:
    """No look at it is due for a minute."""
    intake = replace(story.intake(), ping_s=60.0)
    await intake.start()
    await story.connected()
    story.may_answer.set()
    acks = [await story.types() for _ in range(2)]
    await story.slack.sockets._open[0].close()
    await story.slack.reached(OPEN, 3, PATIENCE_S)
    await story.connected()
    await intake.stop()

    assert [ack.ok for ack in acks] == [True, True]


async def test_a_connection_that_breaks_without_a_word_is_replaced(
    story: Story, intake: SocketIntake
) -> None:
    story.may_answer.set()
    story.next_line.abort()
    await story.slack.reached(OPEN, 3, PATIENCE_S)
    await story.connected()

    assert [(await story.types()).ok for _ in range(2)] == [True, True]


async def test_a_connection_that_answers_no_ping_is_replaced(story: Story, intake: SocketIntake) -> None:
    story.may_answer.set()
    story.next_line.pause_reading()
    await story.connected(3)
    unheard = story.types("to the mute one")
    acks = [await story.types() for _ in range(2)]
    told = await intake.report()

    assert [ack.ok for ack in acks] == [True, True]
    assert [line["connected"] for line in told] == [True, True]
    assert not unheard.done()


def away(story: Story) -> None:
    story.slack.fail(OPEN, error="internal_error")


def at_a_wrong_address(story: Story) -> None:
    story.slack.workspace.base_url = "http://127.0.0.1:9"


def behind_a_gateway(story: Story) -> None:
    """Whose text is no JSON, whatever it calls it."""
    story.slack.fail(OPEN, status=503, content_type="application/json")


@pytest.mark.parametrize("trouble", [away, at_a_wrong_address, behind_a_gateway])
async def test_connections_that_end_while_slack_is_away_come_back_with_it(
    story: Story, trouble: Callable[[Story], None]
) -> None:
    right, intake = story.slack.workspace.base_url, replace(story.intake(), open_s=0.5)
    await intake.start()
    await story.connected()
    trouble(story)
    for _ in range(2):
        await story.slack.refresh_socket()
    await story.slack.reached(OPEN, 4, PATIENCE_S)
    story.slack.workspace.base_url = right
    story.slack.heal()
    await story.connected()
    await intake.stop()

    assert story.slack.sockets.count == 0


@pytest.mark.parametrize("word", ["invalid_auth", "token_revoked", "missing_scope"])
async def test_a_refused_token_ends_the_start_at_once(story: Story, word: str) -> None:
    story.slack.fail(OPEN, error=word)
    with pytest.raises(SlackRefusesToken) as refused:
        await story.intake().start()

    assert refused.value.args == ("SLACK_APP_TOKEN", word)
    assert story.slack.calls.count(OPEN) == 1
    assert at_work() == set()


async def test_a_bot_token_is_no_app_token(story: Story) -> None:
    with pytest.raises(SlackRefusesToken) as refused:
        await replace(story.intake(), app_token=story.slack.bot_token).start()

    assert refused.value.args == ("SLACK_APP_TOKEN", "not_allowed_token_type")


async def silent(story: Story) -> None:
    story.slack.fail(OPEN, hang=asyncio.Event())


async def broken(story: Story) -> None:
    story.slack.fail(OPEN, error="fatal_error")


async def unreadable(story: Story) -> None:
    behind_a_gateway(story)


async def gone(story: Story) -> None:
    await story.slack.close()


async def misleading(story: Story) -> None:
    at_a_wrong_address(story)


async def full(story: Story) -> None:
    for _ in range(5):
        other = story.intake()
        story.others.append(other)
        await other.start()
    await story.connected(10)


@pytest.mark.parametrize("trouble", [silent, broken, unreadable, gone, misleading, full])
async def test_a_start_without_a_connection_fails_and_leaves_nothing_open(
    story: Story, trouble: Callable[[Story], Awaitable[None]]
) -> None:
    await trouble(story)
    before = at_work()
    with pytest.raises(SlackUnreachable):
        await replace(story.intake(), open_s=1.0).start()

    assert at_work() == before


def test_a_start_does_not_try_for_ever() -> None:
    assert OPEN_S <= 10
