"""What one requester may redeem in a day: counted when it is written down, given back when nothing came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Code
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.redeeming import POLICY, fills, opens_form, redeems, reviews, shown, submits_again

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

CONFIRMED = "The loyalty engine confirmed it."


@pytest.fixture
def policy() -> str:
    return POLICY.replace("count = 20", "count = 1").replace("value = 10000", "value = 400")


async def reviews_in_vain(person: Person, code: str) -> None:
    await opens_form(person, code)
    await fills(person)
    await person.submits()


async def test_a_number_that_is_reached_refuses_with_the_figures(
    vikram: Person, engine: SandboxEngine
) -> None:
    await redeems(vikram)
    await vikram.sees(CONFIRMED)
    await reviews_in_vain(vikram, "TONIGHT150")
    await vikram.sees("Your limit of redemptions for today is reached.")

    await vikram.sees("1 of 1 redemptions")
    vikram.sees_not("Redeem now")
    assert engine.count(capillary.REDEEM) == 1


class TestByValue:
    @pytest.fixture
    def policy(self) -> str:
        return POLICY.replace("value = 10000", "value = 400")

    async def test_a_value_that_would_be_passed_refuses_with_the_figures(
        self, vikram: Person, engine: SandboxEngine
    ) -> None:
        await redeems(vikram)
        await vikram.sees(CONFIRMED)
        await reviews_in_vain(vikram, "FESTIVE12")
        await vikram.sees("It would go past your limit of value for today.")

        await vikram.sees("₹250 of ₹400")
        vikram.sees_not("Redeem now")
        assert engine.count(capillary.REDEEM) == 1


async def test_what_the_engine_refused_counts_for_nothing(vikram: Person, engine: SandboxEngine) -> None:
    engine.faults.add(Code(738, "Too soon"), path=capillary.REDEEM)
    await redeems(vikram)
    await vikram.sees("Not redeemed")
    await reviews(vikram)

    await vikram.sees("Left of your limits today after this one: 0 of 1 redemptions, ₹150 of ₹400")


async def test_two_that_were_reviewed_before_either_was_pressed_take_one_place(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    """The review only shows the limits; they are taken when the request is written down."""
    await reviews(vikram, "TONIGHT150")
    assert vikram.modal is not None
    other = vikram.modal.payload()
    await redeems(vikram)
    await vikram.sees(CONFIRMED)
    late = await submits_again(slack, vikram, other)

    assert "Your limit of redemptions for today is reached. Used by then: 1 of 1 redemptions" in shown(late)
    assert engine.count(capillary.REDEEM) == 1


async def test_the_next_day_begins_at_midnight_where_the_shop_is(
    vikram: Person, engine: SandboxEngine, clock: Clock
) -> None:
    await redeems(vikram)
    await vikram.sees(CONFIRMED)
    clock.moves(timedelta(hours=12))
    await reviews(vikram, "FESTIVE12")

    await vikram.sees("Left of your limits today after this one: 0 of 1 redemptions, ₹100 of ₹400")
