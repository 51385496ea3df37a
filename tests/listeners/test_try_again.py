"""Try again does once more what was typed or pressed, where the failure may pass, and for nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.tasks import TaskSet
from bot.domain.errors import (
    CardExpired,
    CouldNotVerify,
    EngineDenied,
    EngineRefused,
    EngineTimedOut,
    LedgerUnavailable,
    NotAllowed,
    Unverified,
)
from bot.domain.refusal import Refusal
from bot.listeners.boundary import Boundary
from bot.listeners.replies import OPENED, Replies
from bot.listeners.try_again import ABOUT, AT_MOST, KEPT_S, TryAgain, may_pass
from bot.views import try_again as view
from bot.views.kit import Block, Message, View, section
from tests.listeners.conftest import COMMAND, PRESS, Urls

CARD = Message("Asha Menon", (section("Asha Menon"),))
FORM = View("A form", (section("Filled in"),))
MODAL = {"id": "V1", "type": "modal", "private_metadata": view.FAILED}


@dataclass
class Client:
    """Slack's client: which view was drawn how."""

    updated: list[tuple[str, Any]] = field(default_factory=list)
    opened: list[Any] = field(default_factory=list)

    async def views_update(self, *, view_id: str, view: Any) -> None:
        self.updated.append((view_id, view))

    async def views_open(self, *, trigger_id: str, view: Any) -> Any:
        self.opened.append((trigger_id, view))
        return {"view": {"id": "V1"}}

    views_push = views_open


@dataclass
class Desk:
    """The boundary with its Try again, and whether the engine answers."""

    tasks: TaskSet
    urls: Urls = field(default_factory=Urls)
    client: Client = field(default_factory=Client)
    at: float = 0.0
    fails: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.replies = Replies(self.urls, self.tasks.spawn)
        self.try_again = TryAgain(replies=self.replies, monotonic=lambda: self.at)
        self.boundary = Boundary(self.replies, self.try_again)

    def args(self, body: dict[str, Any], payload: dict[str, Any] | None = None) -> AsyncArgs:
        ack = Ack()
        told = {"body": body, "payload": payload or {}, "client": self.client, "context": {}, "ack": ack}
        return cast("AsyncArgs", SimpleNamespace(**told))

    async def card(self, text: str) -> Message:
        self.asked.append(text)
        if self.fails:
            raise self.fails.pop(0)
        return CARD

    async def form(self, text: str) -> View:
        await self.card(text)
        return FORM

    async def on_command(self, args: AsyncArgs) -> None:
        await self.replies.to_command(args, self.card(args.body["text"]), Message("Looking up"))

    async def on_form(self, args: AsyncArgs) -> None:
        typed = args.body["view"]["state"]["values"]["b"]["a"]["value"]
        await self.replies.to_form(args, self.form(typed), View("Wait", ()))

    async def on_press(self, args: AsyncArgs) -> None:
        await args.ack()
        await self.replies.open(args, View("Wait", ()))
        await self.replies.show(args, await self.form(args.payload["value"]))

    async def types(self, text: str = "98450 12345") -> Any:
        args = self.args({**COMMAND, "text": text})
        args.context.update(self.about)
        await self.boundary.guard(self.on_command)(args)
        return cast("Ack", args.ack).sent

    async def presses_again(self, button: Block, *, user: str = "U0AGENT", **more: Any) -> None:
        action = button["elements"][0] | {"block_id": button["block_id"]}
        body = {
            **PRESS,
            "user": {"id": user, "team_id": "T0DESK"},
            "trigger_id": "2",
            "actions": [action],
            **more,
        }
        await self.boundary.guard(self.boundary.on_try_again)(self.args(body, action))


class Ack:
    """Bolt's acknowledgement."""

    def __init__(self) -> None:
        self.response: Any = None
        self.sent: dict[str, Any] = {}

    async def __call__(self, **given: Any) -> None:
        self.response, self.sent = True, given


@pytest.fixture
def desk(tasks: TaskSet) -> Desk:
    return Desk(tasks)


@pytest.fixture
def tasks() -> TaskSet:
    return TaskSet()


def button_on(blocks: Any) -> Block:
    (found,) = (one for one in blocks if one["type"] == "actions")
    assert found["elements"][0]["text"]["text"] == "Try again"
    return cast("Block", found)


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (EngineTimedOut(), True),
        (CouldNotVerify(), True),
        (CouldNotVerify(Unverified.SCOPE), False),
        (EngineDenied(), False),
        (EngineRefused(Refusal.NO_SUCH_COUPON), False),
        (CardExpired(), False),
        (LedgerUnavailable(), False),
    ],
)
def test_it_is_offered_where_it_may_help(error: Exception, helps: bool) -> None:
    assert may_pass(error) is helps


async def test_a_command_is_done_once_more_without_being_typed(desk: Desk) -> None:
    desk.fails = [EngineTimedOut()]
    told = await desk.types()
    assert "98450" not in str(told)

    await desk.presses_again(button_on(told["blocks"]))

    assert desk.asked == ["98450 12345", "98450 12345"]
    ((url, shown),) = desk.urls.posted
    assert (url, shown["replace_original"], shown["text"]) == (PRESS["response_url"], True, CARD.text)


