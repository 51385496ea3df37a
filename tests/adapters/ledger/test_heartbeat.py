"""An instance is as healthy as its last write is young."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.heartbeat import Heartbeat
from bot.adapters.ledger.tables import instances
from bot.domain.errors import LedgerUnavailable
from tests.adapters.ledger.facts import CutOff


@dataclass
class Timer:
    at: float = 100.0

    def __call__(self) -> float:
        return self.at


async def test_before_the_first_write_nothing_is_known(database: Database) -> None:
    assert Heartbeat(database, Timer()).age_s() is None


async def test_its_age_is_that_of_the_last_write_that_the_ledger_holds(database: Database) -> None:
    timer = Timer()
    heartbeat, cut_off = Heartbeat(database, timer), Heartbeat(CutOff(database.engine), timer)
    await heartbeat()
    timer.at += 3.0
    assert heartbeat.age_s() == 3.0

    with pytest.raises(LedgerUnavailable):
        await cut_off()
    assert cut_off.age_s() is None
    await heartbeat()
    assert heartbeat.age_s() == 0.0


async def test_rows_of_instances_that_have_ended_leave_after_a_day(database: Database) -> None:
    async with database.transaction() as connection:
        now = await read_now(connection)
        for id_, days in (("lately", 0.5), ("long ago", 2)):
            seen_at = now - timedelta(days=days)
            await connection.execute(insert(instances).values(id=id_, seen_at=seen_at))
    mine = Heartbeat(database, Timer())
    await mine()

    async with database.transaction() as connection:
        ids = (await connection.execute(select(instances.c.id))).scalars().all()
    assert set(ids) == {"lately", mine.id}
