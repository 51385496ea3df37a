"""What `services.ports.Homes` promises: which App Homes are open, and which are due for drawing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.home import Concern, Part
from bot.domain.person import PersonId
from bot.services.ports import Homes, Tab
from tests.adapters.ledger.facts import AGENT, LONG, SENIOR, Clock
from tests.contract.conftest import Ledger

MANAGER = PersonId("U0MANAGER")
MANAGERS = frozenset({"S0MANAGERS"})
TEN_MINUTES_S = 600.0


@pytest.fixture
def homes(ledger: Ledger, clock: Clock) -> Homes:
    return ledger.homes(clock)


async def taken(homes: Homes) -> list[Tab]:
    return list(await homes.take(10, hold_s=LONG))


async def drawn(homes: Homes, groups: Iterable[str] = ()) -> list[PersonId]:
    """Draw every tab that is due, with these groups; returns whose they are."""
    tabs = await taken(homes)
    for tab in tabs:
        await homes.drawn(tab, frozenset(groups))
    return [tab.person for tab in tabs]


async def test_a_tab_is_drawn_once_when_it_is_opened_and_again_when_it_is_opened_again(
    homes: Homes,
) -> None:
    await homes.opened(AGENT)
    assert await drawn(homes) == [AGENT]
    assert await drawn(homes) == []

    await homes.opened(AGENT)
    assert await drawn(homes) == [AGENT]


async def test_whoever_opened_it_last_is_drawn_first(homes: Homes, clock: Clock) -> None:
    for person in (AGENT, MANAGER, SENIOR):
        clock.at += timedelta(seconds=1)
        await homes.opened(person)

    assert [tab.person for tab in await homes.take(2, hold_s=LONG)] == [SENIOR, MANAGER]


async def test_pages_stay_until_the_tab_is_opened_anew(homes: Homes) -> None:
    await homes.show_page(AGENT, Part.REQUESTS, 2)
    await homes.show_page(AGENT, Part.WAITING, 1)
    await homes.pressed(AGENT)
    [tab] = await taken(homes)
    assert tab.places == {Part.REQUESTS: 2, Part.WAITING: 1}
    await homes.drawn(tab, frozenset())

    await homes.opened(AGENT)
    [tab] = await taken(homes)
    assert tab.places == {}


async def test_a_tab_that_is_held_is_not_taken_again(homes: Homes) -> None:
    await homes.opened(AGENT)

    assert [len(await taken(homes)) for _ in range(2)] == [1, 0]


async def test_a_tab_is_taken_again_when_the_hold_is_over(homes: Homes) -> None:
    await homes.opened(AGENT)
    [tab] = await homes.take(10, hold_s=-1.0)

    assert await taken(homes) == [tab]


async def test_what_comes_while_a_tab_is_drawn_is_drawn_after_it(homes: Homes) -> None:
    await homes.opened(AGENT)
    [tab] = await taken(homes)
    await homes.touch(Concern(people=frozenset({AGENT})), within_s=TEN_MINUTES_S)

    await homes.drawn(tab, frozenset())

    assert await drawn(homes) == [AGENT]


async def test_a_tab_drawn_from_what_the_ledger_has_lost_is_drawn_at_the_next_openings(homes: Homes) -> None:
    """As where a standby took over: it counts fewer changes than were drawn."""
    await homes.opened(AGENT)
    [tab] = await homes.take(10, hold_s=-1.0)
    await homes.drawn(replace(tab, wanted=tab.wanted + 5), frozenset())

    assert await drawn(homes) == [AGENT]
    await homes.opened(AGENT)
    assert await drawn(homes) == [AGENT]


class TestConcern:
    async def test_people_who_look_at_theirs_get_it_drawn_anew_and_others_do_not(self, homes: Homes) -> None:
        await homes.opened(AGENT)
        await homes.opened(MANAGER)
        await drawn(homes)

        await homes.touch(Concern(people=frozenset({AGENT, SENIOR})), within_s=TEN_MINUTES_S)

        assert await drawn(homes) == [AGENT]

    async def test_of_a_group_only_those_do_who_look_at_theirs(self, homes: Homes, clock: Clock) -> None:
        await homes.opened(SENIOR)
        await drawn(homes, MANAGERS)
        clock.at += timedelta(seconds=TEN_MINUTES_S)
        await homes.opened(AGENT)
        await drawn(homes, {"S0AGENTS"})
        await homes.opened(MANAGER)
        await drawn(homes, {"S0AGENTS", *MANAGERS})

        await homes.touch(Concern(groups=MANAGERS), within_s=TEN_MINUTES_S)

        assert await drawn(homes) == [MANAGER]

    async def test_after_ten_minutes_somebody_is_not_taken_to_look_at_it(
        self, homes: Homes, clock: Clock
    ) -> None:
        await homes.opened(AGENT)
        await drawn(homes)
        concern = Concern(people=frozenset({AGENT}))

        clock.at += timedelta(seconds=TEN_MINUTES_S - 1)
        await homes.touch(concern, within_s=TEN_MINUTES_S)
        assert await drawn(homes) == [AGENT]

        clock.at += timedelta(seconds=1)
        await homes.touch(concern, within_s=TEN_MINUTES_S)
        assert await drawn(homes) == []

    async def test_whoever_pressed_gets_theirs_however_long_ago_it_was_opened(
        self, homes: Homes, clock: Clock
    ) -> None:
        await homes.opened(AGENT)
        await drawn(homes)
        clock.at += timedelta(days=1)

        await homes.touch(Concern(pressed=frozenset({AGENT})), within_s=TEN_MINUTES_S)

        assert await drawn(homes) == [AGENT]

    async def test_a_press_on_the_tab_shows_that_somebody_looks_at_it(
        self, homes: Homes, clock: Clock
    ) -> None:
        await homes.opened(AGENT)
        clock.at += timedelta(days=1)
        await homes.pressed(AGENT)
        await drawn(homes)

        await homes.touch(Concern(people=frozenset({AGENT})), within_s=TEN_MINUTES_S)

        assert await drawn(homes) == [AGENT]

    async def test_nobody_gets_one_who_never_opened_it(self, homes: Homes) -> None:
        everything = Concern(people=frozenset({AGENT}), groups=MANAGERS, pressed=frozenset({AGENT}))

        await homes.touch(everything, within_s=TEN_MINUTES_S)

        assert await drawn(homes) == []
