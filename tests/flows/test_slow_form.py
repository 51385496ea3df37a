"""A form whose answer takes longer than Slack waits."""

from __future__ import annotations

import asyncio

from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Hang
from bot.sandbox.slack.person import Person


async def test_a_slow_engine_is_waited_for_in_the_form_s_own_window(
    engine: SandboxEngine, nisha: Person
) -> None:
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    await nisha.shortcut("look_up_customer", message=await nisha.says("C0SUPPORT", "please call back"))
    await nisha.types("Customer", "98450 12345")
    await nisha.submits()
    await nisha.sees("Looking up the customer…")
    slow.event.set()

    await nisha.sees("Asha Menon  ·  mobile …2345")
    nisha.sees_not("Looking up the customer…")
