"""A colleague's card says what has been asked for from here, and offers nothing that would be refused."""

from __future__ import annotations

import pytest

from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Drop
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import ASHA, LARGE, POLICY, SMALL, asks, has_buttons, loses_the_answer, redeems

# The way in is of no matter to these: what both ways share is told by `test_redeem` and the look-ups.
pytestmark = pytest.mark.parametrize("intake", ["socket"])


@pytest.fixture
def policy() -> str:
    return POLICY


@pytest.fixture
def ravi(slack: SandboxSlack) -> Person:
    """A colleague who may redeem, too."""
    return slack.person("U0AGENT2")


async def test_an_unknown_outcome_stands_on_a_colleagues_card(
    vikram: Person, nisha: Person, engine: SandboxEngine
) -> None:
    evidence = await loses_the_answer(vikram, engine, Drop())
    evidence.set()
    await nisha.command("/coupons", ASHA)
    await has_buttons(nisha)

    await nisha.sees("Outcome unknown, asked for by @Vikram Shah")
    await nisha.sees("Nobody should use it anywhere before that is settled.")


async def test_one_that_waits_for_approval_says_whose_it_is_and_offers_no_redeem(
    nisha: Person, vikram: Person
) -> None:
    await asks(nisha)
    await vikram.command("/coupons", f"{ASHA} code:{LARGE}")

    await vikram.sees("Waiting for approval, asked for by @Nisha Rao")
    vikram.sees_not("[Redeem]")
    vikram.sees_not("Can be redeemed")


async def test_a_use_from_here_names_who_and_the_reference(vikram: Person, nisha: Person) -> None:
    await redeems(vikram, bill="1200")
    await vikram.sees("The loyalty engine confirmed it")
    await nisha.command("/coupons", f"{ASHA} code:{SMALL}")

    await nisha.sees(", from here by @Vikram Shah, reference ")


async def test_details_of_any_row_are_in_the_select_below_which_forgets_its_choice(nisha: Person) -> None:
    await nisha.command("/coupons", ASHA)
    await has_buttons(nisha)
    before = nisha.in_view.messages()[-1].blocks[-2]["block_id"]
    await nisha.chooses(SMALL, from_="Details of…")
    await nisha.sees("── Coupon details ──\n🟢 WELCOME250")
    await nisha.closes()
    await nisha.sees("[Details of… ▾]")
    assert nisha.in_view.messages()[-1].blocks[-2]["block_id"] != before

    await nisha.chooses(SMALL, from_="Details of…")

    await nisha.sees("── Coupon details ──\n🟢 WELCOME250")
