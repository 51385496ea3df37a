from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import LedgerOutbox, _free
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import messages
from bot.domain.errors import LedgerUnavailable
from bot.domain.limits import Limits
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.services.ports import Outbox, OutboxMessage
from tests.adapters.ledger.facts import AGENT, LONG, NOON, SENIOR, WINDOW, CutOff, another_coupon, make, walk

DM = "D0AGENT"
TS = "1780000000.000100"


async def take(outbox: Outbox, at_most: int = 20, hold_s: float = LONG) -> Sequence[OutboxMessage]:
    return await outbox.take(at_most, hold_s=hold_s)


async def deliver(outbox: Outbox, *, ts: str = TS) -> OutboxMessage:
    """Take the one message that is due, and post it."""
    (outbox_message,) = await take(outbox)
    await outbox.delivered(outbox_message, channel=DM, ts=ts)
    return outbox_message


async def attend(requests: LedgerRequests, row: Redemption, channel: str = "C0APPROVALS") -> Redemption:
    return await requests.move(row, row.state, Change(post=((MessageKind.ATTENTION, channel),)))


async def troubles(database: Database) -> list[str | None]:
    async with database.transaction() as connection:
        return list((await connection.execute(select(messages.c.trouble))).scalars())


async def test_a_new_request_is_posted_to_its_requester_once(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)

    (outbox_message,) = await take(outbox)

    assert outbox_message == OutboxMessage(
        id=outbox_message.id, role=MessageKind.REQUESTER, channel=AGENT, ts=None, attempts=0, about=made
    )
    await outbox.delivered(outbox_message, channel=DM, ts=TS)
    assert await take(outbox) == []


async def test_a_refused_request_is_posted_too(requests: LedgerRequests, outbox: LedgerOutbox) -> None:
    refused = await make(requests, limits=Limits(count=0))

    assert [outbox_message.about for outbox_message in await take(outbox)] == [refused]


async def test_the_window_it_was_confirmed_in_is_kept_true_as_well(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    await make(requests, window=WINDOW)

    outbox_messages = await take(outbox)

    assert [(outbox_message.role, outbox_message.channel) for outbox_message in outbox_messages] == [
        (MessageKind.REQUESTER, AGENT),
        (MessageKind.WINDOW, WINDOW),
    ]


async def test_a_message_is_redrawn_after_each_move(requests: LedgerRequests, outbox: LedgerOutbox) -> None:
    made = await make(requests)
    await deliver(outbox)
    approved = await requests.move(made, State.APPROVED)

    (outbox_message,) = await take(outbox)

    assert (outbox_message.channel, outbox_message.ts, outbox_message.about) == (DM, TS, approved)
    await outbox.delivered(outbox_message, channel=DM, ts=TS)
    assert await take(outbox) == []
    await requests.move(approved, State.APPROVED, Change(looks=1))
    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]


