"""
Buttons and forms of an older version, pressed on today's desk with the older version's ledger.

Each is answered by its feature, never as an unknown button.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot.adapters.ledger.database import migrate
from bot.app import Tuning
from bot.domain.errors import Outdated
from bot.sandbox.slack.blockkit.inputs import controls
from bot.sandbox.slack.messages import SandboxMessage
from bot.sandbox.slack.people import BOT_USER
from bot.sandbox.slack.screen import Control, Surface
from bot.sandbox.slack.views import SandboxView
from bot.sandbox.slack.workspace import ApiCall
from bot.views import notices
from tests.flows.conftest import Clock
from tests.stored.left import window_of
from tests.stored.old import EVERY_OLD, Json, Old
from tests.stored.place import LEDGER, Place, place

OUTDATED = notices.problem(Outdated()).text
SECONDS = 20.0
#: Who reads each channel and may press in it.
READERS = {"C0APPROVALS": "U0MANAGER1", "C0STOREOPS": "U0STOREOPS"}

#: What a press brings by the control's id: a pattern of what the desk then sends. A form is told by its own id.
CARD = r"as of (?:<!date\^\d+\^\{time_secs\}\|)?16:16:00"
ANSWERS = {
    "look_up.next.v1": r"Showing [12]1 to",
    "look_up.previous.v1": r"Showing 1 to 10",
    "look_up.refresh.v1": CARD,
    "look_up.all.v1": r"Showing 1 to",
    "look_up.filter.v1": CARD,
    "look_up.details.v1": r"views\.(open|push|update).*Coupon details",
    "history.kind.v1": CARD,
    "history.period.v1": CARD,
    "history.order.v1": CARD,
    "history.refresh.v1": CARD,
    "promotions.refresh.v1": CARD,
    "redeem.open.v1": r"redeem_form\.v1|has not ended yet",
    "redeem.back.v1": r"redeem_form\.v1",
    "redemption.ask.v1": r"ask_store_ops_form\.v1",
    "redemption.close.v1": r"close_unknown\.v1",
    "redemption.withdraw.v1": r"(chat\.update|response_url).*withdrew it",
    "approval.approve.v1": r"approve_form\.v1",
    "approval.reject.v1": r"reject_form\.v1",
    "approval.details.v1": r"Customer and coupon",
    "case.ask.v1": r"ask_store_ops_form\.v1",
    "case.take.v1": r"<@U0\w+>, who answers|ha(?:s|ve) taken it",
    "case.answer.v1": r"answer_case\.v1|<@U0MANAGER1> has taken this case",
    "case.reopen.v1": r"(chat\.update|response_url).*reopened once",
    "case.redeem.v1": r"redeem_form\.v1",
    "home.next.v1": r"views\.publish.*\d+ to \d+ of",
    "home.previous.v1": r"views\.publish.*1 to 5 of",
}
#: What the submission of a form brings, by its id.
SUBMITTED = {
    "look_up_form.v1": r"Showing 1 to",
    "redeem_form.v1": r"redeem_confirm\.v1",
    "redeem_confirm.v1": r"The loyalty engine confirmed it|Waiting for approval",
    "close_unknown.v1": r"settled it as",
    "approve_form.v1": r"The loyalty engine confirmed it",
    "reject_form.v1": r"\*Rejected\*",
    "ask_store_ops_form.v1": r"Store ops have your question",
    "answer_case.v1": r"\*Honour\*, by",
}
#: These change what was pressed; each is pressed once.
MOVES = frozenset({"redemption.withdraw.v1", "case.take.v1", "case.reopen.v1"})


@pytest.fixture(params=EVERY_OLD, ids=[old.folder.name for old in EVERY_OLD])
def old(request: pytest.FixtureRequest) -> Old:
    given: Old = request.param
    return given


@dataclass(slots=True)
class Desk:
    """A desk of today, and what an older one left in Slack."""

    at: Place
    old: Old
    messages: list[tuple[str, SandboxMessage]] = field(default_factory=list)

    def window(self, of: Json) -> SandboxView:
        return window_of(of, self.at.slack)

    async def press(self, user: str, control: Control, label: str) -> None:
        """Press a control and wait for its answer."""
        action = control.element["action_id"]
        self.at.minute_passes()
        before = len(self.at.slack.calls)
        if control.option:
            control.enter(control.option)
        ack = await self.at.person(user).uses(control)
        assert ack.ok, (label, action)
        ts = getattr(control.surface, "ts", None)

        def mine(call: ApiCall) -> bool:
            """Of a message: its own redrawing, not the one before it."""
            return call.method != "chat.postMessage" and (ts is None or call.args.get("ts", ts) == ts)

        await self._answered(f"{label}: {action} {control.option or ''}", ANSWERS[action], before, mine=mine)

    async def submit(self, of: Json) -> None:
        self.window(of)
        self.at.minute_passes()
        before = len(self.at.slack.calls)
        ack = await self.at.person(of["user"]).submits()
        assert ack.ok, of["label"]

        def mine(call: ApiCall) -> bool:
            return bool(call.args.get("view_id") == of["id"])

        pattern = SUBMITTED[of["view"]["callback_id"]]
        await self._answered(of["label"], pattern, before, mine=mine, said=_words(ack.payload()))

    async def _answered(
        self, what: str, pattern: str, before: int, *, mine: Callable[[ApiCall], bool], said: str = ""
    ) -> None:
        calls = self.at.slack.calls

        def told() -> str:
            since = (f"{call.method} {_words(call.args)}" for call in calls[before:] if mine(call))
            return "\n".join([said, *since])

        def answered() -> bool:
            return re.search(pattern, told()) is not None or OUTDATED in told()

        await self.at.slack.workspace.until(answered, SECONDS)
        assert OUTDATED not in told(), what
        assert re.search(pattern, told()), f"{what}: no {pattern}\n{told()}"


def _words(of: Any) -> str:
    return json.dumps(of, ensure_ascii=False)


@pytest.fixture
async def desk(old: Old, tmp_path: Path, clock: Clock, tuning: Tuning) -> AsyncIterator[Desk]:
    clock.moves(old.now - clock.at)
    url = old.restore("ledger.sql", tmp_path / LEDGER)
    await migrate(url)
    _as_if_just_written(url)
    async with place(tmp_path, clock, tuning) as at:
        made = Desk(at, old)
        _furnish(made)
        async with at.desk():
            yield made
    assert at.slack.faults == []


def _as_if_just_written(url: str) -> None:
    """The database's clock has gone on since: what is due by it would be looked after before anybody presses."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE redemptions SET due_at = NULL"))
        # The sandbox's engine is a new one, and numbers its redemptions from the start again.
        connection.execute(text("DELETE FROM claims"))
    engine.dispose()


