"""Redeem again: the form of a request that ended without a redemption, filled with what was asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import TooMany
from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Kind
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.views import redemption
from tests.flows.redeeming import POLICY, SMALL, asks, denied, redeems

# The way in is of no matter to these: what both ways share is told by `test_redeem` and the look-ups.
pytestmark = pytest.mark.parametrize("intake", ["socket"])


@pytest.fixture
def policy() -> str:
    return POLICY


async def test_what_was_not_sent_is_redeemed_by_three_presses(vikram: Person, engine: SandboxEngine) -> None:
    engine.faults.add(TooMany(), path=capillary.REDEEM)
    await redeems(vikram, bill="1200", number="B-77", reason="Other", note="Till is down")
    await vikram.sees("Next: Press Redeem again in a minute; it is safe to.")

    await vikram.clicks("Redeem again")
    for filled in ("Bill amount *: [1200]", "Bill number: [B-77]", "Note: [Till is down]"):
        await vikram.sees(filled)
    await vikram.submits()
    await vikram.sees("This cannot be undone from here.")
    await vikram.submits()

    await vikram.sees("The loyalty engine confirmed it")
    coupon = engine.customers.coupon(SMALL)
    assert coupon is not None
    assert [use.bill for use in coupon.redemptions] == ["B-77"]


async def test_a_generated_number_is_generated_anew(nisha: Person) -> None:
    await asks(nisha)
    await nisha.clicks("Withdraw")
    await nisha.sees("Next: If it is wanted after all, press Redeem again.")

    await nisha.clicks("Redeem again")

    await nisha.sees("Bill number: []")


async def test_a_coupon_that_was_used_meanwhile_is_told_so_instead_of_a_form(
    vikram: Person, engine: SandboxEngine
) -> None:
    engine.faults.add(TooMany(), path=capillary.REDEEM)
    await redeems(vikram, bill="1200")
    await vikram.sees("[Redeem again]")
    engine.customers.redeem_at_till(SMALL, "MG-1")

    await vikram.clicks("Redeem again")

    await vikram.sees("Cannot be redeemed. It was used already.")
    vikram.sees_not("Bill amount")


async def test_nobody_else_may_press_it(
    vikram: Person, nisha: Person, engine: SandboxEngine, slack: SandboxSlack, tmp_path: Path
) -> None:
    engine.faults.add(TooMany(), path=capillary.REDEEM)
    await redeems(vikram, bill="1200")
    await vikram.sees("[Redeem again]")

    def buttons() -> list[dict[str, Any]]:
        return [
            element
            for message in slack.messages(f"D{vikram.user.id[1:]}")
            for block in message.blocks
            for element in block.get("elements", [])
            if element.get("action_id") == redemption.AGAIN
        ]

    await slack.until(lambda: bool(buttons()))
    [again] = buttons()
    place = slack.workspace.directory.channels["C0SUPPORT"]
    told = payloads.interaction("block_actions", nisha.user) | {
        "container": {"type": "message", "message_ts": "1.1", "channel_id": place.id, "is_ephemeral": True},
        "channel": {"id": place.id, "name": place.name},
        "trigger_id": slack.workspace.triggers.give(nisha.id),
        "actions": [{**again, "block_id": "b"}],
    }
    await slack.delivery.send(Kind.INTERACTIVE, told)

    await nisha.sees("You are not allowed to use somebody else's card.")
    assert ("U0AGENT", "open", "not_yours") in denied(tmp_path)
