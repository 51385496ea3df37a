"""What `services.ports.Leases` promises: what Slack allows to one token is shared by all instances."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.leases import LedgerLeases
from bot.services.ports import Leases, Reading
from tests.fakes.instances import FakeLeases
from tests.leased import EACH_S, USED_UP_S, leases_of, taken_up_to

READING = Reading(
    lease=1,
    members={"S0AGENTS": frozenset({"U0AGENT"}), "S0OLD": frozenset()},
    read_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
    unread=frozenset({"S0LARGE"}),
)
#: On SQLite there is one instance, and no reading is shared.
SEVERAL = pytest.mark.parametrize("ledger_url", ["fake", "postgres"], indirect=True)


class Place(Protocol):
    @property
    def leases(self) -> Leases: ...

    async def uses_up(self) -> None:
        """No lease is free from now on."""
        ...


@dataclass(frozen=True, slots=True)
class Fake:
    leases: FakeLeases

    async def uses_up(self) -> None:
        self.leases.free = 0


@dataclass(frozen=True, slots=True)
class Real:
    leases: LedgerLeases

    async def uses_up(self) -> None:
        """For longer than a test takes."""
        await taken_up_to(self.leases, USED_UP_S)


@pytest.fixture
async def place(ledger_url: str | None) -> AsyncIterator[Place]:
    if ledger_url is None:
        yield Fake(FakeLeases())
        return
    database = Database.open(ledger_url)
    yield Real(leases_of(database))
    await database.close()


async def test_the_number_rises_with_each_lease(place: Place) -> None:
    first, second = await place.leases.take(), await place.leases.take()

    assert (first.ours, first.wait_s, first.reading) == (True, 0.0, None)
    assert (second.ours, second.number) == (True, first.number + 1)


async def test_where_none_is_free_it_is_told_when_to_ask_again(place: Place) -> None:
    number = (await place.leases.take()).number
    await place.uses_up()

    refused = await place.leases.take()

    assert (refused.ours, refused.number, refused.reading) == (False, number, None)
    assert 0 < refused.wait_s <= 2 * EACH_S


@SEVERAL
async def test_a_reading_is_given_to_whoever_asks_for_a_later_one(place: Place) -> None:
    number = (await place.leases.take()).number
    reading = replace(READING, lease=number)
    await place.leases.publish(reading)
    await place.uses_up()

    assert (await place.leases.take(later_than=number - 1)).reading == reading
    assert (await place.leases.take(later_than=number)).reading is None
    assert (await place.leases.take()).reading is None


@SEVERAL
async def test_an_earlier_reading_that_comes_late_replaces_no_later_one(place: Place) -> None:
    numbers = [(await place.leases.take()).number for _ in range(2)]
    for number in reversed(numbers):
        await place.leases.publish(replace(READING, lease=number))
    await place.uses_up()

    shared = (await place.leases.take(later_than=numbers[0] - 1)).reading

    assert shared is not None
    assert shared.lease == numbers[1]


@SEVERAL
async def test_a_reading_under_a_lease_that_the_ledger_has_lost_is_not_shared(place: Place) -> None:
    """As where a standby took over: it gives that number again."""
    number = (await place.leases.take()).number
    await place.leases.publish(replace(READING, lease=number + 1))
    await place.uses_up()

    assert (await place.leases.take(later_than=number - 1)).reading is None
