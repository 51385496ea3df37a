"""Whose App Home is drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.domain.errors import LedgerUnavailable
from bot.domain.home import Concern, Part
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.services.home_subscribers import LOOKS_FOR_S, HomeSubscribers
from bot.services.ports import Tab
from tests.views.asking import ANSWERED, FARAH, OPEN, TAKEN
from tests.views.redeeming import ROW

AGENT, MANAGER = PersonId("U0AGENT"), PersonId("U0MANAGER")
CLOSERS, ANSWERERS = frozenset({"S0LEADS"}), frozenset({"S0STOREOPS"})


@dataclass
class Homes:
    """Keeps what it is told (`services.ports.Homes`); `broken` keeps nothing."""

    broken: bool = False
    told: list[object] = field(default_factory=list)

    async def opened(self, person: PersonId) -> None:
        self.told.append(("opened", person))

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        self.told.append(("turned", person, part, page))

    async def pressed(self, person: PersonId) -> None:
        self.told.append(("pressed", person))

    async def touch(self, concern: Concern, *, within_s: float) -> None:
        if self.broken:
            raise LedgerUnavailable("away")
        self.told.append((concern, within_s))

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:  # noqa: ARG002 - see the port
        return []

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None: ...


@dataclass
class Bell:
    rung: int = 0

    def __call__(self) -> None:
        self.rung += 1


@pytest.fixture
def homes() -> Homes:
    return Homes()


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def home_subscribers(homes: Homes, bell: Bell) -> HomeSubscribers:
    return HomeSubscribers(homes=homes, wake=bell, settlers=CLOSERS, answerers=ANSWERERS)


async def test_what_somebody_does_with_the_tab_is_kept_and_drawn_at_once(
    home_subscribers: HomeSubscribers, homes: Homes, bell: Bell
) -> None:
    await home_subscribers.opened(AGENT)
    await home_subscribers.show_page(AGENT, Part.REQUESTS, 1)
    await home_subscribers.pressed(AGENT)

    assert homes.told == [("opened", AGENT), ("turned", AGENT, Part.REQUESTS, 1), ("pressed", AGENT)]
    assert bell.rung == 3


async def test_moves_are_noted_and_spread_together_once(
    home_subscribers: HomeSubscribers, homes: Homes, bell: Bell
) -> None:
    home_subscribers.told(replace(ROW, state=State.WAITING), AGENT)
    home_subscribers.told(replace(ROW, state=State.UNKNOWN, unknown_at=ROW.made_at), None)
    assert (homes.told, bell.rung) == ([], 2)

    await home_subscribers.spread()
    await home_subscribers.spread()

    whom = Concern(people=frozenset({AGENT}), groups=CLOSERS | {"S0MANAGERS"}, pressed=frozenset({AGENT}))
    assert homes.told == [(whom, LOOKS_FOR_S)]


async def test_a_case_concerns_store_ops_until_it_is_answered(
    home_subscribers: HomeSubscribers, homes: Homes
) -> None:
    home_subscribers.told_of_case(ANSWERED, FARAH)
    await home_subscribers.spread()
    home_subscribers.told_of_case(OPEN, AGENT)
    await home_subscribers.spread()
    home_subscribers.told_of_case(TAKEN, FARAH)
    await home_subscribers.spread()

    both, farah = frozenset({AGENT, FARAH}), frozenset({FARAH})
    assert homes.told == [
        (Concern(people=both, pressed=farah), LOOKS_FOR_S),
        (Concern(people=frozenset({AGENT}), groups=ANSWERERS, pressed=frozenset({AGENT})), LOOKS_FOR_S),
        (Concern(people=both, groups=ANSWERERS, pressed=farah), LOOKS_FOR_S),
    ]


async def test_what_the_ledger_did_not_take_stays_noted(
    home_subscribers: HomeSubscribers, homes: Homes
) -> None:
    home_subscribers.changed(Concern(people=frozenset({AGENT})))
    homes.broken = True
    with pytest.raises(LedgerUnavailable):
        await home_subscribers.spread()

    homes.broken = False
    home_subscribers.changed(Concern(people=frozenset({MANAGER})))
    await home_subscribers.spread()

    assert homes.told == [(Concern(people=frozenset({AGENT, MANAGER})), LOOKS_FOR_S)]
