"""The same words narrow a list on the command and on the card."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.slack.person import Person
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, TOM, holder
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

EVERYTHING = (
    "TONIGHT150",
    "WELCOME250",
    "GOLD5000",
    "Diwali10",
    "FESTIVE12",
    "COFFEE5",
    "THANKS500",
    "RETURN400",
    "MONSOON300",
)
#: What Asha holds under each word; the card says how many.
UNDER = {
    "all": ("9 coupons", EVERYTHING),
    "redeemable": (
        "7 redeemable coupons",
        tuple(code for code in EVERYTHING if code not in {"THANKS500", "MONSOON300"}),
    ),
    "active": ("8 active coupons", EVERYTHING[:-1]),
    "redeemed": ("2 redeemed coupons", ("COFFEE5", "THANKS500")),
    "expired": ("1 expired coupon", ("MONSOON300",)),
}
EACH = at_one_desk("word", UNDER)


def shown(person: Person) -> tuple[str, ...]:
    screen = person.screen()
    return tuple(code for code in EVERYTHING if f"{code}  " in screen)


@EACH
async def test_a_word_on_the_command_narrows_the_list(nisha: Person, word: str) -> None:
    count, codes = UNDER[word]
    await nisha.command("/coupons", f"{ASHA} {word}")
    await nisha.sees(f"mobile …2345  ·  {count}  ·  as of")

    assert shown(nisha) == codes


@EACH
async def test_the_same_word_on_the_card_does_the_same(nisha: Person, word: str) -> None:
    count, codes = UNDER[word]
    await nisha.command("/coupons", f"{ASHA} {'all' if word != 'all' else 'expired'}")
    await nisha.sees("Asha Menon")
    await nisha.chooses(word)
    await nisha.sees(f"mobile …2345  ·  {count}  ·  as of")

    assert shown(nisha) == codes


async def test_the_card_names_the_filter_that_is_on(nisha: Person) -> None:
    await nisha.command("/coupons", f"{ASHA} redeemed")

    await nisha.sees("[redeemed ▾]")


async def test_choosing_a_filter_starts_at_its_first_page_and_keeps_the_order(nisha: Person) -> None:
    await nisha.command("/coupons", f"{TOM} oldest")
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23, oldest first.")
    await nisha.chooses("active")

    await nisha.sees("oldest first.")
    await nisha.sees("Showing 1 to")


async def test_paging_keeps_the_filter(nisha: Person) -> None:
    await nisha.command("/coupons", "919845001000 redeemed")
    await nisha.sees("200 redeemed coupons")
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 200")
    await nisha.sees("[redeemed ▾]")


async def test_none_under_a_filter_names_the_customer_and_the_way_back(parts: Sandbox, nisha: Person) -> None:
    await nisha.command("/coupons", f"{holder(parts, 2).mobile} expired")
    await nisha.sees("Bina Shah  ·  mobile …2222  ·  0 expired coupons")
    await nisha.sees("No coupon of this customer is expired. Choose all below to see the others.")
    await nisha.chooses("all")

    await nisha.sees("Showing 1 to 2 of 2")


async def test_what_expires_tonight_is_valid_to_the_last_second(nisha: Person, clock: Clock) -> None:
    """It ends at 23:59:59 in India; the stories start at noon."""
    clock.moves(timedelta(hours=11, minutes=59, seconds=58))
    await nisha.command("/coupons", f"{ASHA} redeemable")
    await nisha.sees("7 redeemable coupons")
    await nisha.sees("Valid until 1 Sep 2025, 23:59 IST")
    clock.moves(timedelta(seconds=1))
    await nisha.clicks("Refresh")
    await nisha.sees("6 redeemable coupons")

    nisha.sees_not("TONIGHT150")
