"""Whose App Home is drawn anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import LedgerUnavailable
from bot.domain.home import Concern, Part
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.services.home_subscribers import LOOKS_FOR_S, HomeSubscribers
from bot.services.ports import Tab
from tests.fakes.homes import FakeHomes
from tests.services.woken import Woken
from tests.views.asking import ANSWERED, FARAH, OPEN, TAKEN
from tests.views.redeeming import ROW

AGENT, MANAGER = PersonId("U0AGENT"), PersonId("U0MANAGER")
CLOSERS, ANSWERERS = frozenset({"S0LEADS"}), frozenset({"S0STOREOPS"})


@pytest.fixture
def homes() -> FakeHomes:
    return FakeHomes()


@pytest.fixture
def home_subscribers(homes: FakeHomes, woken: Woken) -> HomeSubscribers:
    return HomeSubscribers(homes=homes, wake=woken, settlers=CLOSERS, answerers=ANSWERERS)


async def test_what_somebody_does_with_the_tab_is_kept_and_drawn_at_once(
    home_subscribers: HomeSubscribers, homes: FakeHomes, woken: Woken
) -> None:
    await home_subscribers.opened(AGENT)
    await home_subscribers.show_page(AGENT, Part.REQUESTS, 1)
    await home_subscribers.pressed(AGENT)

    assert await homes.take(9, hold_s=0.0) == [Tab(person=AGENT, places={Part.REQUESTS: 1}, wanted=3)]
    assert woken.times == 3


async def test_moves_are_noted_and_spread_together_once(
    home_subscribers: HomeSubscribers, homes: FakeHomes, woken: Woken
) -> None:
    home_subscribers.told(replace(ROW, state=State.WAITING), AGENT)
    home_subscribers.told(replace(ROW, state=State.UNKNOWN, unknown_at=ROW.made_at), None)
    assert (homes.touched, woken.times) == ([], 2)

    await home_subscribers.spread()
    await home_subscribers.spread()

    whom = Concern(people=frozenset({AGENT}), groups=CLOSERS | {"S0MANAGERS"}, pressed=frozenset({AGENT}))
    assert homes.touched == [(whom, LOOKS_FOR_S)]


async def test_a_case_concerns_store_ops_to_its_end(
    home_subscribers: HomeSubscribers, homes: FakeHomes
) -> None:
    home_subscribers.told_of_case(ANSWERED, FARAH)
    await home_subscribers.spread()
    home_subscribers.told_of_case(OPEN, AGENT)
    await home_subscribers.spread()
    home_subscribers.told_of_case(TAKEN, FARAH)
    await home_subscribers.spread()

    both, farah = frozenset({AGENT, FARAH}), frozenset({FARAH})
    assert homes.touched == [
        (Concern(people=both, groups=ANSWERERS, pressed=farah), LOOKS_FOR_S),
        (Concern(people=frozenset({AGENT}), groups=ANSWERERS, pressed=frozenset({AGENT})), LOOKS_FOR_S),
        (Concern(people=both, groups=ANSWERERS, pressed=farah), LOOKS_FOR_S),
    ]


async def test_what_the_ledger_did_not_take_stays_noted(
    home_subscribers: HomeSubscribers, homes: FakeHomes
) -> None:
    home_subscribers.changed(Concern(people=frozenset({AGENT})))
    homes.broken = True
    with pytest.raises(LedgerUnavailable):
        await home_subscribers.spread()

    homes.broken = False
    home_subscribers.changed(Concern(people=frozenset({MANAGER})))
    await home_subscribers.spread()

    assert homes.touched == [(Concern(people=frozenset({AGENT, MANAGER})), LOOKS_FOR_S)]
