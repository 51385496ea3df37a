"""A page card is drawn once for each answer and audience, and shows nobody what another one may see."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.cards import PageCard
from bot.domain.coupon import Coupon, CouponPage, UsesLeft
from bot.domain.customer import Customer
from bot.domain.lookup import Filter, LookUp, LookUpId
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.listeners import lookup_drawn
from bot.listeners.lookup_drawn import DrawnPages, version_of
from bot.views.coupon import NEAR
from bot.views.lookup import page_card
from tests.views.redeeming import DISPLAY, NOW, TERMS, row, waiting

COUPON = Coupon(
    code=TERMS.code, discount=TERMS.discount, uses_left=UsesLeft(1), expires_at=NOW + timedelta(days=9)
)
PAGE = CouponPage(
    customer=Customer(id=TERMS.customer, name="Asha Menon"), coupons=(COUPON,), offset=0, total=1
)
READER, COLLEAGUE = TERMS.requester, PersonId("U0OTHER")
LOOK_UP = LookUp(customer=TERMS.customer, asker=READER, shown=(TERMS.code,))
CARD = PageCard(id=LookUpId("AAAAAAAAAAAAAAAA"), look_up=LOOK_UP, page=PAGE, as_of=NOW, may_redeem=True)
WAITING = waiting()
PAUSE = Pause(why="Stocktaking", by="console:ops", at=NOW)

#: What of a card may differ while it is drawn in another way.
OTHERS = {
    "who may not redeem": replace(CARD, may_redeem=False),
    "another customer's answer": replace(CARD, page=replace(PAGE, total=2)),
    "a newer answer": replace(CARD, as_of=NOW + timedelta(seconds=1)),
    "another filter": replace(CARD, look_up=replace(LOOK_UP, filter=Filter.REDEEMABLE)),
    "another order": replace(CARD, look_up=replace(LOOK_UP, oldest_first=True)),
    "a pause": replace(CARD, pause=PAUSE),
    "a request that was made": replace(CARD, requests=(WAITING,)),
}


class Watch:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now() -> Watch:
    return Watch()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[PageCard]:
    """Cards that were drawn anew."""
    drawn: list[PageCard] = []

    def draw(card: PageCard, **how: Any) -> Any:
        drawn.append(card)
        return page_card(card, **how)

    monkeypatch.setattr(lookup_drawn, "page_card", draw)
    return drawn


@pytest.fixture
def pages(now: Watch) -> DrawnPages:
    return DrawnPages(now=now, display=DISPLAY)


def anew(card: PageCard, at: datetime = NOW) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(json.dumps(page_card(card, now=at, display=DISPLAY).payload()))
    return payload


def test_equal_look_ups_are_drawn_once_and_each_has_its_own_id(
    pages: DrawnPages, drawn: list[PageCard]
) -> None:
    for name in ("B" * 16, "C" * 16):
        card = replace(CARD, id=LookUpId(name), look_up=replace(LOOK_UP, asker=PersonId(f"U0{name[0]}")))

        assert pages(card).payload() == anew(card)
    assert len(drawn) == 1


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_drawn_in_another_way_is_drawn_anew(
    pages: DrawnPages, drawn: list[PageCard], other: str
) -> None:
    pages(CARD)

    assert pages(OTHERS[other]).payload() == anew(OTHERS[other])
    assert len(drawn) == 2


def test_a_request_is_shown_as_it_stands_now_and_as_whose_it_is(
    pages: DrawnPages, drawn: list[PageCard]
) -> None:
    asked = replace(CARD, requests=(WAITING,))
    moved = replace(
        CARD, requests=(replace(row(State.REDEEMED), id=WAITING.id, version=WAITING.version + 1),)
    )
    to_colleague = replace(asked, look_up=replace(LOOK_UP, asker=COLLEAGUE))

    assert [pages(one).payload() for one in (asked, moved, to_colleague)] == [
        anew(one) for one in (asked, moved, to_colleague)
    ]
    assert len(drawn) == 3


@pytest.mark.parametrize("later", [NEAR, -NEAR, timedelta(0)], ids=["long over", "will be over soon", "over"])
def test_what_time_changes_is_drawn_anew_at_its_time(
    pages: DrawnPages, drawn: list[PageCard], now: Watch, later: timedelta
) -> None:
    """A coupon that has expired offers no Redeem, however lately it was drawn."""
    assert COUPON.expires_at is not None
    at = COUPON.expires_at + later
    for now.at in (at - timedelta(seconds=2), at - timedelta(seconds=1), at, at + timedelta(seconds=1)):
        assert pages(CARD).payload() == anew(CARD, now.at)
    assert len(drawn) in {2, 3}


def test_everything_that_a_card_holds_is_told_apart() -> None:
    """Who adds to a card says here how it is drawn: by the engine's answer, which is told apart as a whole, or beside it."""
    assert {one.name for one in fields(PageCard)} == {
        "id",
        "look_up",
        "page",
        "as_of",
        "may_redeem",
        "requests",
        "pause",
    }
    of_page = {"customer", "offset", "shown", "code"}
    assert {one.name for one in fields(LookUp)} == {"asker", "filter", "oldest_first", *of_page}
    assert version_of(CARD) == version_of(replace(CARD, id=LookUpId("another")))
