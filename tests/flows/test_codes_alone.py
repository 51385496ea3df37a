"""A coupon by its code alone, and requests by their reference and bill number."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import RULES, SMALL, redeems

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])


@pytest.fixture
def policy() -> str:
    return '[lookup]\ngroups = ["S0AGENTS", "S0SENIORS"]\n' + RULES


async def test_a_code_without_a_customer_tells_its_state_and_two_digits_of_its_owner(nisha: Person) -> None:
    await nisha.command("/coupons", f"code:{SMALL}")

    await nisha.sees("one coupon, whoever holds it")
    await nisha.sees("Can be used by its owner")
    await nisha.sees("a customer whose mobile ends in 45.")
    nisha.sees_not("[Redeem]")
    for secret in ("2345", "Asha", "98450"):
        nisha.sees_not(secret)


async def test_of_a_used_one_its_uses_are_told_and_of_none_that_there_is_none(nisha: Person) -> None:
    await nisha.command("/coupons", "code:THANKS500")
    await nisha.sees("Cannot be used. It was used already.")
    await nisha.sees("All uses")
    await nisha.command("/coupons", "code:NOSUCH1")
    await nisha.sees("There is no such coupon.")


async def test_what_was_redeemed_from_here_is_found_by_its_bill_and_by_its_reference(
    slack: SandboxSlack, nisha: Person, vikram: Person
) -> None:
    await redeems(vikram, SMALL, bill="1200", number="MG-88")
    await vikram.sees("The loyalty engine confirmed it")
    await nisha.command("/redemptions", "bill:mg-88")

    await nisha.sees("One request from here with the bill number mg-88")
    await nisha.sees("Asked for by @Vikram Shah")
    await vikram.command("/redemptions", "bill:mg-88")
    await vikram.sees("Asked for by you")
    await nisha.sees("Redeemed")
    nisha.sees_not(SMALL)
    nisha.sees_not("Asha")
    reference = nisha.screen().rpartition("Reference ")[2][:8]
    await nisha.command("/redemptions", f"ref:{reference.lower()}")
    await nisha.sees(f"One request from here with the reference {reference}")


async def test_nothing_found_says_so_and_who_may_not_look_up_is_told_so(
    nisha: Person, slack: SandboxSlack
) -> None:
    await nisha.command("/redemptions", "bill:MG-89")
    await nisha.sees("Nothing was redeemed or asked for from here with the bill number MG-89.")
    manager = slack.person("U0MANAGER2")
    await manager.command("/redemptions", "bill:MG-89")
    await manager.sees("not allowed")
    await manager.command("/coupons", f"code:{SMALL}")
    manager.sees_not("mobile ends in")
