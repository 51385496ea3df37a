"""Details of one's own request: unmasked for whoever made it while they may look up, and recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.errors import Denial, NotAllowed
from bot.domain.person import Actor
from bot.domain.redemption import State
from bot.domain.refusal import Refusal
from bot.services.own_details import ShowOwnDetails
from tests.fakes.audit import FakeAttempts
from tests.services.redeeming import ARJUN, CONFIGURATION, POLICY, VIKRAM, Shop, row
from tests.services.shelf import no


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def show(shop: Shop) -> ShowOwnDetails:
    shop.configuration = replace(CONFIGURATION, policy=replace(POLICY, lookup_groups=frozenset({"S0AGENTS"})))
    return shop.use_cases().show_own_details


def recorded(show: ShowOwnDetails) -> list[tuple[str, str]]:
    attempts = show.audit.attempts
    assert isinstance(attempts, FakeAttempts)
    return [(one.what, one.why["at"]) for one in attempts.told]


async def test_whoever_made_it_sees_it_and_the_log_says_so(show: ShowOwnDetails, shop: Shop) -> None:
    of = shop.ledger.holds(row(State.REDEEMED))

    shown, check = await show(of.id, by=VIKRAM)

    assert shown == of
    assert check is not None
    assert check.customer is not None
    assert recorded(show) == [("details_shown", "details")]


async def test_nobody_else_does_and_the_log_says_that(show: ShowOwnDetails, shop: Shop) -> None:
    of = shop.ledger.holds(row(State.REDEEMED))
    shop.rights.groups["S0AGENTS"].add(ARJUN)

    with pytest.raises(NotAllowed) as denied:
        await show(of.id, by=Actor(id=ARJUN, team="T0DESK"))

    assert denied.value.why is Denial.NOT_YOURS
    assert recorded(show) == [("denied", "details")]
    assert shop.engine.calls == []


async def test_whoever_may_look_up_no_more_sees_nothing(show: ShowOwnDetails, shop: Shop) -> None:
    of = shop.ledger.holds(row(State.REDEEMED))
    shop.rights.groups = {}

    with pytest.raises(NotAllowed):
        await show(of.id, by=VIKRAM)

    assert shop.engine.calls == []


async def test_it_only_shows_what_the_engine_says(show: ShowOwnDetails, shop: Shop) -> None:
    of = shop.ledger.holds(row(State.WAITING))
    shop.engine.check = no(Refusal.ALREADY_USED)

    shown, check = await show(of.id, by=VIKRAM)

    assert shown.state is shop.ledger.rows[of.id].state is State.WAITING
    assert check == no(Refusal.ALREADY_USED)
