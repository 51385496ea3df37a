"""Back, and forms that are reviewed again, pressed twice or delivered twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Hang, Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import (
    POLICY,
    direct,
    fills,
    hears,
    is_answered,
    opens_form,
    redeems,
    reviews,
    shown,
    submits_again,
)

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

CONFIRMED = "The loyalty engine confirmed it."


@pytest.fixture
def policy() -> str:
    return POLICY


async def test_back_returns_to_the_form_as_it_was_filled(vikram: Person) -> None:
    await reviews(vikram, bill="1,200", number="B-1", reason="Other", note="Scanner is broken")
    window = vikram.modal
    await vikram.clicks("Back")
    await vikram.sees("Bill amount")
    await vikram.submits()

    await vikram.sees("Takes off this bill: ₹250, of ₹1,200")
    await vikram.sees("Bill number: B-1")
    await vikram.sees("Reason: Other")
    await vikram.sees("Scanner is broken")
    assert vikram.modal is window


async def test_what_is_changed_after_back_is_what_is_redeemed(vikram: Person, engine: SandboxEngine) -> None:
    await reviews(vikram, bill="1200", number="B-1")
    await vikram.clicks("Back")
    await vikram.types("Bill number", "B-2")
    await vikram.types("Bill amount", "900")
    await vikram.submits()
    await vikram.sees("Takes off this bill: ₹250, of ₹900")
    await vikram.submits()
    await vikram.sees(CONFIRMED)

    [call] = [call for call in engine.calls if call.path == capillary.REDEEM]
    assert (call.body["transactionNumber"], call.body["billAmount"]) == ("B-2", "900")


def _engine_away(engine: SandboxEngine, _slack: SandboxSlack) -> None:
    engine.faults.add(Status(500), path=capillary.IS_REDEEMABLE)


def _groups_unread(_engine: SandboxEngine, slack: SandboxSlack) -> None:
    slack.fail("usergroups.list", status=500, times=1)
    slack.change_group("S0AGENTS")


FAILURES = {
    "engine": (_engine_away, "The loyalty engine failed."),
    "rights": (_groups_unread, "could not verify that you are allowed."),
}


async def test_try_again_reviews_what_was_typed(vikram: Person, engine: SandboxEngine) -> None:
    await opens_form(vikram)
    await fills(vikram, bill="1,200", number="B-1", reason="Other", note="Scanner is broken")
    engine.faults.add(Status(500), path=capillary.IS_REDEEMABLE)
    await vikram.submits()
    await vikram.sees("The loyalty engine failed.")

    await vikram.clicks("Try again")

    await vikram.sees("Bill number: B-1")
    await vikram.sees("\nScanner is broken\n")


@pytest.mark.parametrize("what", FAILURES)
async def test_a_review_that_fails_loses_nothing_of_what_was_typed(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack, what: str
) -> None:
    fails, told = FAILURES[what]
    await opens_form(vikram)
    await fills(vikram, bill="1,200", number="B-1", reason="Other", note="Scanner is broken")
    fails(engine, slack)
    await vikram.submits()
    await vikram.sees(told)
    await vikram.clicks("Back")
    await vikram.sees("Bill amount")
    await vikram.submits()

    await vikram.sees("Takes off this bill: ₹250, of ₹1,200")
    await vikram.sees("Bill number: B-1")
    await vikram.sees("Scanner is broken")


async def test_a_confirmation_from_before_the_form_was_changed_sends_nothing(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await reviews(vikram, bill="1200")
    assert vikram.modal is not None
    older = vikram.modal.payload()
    await vikram.clicks("Back")
    await vikram.types("Bill amount", "900")
    await vikram.submits()
    await vikram.sees("Takes off this bill: ₹250, of ₹900")
    again = await submits_again(slack, vikram, older)

    assert "The form was changed since this confirmation was shown, so nothing was sent." in shown(again)
    assert engine.count(capillary.REDEEM) == 0
    assert slack.calls.count("chat.postMessage") == 0


async def test_a_double_click_redeems_once(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await reviews(vikram)
    await asyncio.gather(vikram.submits(), vikram.submits())
    await hears(slack, vikram, CONFIRMED)

    assert engine.count(capillary.REDEEM) == 1
    assert len(direct(slack, vikram)) == 1


async def test_a_delivery_that_comes_again_while_it_is_checked_begins_nothing(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await reviews(vikram)
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.IS_REDEEMABLE)
    await vikram.submits()
    await slow.arrived.wait()
    again = await slack.replay()
    assert "*Working…*" in shown(again)
    slow.event.set()
    await vikram.sees(CONFIRMED)

    assert engine.count(capillary.REDEEM) == 1
    assert engine.count(capillary.REDEEM) == 1


async def test_a_delivery_that_comes_again_while_it_is_sent_only_shows_how_it_stands(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await reviews(vikram)
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.REDEEM)
    await vikram.submits()
    await slow.arrived.wait()
    again = await slack.replay()
    assert "*Working…*" in shown(again)
    slow.event.set()
    await hears(slack, vikram, CONFIRMED)

    assert engine.count(capillary.REDEEM) == 1
    assert len(direct(slack, vikram)) == 1


async def test_a_delivery_that_comes_again_afterwards_shows_the_outcome(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await redeems(vikram)
    confirmed = slack.deliveries[-1]
    await vikram.sees(CONFIRMED)
    again = await slack.replay(confirmed)

    assert CONFIRMED in shown(again)
    assert engine.count(capillary.REDEEM) == 1


async def test_the_review_of_a_form_that_was_redeemed_already_cannot_redeem_it_again(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    """One form is one request; here the coupon has another use left."""
    await reviews(vikram, "COFFEE5", number="B-1")
    form = slack.deliveries[-1]
    await vikram.submits()
    await vikram.sees(CONFIRMED)

    await is_answered(slack, slack.replay(form), "shows this coupon used for this bill already")
    assert engine.count(capillary.REDEEM) == 1
