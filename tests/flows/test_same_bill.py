"""The till timed out, and had done it all the same: the same coupon is not redeemed for the same bill twice."""

from __future__ import annotations

import pytest

from bot.sandbox.engine.capillary import REDEEM, SandboxEngine
from bot.sandbox.slack.person import Person
from tests.flows.redeeming import POLICY, SEVERAL_USES, fills, opens_form, redeems, reviews

# The way in is of no matter to these.
pytestmark = pytest.mark.parametrize("intake", ["http"])


ALREADY = "shows this coupon used for this bill already"


@pytest.fixture
def policy() -> str:
    return POLICY


async def test_the_review_refuses_what_a_till_did_for_this_bill(
    vikram: Person, engine: SandboxEngine
) -> None:
    engine.customers.redeem_at_till(SEVERAL_USES, "T-1001")
    await opens_form(vikram, SEVERAL_USES)
    await fills(vikram, number="T-1001")
    await vikram.submits()

    await vikram.sees(ALREADY)
    await vikram.sees("ask store ops")
    assert engine.count(REDEEM) == 0


async def test_what_a_till_did_since_the_review_is_not_sent_again(
    vikram: Person, engine: SandboxEngine
) -> None:
    await reviews(vikram, SEVERAL_USES, number="T-1001")
    engine.customers.redeem_at_till(SEVERAL_USES, "T-1001")
    await vikram.submits()

    await vikram.sees(ALREADY)
    assert engine.count(REDEEM) == 0


async def test_an_approver_is_shown_that_use_and_may_let_it_go_on(
    nisha: Person, arjun: Person, engine: SandboxEngine
) -> None:
    engine.customers.redeem_at_till(SEVERAL_USES, "T-1001")
    await opens_form(nisha, SEVERAL_USES)
    await fills(nisha, number="T-1001")
    await nisha.submits()
    await nisha.sees("used for this bill already")
    await nisha.submits()
    await arjun.sees("shows it used for this bill already")
    await arjun.clicks("Approve")
    await arjun.sees("It cannot be undone from here")
    await arjun.submits()

    await nisha.sees("The loyalty engine confirmed it")
    assert engine.count(REDEEM) == 1


async def test_what_was_redeemed_from_here_counts_while_the_engines_records_are_behind(
    vikram: Person, engine: SandboxEngine
) -> None:
    """The bill's number is typed otherwise the second time."""
    engine.quirks.hide_new_uses = 50
    await redeems(vikram, SEVERAL_USES, number="T-1001")
    await vikram.sees("The loyalty engine confirmed it")
    await opens_form(vikram, SEVERAL_USES)
    await fills(vikram, number="t 1001")
    await vikram.submits()

    await vikram.sees("used for this bill already")
    assert engine.count(REDEEM) == 1
