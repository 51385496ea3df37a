"""What Slack allows to one token is shared by all instances on one ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select

from bot.adapters.ledger import tables
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.leases import BURST, LOOK_S, LedgerLeases
from bot.domain.errors import LedgerUnavailable
from bot.services.ports import Reading
from tests.leased import EACH_S, REFILL_S, USED_UP_S, leases_of, taken_up_to

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MEMBERS = {"S0AGENTS": frozenset({"U0AGENT", "U0SENIOR"}), "S0OLD": frozenset[str]()}


def reading(lease: int) -> Reading:
    return Reading(lease=lease, members=MEMBERS, read_at=NOON)


@pytest.fixture
async def leases(database_url: str) -> AsyncIterator[LedgerLeases]:
    database = Database.open(database_url)
    yield leases_of(database)
    await database.close()


@pytest.fixture
async def other(leases: LedgerLeases, database_url: str) -> AsyncIterator[LedgerLeases]:
    """A second instance."""
    database = Database.open(database_url)
    yield leases_of(database)
    await database.close()


async def test_a_burst_is_had_at_once_and_no_more(leases: LedgerLeases, other: LedgerLeases) -> None:
    got = await asyncio.gather(*(one.take() for one in (leases, other) for _ in range(2 * BURST)))
    ours = sorted(lease.number for lease in got if lease.ours)

    assert ours == list(range(1, BURST + 1))


async def test_after_that_time_one_is_free(leases: LedgerLeases) -> None:
    await taken_up_to(leases, REFILL_S - EACH_S)
    assert (await leases.take()).ours

    async with leases.database.transaction() as connection:
        ahead = (await connection.execute(select(tables.leases.c.free_at - leases._now))).scalar_one()
    assert ahead > REFILL_S - EACH_S


async def test_time_without_calls_saves_up_no_more_than_a_burst(leases: LedgerLeases) -> None:
    await taken_up_to(leases, -10 * REFILL_S)
    await leases.take()

    async with leases.database.transaction() as connection:
        ahead = (await connection.execute(select(tables.leases.c.free_at - leases._now))).scalar_one()
    assert 0 < ahead <= EACH_S


async def test_a_clock_that_was_set_back_does_not_block_leases(leases: LedgerLeases) -> None:
    await taken_up_to(leases, 10 * REFILL_S)

    assert (await leases.take()).ours
    assert (await leases.take()).ours


async def test_while_another_instance_may_read_it_is_asked_for_often(postgres: str) -> None:
    """Only PostgreSQL has several instances."""
    database = Database.open(postgres)
    leases = leases_of(database)
    await taken_up_to(leases, USED_UP_S)

    assert (await leases.take()).wait_s <= LOOK_S
    await database.close()


class TestAlone:
    @pytest.fixture
    def database_url(self, sqlite: str) -> str:
        return sqlite

    async def test_on_sqlite_no_reading_is_stored(self, leases: LedgerLeases) -> None:
        await leases.publish(reading(1))
        await taken_up_to(leases, USED_UP_S)

        assert (await leases.take(later_than=0)).reading is None


async def test_without_the_row_nothing_is_given(leases: LedgerLeases) -> None:
    async with leases.database.transaction() as connection:
        await connection.execute(delete(tables.leases))

    with pytest.raises(LedgerUnavailable):
        await leases.take()
