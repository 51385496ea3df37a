"""Whose App Home is drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.domain.errors import LedgerUnavailable
from bot.domain.home import Concern, Part
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.services.audience import LOOKS_FOR_S, Audience
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

    async def turned(self, person: PersonId, part: Part, page: int) -> None:
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
def audience(homes: Homes, bell: Bell) -> Audience:
    return Audience(homes=homes, wake=bell, closers=CLOSERS, answerers=ANSWERERS)


async def test_what_somebody_does_with_the_tab_is_kept_and_drawn_at_once(
    audience: Audience, homes: Homes, bell: Bell
) -> None:
    await audience.opened(AGENT)
    await audience.turned(AGENT, Part.REQUESTS, 1)
    await audience.pressed(AGENT)

    assert homes.told == [("opened", AGENT), ("turned", AGENT, Part.REQUESTS, 1), ("pressed", AGENT)]
    assert bell.rung == 3


async def test_moves_are_noted_and_spread_together_once(audience: Audience, homes: Homes, bell: Bell) -> None:
    audience.told(replace(ROW, state=State.WAITING), AGENT)
    audience.told(replace(ROW, state=State.UNKNOWN, unknown_at=ROW.made_at), None)
    assert (homes.told, bell.rung) == ([], 2)

    await audience.spread()
    await audience.spread()

    whom = Concern(people=frozenset({AGENT}), groups=CLOSERS | {"S0MANAGERS"}, pressed=frozenset({AGENT}))
    assert homes.told == [(whom, LOOKS_FOR_S)]


async def test_a_case_concerns_store_ops_until_it_is_answered(audience: Audience, homes: Homes) -> None:
    audience.told_of_case(ANSWERED, FARAH)
    await audience.spread()
    audience.told_of_case(OPEN, AGENT)
    await audience.spread()
    audience.told_of_case(TAKEN, FARAH)
    await audience.spread()

    both, farah = frozenset({AGENT, FARAH}), frozenset({FARAH})
    assert homes.told == [
        (Concern(people=both, pressed=farah), LOOKS_FOR_S),
        (Concern(people=frozenset({AGENT}), groups=ANSWERERS, pressed=frozenset({AGENT})), LOOKS_FOR_S),
        (Concern(people=both, groups=ANSWERERS, pressed=farah), LOOKS_FOR_S),
    ]


async def test_what_the_ledger_did_not_take_stays_noted(audience: Audience, homes: Homes) -> None:
    audience.changed(Concern(people=frozenset({AGENT})))
    homes.broken = True
    with pytest.raises(LedgerUnavailable):
        await audience.spread()

    homes.broken = False
    audience.changed(Concern(people=frozenset({MANAGER})))
    await audience.spread()

    assert homes.told == [(Concern(people=frozenset({AGENT, MANAGER})), LOOKS_FOR_S)]
