"""The outbox of several instances; `tests/contract/test_outbox.py` tests what the port promises."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, update

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import LedgerOutbox, _free
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import messages
from bot.domain.errors import LedgerUnavailable
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import AGENT, LONG, NOON, CutOff, another_coupon, make
from tests.adapters.ledger.outbox_facts import DM, TS, deliver, take


async def troubles(database: Database) -> list[str | None]:
    async with database.transaction() as connection:
        return list((await connection.execute(select(messages.c.trouble))).scalars())


async def test_why_it_did_not_work_is_written_down_until_it_works(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.put_back(outbox_message, again_in_s=0, why="ratelimited")
    assert await troubles(database) == ["ratelimited"]

    await deliver(outbox)

    assert await troubles(database) == [None]


async def test_why_an_update_did_not_work_is_forgotten_when_it_works(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    await deliver(outbox)
    await requests.move(made, State.APPROVED)
    (redrawn,) = await take(outbox)
    await outbox.put_back(redrawn, again_in_s=0, why="ratelimited")
    (again,) = await take(outbox)

    await outbox.delivered(again, channel=DM, ts=TS)

    assert await troubles(database) == [None]


async def test_a_message_that_one_instance_holds_is_not_taken_by_another(
    instances: list[Database], requests: LedgerRequests
) -> None:
    await make(requests)

    await take(LedgerOutbox(instances[0]))

    assert await take(LedgerOutbox(instances[-1])) == []


async def test_a_message_whose_hold_ended_is_taken_again(
    instances: list[Database], requests: LedgerRequests
) -> None:
    await make(requests)
    (held,) = await take(LedgerOutbox(instances[0]), hold_s=0)

    (again,) = await take(LedgerOutbox(instances[-1]))

    assert again.id == held.id


async def test_of_ten_instances_that_take_a_message_at_once_one_gets_it(
    instances: list[Database], requests: LedgerRequests
) -> None:
    for number in range(10):
        await make(requests, another_coupon(requester=PersonId(f"U0AGENT{number}")))
    outboxes = [LedgerOutbox(instances[number % len(instances)]) for number in range(10)]

    taken = await asyncio.gather(*(take(outbox) for outbox in outboxes))

    ids = [outbox_message.id for outbox_messages in taken for outbox_message in outbox_messages]
    assert len(ids) == len(set(ids)) == 10


async def test_when_two_instances_posted_it_both_copies_are_kept_true(
    instances: list[Database], requests: LedgerRequests
) -> None:
    """The first instance took longer than its hold."""
    one, other = LedgerOutbox(instances[0]), LedgerOutbox(instances[-1])
    made = await make(requests)
    (slow,) = await take(one, hold_s=0)
    (quick,) = await take(other)
    await other.delivered(quick, channel=DM, ts="17.2")
    await one.delivered(slow, channel=DM, ts="17.1")

    await requests.move(made, State.APPROVED)

    taken = [outbox_message.ts for _ in range(2) for outbox_message in await take(one)]
    assert sorted(map(str, taken)) == ["17.1", "17.2"]


async def test_a_copy_that_is_adopted_during_a_move_is_to_show_what_came_of_it(
    instances: list[Database], requests: LedgerRequests
) -> None:
    row = await requests.move(await make(requests), State.APPROVED)
    for number in range(15):
        presses = (
            LedgerOutbox(one).adopt(row.id, MessageKind.REQUESTER, channel=DM, ts=f"{number}.{place}")
            for place, one in enumerate(instances)
        )
        row, _ = await asyncio.gather(
            requests.move(row, State.APPROVED, Change(looks=number)), asyncio.gather(*presses)
        )

        async with instances[0].transaction() as connection:
            wanted = (await connection.execute(select(messages.c.wanted_version))).scalars()
            assert set(wanted) == {row.version}


async def test_a_copy_that_shows_a_version_that_the_ledger_has_lost_is_redrawn_when_it_is_pressed(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    """As an instance of before notes it, where a standby took over."""
    made = await make(requests)
    await deliver(outbox)
    async with database.transaction() as connection:
        await connection.execute(update(messages).values(drawn_version=made.version + 3))

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    assert (await deliver(outbox)).ts == TS
    assert await take(outbox) == []


async def test_a_delivery_whose_commit_is_lost_is_still_to_be_made(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    await make(requests)
    (outbox_message,) = await take(outbox, hold_s=0)

    with pytest.raises(LedgerUnavailable):
        await LedgerOutbox(CutOff(database.engine)).delivered(outbox_message, channel=DM, ts=TS)

    assert [(outbox_message.channel, outbox_message.ts) for outbox_message in await take(outbox)] == [
        (AGENT, None)
    ]


async def test_a_hold_whose_commit_is_lost_holds_nothing(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    await make(requests)

    with pytest.raises(LedgerUnavailable):
        await take(LedgerOutbox(CutOff(database.engine)))

    assert len(await take(outbox)) == 1


async def test_what_waited_for_its_time_is_taken_then(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.put_back(outbox_message, again_in_s=LONG, why="ratelimited")
    await requests.move(made, State.APPROVED)

    async with database.transaction() as connection:
        await connection.execute(update(messages).values(next_at=messages.c.created))

    assert len(await take(outbox)) == 1


async def test_taking_messages_reads_only_the_index_of_due_ones(sqlite: str) -> None:
    """Each run reads under SQLite's one write lock, so messages that are up to date must cost nothing."""
    database = Database.open(sqlite)

    async with database.transaction() as connection:
        looking = _free(NOON, 10).compile(dialect=database.engine.dialect)
        values = tuple(str(looking.params[name]) for name in looking.positiontup or ())
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {looking}", values)
        scans = [step.detail for step in plan if step.detail.startswith("SCAN")]

    assert scans == ["SCAN messages USING INDEX ix_messages_undrawn"]
    await database.close()
