"""Ten coupons a page, in the engine's order, and only as far as there are any."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.slack.person import Person
from tests.flows.conftest import Clock
from tests.flows.facts import LAKH, RAVI, THOUSAND, TOM, TOMS_NEWEST, holder

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])


def coupons_shown(person: Person) -> int:
    """Every coupon says until when it is or was good, or that it is used."""
    return sum(line.startswith(("🟢", "🔴", "⚪")) for line in person.screen().splitlines())


async def test_23_coupons_are_three_pages_of_10_10_and_3(nisha: Person) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23, newest first.")
    assert coupons_shown(nisha) == 10
    nisha.sees_not("[Previous]")

    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23, newest first.")
    assert coupons_shown(nisha) == 10
    nisha.sees_not("Showing 1 to 10")

    await nisha.clicks("Next")
    await nisha.sees("Showing 21 to 23 of 23, newest first.")
    assert coupons_shown(nisha) == 3
    nisha.sees_not("[Next]")

    await nisha.clicks("Previous")
    await nisha.sees("Showing 11 to 20 of 23")
    await nisha.clicks("Previous")
    await nisha.sees("Showing 1 to 10 of 23")

    assert coupons_shown(nisha) == 10
    nisha.sees_not("[Previous]")


async def test_the_newest_comes_first(nisha: Person) -> None:
    await nisha.command("/coupons", TOM)

    await nisha.sees(TOMS_NEWEST)


async def test_oldest_turns_the_order_around_and_keeps_it_over_pages(nisha: Person) -> None:
    await nisha.command("/coupons", f"{TOM} oldest")
    await nisha.sees("Showing 1 to 10 of 23, oldest first.")
    nisha.sees_not(TOMS_NEWEST)
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23, oldest first.")
    await nisha.clicks("Next")
    await nisha.sees("Showing 21 to 23 of 23, oldest first.")

    await nisha.sees(TOMS_NEWEST)


async def test_codes_are_shown_as_they_were_created(nisha: Person) -> None:
    await nisha.command("/coupons", "asha.menon@example.com")

    await nisha.sees("Diwali10  10 % off")


async def test_exactly_ten_are_one_page(parts: Sandbox, nisha: Person) -> None:
    await nisha.command("/coupons", holder(parts, 10).mobile)
    await nisha.sees("Showing 1 to 10 of 10")

    assert coupons_shown(nisha) == 10
    nisha.sees_not("[Next]")
    nisha.sees_not("[Previous]")


async def test_eleven_are_two_pages(parts: Sandbox, nisha: Person) -> None:
    await nisha.command("/coupons", holder(parts, 11).mobile)
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 11 of 11")

    nisha.sees_not("[Next]")


async def test_a_customer_without_coupons_is_named_and_told_so(nisha: Person) -> None:
    await nisha.command("/coupons", RAVI)
    await nisha.sees("Ravi Kumar  ·  mobile …0000  ·  0 coupons")
    await nisha.sees("This customer holds no coupons.")

    nisha.sees_not("[Next]")
    nisha.sees_not("[Previous]")


async def test_a_thousand_have_a_next_page_but_no_previous_one(nisha: Person) -> None:
    await nisha.command("/coupons", THOUSAND)
    await nisha.sees("Meera Thousand  ·  mobile …1000  ·  1000 coupons")
    await nisha.sees("Showing 1 to 10 of 1000")
    await nisha.sees("TH000009")
    nisha.sees_not("[Previous]")
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 1000")
    await nisha.sees("TH000019")


async def test_a_list_that_has_shrunk_shows_its_last_page(parts: Sandbox, nisha: Person) -> None:
    bina = holder(parts, 11)
    await nisha.command("/coupons", f"{bina.mobile} redeemable")
    await nisha.sees("Showing 1 to 10 of 11")
    parts.engine.customers.redeem_at_till("NEW-1", "MG-1")
    await nisha.clicks("Next")
    await nisha.sees("Showing 1 to 10 of 10")

    nisha.sees_not("[Next]")


async def test_a_list_that_is_used_up_says_so(parts: Sandbox, nisha: Person, clock: Clock) -> None:
    bina = holder(parts, 11)
    await nisha.command("/coupons", f"{bina.mobile} redeemable")
    await nisha.sees("Showing 1 to 10 of 11")
    for number in range(1, 12):
        parts.engine.customers.redeem_at_till(f"NEW-{number}", f"MG-{number}")
    clock.moves(timedelta(minutes=1))
    await nisha.clicks("Next")

    await nisha.sees("No coupon of this customer is redeemable.")


@pytest.mark.parametrize("button", ["Next", "Previous", "Refresh"])
async def test_a_page_costs_the_same_whatever_the_customer_holds(
    parts: Sandbox, engine: SandboxEngine, nisha: Person, button: str
) -> None:
    """Counted on the second page of one with 23 coupons and of one with 100 000."""
    spent = []
    for presses, mobile in ((1, TOM), (3, LAKH)):
        await nisha.command("/coupons", mobile)
        await nisha.clicks("Next")
        await parts.slack.reached("response_url", presses)
        before = engine.count()
        await nisha.clicks(button)
        await parts.slack.reached("response_url", presses + 1)
        spent.append(engine.count() - before)

    # The first page is still known.
    assert spent == ([0, 0] if button == "Previous" else [1, 1])


async def test_the_first_page_of_100_000_and_one_coupon_of_them_cost_no_walk(
    engine: SandboxEngine, nisha: Person
) -> None:
    await nisha.command("/coupons", LAKH)
    await nisha.sees("Laksh Lakh  ·  mobile …0000  ·  100000 coupons")
    assert engine.count() == engine.count(COUPONS) == 1

    await nisha.command("/coupons", f"{LAKH} code:LK099990")
    await nisha.sees("Can be redeemed")

    assert engine.count(COUPONS) == 1
    assert engine.count() == 4
