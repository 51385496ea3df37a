"""App Homes of several instances; `tests/contract/test_homes.py` tests what each port of them promises."""

from __future__ import annotations

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.homes import LedgerHomes
from tests.adapters.ledger.facts import AGENT, LONG, Clock


async def test_nobody_else_takes_a_tab_that_is_held(instances: list[Database]) -> None:
    every = [LedgerHomes(one, Clock()) for one in instances]
    await every[0].opened(AGENT)

    assert [len(await one.take(10, hold_s=LONG)) for one in every] == [1, *(0 for _ in every[1:])]
    assert await every[0].take(10, hold_s=LONG) == []
