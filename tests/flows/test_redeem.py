"""The story of redeeming, from the card to the outcome."""

from __future__ import annotations

import pytest

from bot.sandbox import capillary
from bot.sandbox.capillary import SandboxEngine
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_person import Person
from tests.flows.redeeming import POLICY, SMALL, reviews


@pytest.fixture
def policy() -> str:
    return POLICY


@pytest.fixture
def vikram(slack: SandboxSlack) -> Person:
    """Vikram Shah, a senior agent."""
    return slack.person("U0SENIOR")


async def test_a_small_coupon_is_redeemed_at_once(vikram: Person, engine: SandboxEngine) -> None:
    await reviews(vikram, bill="1,200", number="B-1")
    await vikram.sees("Redeem now")

    await vikram.submits()

    await vikram.sees("The loyalty engine confirmed it")
    await vikram.sees("B-1")
    assert engine.count(capillary.REDEEM) == 1
    coupon = engine.customers.coupon(SMALL)
    assert coupon is not None
    assert [use.bill for use in coupon.redemptions] == ["B-1"]
