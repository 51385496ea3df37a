"""The card that a redemption began on is drawn anew once, when the outcome is known."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.aio.tasks import TaskSet
from bot.domain.errors import EngineTimedOut
from bot.domain.lookup import LookUpId
from bot.domain.redemption import State
from bot.listeners.beneath import AT_MOST, CardsBeneath
from bot.listeners.replies import Replies
from bot.services.lookup_card import CardMove
from bot.services.ports import URL_LIFE_S
from bot.views.kit import Message
from tests.listeners.conftest import PRESS, Urls
from tests.views.redeeming import ROW, row, unknown, waiting

CARD = LookUpId("card")


@dataclass
class Coupons:
    """`bot.listeners.lookup.CouponListeners`: which card was drawn for whom."""

    asked: list[tuple[str, CardMove, str]] = field(default_factory=list)
    fails: bool = False

    @property
    def draw(self) -> Any:
        return SimpleNamespace(for_press=self._for_press)

    async def _for_press(self, card: LookUpId, move: CardMove, *, by: Any) -> str:
        self.asked.append((card, move, by.id))
        if self.fails:
            raise EngineTimedOut
        return "drawn"

    def drawn(self, _card: str) -> Message:
        return Message("⚪ Used")


@dataclass
class Desk:
    tasks: TaskSet = field(default_factory=TaskSet)
    urls: Urls = field(default_factory=Urls)
    coupons: Coupons = field(default_factory=Coupons)
    at: float = 0.0

    def __post_init__(self) -> None:
        replies = Replies(self.urls, self.tasks.spawn)
        self.beneath = CardsBeneath(
            coupons=cast("Any", self.coupons), replies=replies, monotonic=lambda: self.at
        )

    def presses(self, **more: Any) -> None:
        body = cast("Any", SimpleNamespace(body={**PRESS, **more}))
        self.beneath.remember(body, ROW.id, CARD)

    async def settled(self) -> None:
        await asyncio.gather(*self.tasks._running)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("of", [row(State.REDEEMED), row(State.REFUSED), waiting(), row(State.NOT_SENT)])
async def test_it_is_drawn_when_the_outcome_comes_and_its_url_is_used_once(desk: Desk, of: Any) -> None:
    desk.presses()
    desk.beneath.told(row(State.APPROVED), None)
    desk.beneath.told(row(State.SENDING), None)
    assert desk.urls.posted == []
    desk.beneath.told(of, None)
    await desk.settled()
    desk.beneath.told(of, None)
    await desk.settled()

    ((url, shown),) = desk.urls.posted
    assert (url, shown["replace_original"], shown["text"]) == (PRESS["response_url"], True, "⚪ Used")
    assert desk.coupons.asked == [(CARD, CardMove.AGAIN, "U0AGENT")]


async def test_an_unknown_outcome_is_waited_for_for_two_minutes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = asyncio.Event()

    async def sleeps(seconds: float) -> None:
        assert seconds == 120.0
        await over.wait()

    monkeypatch.setattr("bot.listeners.beneath.asyncio.sleep", sleeps)
    desk.presses()
    desk.beneath.told(row(State.NEW), None)
    desk.beneath.told(unknown(), None)
    assert desk.coupons.asked == []

    over.set()
    await desk.settled()

    assert len(desk.urls.posted) == 1


async def test_other_requests_are_none_of_its_business(desk: Desk) -> None:
    desk.beneath.told(row(State.REDEEMED), None)
    await desk.settled()

    assert desk.coupons.asked == []


async def test_a_card_in_a_modal_has_no_url_to_draw_it_by(desk: Desk) -> None:
    desk.presses(response_url=None)
    desk.beneath.told(row(State.REDEEMED), None)
    await desk.settled()

    assert desk.coupons.asked == []


async def test_after_the_urls_life_nothing_is_drawn(desk: Desk) -> None:
    desk.presses()
    desk.at = URL_LIFE_S + 1
    desk.beneath.told(row(State.REDEEMED), None)
    await desk.settled()

    assert desk.coupons.asked == []


async def test_a_failure_leaves_the_card_as_it_is(desk: Desk) -> None:
    desk.coupons.fails = True
    desk.presses()
    desk.beneath.told(row(State.REDEEMED), None)
    await desk.settled()

    assert desk.urls.posted == []


def test_only_so_many_are_kept_and_none_shows_its_url(desk: Desk) -> None:
    body = cast("Any", SimpleNamespace(body=PRESS))
    for number in range(AT_MOST + 1):
        desk.beneath.remember(body, cast("Any", str(number)), CARD)

    assert len(desk.beneath._kept) == AT_MOST
    assert "hooks.slack.com" not in repr(desk.beneath._kept)