async def test_what_fails_again_can_be_tried_again(desk: Desk) -> None:
    desk.fails = [EngineTimedOut(), EngineTimedOut()]
    told = await desk.types()
    await desk.presses_again(button_on(told["blocks"]))
    _, shown = desk.urls.posted[-1]

    await desk.presses_again(button_on(shown["blocks"]))

    assert desk.urls.posted[-1][1]["text"] == CARD.text
    assert len(desk.asked) == 3


async def test_it_names_what_was_looked_up(desk: Desk) -> None:
    desk.fails, desk.about = [EngineTimedOut(), EngineDenied()], {ABOUT: "…2345"}
    told, no = await desk.types(), await desk.types()

    assert told["text"].startswith("…2345 could not be looked up. The loyalty engine did not answer in time.")
    assert told["blocks"][0]["text"]["text"] == told["text"]
    assert "looked up" not in no["text"]


async def test_a_no_has_no_such_button(desk: Desk) -> None:
    desk.fails = [EngineDenied()]
    told = await desk.types()

    assert [one["type"] for one in told["blocks"]] == ["section"]


@pytest.mark.parametrize("why", ["too late", "somebody else", "done already"])
async def test_it_is_done_once_in_time_and_for_whoever_typed_it(desk: Desk, why: str) -> None:
    desk.fails = [EngineTimedOut()]
    button = button_on((await desk.types())["blocks"])
    if why == "too late":
        desk.at = KEPT_S + 1
    if why == "done already":
        await desk.presses_again(button)
    asked = len(desk.asked)

    await desk.presses_again(button, user="U0OTHER" if why == "somebody else" else "U0AGENT")

    assert len(desk.asked) == asked
    said = {"somebody else": "not allowed"}.get(why, "more than a day old")
    assert said in desk.urls.posted[-1][1]["text"]


async def test_only_so_many_are_kept(desk: Desk) -> None:
    desk.fails = [EngineTimedOut() for _ in range(AT_MOST + 1)]
    first = button_on((await desk.types())["blocks"])
    for _ in range(AT_MOST):
        last = button_on((await desk.types())["blocks"])

    with pytest.raises(CardExpired):
        await desk.try_again.pressed(desk.args({**PRESS}, first["elements"][0]))
    await desk.presses_again(last)
    assert desk.urls.posted[-1][1]["text"] == CARD.text


async def test_a_form_keeps_what_was_typed(desk: Desk) -> None:
    desk.fails = [CouldNotVerify()]
    state = {"values": {"b": {"a": {"value": "Once only"}}}}
    body = {
        "type": "view_submission",
        "user": PRESS["user"],
        "view": {"id": "V1", "type": "modal", "state": state},
    }
    args = desk.args(body)
    await desk.boundary.guard(desk.on_form)(args)
    failed = cast("Ack", args.ack).sent["view"]

    await desk.presses_again(button_on(failed["blocks"]), response_url=None, view={**MODAL, "blocks": []})

    assert desk.asked == ["Once only", "Once only"]
    assert desk.client.updated == [("V1", FORM.payload())]


async def test_a_press_that_opened_a_modal_is_offered_as_the_same_button_and_shown_in_its_place(
    desk: Desk,
) -> None:
    desk.fails = [EngineTimedOut()]
    action = {"type": "button", "action_id": "open", "block_id": "row", "value": "card.3"}
    await desk.boundary.guard(desk.on_press)(desk.args({**PRESS, "trigger_id": "1"}, action))
    failed = desk.client.updated[-1][1]
    again = button_on(failed["blocks"])
    pressed = again["elements"][0]
    assert (again["block_id"], pressed["action_id"], pressed["value"]) == ("row", "open", "card.3")

    body = {**PRESS, "trigger_id": "2", "view": {**failed, "id": "V1"}}
    await desk.boundary.guard(desk.on_press)(desk.args(body, pressed))

    assert desk.client.updated[-1] == ("V1", FORM.payload())
    assert len(desk.client.opened) == 1, "nothing is opened on top of it"


async def test_a_press_on_a_card_that_stays_needs_no_button(desk: Desk) -> None:
    async def on_refresh(args: AsyncArgs) -> None:
        await args.ack()
        raise EngineTimedOut

    args = desk.args({**PRESS}, PRESS["actions"][0])  # type: ignore[index]
    await desk.boundary.guard(on_refresh)(args)

    assert OPENED not in args.context
    assert [one["type"] for one in desk.urls.posted[-1][1]["blocks"]] == ["section"]


async def test_somebody_elses_is_a_denial(desk: Desk) -> None:
    desk.fails = [EngineTimedOut()]
    button = button_on((await desk.types())["blocks"])
    body = {**PRESS, "user": {"id": "U0OTHER", "team_id": "T0DESK"}}

    with pytest.raises(NotAllowed):
        await desk.try_again.pressed(desk.args(body, button["elements"][0]))
