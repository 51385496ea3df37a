"""How the ledger finds the lists of an App Home; `tests/contract/test_home_lists.py` tests what they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from bot.adapters.ledger import home_lists
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.home import PAGE_SIZE
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import AGENT, NOON, another_coupon, make

MANAGER = PersonId("U0MANAGER")
MANAGERS = frozenset({"S0MANAGERS"})


async def test_so_many_are_looked_through_and_no_more(database: Database, requests: LedgerRequests) -> None:
    for _ in range(3):
        made = await make(requests, replace(another_coupon(), approvals=1, approvers=tuple(MANAGERS)))
        await requests.move(made, State.WAITING, Change(asked_at=NOON))

    lists = LedgerHomeLists(database, looked_through=2)

    assert (await lists.waiting(MANAGER, MANAGERS, 0)).total == 2


async def test_no_more_are_counted_than_can_be_turned_to(
    database: Database, requests: LedgerRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_lists, "LISTED", PAGE_SIZE)
    for _ in range(PAGE_SIZE + 1):
        await make(requests, another_coupon())

    page = await LedgerHomeLists(database).asked_by(AGENT, 7)

    assert (page.number, page.total, page.more) == (0, PAGE_SIZE, True)


async def test_lists_are_found_without_reading_the_whole_ledger(sqlite: str) -> None:
    """SQLite uses a partial index only where its condition stands word for word in the statement."""
    database = Database.open(sqlite)
    lists, asked = LedgerHomeLists(database), []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def _on_statement(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    await lists.waiting(MANAGER, MANAGERS, 0)
    await lists.to_settle(MANAGER, 0)
    await lists.asked_by(MANAGER, 0)
    async with database.transaction() as connection:
        plans = [
            str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all())
            for statement, parameters in tuple(asked)
        ]
    await database.close()

    assert len(plans) == 6
    assert [plan for plan in plans if "USING" not in plan or "INDEX" not in plan] == []
