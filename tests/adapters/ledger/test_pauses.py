"""While the desk is paused nothing is approved and nothing is sent, on any instance; everything else goes on."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.pauses import LedgerPauses, refuse_while_paused
from bot.adapters.ledger.requests import LedgerRequests
from bot.aio.tasks import TaskSet
from bot.domain.person import PersonId
from bot.domain.redemption import State, Stop
from bot.domain.request_errors import Stopped
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import LONG, another_coupon, audit, make, reasons, walk

OPERATOR = PersonId("console:asha")
#: Who waits for a lock here (postgresql.org/docs: pg_locks).
WAITS_FOR_A_ROW = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def pauses(database: Database) -> LedgerPauses:
    return LedgerPauses(database)


async def test_a_pause_and_its_end_are_in_the_audit_log(database: Database, pauses: LedgerPauses) -> None:
    assert await pauses.current() is None
    async with database.transaction() as connection:
        before = await read_now(connection)
    assert await pauses.pause("a wrong price list", by=OPERATOR)
    assert not await pauses.pause("again", by=OPERATOR)

    held = await pauses.current()
    assert held is not None
    assert (held.why, held.by) == ("a wrong price list", OPERATOR)
    assert held.at >= before

    assert await pauses.resume(by=OPERATOR)
    assert not await pauses.resume(by=OPERATOR)
    assert await pauses.current() is None
    assert await audit(database) == [("paused", OPERATOR, None, None), ("resumed", OPERATOR, None, None)]
    assert await reasons(database) == [{"why": "a wrong price list"}, {}]


async def test_homes_that_are_open_are_drawn_anew(database: Database, pauses: LedgerPauses) -> None:
    async with database.transaction() as connection:
        now = await read_now(connection)
    for person, minutes in (("U0AGENT", 1), ("U0LEFT", 11)):
        opened = LedgerHomes(database, partial(lambda at: at, now - timedelta(minutes=minutes)))
        await opened.opened(PersonId(person))

    async def drawn() -> list[PersonId]:
        homes = LedgerHomes(database, lambda: now)
        tabs = await homes.take(10, hold_s=LONG)
        for tab in tabs:
            await homes.drawn(tab, frozenset())
        return [tab.person for tab in tabs]

    assert await drawn() == ["U0AGENT", "U0LEFT"]
    for turn in (pauses.pause("why", by=OPERATOR), pauses.resume(by=OPERATOR)):
        assert await turn
        assert await drawn() == ["U0AGENT"]
    # Nothing was changed by it.
    assert not await pauses.resume(by=OPERATOR)
    assert await drawn() == []


@pytest.mark.parametrize(
    "way",
    [
        (State.APPROVED,),
        (State.APPROVED, State.SENDING),
        (State.WAITING, State.APPROVED),
        (State.WAITING, State.APPROVED, State.SENDING),
    ],
    ids=["at once", "to send", "by a person", "to send what was approved"],
)
async def test_nothing_is_approved_or_sent(
    requests: LedgerRequests, pauses: LedgerPauses, way: tuple[State, ...]
) -> None:
    row = await walk(requests, await make(requests, another_coupon()), *way[:-1])
    await pauses.pause("why", by=OPERATOR)

    with pytest.raises(Stopped) as err:
        await requests.move(row, way[-1], Change(send_in_s=LONG))
    assert err.value.stop is Stop.PAUSED
    assert await requests.get(row.id) == row

    await pauses.resume(by=OPERATOR)
    assert (await requests.move(row, way[-1], Change(send_in_s=LONG))).state is way[-1]


async def test_everything_else_goes_on(requests: LedgerRequests, pauses: LedgerPauses) -> None:
    sent = await walk(requests, await make(requests, another_coupon()), State.APPROVED, State.SENDING)
    await pauses.pause("why", by=OPERATOR)

    assert (await walk(requests, sent, State.UNKNOWN, State.REDEEMED)).state is State.REDEEMED
    asked = await make(requests, another_coupon())
    assert (await walk(requests, asked, State.WAITING, State.REJECTED)).state is State.REJECTED


async def test_a_pause_waits_for_what_is_just_being_sent(postgres: str, tasks: TaskSet) -> None:
    """When `pause` returns, no instance is about to send: it has the row that they hold."""
    # None of them gives up while the machine is busy.
    one, other, third = (Database.open(postgres, limit_s=60.0) for _ in range(3))
    async with one.transaction() as connection:
        await refuse_while_paused(connection)
        pausing = tasks.spawn(LedgerPauses(other).pause("why", by=OPERATOR))
        while not (await third.rows(WAITS_FOR_A_ROW) or pausing.done()):
            pass
        assert not pausing.done()
    assert await pausing
    for database in (one, other, third):
        await database.close()
