"""The story of redeeming, from the card to the outcome."""

from __future__ import annotations

import re

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import ASHA, LARGE, POLICY, SEVERAL_USES, SMALL, direct, redeems, reviews

GENERATED = re.compile(r"CD-[A-Z2-7]{8}")
CONFIRMED = "The loyalty engine confirmed it"


@pytest.fixture
def policy() -> str:
    return POLICY


def bills(engine: SandboxEngine, code: str) -> list[str]:
    """Of the redemptions that stand on a coupon."""
    coupon = engine.customers.coupon(code)
    assert coupon is not None
    return [use.bill for use in coupon.redemptions]


async def test_a_small_coupon_is_redeemed_at_once(vikram: Person, engine: SandboxEngine) -> None:
    await reviews(vikram, bill="1,200", number="B-1")
    await vikram.sees("Redeem now")

    await vikram.submits()

    await vikram.sees(CONFIRMED)
    await vikram.sees("B-1")
    assert engine.count(capillary.REDEEM) == 1
    assert bills(engine, SMALL) == ["B-1"]


async def test_what_is_confirmed_says_everything_that_should_be_known_before(vikram: Person) -> None:
    await reviews(vikram, bill="1,200", number="B-1", reason="Other", note="Scanner is broken, 98450 12345")

    for fact in (
        "Asha Menon, mobile …2345",
        "WELCOME250  ₹250 off",
        "Valid until",
        "Takes off this bill: ₹250, of ₹1,200",
        "Worth at most: ₹250",
        "Bill number: B-1",
        "Booked on: the loyalty engine’s default till",
        "Reason: Other",
        "\nScanner is broken, …2345\n",
        "Rule: “small, by a senior”; no approval is needed",
        "Left of your limits today after this one: 19 of 20 redemptions, ₹9,750 of ₹10,000",
        "This cannot be undone from here.",
    ):
        await vikram.sees(fact)
    vikram.sees_not("98450 12345")
    vikram.sees_not("from here in the last 24 hours")


async def test_the_outcome_tells_what_to_quote_and_what_to_say(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    """In the very window of the confirmation, and in one direct message that lasts."""
    await reviews(vikram, bill="1200")
    window = vikram.modal
    await vikram.submits()
    await slack.until(lambda: vikram.screen().count(CONFIRMED) == 2)
    number = GENERATED.search(vikram.screen())
    redeemed = engine.customers.coupon(SMALL)

    assert number is not None
    assert redeemed is not None
    assert bills(engine, SMALL) == [number[0]]
    assert vikram.modal is window is not None
    assert len(direct(slack, vikram)) == 1
    for words in (
        "\n✅ Redeemed  ·  WELCOME250  ₹250 off",
        "Asha Menon, mobile …2345  ·  bill of ₹1,200\n",
        "Read to the customer: “Your coupon is redeemed; the store takes ₹250 off your bill.”",
        f"bill number {number[0]}",
        f"redemption {redeemed.redemptions[0].id}",
        "Reference ",
    ):
        assert vikram.screen().count(words) == 2, words
    await vikram.sees("[Ask store ops]")


async def test_the_card_then_shows_that_it_is_used(vikram: Person, engine: SandboxEngine) -> None:
    """What was kept of the customer is dropped: a page, and the coupon alone."""
    await vikram.command("/coupons", ASHA)
    await redeems(vikram, bill="1200", number="B-1")
    await vikram.sees(CONFIRMED)
    await vikram.closes()

    await vikram.clicks("Refresh", near="one coupon")
    await vikram.sees("Cannot be redeemed. It was used already.")
    asked = engine.count(capillary.COUPONS)
    await vikram.command("/coupons", ASHA)
    await vikram.sees("Used 1 Sep 2025, 12:00 IST, at Support Desk, bill B-1")
    assert engine.count(capillary.COUPONS) == asked + 1


async def test_a_coupon_with_several_uses_is_redeemed_once_a_time(
    vikram: Person, engine: SandboxEngine
) -> None:
    await redeems(vikram, SEVERAL_USES, bill="300", number="B-1")
    await vikram.sees(CONFIRMED)
    await vikram.closes()
    await reviews(vikram, SEVERAL_USES, bill="300", number="B-2")
    await vikram.sees("This coupon was used from here in the last 24 hours:")
    await vikram.sees("by you, for bill B-1.")

    assert bills(engine, SEVERAL_USES)[2:] == ["B-1"]


async def test_a_capped_percentage_is_worth_its_cap_whatever_the_bill(
    vikram: Person, engine: SandboxEngine
) -> None:
    await reviews(vikram, "FESTIVE12", bill="2000")
    await vikram.sees("Takes off this bill: ₹240, of ₹2,000")
    await vikram.sees("Worth at most: ₹300")
    await vikram.submits()

    await vikram.sees("Tell the store to take ₹240 off this bill by hand, and not to scan the coupon.")
    assert len(bills(engine, "FESTIVE12")) == 1


@pytest.mark.parametrize(
    ("code", "bill", "worth"),
    [
        (LARGE, "1", "Worth at most: ₹5,000"),
        ("Diwali10", "10", "Worth at most: ₹1, a share of the bill as typed: it has no cap"),
    ],
)
async def test_nobody_avoids_an_approval_by_typing_a_small_bill(
    vikram: Person, engine: SandboxEngine, code: str, bill: str, worth: str
) -> None:
    await reviews(vikram, code, bill=bill)

    await vikram.sees(worth)
    await vikram.sees("[Request approval]")
    await vikram.sees("one of @managers must approve")
    vikram.sees_not("Redeem now")
    assert engine.count(capillary.REDEEM) == 0


async def test_an_agent_who_is_no_senior_asks_for_an_approval(nisha: Person) -> None:
    await reviews(nisha, bill="1200")

    await nisha.sees("[Request approval]")
    nisha.sees_not("Redeem now")
