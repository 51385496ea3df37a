"""Within Slack's three seconds the acknowledgement is the card; later it is a line, and the card follows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from slack_bolt.kwargs_injection.async_args import AsyncArgs
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from structlog.testing import capture_logs

from bot.domain.errors import LedgerUnavailable, TooLate, UnknownCustomer
from bot.listeners import replies as replies_module
from bot.listeners.boundary import Listener
from bot.listeners.replies import HANDED_OVER_S, OPENED, SHOWN_AGAIN
from bot.views.kit import Message, View, section
from tests.listeners.conftest import COMMAND, PRESS, Story

#: Only a test that fails waits so many seconds.
PATIENCE_S = 5.0
CARD = Message("A card", (section("A card"),))
MEANWHILE = Message("The card follows.")


def answering(
    story: Story, ready: asyncio.Event, *, within_s: float, error: Exception | None = None
) -> Listener:
    async def work() -> Message:
        await ready.wait()
        if error is not None:
            raise error
        return CARD

    async def listener(args: AsyncArgs) -> None:
        await replace(story.replies, ready_within_s=within_s).to_command(args, work(), MEANWHILE)

    return listener


@pytest.fixture
def ready() -> asyncio.Event:
    return asyncio.Event()


async def test_a_card_that_is_ready_is_the_acknowledgement(story: Story, ready: asyncio.Event) -> None:
    ready.set()
    answer = await story.command(answering(story, ready, within_s=30))
    await story.boundary.drain(30)

    assert json.loads(answer.body) == CARD.payload()
    assert story.urls.posted == []


async def test_a_card_that_is_late_follows_its_acknowledgement_once(
    story: Story, ready: asyncio.Event
) -> None:
    answer = await story.command(answering(story, ready, within_s=0.01))
    assert json.loads(answer.body) == MEANWHILE.payload()
    assert story.urls.posted == []

    ready.set()
    await story.boundary.drain(30)

    assert story.urls.posted == [(COMMAND["response_url"], CARD.payload())]


@pytest.mark.parametrize("error", [None, LedgerUnavailable()], ids=["a card", "a failure"])
async def test_what_is_ready_just_after_its_acknowledgement_does_not_overtake_it(
    story: Story, error: Exception | None
) -> None:
    """Else the card would stand above the line that says it follows."""
    args, loop = Submitted(), asyncio.get_running_loop()
    try:
        await answering(story, args.acked, within_s=0.01, error=error)(cast("AsyncArgs", args))
    except LedgerUnavailable:
        assert error is not None

    assert loop.time() - args.acked_at >= HANDED_OVER_S
    assert len(story.urls.posted) == (error is None)


async def test_a_failure_in_time_is_the_acknowledgement(story: Story, ready: asyncio.Event) -> None:
    ready.set()
    answer = await story.command(answering(story, ready, within_s=30, error=UnknownCustomer("…8244")))
    await story.boundary.drain(30)

    assert "No customer is known under …8244." in json.loads(answer.body)["text"]
    assert story.urls.posted == []


async def test_a_late_failure_follows_the_acknowledgement(story: Story, ready: asyncio.Event) -> None:
    answer = await story.command(answering(story, ready, within_s=0.01, error=UnknownCustomer("…8244")))
    ready.set()
    await story.boundary.drain(30)
    [(_, told)] = story.urls.posted

    assert json.loads(answer.body)["text"] == MEANWHILE.text
    assert "No customer is known under …8244." in told["text"]


async def test_a_commands_answer_never_claims_to_replace_something(
    story: Story, ready: asyncio.Event
) -> None:
    """The response URL of a command has nothing that it could replace."""
    await story.command(answering(story, ready, within_s=0.01, error=UnknownCustomer()))
    ready.set()
    await story.boundary.drain(30)
    [(_, told)] = story.urls.posted

    assert "replace_original" not in told


async def test_a_card_that_was_pressed_is_replaced_through_that_press(story: Story) -> None:
    async def listener(args: AsyncArgs) -> None:
        await args.ack()
        await story.replies.redraw(args, CARD)

    await story.press(listener)
    await story.boundary.drain(30)

    assert story.urls.posted == [(PRESS["response_url"], {**CARD.payload(), "replace_original": True})]


async def test_what_fails_at_an_event_is_told_to_nobody(story: Story, ready: asyncio.Event) -> None:
    """Nobody pressed anything. Bolt acknowledges events by itself, before anybody listens."""

    async def listener(_: AsyncArgs) -> None:
        ready.set()
        raise LedgerUnavailable("away")

    with capture_logs() as logged:
        answer = await story.event(listener)
        await ready.wait()
        await story.boundary.drain(30)

    assert answer.status == 200
    assert [line["event"] for line in logged] == ["listener_failed"]


class Submitted:
    """As much of `AsyncArgs` as a command needs, or a form that fails."""

    body = COMMAND

    def __init__(self) -> None:
        self.acked = asyncio.Event()
        self.acked_at = 0.0

    async def ack(self, **_: object) -> None:
        self.acked_at = asyncio.get_running_loop().time()
        self.acked.set()


async def test_a_form_that_fails_late_does_not_overtake_its_acknowledgement(story: Story) -> None:
    """Else the error would be overwritten by *Working…*, and that would stand for good."""
    args = Submitted()

    async def work() -> View:
        await args.acked.wait()
        raise LedgerUnavailable

    hurried = replace(story.replies, ready_within_s=0.01)
    with pytest.raises(LedgerUnavailable):
        async with asyncio.timeout(PATIENCE_S):
            await hurried.to_form(cast("AsyncArgs", args), work(), View("Working", ()))

    assert asyncio.get_running_loop().time() - args.acked_at >= HANDED_OVER_S


@dataclass
class Opening:
    """As much of `AsyncArgs` as a press that opens a modal needs."""

    opened: list[Any] = field(default_factory=list)
    updated: list[Any] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=lambda: {"trigger_id": "1.2.3"})
    context: dict[str, Any] = field(default_factory=dict)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def client(self) -> Opening:
        return self

    async def views_open(self, **call: Any) -> Any:
        self.opened.append(call["view"])
        self.is_open.set()
        return {"view": {"id": "V0"}}

    async def views_update(self, **call: Any) -> None:
        self.updated.append(call["view"])


def answer(data: dict[str, Any]) -> AsyncSlackResponse:
    """As Slack gives it, with a wait that is none."""
    return AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data=data,
        headers={"Retry-After": "0"},
        status_code=429,
    )


FORM, SKELETON = View("Form", (section("complete"),)), View("Form", (section("…"),))


async def test_a_modal_whose_content_is_ready_opens_complete(story: Story) -> None:
    args = Opening()

    async def form() -> View:
        return FORM

    await story.replies.open_drawn(cast("AsyncArgs", args), form(), SKELETON)

    assert (args.opened, args.updated) == ([FORM.payload()], [])


async def test_a_modal_whose_content_takes_longer_opens_at_once_and_is_filled(
    story: Story, ready: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies_module, "COMPLETE_WITHIN_S", 0.01)
    args = Opening()

    async def form() -> View:
        await ready.wait()
        return FORM

    opening = story.tasks.spawn(story.replies.open_drawn(cast("AsyncArgs", args), form(), SKELETON))
    async with asyncio.timeout(PATIENCE_S):
        await args.is_open.wait()
    ready.set()
    await opening

    assert (args.opened, args.updated) == ([SKELETON.payload()], [FORM.payload()])


async def test_what_fails_before_the_modal_opens_is_told_in_it(story: Story) -> None:
    args = Opening()

    async def form() -> View:
        raise UnknownCustomer

    with pytest.raises(UnknownCustomer):
        await story.replies.open_drawn(cast("AsyncArgs", args), form(), SKELETON)

    assert args.opened == [SKELETON.payload()]


async def test_what_passed_before_counts_for_the_answer(story: Story, ready: asyncio.Event) -> None:
    """Slack waits three seconds in all, whatever the ledger took of them."""
    waits: list[float] = []

    async def listener(args: AsyncArgs) -> None:
        asyncio.get_running_loop().call_later(0.02, ready.set)
        await ready.wait()
        waits.append(replace(story.replies, ready_within_s=0.01).left_s())
        await args.ack()

    await story.command(listener)
    await story.boundary.drain(30)

    assert waits == [0.0]


async def test_a_modal_whose_turn_does_not_come_in_time_asks_to_press_again(story: Story) -> None:
    class Crowded(Opening):
        async def views_open(self, **_: Any) -> Any:
            told = {"ok": False, "error": "ratelimited"}
            raise SlackApiError("too often", answer(told))

    with pytest.raises(TooLate):
        await story.replies.open(cast("AsyncArgs", Crowded()), FORM)


async def test_a_modal_that_slack_has_no_place_for_now_is_shown_when_it_has(story: Story) -> None:
    class Busy(Opening):
        async def views_update(self, **call: Any) -> None:
            await super().views_update(**call)
            if len(self.updated) <= SHOWN_AGAIN:
                raise SlackApiError("too often", answer({"ok": False, "error": "ratelimited"}))

    args = Busy()
    args.context[OPENED] = "V0"
    await story.replies.show(cast("AsyncArgs", args), FORM)

    assert args.updated == [FORM.payload()] * (1 + SHOWN_AGAIN)


async def test_a_modal_that_slack_never_has_a_place_for_is_a_failure(story: Story) -> None:
    class Full(Opening):
        async def views_update(self, **call: Any) -> None:
            await super().views_update(**call)
            raise SlackApiError("too often", answer({"ok": False, "error": "ratelimited"}))

    args = Full()
    args.context[OPENED] = "V0"
    with pytest.raises(SlackApiError):
        await story.replies.show(cast("AsyncArgs", args), FORM)

    assert len(args.updated) == 1 + SHOWN_AGAIN
