"""Rows that share a desk do not see each other."""

from __future__ import annotations

from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Status
from bot.sandbox.slack.person import Person
from tests.flows.facts import NOBODY_THERE
from tests.flows.one_desk import at_one_desk


@at_one_desk("row", ["one", "another"])
async def test_each_row_begins_with_empty_screens_and_a_well_engine_that_was_asked_nothing(
    engine: SandboxEngine, nisha: Person, row: str
) -> None:
    assert (nisha.screen(), nisha.modal, engine.calls) == ("", None, []), row
    await nisha.shortcut("look_up_customer", message=await nisha.says("C0SUPPORT", "hello"))
    await nisha.types("Customer", NOBODY_THERE)
    await nisha.submits()
    await nisha.sees("No customer is known under …1111.")
    engine.faults.add(Status(500), path=COUPONS, times=None)