async def test_a_move_during_the_delivery_is_drawn_afterwards(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    approved = await requests.move(made, State.APPROVED)

    await outbox.delivered(outbox_message, channel=DM, ts=TS)

    assert [(outbox_message.ts, outbox_message.about) for outbox_message in await take(outbox)] == [
        (TS, approved)
    ]


async def test_a_message_carries_the_current_request_when_it_is_taken(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    refused = await walk(requests, await make(requests), State.REFUSED)

    assert [outbox_message.about for outbox_message in await take(outbox)] == [refused]


async def test_a_message_is_added_by_a_move_once_for_each_role(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    row = await attend(requests, await make(requests))
    await attend(requests, row, channel="C0ELSEWHERE")

    outbox_messages = await take(outbox)

    assert [(outbox_message.role, outbox_message.channel) for outbox_message in outbox_messages] == [
        (MessageKind.REQUESTER, AGENT),
        (MessageKind.ATTENTION, "C0APPROVALS"),
    ]


async def test_the_oldest_goes_first_and_each_channel_takes_one_at_a_time(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    first = await make(requests, another_coupon())
    second = await make(requests, another_coupon())
    of_another = await make(requests, another_coupon(requester=SENIOR))

    taken = [await take(outbox) for _ in range(3)]

    assert [[outbox_message.about for outbox_message in outbox_messages] for outbox_messages in taken] == [
        [first, of_another],
        [second],
        [],
    ]


async def test_no_more_are_taken_than_were_asked_for(requests: LedgerRequests, outbox: LedgerOutbox) -> None:
    first = await make(requests, another_coupon())
    await make(requests, another_coupon(requester=SENIOR))

    assert [outbox_message.about for outbox_message in await take(outbox, 1)] == [first]


async def test_what_did_not_work_comes_back_when_its_time_has_come(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    await make(requests)
    (outbox_message,) = await take(outbox)

    await outbox.put_back(outbox_message, again_in_s=0, why="ratelimited")
    (again,) = await take(outbox)
    assert (again.id, again.attempts) == (outbox_message.id, 1)

    await outbox.put_back(again, again_in_s=LONG, why="internal_error")
    assert await take(outbox) == []
    assert await troubles(database) == ["internal_error"]


async def test_what_worked_in_the_end_starts_afresh(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.put_back(outbox_message, again_in_s=0, why="ratelimited")
    await deliver(outbox)
    await requests.move(made, State.APPROVED)
    (redrawn,) = await take(outbox)
    assert redrawn.attempts == 0

    await outbox.put_back(redrawn, again_in_s=0, why="ratelimited")
    (again,) = await take(outbox)
    await outbox.delivered(again, channel=DM, ts=TS)

    assert await troubles(database) == [None]


async def test_what_can_never_work_is_not_tried_again(requests: LedgerRequests, outbox: LedgerOutbox) -> None:
    made = await make(requests)
    await deliver(outbox)
    await requests.move(made, State.APPROVED)
    (outbox_message,) = await take(outbox)

    await outbox.put_back(outbox_message, again_in_s=None, why="message_not_found")

    assert await take(outbox) == []


async def test_one_that_was_deleted_is_posted_anew_when_it_is_wanted_again(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    """Together with a message for its thread, which waits for it."""
    asks = Change(post=((MessageKind.APPROVAL, "C0APPROVALS"),))
    row = await requests.move(await make(requests), State.WAITING, asks)
    for outbox_message in await take(outbox):
        await outbox.delivered(outbox_message, channel=outbox_message.channel, ts=TS + outbox_message.role)
    row = await requests.move(row, row.state, Change())
    for outbox_message in await take(outbox):
        deleted = outbox_message.role is MessageKind.APPROVAL
        await outbox.put_back(outbox_message, again_in_s=None if deleted else 0, why="message_not_found")

    reminds = Change(post=((MessageKind.APPROVAL, "C0APPROVALS"), (MessageKind.REMINDER, "C0APPROVALS")))
    await requests.move(row, row.state, reminds)
    first, second = await take(outbox), await take(outbox)

    about = [one for one in (*first, *second) if one.role is not MessageKind.REQUESTER]
    assert [(one.role, one.ts, one.thread_ts) for one in about] == [
        (MessageKind.APPROVAL, None, None),
        (MessageKind.REMINDER, None, None),
    ]


async def test_an_approval_is_asked_for_in_the_channel_that_is_named_by_now(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    row = await requests.move(
        await make(requests), State.WAITING, Change(post=((MessageKind.APPROVAL, "C0APPROVALS"),))
    )
    await requests.move(
        row, row.state, Change(post=((MessageKind.APPROVAL, "C0APPROVALS"), (MessageKind.APPROVAL, "C0NEW")))
    )

    asked = [one.channel for one in await take(outbox) if one.role is MessageKind.APPROVAL]

    assert asked == ["C0APPROVALS", "C0NEW"]


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


async def test_an_unknown_copy_that_is_pressed_is_redrawn_from_then_on(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    await deliver(outbox)

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts="17.2")

    assert [(outbox_message.ts, outbox_message.about) for outbox_message in await take(outbox, hold_s=0)] == [
        ("17.2", made)
    ]


async def test_a_known_copy_that_is_pressed_is_redrawn_at_once(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    posted = await deliver(outbox)
    await outbox.put_back(posted, again_in_s=None, why="message_not_found")

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]
    assert await take(outbox) == []


async def test_a_press_on_a_copy_leaves_the_message_that_is_still_to_be_posted(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    outbox_messages = await take(outbox)
    assert [(outbox_message.channel, outbox_message.ts) for outbox_message in outbox_messages] == [
        (AGENT, None),
        (DM, TS),
    ]


async def test_a_message_that_is_pressed_before_its_delivery_is_written_is_one_message(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    await outbox.delivered(outbox_message, channel=DM, ts=TS)

    assert await take(outbox) == []
    await requests.move(made, State.APPROVED)
    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]


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


async def test_a_request_that_the_ledger_does_not_know_is_not_drawn(outbox: LedgerOutbox) -> None:
    await outbox.adopt(RequestId("never"), MessageKind.REQUESTER, channel=DM, ts=TS)

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


async def test_what_is_not_due_yet_waits_however_often_its_request_moves(
    database: Database, requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    """Slack said when to come again."""
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.put_back(outbox_message, again_in_s=LONG, why="ratelimited")

    await requests.move(made, State.APPROVED)

    assert await take(outbox) == []
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
