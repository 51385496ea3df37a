"""Look-ups are written behind the answer, with who looked up whom; nothing is looked up that cannot be written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import look_ups as module
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.kept_kinds import LOOK_UPS
from bot.adapters.ledger.look_ups import LookUpsBehind
from bot.adapters.ledger.tables import events
from bot.aio.tasks import TaskSet
from bot.domain.code_digest import code_digest
from bot.domain.errors import LedgerUnavailable
from bot.domain.lookup import LookUpId
from tests.adapters.ledger.facts import Clock
from tests.adapters.ledger.kept_facts import ONE_COUPON, PAGE

WHY = {"card": "coupons", "customer": "565039504"}


@dataclass(frozen=True, slots=True)
class Failing:
    """A ledger that cannot be used while `broken` holds anything; with `after` it fails once it has committed."""

    inner: Database
    broken: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def engine(self) -> Any:
        return self.inner.engine

    @property
    def keys(self) -> dict[str, str]:
        return self.inner.keys

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        self.begun.set()
        if "before" in self.broken:
            raise LedgerUnavailable("away")
        async with self.inner.transaction() as connection:
            yield connection
        if "after" in self.broken:
            raise LedgerUnavailable("away")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def other(database_url: str, clock: Clock) -> AsyncIterator[LookUpsBehind]:
    """Another instance's."""
    opened = Database.open(database_url)
    yield LookUpsBehind(LedgerKept(opened, clock, LOOK_UPS))
    await opened.close()


@pytest.fixture
def ledger(database: Database) -> Failing:
    return Failing(database)


@pytest.fixture
def look_ups(ledger: Failing, clock: Clock) -> LookUpsBehind:
    return LookUpsBehind(LedgerKept(ledger, clock, LOOK_UPS))  # type: ignore[arg-type]  # stands in for one


async def log(database: Database) -> Sequence[tuple[str, str, Any]]:
    async with database.transaction() as connection:
        rows = await connection.execute(select(events.c.by, events.c.what, events.c.why))
        return [(row.by, row.what, row.why) for row in rows]


async def test_nothing_is_written_before_the_answer(
    look_ups: LookUpsBehind, ledger: Failing, clock: Clock
) -> None:
    ledger.broken.append("before")
    key = await look_ups.keep(PAGE, why=WHY)

    assert await look_ups.recall(key) == PAGE
    clock.at += timedelta(hours=24)
    assert await look_ups.recall(key) is None


async def test_what_waits_goes_in_two_statements_and_is_in_the_audit_log(
    look_ups: LookUpsBehind, database: Database, other: LookUpsBehind
) -> None:
    keys = [await look_ups.keep(one, why=WHY) for one in (PAGE, ONE_COUPON, PAGE)]
    statements = list[str]()
    listener = lambda *told: statements.append(told[2])  # noqa: E731
    event.listen(database.engine.sync_engine, "before_cursor_execute", listener)
    await look_ups.flush()
    event.remove(database.engine.sync_engine, "before_cursor_execute", listener)

    assert [one.split()[0] for one in statements if "INSERT" in one] == ["INSERT"] * 2
    assert [await other.recall(key) for key in keys] == [PAGE, ONE_COUPON, PAGE]
    assert await log(database) == [(PAGE.asker, "looked_up", WHY)] * 3


async def test_the_code_that_was_asked_for_is_told_by_its_digest(
    look_ups: LookUpsBehind, database: Database
) -> None:
    await look_ups.keep(ONE_COUPON, why={"card": "coupons", "coupon": "Ab12"})
    await look_ups.flush()

    [(_, _, why)] = await log(database)
    async with database.transaction() as connection:
        key = await code_key(connection, database)
    assert why == {"card": "coupons", "code": code_digest(key, "AB12")}


async def test_while_it_cannot_be_written_down_nothing_is_looked_up_and_nothing_is_lost(
    look_ups: LookUpsBehind, ledger: Failing, database: Database
) -> None:
    key = await look_ups.keep(PAGE, why=WHY)
    ledger.broken.append("before")
    with pytest.raises(LedgerUnavailable):
        await look_ups.flush()
    with pytest.raises(LedgerUnavailable):
        look_ups.ready()
    with pytest.raises(LedgerUnavailable):
        await look_ups.keep(PAGE, why=WHY)
    assert await look_ups.recall(key) == PAGE
    ledger.broken.clear()
    await look_ups.flush()
    look_ups.ready()

    assert await log(database) == [(PAGE.asker, "looked_up", WHY)]


async def test_while_some_are_being_written_others_go_on(
    look_ups: LookUpsBehind, ledger: Failing, tasks: TaskSet
) -> None:
    await look_ups.keep(PAGE, why=WHY)
    writing = tasks.spawn(look_ups.flush())
    await ledger.begun.wait()
    key = await look_ups.keep(ONE_COUPON, why=WHY)
    await writing

    assert await look_ups.recall(key) == ONE_COUPON


async def test_what_was_written_although_nobody_said_so_is_written_once(
    look_ups: LookUpsBehind, ledger: Failing, database: Database
) -> None:
    await look_ups.keep(PAGE, why=WHY)
    ledger.broken.append("after")
    with pytest.raises(LedgerUnavailable):
        await look_ups.flush()
    ledger.broken.clear()
    await look_ups.flush()

    assert len(await log(database)) == 1


async def test_where_there_is_no_room_a_look_up_waits_for_it(
    look_ups: LookUpsBehind, tasks: TaskSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_MOST", 1)
    await look_ups.keep(PAGE, why=WHY)
    waiting = tasks.spawn(look_ups.keep(PAGE, why=WHY))
    await look_ups.woken.wait()
    assert not waiting.done()
    await look_ups.flush()

    assert await look_ups.recall(await waiting) == PAGE


async def test_where_no_room_comes_it_is_not_made(
    look_ups: LookUpsBehind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_MOST", 1)
    monkeypatch.setattr(module, "ROOM_S", 0.01)
    await look_ups.keep(PAGE, why=WHY)

    with pytest.raises(LedgerUnavailable):
        await look_ups.keep(PAGE, why=WHY)


async def test_a_press_on_another_instance_waits_until_it_is_written(
    look_ups: LookUpsBehind, other: LookUpsBehind, tasks: TaskSet
) -> None:
    key = await look_ups.keep(PAGE, why=WHY)
    pressed = tasks.spawn(other.recall(key))
    await asyncio.sleep(0.05)
    assert not pressed.done()
    await look_ups.flush()

    assert await pressed == PAGE


async def test_what_nobody_has_drawn_is_waited_for_a_moment_only(other: LookUpsBehind) -> None:
    async with asyncio.timeout(30):
        assert await other.recall(LookUpId("never-given")) is None
