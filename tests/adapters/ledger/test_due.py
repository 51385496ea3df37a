"""What is due: found by an index, looked at by one instance, and not held up by what cannot be read."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import messages, redemptions
from bot.domain.errors import Outdated
from bot.domain.redemption import State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import AGENT, NOON, another_coupon, make, walk

LONG_AGO = timedelta(days=1)


async def write(database: Database, table: Any, **values: Any) -> None:
    async with database.transaction() as connection:
        await connection.execute(update(table).values(**values))


async def due_now(database: Database) -> None:
    await write(database, redemptions, due_at=redemptions.c.made_at, held_until=None)


async def ids(requests: LedgerRequests) -> list[str]:
    return [row.id for row in await requests.due(20)]


async def test_of_many_instances_one_looks_at_each(instances: list[Database]) -> None:
    for _ in range(6):
        await make(LedgerRequests(instances[0]), another_coupon())
    await due_now(instances[0])

    by_instance = await asyncio.gather(*(ids(LedgerRequests(one)) for one in instances for _ in range(3)))

    looked_at = [id_ for found in by_instance for id_ in found]
    assert len(looked_at) == len(set(looked_at)) == 6


async def test_what_is_open_comes_before_what_has_ended_however_long_that_is_due(
    database: Database, requests: LedgerRequests
) -> None:
    """Somebody waits for it."""
    ended = await walk(requests, await make(requests, another_coupon()), State.REFUSED)
    await due_now(database)
    waits = await make(requests, another_coupon())
    async with database.transaction() as connection:
        due = update(redemptions).where(redemptions.c.id == waits.id)
        await connection.execute(due.values(due_at=await read_now(connection)))

    assert await ids(requests) == [waits.id, ended.id]


async def test_what_another_instance_is_just_taking_up_holds_nobody_up(postgres: str) -> None:
    one, other = Database.open(postgres), Database.open(postgres)
    rows = [await make(LedgerRequests(one), another_coupon()) for _ in range(2)]
    await due_now(one)
    async with one.transaction() as connection:
        await connection.execute(
            select(redemptions.c.id).where(redemptions.c.id == rows[0].id).with_for_update()
        )
        assert await ids(LedgerRequests(other)) == [rows[1].id]
    for database in (one, other):
        await database.close()


async def test_a_look_that_came_to_nothing_is_made_again_when_its_lease_is_over(
    database: Database, requests: LedgerRequests
) -> None:
    row = await make(requests, another_coupon())
    await due_now(database)

    assert await ids(requests) == [row.id]
    assert await ids(requests) == []
    await write(database, redemptions, held_until=redemptions.c.made_at)
    assert await ids(requests) == [row.id]


async def test_a_move_ends_the_lease(database: Database, requests: LedgerRequests) -> None:
    made = await make(requests, another_coupon())
    row = await walk(requests, made, State.APPROVED, State.SENDING, State.UNKNOWN)
    await due_now(database)
    assert await ids(requests) == [row.id]

    await requests.move(row, State.UNKNOWN, Change(due_in_s=-1.0))

    assert await ids(requests) == [row.id]


class TestWhatCannotBeRead:
    async def test_it_stops_nobody_else_and_is_alarmed_once(
        self, database: Database, requests: LedgerRequests
    ) -> None:
        newer, ours = await make(requests, another_coupon()), await make(requests, another_coupon())
        await due_now(database)
        async with database.transaction() as connection:
            first = update(redemptions).where(redemptions.c.id == newer.id)
            await connection.execute(first.values(terms={"a": "newer shape"}, due_at=NOON - LONG_AGO))

        with capture_logs() as logged:
            assert await ids(requests) == [ours.id]
            await write(database, redemptions, held_until=None)
            # It does not fill what is taken at a time.
            assert [row.id for row in await requests.due(1)] == [ours.id]

        assert [
            (one["log_level"], one["table"], one["row"])
            for one in logged
            if one["event"] == "row_quarantined"
        ] == [("error", "redemptions", newer.id)]

    async def test_it_is_left_to_an_instance_that_can_read_it(
        self, database: Database, requests: LedgerRequests
    ) -> None:
        await make(requests, another_coupon())
        await due_now(database)
        await write(database, redemptions, state="a newer word")

        assert await ids(requests) == []
        async with database.transaction() as connection:
            held = (await connection.execute(text("SELECT held_until FROM redemptions"))).scalar_one()
        assert held is None

    async def test_a_message_of_it_leaves_its_channel_to_the_others(
        self, database: Database, requests: LedgerRequests, outbox: LedgerOutbox
    ) -> None:
        newer, ours = await make(requests, another_coupon()), await make(requests, another_coupon())
        async with database.transaction() as connection:
            await connection.execute(update(messages).values(channel="C0SAME"))
            await connection.execute(
                update(messages).where(messages.c.request_id == newer.id).values(role="a newer kind")
            )

        await outbox.take(10, hold_s=60)
        taken = await outbox.take(10, hold_s=60)

        assert [one.about.id for one in taken] == [ours.id]

    async def test_a_home_shows_the_others(self, database: Database, requests: LedgerRequests) -> None:
        newer, ours = await make(requests, another_coupon()), await make(requests, another_coupon())
        async with database.transaction() as connection:
            await connection.execute(
                update(redemptions).where(redemptions.c.id == newer.id).values(state="a newer word")
            )

        page = await LedgerHomeLists(database).asked_by(AGENT, 0)

        assert [row.id for row in page.entries] == [ours.id]

    async def test_whoever_asks_for_it_is_told_so(self, database: Database, requests: LedgerRequests) -> None:
        newer = await make(requests, another_coupon())
        await write(database, redemptions, state="a newer word")

        with pytest.raises(Outdated):
            await requests.get(newer.id)
