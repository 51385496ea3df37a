"""One coupon by its code: may it be redeemed, if not why, and what to do next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import AIRPORT, MG_ROAD
from bot.sandbox.slack.person import Person
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, LAKH, RAVI, START, TOM, TOMS_NEWEST, holder
from tests.flows.one_desk import at_one_desk

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])

ANSWERS = {
    "can be redeemed": (
        f"{ASHA} code:WELCOME250",
        [
            "Asha Menon  ·  mobile …2345  ·  one coupon",
            "WELCOME250  ₹250 off",
            "Can be redeemed  ·  1 use left",
        ],
    ),
    "never redeemed": (
        f"{ASHA} code:WELCOME250",
        ["Valid until 1 Oct 2025, 23:59 IST", "The loyalty engine shows no use of it"],
    ),
    "with a cap": (f"{ASHA} code:FESTIVE12", ["FESTIVE12  12 % off, at most ₹300", "Can be redeemed"]),
    "without a cap": (f"{ASHA} code:DIWALI10", ["Diwali10  10 % off", "Can be redeemed"]),
    "used, when, where and for which bill": (
        f"{ASHA} code:THANKS500",
        [
            "Cannot be redeemed. It was used already.",
            "Next: Tell the customer when and where it was used.",
            "Last redeemed 29 Aug 2025, 12:00 IST, at MG Road, bill MG-1042",
        ],
    ),
    "expired": (
        f"{ASHA} code:MONSOON300",
        [
            "Cannot be redeemed. It has expired.",
            "Next: Ask store ops; they ask marketing whether it can be extended.",
        ],
    ),
    "partly used": (
        f"{ASHA} code:COFFEE5",
        [
            "Can be redeemed  ·  3 uses left",
            "Last redeemed 27 Aug 2025, 12:00 IST, at Indiranagar, bill IND-77",
        ],
    ),
    "redeemed and reversed": (f"{ASHA} code:RETURN400", ["Can be redeemed  ·  1 use left"]),
    "no such coupon": (
        f"{ASHA} code:NOSUCH1",
        ["Cannot be redeemed. There is no such coupon.", "Next: Check the code letter by letter"],
    ),
    "a code of digits with a leading zero": (f"{TOM} code:{TOMS_NEWEST}", [TOMS_NEWEST, "Tom Sawyer"]),
    "before the customer": (f"code:WELCOME250 {ASHA}", ["Can be redeemed"]),
    "spaced and in capitals": (f"{ASHA} CODE: welcome250", ["Can be redeemed"]),
    "of a customer named by e-mail": ("asha.menon@example.com code:GOLD5000", ["Can be redeemed"]),
    "of a customer named by id": ("id:700000001 code:GOLD5000", ["Asha Menon", "Can be redeemed"]),
    "on the last page of 100 000": (f"{LAKH} code:LK099990", ["Laksh Lakh", "Can be redeemed"]),
}


@at_one_desk(("typed", "told"), ANSWERS.values())
async def test_a_coupon_is_told_with_its_state_and_the_next_step(
    nisha: Person, typed: str, told: list[str]
) -> None:
    await nisha.command("/coupons", typed)

    for words in told:
        await nisha.sees(words)


CODES = {
    "with a space": ("SAVE 20", f"{ASHA} code:SAVE 20"),
    "with a space, before an option": ("SAVE 20", f"{ASHA} code:SAVE 20 oldest"),
    "of several words, before the customer": ("BUY 2 GET 1", f"code:BUY 2 GET 1 {ASHA}"),
    "in quotes, with a word that is a filter": ("BUY ALL 3", f"{ASHA} code:“BUY ALL 3”"),
    "with a sign that is easily rewritten": ("½OFF", f"{ASHA} code:½OFF"),
    "in full width, as it was made": ("ＳＡＶＥ", f"{ASHA} code:ＳＡＶＥ"),
    "in full width by a keyboard": ("SAVE25", f"{ASHA} code:ＳＡＶＥ２５"),
    "with what ends a sentence": ("SAVE25", f"{ASHA} code:SAVE25?"),
    "that ends so itself": ("WOW!", f"{ASHA} code:WOW!"),
    "with an ampersand": ("B&B 10", f"{ASHA} code:B&amp;B 10"),
}


@at_one_desk(("code", "typed"), CODES.values())
async def test_a_code_is_found_as_it_was_typed(parts: Sandbox, nisha: Person, code: str, typed: str) -> None:
    customers = parts.engine.customers
    asha = customers.find("mobile", ASHA)
    assert asha is not None
    if customers.coupon(code) is None:
        customers.add_coupon(asha, code)
    await nisha.command("/coupons", typed)

    await nisha.sees("Asha Menon  ·  mobile …2345  ·  one coupon")
    await nisha.sees("Can be redeemed  ·  1 use left")
    await nisha.sees(f"{code}  ₹100 off")


@at_one_desk("code", ["THANKS500", "WELCOME250", "MONSOON300"])
async def test_somebody_elses_coupon_says_nothing_of_them(nisha: Person, code: str) -> None:
    """Neither whose it is, nor what it is worth, nor what became of it."""
    await nisha.command("/coupons", f"{RAVI} code:{code}")
    await nisha.sees("Ravi Kumar")
    await nisha.sees("Cannot be redeemed. It is not this customer's coupon.")
    await nisha.sees("Next: Check the customer's mobile number; they may be registered under another one.")

    for secret in (
        "Asha",
        "2345",
        "MG Road",
        "MG-1042",
        "₹",
        "Valid",
        "redeemed 2",
        "No redemption",
        "Aug",
        "off",
    ):
        nisha.sees_not(secret)


async def test_a_coupon_with_every_use_taken_says_so(parts: Sandbox, nisha: Person) -> None:
    customers = parts.engine.customers
    bina = holder(parts, 0)
    coupon = customers.add_coupon(bina, "TWICE", uses=2)
    customers.book(coupon, bill="A-1", till=AIRPORT, at=START - timedelta(days=2))
    customers.book(coupon, bill="A-2", till=MG_ROAD, at=START - timedelta(days=1))
    await nisha.command("/coupons", f"{bina.mobile} code:TWICE")
    await nisha.sees("Cannot be redeemed. The number of redemptions allowed is reached.")

    await nisha.sees("Last redeemed 31 Aug 2025, 12:00 IST, at MG Road, bill A-2")


async def test_a_coupon_without_a_limit_may_be_used_any_number_of_times(
    parts: Sandbox, nisha: Person
) -> None:
    bina = holder(parts, 0)
    parts.engine.customers.add_coupon(bina, "ALWAYS", uses=-1)
    await nisha.command("/coupons", f"{bina.mobile} code:ALWAYS")

    await nisha.sees("Can be redeemed  ·  any number of uses")


async def test_a_revoked_coupon_says_so(engine: SandboxEngine, nisha: Person) -> None:
    engine.customers.revoke("GOLD5000")
    await nisha.command("/coupons", f"{ASHA} code:GOLD5000")

    await nisha.sees("Cannot be redeemed. It was revoked.")


async def test_what_ends_tonight_can_be_redeemed_until_then(nisha: Person, clock: Clock) -> None:
    await nisha.command("/coupons", f"{ASHA} code:TONIGHT150")
    await nisha.sees("Can be redeemed")
    clock.moves(timedelta(hours=12))
    await nisha.clicks("Refresh")

    await nisha.sees("Cannot be redeemed. It has expired.")


async def test_from_one_coupon_to_all_of_them(nisha: Person) -> None:
    await nisha.command("/coupons", f"{ASHA} code:THANKS500")
    await nisha.sees("one coupon")
    await nisha.clicks("All coupons")
    await nisha.sees("Asha Menon  ·  mobile …2345  ·  9 coupons")

    nisha.sees_not("one coupon")
    nisha.sees_not("[All coupons]")


async def test_from_somebody_elses_coupon_to_all_of_ones_own(nisha: Person) -> None:
    await nisha.command("/coupons", f"{RAVI} code:THANKS500")
    await nisha.clicks("All coupons")

    await nisha.sees("Ravi Kumar  ·  mobile …0000  ·  0 coupons")
