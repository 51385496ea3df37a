"""A confirmation's window is answered with the outcome, or left to the outbox relay; never both."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.tasks import TaskSet
from bot.domain.redemption import State
from bot.listeners.replies import HANDED_OVER_S, Replies
from bot.listeners.windows import WindowOutcome, Windows
from bot.views.kit import View, section
from tests.views.redeeming import ROW

WORKING, REDEEMED = View("Working", (section("…"),)), View("Redeemed", (section("✓"),))
AFTER = replace(ROW, state=State.REDEEMED, version=4)


@dataclass
class Desk:
    """As much of a desk as answers a form; `noted` is what the ledger was told, `answers` what Slack was."""

    noted: list[tuple[str, str, int]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    woken: int = 0
    tasks: TaskSet = field(default_factory=TaskSet)
    noted_at: float = 0.0
    answered_at: float = 0.0
    has_noted: asyncio.Event = field(default_factory=asyncio.Event)
    has_answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def ack(self, **answer: Any) -> None:
        self.answers.append(answer["view"])
        self.answered_at = asyncio.get_running_loop().time()
        self.has_answered.set()

    async def views_update(self, **update: Any) -> None:
        self.updates.append(update["view"])

    async def shown(self, about: str, window: str, *, version: int) -> None:
        self.noted.append((about, window, version))
        self.noted_at = asyncio.get_running_loop().time()
        self.has_noted.set()

    def wake(self) -> None:
        self.woken += 1

    def windows(self, *, within_s: float) -> Windows:
        replies = Replies(cast("Any", None), self.tasks.spawn, within_s)
        return Windows(cast("Any", self), replies, self.wake)

    def args(self) -> AsyncArgs:
        body, client = (
            {"view": {"id": "V0", "type": "modal"}},
            SimpleNamespace(views_update=self.views_update),
        )
        return cast("AsyncArgs", SimpleNamespace(body=body, ack=self.ack, client=client, context={}))


async def test_an_outcome_in_time_is_the_answer_and_the_ledger_knows_what_is_shown() -> None:
    desk = Desk()

    async def spent() -> WindowOutcome:
        return WindowOutcome(REDEEMED, AFTER)

    await desk.windows(within_s=30).answer(desk.args(), ROW, spent(), WORKING)

    assert desk.answers == [REDEEMED.payload()]
    assert desk.noted == [(ROW.id, "V0", AFTER.version)]
    assert (desk.updates, desk.woken) == ([], 1)


async def test_a_late_outcome_is_left_to_the_relay_once_the_answer_has_arrived() -> None:
    desk, go_on = Desk(), asyncio.Event()

    async def spent() -> WindowOutcome:
        await go_on.wait()
        return WindowOutcome(REDEEMED, AFTER)

    answering = desk.tasks.spawn(desk.windows(within_s=0.01).answer(desk.args(), ROW, spent(), WORKING))
    await desk.has_noted.wait()
    go_on.set()
    await answering

    assert desk.answers == [WORKING.payload()]
    assert desk.noted == [(ROW.id, "V0", ROW.version)]
    assert desk.noted_at - desk.answered_at >= HANDED_OVER_S
    assert (desk.updates, desk.woken) == ([], 1)


async def test_what_the_ledger_does_not_hold_is_shown_by_an_update() -> None:
    desk, go_on = Desk(), asyncio.Event()

    async def spent() -> WindowOutcome:
        await go_on.wait()
        return WindowOutcome(REDEEMED)

    answering = desk.tasks.spawn(desk.windows(within_s=0.01).answer(desk.args(), ROW, spent(), WORKING))
    await desk.has_answered.wait()
    go_on.set()
    await answering

    assert desk.updates == [REDEEMED.payload()]
