"""What stands on an App Home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import redemptions
from bot.domain.home import PAGE_SIZE, Page
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import AGENT, NOON, SENIOR, another_coupon, make, walk

MANAGER = PersonId("U0MANAGER")
MANAGERS = frozenset({"S0MANAGERS"})


@pytest.fixture
def lists(database: Database) -> LedgerHomeLists:
    return LedgerHomeLists(database)


async def waits(
    requests: LedgerRequests,
    *,
    minute: int = 0,
    by: PersonId = AGENT,
    approvers: Sequence[str] = ("S0MANAGERS",),
) -> RequestId:
    terms = replace(another_coupon(requester=by), approvals=1, approvers=tuple(approvers))
    asked_at = NOON + timedelta(minutes=minute)
    made = await make(requests, terms)
    return (await requests.move(made, State.WAITING, Change(asked_at=asked_at))).id


async def is_unknown(requests: LedgerRequests, by: PersonId = AGENT) -> RequestId:
    made = await make(requests, another_coupon(requester=by))
    return (await walk(requests, made, State.APPROVED, State.SENDING, State.UNKNOWN)).id


def ids(page: Page[Redemption]) -> list[RequestId]:
    return [row.id for row in page.entries]


class TestWaiting:
    async def test_the_longest_waiting_comes_first(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        late, early = await waits(requests, minute=2), await waits(requests, minute=1)

        assert ids(await lists.waiting(MANAGER, MANAGERS, 0)) == [early, late]

    async def test_only_for_a_group_that_the_request_names(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        await waits(requests, approvers=["S0MANAGERS", "S0LEADS"])

        assert (await lists.waiting(MANAGER, frozenset({"S0LEADS", "S0AGENTS"}), 0)).total == 1
        assert (await lists.waiting(MANAGER, frozenset({"S0AGENTS"}), 0)).total == 0
        assert (await lists.waiting(MANAGER, frozenset(), 0)).total == 0

    async def test_ones_own_request_waits_for_others(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        await waits(requests, by=MANAGER)

        assert await lists.waiting(MANAGER, MANAGERS, 0) == Page()

    async def test_what_is_decided_waits_for_nobody(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        row = await requests.get(await waits(requests))
        assert row is not None
        await walk(requests, row, State.REJECTED)

        assert await lists.waiting(MANAGER, MANAGERS, 0) == Page()

    async def test_pages_hold_five_and_past_the_last_is_the_last(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        every = [await waits(requests, minute=number) for number in range(PAGE_SIZE + 1)]

        first, last = await lists.waiting(MANAGER, MANAGERS, 0), await lists.waiting(MANAGER, MANAGERS, 99)

        assert (ids(first), first.number, first.total) == (every[:PAGE_SIZE], 0, PAGE_SIZE + 1)
        assert (ids(last), last.number, last.total) == (every[PAGE_SIZE:], 1, PAGE_SIZE + 1)

    async def test_so_many_are_looked_through_and_no_more(
        self, database: Database, requests: LedgerRequests
    ) -> None:
        every = [await waits(requests, minute=number) for number in range(3)]

        lists = LedgerHomeLists(database, looked_through=2)

        assert ids(await lists.waiting(MANAGER, MANAGERS, 0)) == every[:2]


class TestOwn:
    async def test_the_latest_comes_first_and_nobody_elses_is_there(
        self, lists: LedgerHomeLists, requests: LedgerRequests, database: Database
    ) -> None:
        first, second = await waits(requests), await is_unknown(requests)
        await waits(requests, by=SENIOR)
        async with database.transaction() as connection:
            older = update(redemptions).where(redemptions.c.id == first)
            await connection.execute(older.values(made_at=NOON - timedelta(days=1)))

        assert ids(await lists.asked_by(AGENT, 0)) == [second, first]

    async def test_pages_hold_five_and_past_the_last_is_the_last(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        every = {await waits(requests) for _ in range(PAGE_SIZE + 1)}

        first, last = await lists.asked_by(AGENT, 0), await lists.asked_by(AGENT, 7)

        assert (len(first.entries), len(last.entries)) == (PAGE_SIZE, 1)
        assert {*ids(first), *ids(last)} == every
        assert (last.number, last.total, last.is_last) == (1, PAGE_SIZE + 1, True)


class TestUnknown:
    async def test_the_longest_unknown_comes_first_and_ones_own_is_for_others(
        self, lists: LedgerHomeLists, requests: LedgerRequests
    ) -> None:
        first, second = await is_unknown(requests), await is_unknown(requests, by=SENIOR)
        await is_unknown(requests, by=MANAGER)
        await waits(requests)

        assert ids(await lists.unknown(MANAGER, 0)) == [first, second]


async def test_lists_are_found_without_reading_the_whole_ledger(sqlite: str) -> None:
    """SQLite uses a partial index only where its condition stands word for word in the statement."""
    database = Database.open(sqlite)
    lists, asked = LedgerHomeLists(database), []

    @event.listens_for(database.engine.sync_engine, "before_cursor_execute")
    def _on_statement(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    await lists.waiting(MANAGER, MANAGERS, 0)
    await lists.unknown(MANAGER, 0)
    await lists.asked_by(MANAGER, 0)
    async with database.transaction() as connection:
        plans = [
            str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).all())
            for statement, parameters in tuple(asked)
        ]
    await database.close()

    assert len(plans) == 6
    assert [plan for plan in plans if "USING" not in plan or "INDEX" not in plan] == []
