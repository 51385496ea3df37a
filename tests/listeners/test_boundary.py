"""Whatever a listener raises, Slack gets one acknowledgement and the person is told."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator

import pytest
import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from structlog.testing import LogCapture

from bot import logs
from bot.aio.deadline import left_s
from bot.domain.errors import (
    CannotStart,
    CouldNotVerify,
    Denial,
    DeskError,
    EngineBusy,
    EngineError,
    EngineRefused,
    NotAllowed,
    NotUnderstood,
    RecordsNotRead,
    Unverified,
    UserError,
)
from bot.domain.redemption import Trouble
from bot.domain.refusal import Refusal
from bot.domain.request_errors import AlreadyHonoured, AnswerNotKept, NobodyToAsk
from bot.listeners.boundary import Listener
from bot.views import notices
from tests.listeners.conftest import COMMAND, PRESS, Story
from tests.tables import table
from tests.views.redeeming import unknown


@pytest.fixture
def events() -> Iterator[LogCapture]:
    """The events that were logged, with their fields and the request's reference."""
    caught = LogCapture()
    structlog.configure(processors=[_with_reference, caught])
    yield caught
    structlog.reset_defaults()


def _with_reference(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["reference"] = logs.reference()
    return event


async def acknowledges_and_breaks(args: AsyncArgs) -> None:
    await args.ack("Working…")
    raise ZeroDivisionError


async def breaks(args: AsyncArgs) -> None:
    raise ZeroDivisionError


async def test_bolt_alone_loses_an_acknowledgement_when_the_listener_raises_right_after_it(
    story: Story,
) -> None:
    """Bolt 1.30. When this fails, Bolt was mended: the boundary need no longer keep exceptions from it."""
    answer = await story.command(acknowledges_and_breaks, guarded=False)

    assert answer.status == 404


async def test_a_listener_that_raises_right_after_its_acknowledgement_keeps_it(story: Story) -> None:
    answer = await story.command(acknowledges_and_breaks)

    assert answer.status == 200
    assert "Working…" in answer.body


async def test_a_press_that_breaks_right_after_its_acknowledgement_keeps_it(story: Story) -> None:
    async def listener(args: AsyncArgs) -> None:
        await args.ack()
        raise ZeroDivisionError

    answer = await story.press(listener)

    assert (answer.status, answer.body) == (200, "")


async def test_what_nobody_foresaw_is_told_with_the_reference_that_the_log_has(
    story: Story, events: LogCapture
) -> None:
    await story.command(acknowledges_and_breaks)
    [(url, told)] = story.urls.posted
    broke = [event for event in events.entries if event["event"] == "listener_broke"]

    assert url == COMMAND["response_url"]
    assert re.findall(r"the reference `([0-9a-f]{8})`", told["text"]) == [broke[0]["reference"]]
    assert len(broke) == 1
    assert broke[0]["exc_info"]


async def test_a_command_that_breaks_before_its_acknowledgement_is_acknowledged_with_the_words(
    story: Story,
) -> None:
    answer = await story.command(breaks)

    assert answer.status == 200
    assert "Something went wrong on our side." in json.loads(answer.body)["text"]
    assert story.urls.posted == []


async def test_a_press_that_breaks_before_its_acknowledgement_is_acknowledged_and_told_beside_the_card(
    story: Story,
) -> None:
    answer = await story.press(breaks)
    await story.boundary.drain(10)
    [(url, told)] = story.urls.posted

    assert (answer.status, answer.body) == (200, "")
    assert url == PRESS["response_url"]
    assert told["replace_original"] is False
    assert told["response_type"] == "ephemeral"


async def test_a_reply_that_cannot_be_delivered_is_logged_and_no_crash(
    story: Story, events: LogCapture
) -> None:
    story.urls.takes = False
    answer = await story.command(acknowledges_and_breaks)

    assert answer.status == 200
    assert "reply_lost" in [event["event"] for event in events.entries]


async def test_nor_is_one_that_breaks(
    story: Story, events: LogCapture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> bool:
        raise RuntimeError

    monkeypatch.setattr(type(story.urls), "post", breaks)
    answer = await story.command(acknowledges_and_breaks)

    assert answer.status == 200
    assert "reply_broke" in [event["event"] for event in events.entries]
    assert await story.boundary.drain(1)


def every(kind: type[DeskError]) -> Iterator[type[DeskError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every(narrower)


#: What an error carries besides itself.
CARRIES: dict[type[DeskError], DeskError] = {
    NotUnderstood: NotUnderstood("Type it again."),
    NotAllowed: NotAllowed(Denial.GUEST),
    EngineRefused: EngineRefused(Refusal.REVOKED),
    EngineBusy: EngineBusy(retry_after_s=3.0),
    AnswerNotKept: AnswerNotKept(unknown()),
    AlreadyHonoured: AlreadyHonoured(unknown(), asked_about=False),
    NobodyToAsk: NobodyToAsk(Trouble.NO_CHANNEL),
}
#: What ends a command before there is a listener is told on the command line.
ERRORS = sorted(
    {kind for kind in every(DeskError) if kind.__module__.startswith("bot.")} - {*every(CannotStart)},
    key=lambda k: k.__name__,
)


@pytest.mark.parametrize("kind", ERRORS)
async def test_every_error_of_ours_reaches_the_person_as_a_sentence_of_its_own(
    story: Story, events: LogCapture, kind: type[DeskError]
) -> None:
    async def listener(args: AsyncArgs) -> None:
        raise CARRIES.get(kind) or kind()

    answer = await story.command(listener)
    told = json.loads(answer.body)
    event = events.entries[-1]

    assert told["response_type"] == "ephemeral"
    assert re.fullmatch(r"[A-Z][^\n]+[.!?]", told["text"])
    assert told["blocks"][0]["text"]["text"] == told["text"]
    assert "our side" not in told["text"]
    assert (event["event"] == "listener_refused") == issubclass(kind, UserError)
    assert event["error"] == kind.__name__


def test_no_two_errors_that_people_meet_are_told_alike() -> None:
    leaves = [kind for kind in ERRORS if not kind.__subclasses__() and kind.__module__ == "bot.domain.errors"]
    told = {kind: notices.problem(CARRIES.get(kind) or kind()).text for kind in leaves}

    assert len(set(told.values())) == len(leaves)


@table("kind", [kind for kind in ERRORS if issubclass(kind, EngineError)])
def test_every_engine_error_says_what_to_do_and_nothing_of_a_change_nobody_asked_for(
    kind: type[EngineError],
) -> None:
    told = notices.problem(CARRIES.get(kind) or kind()).text

    assert "Nothing was changed." not in told
    assert re.search(r"Try again|Tell whoever|ask store ops|Ask store ops", told)


@table("why", Denial)
def test_every_denial_says_not_allowed(why: Denial) -> None:
    assert "not allowed" in notices.problem(NotAllowed(why)).text


@pytest.mark.parametrize(
    "error", [*map(CouldNotVerify, Unverified), RecordsNotRead(), NobodyToAsk(Trouble.GROUPS_UNREADABLE)]
)
def test_every_check_that_failed_says_so_and_blames_nobody(error: DeskError) -> None:
    told = notices.problem(error).text

    assert "could not verify" in told
    assert "not allowed" not in told


async def test_what_was_acknowledged_is_not_acknowledged_again(story: Story) -> None:
    """The sentence comes beside it; an acknowledgement that is changed afterwards would be seen by nobody."""

    async def listener(args: AsyncArgs) -> None:
        await args.ack("Working…")
        raise NotUnderstood("Type it again.")

    answer = await story.command(listener)

    assert "Working…" in answer.body
    assert "Type it again." not in answer.body
    assert [payload["text"] for _, payload in story.urls.posted] == ["Type it again."]


async def test_drain_waits_for_what_runs(story: Story) -> None:
    going_on, done = asyncio.Event(), []

    async def listener(args: AsyncArgs) -> None:
        await args.ack()
        await going_on.wait()
        done.append("all of it")

    await story.press(listener)
    draining = story.tasks.spawn(story.boundary.drain(30))
    await asyncio.sleep(0)
    assert not draining.done()
    going_on.set()

    assert await draining is True
    assert done == ["all of it"]


async def test_drain_waits_for_nothing_when_nothing_runs(story: Story) -> None:
    assert await story.boundary.drain(0.0) is True


async def test_drain_waits_for_the_last_of_several(story: Story) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    def waits_for(event: asyncio.Event) -> Listener:
        async def listener(args: AsyncArgs) -> None:
            await args.ack()
            await event.wait()

        return listener

    await story.press(waits_for(first))
    await story.press(waits_for(second))
    first.set()
    assert await story.boundary.drain(0.01) is False
    second.set()

    assert await story.boundary.drain(30) is True


async def test_drain_says_when_it_gave_up_and_on_how_many(story: Story, events: LogCapture) -> None:
    going_on = asyncio.Event()

    async def listener(args: AsyncArgs) -> None:
        await args.ack()
        await going_on.wait()

    await story.press(listener)
    async with asyncio.timeout(5):
        finished = await story.boundary.drain(0.01)
    going_on.set()
    await story.boundary.drain(30)

    assert finished is False
    assert [(event["event"], event["running"]) for event in events.entries] == [("drain_incomplete", 1)]


async def test_a_listener_that_breaks_is_not_waited_for_ever(story: Story) -> None:
    await story.press(breaks)

    assert await story.boundary.drain(30) is True


async def test_the_ledger_gets_two_seconds_before_the_answer_and_its_usual_time_after_it(
    story: Story,
) -> None:
    seen = []

    async def listener(args: AsyncArgs) -> None:
        seen.append(left_s(60.0))
        await args.ack("Working…")
        seen.append(left_s(60.0))

    await story.command(listener)

    before, after = seen
    assert before <= 2.0
    assert after == 60.0
