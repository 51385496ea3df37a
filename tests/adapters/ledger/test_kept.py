"""Kept things are recalled unchanged by every instance, also those of versions before 0007."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Table, func, insert, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.kept import BATCH, DeleteExpired, LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.tables import drafts, kept, look_ups, questions
from bot.domain.lookup import LookUpId
from bot.domain.redemption import RequestId
from tests.adapters.ledger.facts import NOON, Clock
from tests.adapters.ledger.kept_facts import BEFORE, ONE_COUPON, PAGE, QUESTION, REVIEWED, THINGS

DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)
TABLES = (kept, look_ups, drafts, questions)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The database as another instance opens it."""
    opened = Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture(params=THINGS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def count(database: Database, table: Table) -> int:
    async with database.transaction() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


async def test_another_instance_recalls_it_as_it_was_kept(
    database: Database, other: Database, clock: Clock, name: str
) -> None:
    kind, thing = THINGS[name]

    key = await LedgerKept(database, clock, kind).keep(thing)

    assert await LedgerKept(other, clock, kind).recall(key) == thing


async def test_it_is_kept_for_a_day_and_no_longer(database: Database, clock: Clock, name: str) -> None:
    kind, thing = THINGS[name]
    store = LedgerKept(database, clock, kind)
    key = await store.keep(thing)

    clock.at += DAY - SECOND
    assert await store.recall(key) == thing

    clock.at += SECOND
    assert await store.recall(key) is None


async def test_an_unknown_id_recalls_nothing(database: Database, clock: Clock, name: str) -> None:
    """Nor what is kept under another one."""
    kind, thing = THINGS[name]
    store = LedgerKept(database, clock, kind)
    await store.keep(thing)

    assert await store.recall("never-given") is None


async def test_an_id_of_one_kind_recalls_nothing_of_another(database: Database, clock: Clock) -> None:
    key = await LedgerKept(database, clock, QUESTIONS).keep(QUESTION)

    assert await LedgerKept(database, clock, DRAFTS).recall(RequestId(key)) is None
    assert await LedgerKept(database, clock, LOOK_UPS).recall(LookUpId(key)) is None


async def test_the_id_of_a_look_up_is_new_and_says_nothing_of_the_customer(
    database: Database, clock: Clock
) -> None:
    cards = LedgerKept(database, clock, LOOK_UPS)

    first, second = await cards.keep(PAGE), await cards.keep(PAGE)

    assert first != second
    assert PAGE.customer not in first


async def test_many_at_once_are_all_kept(database: Database, clock: Clock) -> None:
    cards = LedgerKept(database, clock, LOOK_UPS)

    given = await asyncio.gather(*(cards.keep(PAGE) for _ in range(30)))

    assert len(set(given)) == 30
    assert [await cards.recall(one) for one in given] == [PAGE] * 30


class TestUpgrade:
    """Versions of before 0007 keep each kind in a table of its own, and may still run."""

    @pytest.mark.parametrize("name", BEFORE)
    async def test_what_they_keep_is_recalled_for_its_day(
        self, database: Database, clock: Clock, name: str
    ) -> None:
        kind, thing = THINGS[name]
        key = getattr(thing, "id", "of-a-card")
        await BEFORE[name].write(database, key, clock.at)
        store = LedgerKept(database, clock, kind)

        clock.at += DAY - SECOND
        assert await store.recall(key) == thing
        assert await store.recall("never-given") is None
        clock.at += SECOND
        assert await store.recall(key) is None

    async def test_a_form_of_theirs_that_is_filled_here_is_theirs_no_more(
        self, database: Database, clock: Clock
    ) -> None:
        """Else two instances might go on with two forms of one id, show one bill and redeem for another."""
        await BEFORE["draft"].write(database, REVIEWED.id, clock.at)
        forms = LedgerKept(database, clock, DRAFTS)
        filled = replace(REVIEWED, review=3)

        await forms.keep(filled)

        assert await forms.recall(REVIEWED.id) == filled
        assert await count(database, drafts) == 0


class TestExpired:
    """What is a day old is deleted in batches, never during a press."""

    async def test_a_press_deletes_nothing(self, database: Database, clock: Clock) -> None:
        cards = LedgerKept(database, clock, LOOK_UPS)
        await cards.keep(PAGE)
        clock.at += timedelta(hours=25)

        await cards.keep(ONE_COUPON)

        assert await count(database, kept) == 2

    async def test_many_rows_leave_a_batch_at_a_time_and_what_is_younger_stays(
        self, database: Database, clock: Clock
    ) -> None:
        await _fill(database, kept, 2 * BATCH + 30)
        key = await LedgerKept(database, clock, LOOK_UPS).keep(PAGE)
        expired = DeleteExpired(database, clock)

        assert [await expired() for _ in range(4)] == [BATCH, BATCH, 30, 0]
        assert await count(database, kept) == 1
        assert await LedgerKept(database, clock, LOOK_UPS).recall(key) == PAGE

    async def test_rows_of_versions_before_leave_as_well(self, database: Database, clock: Clock) -> None:
        for name in ("page", "draft", "question"):
            await BEFORE[name].write(database, "old", NOON - DAY)
            await BEFORE[name].write(database, "young", NOON - DAY + SECOND)

        assert await DeleteExpired(database, clock)() == 3

        assert [await count(database, table) for table in TABLES] == [0, 1, 1, 1]

    async def test_instances_that_tidy_at_once_delete_each_row_once(
        self, database: Database, other: Database, clock: Clock
    ) -> None:
        await _fill(database, kept, BATCH + 100)

        first, second = await asyncio.gather(DeleteExpired(database, clock)(), DeleteExpired(other, clock)())

        left = await count(database, kept)
        assert first + second + left == BATCH + 100
        assert max(first, second) <= BATCH

    async def test_a_row_that_somebody_holds_is_left_to_the_next_run(
        self, postgres: str, clock: Clock
    ) -> None:
        holder, other = Database.open(postgres), Database.open(postgres)
        await _fill(holder, kept, 2)
        async with holder.transaction() as connection:
            await connection.execute(select(kept).where(kept.c.id == "old-0").with_for_update())

            assert await DeleteExpired(other, clock)() == 1
        assert await DeleteExpired(other, clock)() == 1
        for database in (holder, other):
            await database.close()


async def _fill(database: Database, table: Table, rows: int) -> None:
    """Fill a table with rows that have just expired."""
    shown = LOOK_UPS.to_json(PAGE)
    made = [
        {"id": f"old-{number}", "kind": "look_up", "owner": "U0AGENT", "what": shown, "expires_at": NOON}
        for number in range(rows)
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(table), made)
