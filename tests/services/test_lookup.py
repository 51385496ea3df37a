from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.domain.coupon import CouponPage
from bot.domain.customer import by_id
from bot.domain.lookup import AsOf, Filter
from bot.services.lookup import Caching, LookUpCoupons
from bot.services.ports import PageQuery
from tests.aio.conftest import Timer
from tests.fakes.engine import FakeEngine
from tests.services.shelf import ASHA, MOBILE, NOON, RAVI, filled


@pytest.fixture
def look_up(shelf: FakeEngine, now: Callable[[], datetime], caching: Caching) -> LookUpCoupons:
    return LookUpCoupons(shelf, now, caching)


def query(offset: int = 0, chosen: Filter = Filter.ALL) -> PageQuery:
    return PageQuery(filter=chosen, oldest_first=False, offset=offset)


def codes(page: AsOf[CouponPage]) -> list[str]:
    return [coupon.code for coupon in page.facts.coupons]


async def test_one_page_is_one_call(look_up: LookUpCoupons, shelf: FakeEngine) -> None:
    page = await look_up(MOBILE, query(10))

    assert codes(page) == [str(number) for number in range(10, 20)]
    assert shelf.calls == ["coupons 10"]


@pytest.mark.parametrize(
    ("size", "asked", "offset", "shown"),
    [
        (25, 30, 20, 5),
        (25, 990, 20, 5),
        (20, 20, 10, 10),
        (10, 10, 0, 10),
        (1, 10, 0, 1),
        (0, 10, 10, 0),
        (0, 0, 0, 0),
    ],
)
async def test_a_list_that_has_become_shorter_shows_its_last_page(
    look_up: LookUpCoupons, shelf: FakeEngine, size: int, asked: int, offset: int, shown: int
) -> None:
    filled(shelf, size)
    page = await look_up(MOBILE, query(asked))

    assert (page.facts.offset, len(page.facts.coupons)) == (offset, shown)
    assert len(shelf.calls) <= 2


async def test_a_page_is_as_old_as_its_question(
    look_up: LookUpCoupons, shelf: FakeEngine, timer: Timer
) -> None:
    """The engine may have read its data the moment it was asked: the card must not claim more."""
    shelf.hold = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(look_up(MOBILE, query()))
        joined = group.create_task(look_up(MOBILE, query()))
        await shelf.asked.wait()
        timer.seconds += 7
        shelf.hold.set()

    assert asked.result().at == joined.result().at == NOON
    assert shelf.calls == ["coupons 0"]


async def test_another_filter_order_or_customer_is_another_page(
    look_up: LookUpCoupons, shelf: FakeEngine
) -> None:
    await look_up(MOBILE, query())
    await look_up(MOBILE, query(chosen=Filter.EXPIRED))
    await look_up(MOBILE, PageQuery(filter=Filter.ALL, oldest_first=True, offset=0))
    await look_up(by_id(RAVI.id), query())
    await look_up(MOBILE, query())

    assert len(shelf.calls) == 4


async def test_a_page_found_by_mobile_is_the_page_by_id(look_up: LookUpCoupons, shelf: FakeEngine) -> None:
    """The buttons of a card ask by id: the command has paid for them."""
    typed = await look_up(MOBILE, query())

    assert await look_up(by_id(ASHA.id), query()) is typed
    assert shelf.calls == ["coupons 0"]


async def test_a_fresh_page_is_asked_for_again_and_kept(
    look_up: LookUpCoupons, shelf: FakeEngine, timer: Timer
) -> None:
    await look_up(MOBILE, query())
    timer.seconds += 5
    fresh = await look_up(MOBILE, query(), fresh=True)
    kept = await look_up(MOBILE, query())

    assert (fresh.at, kept) == (NOON + timedelta(seconds=5), fresh)
    assert len(shelf.calls) == 2


async def test_a_fresh_page_beyond_the_end_shows_a_fresh_last_page(
    look_up: LookUpCoupons, shelf: FakeEngine
) -> None:
    await look_up(MOBILE, query(20))
    filled(shelf, 22)
    page = await look_up(MOBILE, query(30), fresh=True)

    assert codes(page) == ["20", "21"]


async def test_forgetting_a_customer_forgets_their_pages_however_they_were_named(
    look_up: LookUpCoupons, shelf: FakeEngine
) -> None:
    await look_up(MOBILE, query())
    await look_up(by_id(ASHA.id), query(10))
    await look_up(by_id(RAVI.id), query())
    look_up.forget(ASHA.id)
    shelf.calls.clear()
    await look_up(by_id(RAVI.id), query())
    await look_up(by_id(ASHA.id), query())
    await look_up(MOBILE, query())
    await look_up(by_id(ASHA.id), query(10))

    assert shelf.calls == ["coupons 0", "coupons 0", "coupons 10"]


async def test_a_refresh_also_replaces_what_is_kept_of_the_customer_by_another_name(
    look_up: LookUpCoupons, shelf: FakeEngine, timer: Timer
) -> None:
    await look_up(MOBILE, query())
    timer.seconds += 5
    refreshed = await look_up(by_id(ASHA.id), query(), fresh=True)
    typed_again = await look_up(MOBILE, query())

    assert typed_again.at >= refreshed.at
    assert shelf.calls == ["coupons 0"] * 3
