"""The form of a redemption: where it is opened from, what it does not take, and that nothing typed is lost."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import Hang, Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.redeeming import (
    ASHA,
    POLICY,
    SMALL,
    direct,
    fills,
    has_buttons,
    hears,
    opens_form,
    reviews,
    sees_card,
)

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["socket"])

CONFIRMED = "The loyalty engine confirmed it."


@pytest.fixture
def policy() -> str:
    return POLICY


def entered(person: Person) -> dict[str, str]:
    """What stands in each input of the form, by its label."""
    assert person.modal is not None
    inputs = {block["label"]["text"]: block for block in person.modal.blocks if block["type"] == "input"}
    values = {
        label: person.modal.values.get(block["block_id"], {}).get(block["element"]["action_id"], {})
        for label, block in inputs.items()
    }
    return {
        label: (value.get("selected_option") or {}).get("value") or value.get("value") or ""
        for label, value in values.items()
    }


# Where it is opened from


async def test_from_a_row_of_the_page(vikram: Person, engine: SandboxEngine) -> None:
    await vikram.command("/coupons", ASHA)
    await vikram.sees("9 coupons")
    await has_buttons(vikram)
    await vikram.clicks("Redeem", near="FESTIVE12")
    await vikram.sees("Bill amount")
    await fills(vikram)
    await vikram.submits()
    await vikram.sees("Confirm redemption")
    await vikram.submits()
    await vikram.sees(CONFIRMED)

    redeemed = engine.customers.coupon("FESTIVE12")
    assert redeemed is not None
    assert len(redeemed.redemptions) == 1


async def test_from_the_modal_of_the_shortcut_on_top_of_its_card(vikram: Person) -> None:
    asked = await vikram.says("C0SUPPORT", "98450 12345 is on the line")
    await vikram.shortcut("look_up_customer", message=asked)
    await vikram.sees("9 coupons")
    await has_buttons(vikram)
    card = vikram.modal
    await vikram.clicks("Redeem", near=SMALL)
    await vikram.sees("Bill amount")
    await fills(vikram)
    await vikram.submits()
    await vikram.sees("Confirm redemption")
    await vikram.submits()
    await vikram.sees(CONFIRMED)
    await vikram.closes()

    assert vikram.modal is card


async def test_it_opens_at_once_and_is_filled_when_the_engine_has_answered(
    vikram: Person, engine: SandboxEngine
) -> None:
    await sees_card(vikram, SMALL)
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.IS_REDEEMABLE)
    await vikram.clicks("Redeem")
    await vikram.sees("Asking the loyalty engine about this coupon…")
    window = vikram.modal
    slow.event.set()
    await vikram.sees("Bill amount")

    assert vikram.modal is window


# What it does not take


FAULTS = {
    "two readings": ({"bill": "12,50"}, "12,50 can be read in two ways."),
    "a made-up number": ({"number": "CD-AAAAAAAA"}, "Numbers with CD- are generated."),
    "no note": ({"reason": "Other"}, "With this reason, type in a few words why."),
}


@pytest.mark.parametrize(("form", "told"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_stands_under_its_input_and_nothing_is_lost(
    vikram: Person, engine: SandboxEngine, form: dict[str, str], told: str
) -> None:
    await opens_form(vikram)
    asked = engine.count()
    await fills(vikram, **({"note": ""} | form))
    before = entered(vikram)
    await vikram.submits()
    await vikram.sees(told)

    assert entered(vikram) == before
    assert engine.count() == asked
    await vikram.types("Bill amount", "1200")
    await vikram.types("Bill number", "B-1")
    await vikram.types("Note", "Scanner is broken")
    await vikram.submits()
    await vikram.sees("Confirm redemption")


async def test_every_fault_is_told_at_once(vikram: Person) -> None:
    await opens_form(vikram)
    await fills(vikram, bill="a lot", number="CD-1", reason="Other")
    await vikram.submits()

    await vikram.sees("This amount cannot be read.")
    await vikram.sees("Numbers with CD- are generated.")
    await vikram.sees("With this reason, type in a few words why.")


# Time


async def test_a_slow_review_says_so_and_fills_the_same_window(vikram: Person, engine: SandboxEngine) -> None:
    await opens_form(vikram)
    await fills(vikram)
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.IS_REDEEMABLE)
    window = vikram.modal
    await vikram.submits()
    await vikram.sees("Working…\nChecking the coupon. Nothing is sent before you confirm it.")
    slow.event.set()
    await vikram.sees("Confirm redemption")
    await vikram.sees("[Redeem now]")

    assert vikram.modal is window


async def test_redeem_now_is_answered_before_the_engine(vikram: Person, engine: SandboxEngine) -> None:
    await reviews(vikram)
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.REDEEM)
    window = vikram.modal
    await vikram.submits()
    await vikram.sees("Working…\nThe request is recorded. Do not press again; this window shows the outcome.")
    assert window is not None
    assert window.sent.get("submit") is None
    await slow.arrived.wait()
    slow.event.set()
    await vikram.sees(CONFIRMED)

    assert vikram.modal is window


async def test_a_window_that_was_closed_is_no_error(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await reviews(vikram, number="B-1")
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.REDEEM)
    await vikram.submits()
    await slow.arrived.wait()
    await vikram.closes()
    slow.event.set()
    await hears(slack, vikram, CONFIRMED)

    assert vikram.modal is None
    assert len(direct(slack, vikram)) == 1


async def test_a_form_that_was_closed_while_it_was_reviewed_sends_nothing(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await opens_form(vikram)
    await fills(vikram)
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=capillary.IS_REDEEMABLE)
    await vikram.submits()
    await vikram.sees("Working…")
    await vikram.closes()
    drawn = slack.workspace.arrived["views.update"]
    slow.event.set()
    await slack.reached("views.update", drawn + 1)

    assert vikram.modal is None
    assert engine.count(capillary.REDEEM) == 0


async def test_an_engine_that_fails_at_the_review_leaves_nothing_behind(
    vikram: Person, engine: SandboxEngine, slack: SandboxSlack
) -> None:
    await opens_form(vikram)
    await fills(vikram)
    engine.faults.add(Status(500), path=capillary.IS_REDEEMABLE, times=None)
    await vikram.submits()

    await vikram.sees("The loyalty engine failed.")
    assert slack.calls.count("chat.postMessage") == 0
