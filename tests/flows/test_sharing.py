"""A cached answer is used until somebody presses Refresh."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.sandbox.engine.capillary import COUPON, COUPONS, IS_REDEEMABLE, SandboxEngine
from bot.sandbox.engine.faults import Hang, Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock
from tests.flows.facts import ASHA, TOM

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])


async def test_an_equal_look_up_soon_after_asks_nobody(
    engine: SandboxEngine, nisha: Person, slack: SandboxSlack, clock: Clock
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("as of 12:00:00")
    clock.moves(timedelta(seconds=29))
    vikram = slack.person("U0SENIOR")
    await vikram.command("/coupons", "+91 94004 88244")
    await vikram.sees("as of 12:00:00")

    assert engine.count(COUPONS) == 1


async def test_what_is_kept_ages(engine: SandboxEngine, nisha: Person, clock: Clock) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("as of 12:00:00")
    clock.moves(timedelta(seconds=31))
    await nisha.command("/coupons", TOM)
    await nisha.sees("as of 12:00:31")

    assert engine.count(COUPONS) == 2


async def test_refresh_asks_the_engine_again(engine: SandboxEngine, nisha: Person, clock: Clock) -> None:
    await nisha.command("/coupons", f"{ASHA} redeemable")
    await nisha.sees("7 redeemable coupons  ·  as of 12:00:00")
    engine.customers.redeem_at_till("GOLD5000", "MG-9")
    clock.moves(timedelta(seconds=3))
    await nisha.clicks("Refresh")
    await nisha.sees("6 redeemable coupons  ·  as of 12:00:03")

    assert engine.count(COUPONS) == 2


async def test_what_a_refresh_learnt_is_kept_for_the_next(
    engine: SandboxEngine, slack: SandboxSlack, nisha: Person, clock: Clock
) -> None:
    await nisha.command("/coupons", "id:700000001")
    await nisha.sees("as of 12:00:00")
    clock.moves(timedelta(seconds=3))
    await nisha.clicks("Refresh")
    await nisha.sees("as of 12:00:03")
    vikram = slack.person("U0SENIOR")
    await vikram.command("/coupons", "id:700000001")
    await vikram.sees("as of 12:00:03")

    assert engine.count(COUPONS) == 2


async def test_refresh_of_one_coupon_asks_the_engine_again(
    engine: SandboxEngine, nisha: Person, clock: Clock
) -> None:
    await nisha.command("/coupons", f"{ASHA} code:GOLD5000")
    await nisha.sees("Can be redeemed")
    engine.customers.redeem_at_till("GOLD5000", "MG-9")
    clock.moves(timedelta(seconds=3))
    await nisha.clicks("Refresh")
    await nisha.sees("It was used already.")
    await nisha.sees("bill MG-9")

    assert engine.count(IS_REDEEMABLE) == engine.count(COUPON) == 2


async def test_equal_look_ups_at_one_moment_are_one_call(
    engine: SandboxEngine, slack: SandboxSlack, nisha: Person
) -> None:
    """As many as a slow machine acknowledges within Bolt's three seconds; `tests/aio` tests fifty."""
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    commands = asyncio.gather(*(nisha.command("/coupons", TOM) for _ in range(10)))
    await slow.arrived.wait()
    slow.event.set()
    # Before anybody looks: the cards are drawn in the same loop that acknowledges them.
    acks = await commands
    await slack.until(lambda: nisha.screen().count("Showing 1 to 10 of 23") == 10)

    assert all(ack.ok for ack in acks)
    assert engine.count(COUPONS) == 1


@pytest.mark.parametrize(
    ("other", "seen"),
    [(f"{TOM} oldest", "oldest first."), (f"{TOM} redeemed", "redeemed coupons"), (ASHA, "Asha Menon")],
)
async def test_another_question_is_another_call(
    engine: SandboxEngine, nisha: Person, other: str, seen: str
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Tom Sawyer")
    await nisha.command("/coupons", other)
    await nisha.sees(seen)

    assert engine.count(COUPONS) == 2


async def test_a_failure_is_not_kept(engine: SandboxEngine, nisha: Person) -> None:
    engine.faults.add(Status(500), path=COUPONS)
    await nisha.command("/coupons", TOM)
    await nisha.sees("The loyalty engine failed.")
    await nisha.command("/coupons", TOM)
    await nisha.sees("Tom Sawyer")

    assert engine.count(COUPONS) == 2