def _furnish(desk: Desk) -> None:
    """Slack shows what was posted."""
    workspace = desk.at.slack.workspace
    for user in desk.at.slack.people:
        workspace.directory.direct(user)
    for of in desk.old.messages:
        message = SandboxMessage(
            channel=of["channel"],
            ts=of["ts"],
            user=BOT_USER,
            text="",
            blocks=list(of["blocks"]),
            reader=of["reader"],
            thread_ts=of["thread_ts"],
        )
        workspace.messages.all.append(message)
        desk.messages.append((of["label"], message))


def _reader(message: SandboxMessage) -> str:
    """Of an ephemeral one, of a channel, or of a direct message."""
    return message.reader or READERS.get(message.channel) or f"U{message.channel[1:]}"


def _pressable(surface: Surface) -> Iterator[Control]:
    """Each button, and each option outside of a form."""
    for block in surface.blocks:
        if block["type"] == "input":
            continue
        for element in controls(block):
            if element["type"] == "button":
                yield Control(surface, block, element)
            for option in element.get("options") or []:
                yield Control(surface, block, element, option["value"])


def _moves(control: Control) -> bool:
    return control.element["action_id"] in MOVES


async def test_what_opens_or_redraws_something_on_a_message(desk: Desk) -> None:
    for label, message in desk.messages:
        for control in [one for one in _pressable(message) if not _moves(one)]:
            await desk.press(_reader(message), control, label)


@pytest.mark.parametrize("action", sorted(MOVES))
async def test_what_moves_something_on_a_message(desk: Desk, action: str) -> None:
    desk.at.slack.change_channel("C0STOREOPS", members=("U0STOREOPS", "U0MANAGER1", BOT_USER))
    for label, message in desk.messages:
        for control in [one for one in _pressable(message) if one.element["action_id"] == action]:
            user = "U0MANAGER1" if action == "case.take.v1" else _reader(message)
            await desk.press(user, control, label)


async def test_what_stands_in_a_window(desk: Desk) -> None:
    for of in [one for one in desk.old.windows if one["view"]["type"] == "modal"]:
        for place_, _ in enumerate(_pressable(desk.window(of))):
            control = list(_pressable(desk.window(of)))[place_]
            await desk.press(of["user"], control, of["label"])


async def test_what_stands_on_an_app_home(desk: Desk) -> None:
    """What moves something comes last, so that it takes nothing away."""
    homes = [one for one in desk.old.windows if one["view"]["type"] == "home"]
    presses = [(of, control) for of in homes for control in _pressable(desk.window(of))]
    for of, control in sorted(presses, key=lambda press: _moves(press[1])):
        desk.at.slack.workspace.views.stacks.clear()
        await desk.press(of["user"], control, of["label"])


async def test_what_was_filled_in_and_not_submitted(desk: Desk) -> None:
    for of in [one for one in desk.old.windows if one["view"].get("callback_id")]:
        await desk.submit(of)
