from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.lookups import LedgerLookUps
from bot.adapters.ledger.tables import look_ups
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.lookup import Filter, LookUp, LookUpId
from bot.domain.person import PersonId

PAGE = LookUp(
    customer=CustomerId("565039504"),
    asker=PersonId("U0AGENT"),
    filter=Filter.REDEEMABLE,
    oldest_first=True,
    offset=20,
)
ONE_COUPON = LookUp(
    customer=CustomerId("565039504"), asker=PersonId("U0AGENT"), code=CouponCode("0211706970002385")
)


@dataclass
class Clock:
    at: datetime = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize("look_up", [PAGE, ONE_COUPON], ids=["page", "coupon"])
async def test_what_was_remembered_is_recalled_as_it_was(
    database: Database, clock: Clock, look_up: LookUp
) -> None:
    kept = LedgerLookUps(database, clock)

    assert await kept.recall(await kept.remember(look_up)) == look_up


async def test_the_id_says_nothing_of_the_customer(database: Database, clock: Clock) -> None:
    kept = LedgerLookUps(database, clock)

    first, second = await kept.remember(PAGE), await kept.remember(PAGE)

    assert first != second
    assert "565039504" not in first


async def test_an_unknown_id_recalls_nothing(database: Database, clock: Clock) -> None:
    assert await LedgerLookUps(database, clock).recall(LookUpId("never-given")) is None


async def test_a_look_up_is_kept_for_a_day_and_no_longer(database: Database, clock: Clock) -> None:
    kept = LedgerLookUps(database, clock)
    look_up_id = await kept.remember(PAGE)

    clock.at += timedelta(hours=24) - timedelta(seconds=1)
    assert await kept.recall(look_up_id) == PAGE

    clock.at += timedelta(seconds=1)
    assert await kept.recall(look_up_id) is None


async def test_what_is_a_day_old_leaves_the_database(database: Database, clock: Clock) -> None:
    kept = LedgerLookUps(database, clock)
    await kept.remember(PAGE)
    clock.at += timedelta(hours=25)

    await kept.remember(ONE_COUPON)

    async with database.transaction() as connection:
        assert (await connection.execute(select(func.count()).select_from(look_ups))).scalar_one() == 1


async def test_another_instance_recalls_it(database_url: str, clock: Clock) -> None:
    one, other = Database.open(database_url), Database.open(database_url)
    look_up_id = await LedgerLookUps(one, clock).remember(PAGE)

    assert await LedgerLookUps(other, clock).recall(look_up_id) == PAGE
    await one.close()
    await other.close()


async def test_many_at_once_are_all_kept(database: Database, clock: Clock) -> None:
    kept = LedgerLookUps(database, clock)

    given = await asyncio.gather(*(kept.remember(PAGE) for _ in range(30)))

    assert len(set(given)) == 30
    assert [await kept.recall(one) for one in given] == [PAGE] * 30
