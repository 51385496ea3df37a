"""What `services.ports.RecentLookUps` promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.adapters.ledger.look_ups import LedgerRecentLookUps, LookUpsBehind
from bot.domain.customer import CustomerId
from bot.domain.person import PersonId
from bot.services.ports import LookUps, RecentLookUps
from tests.adapters.ledger.facts import Clock
from tests.adapters.ledger.kept_facts import PAGE
from tests.contract.conftest import Ledger
from tests.fakes.kept import FakeLookUps, FakeRecentLookUps

DAY = timedelta(hours=24)


def recent(look_ups: LookUps, clock: Clock) -> RecentLookUps:
    if isinstance(look_ups, FakeLookUps):
        return FakeRecentLookUps(look_ups)
    assert isinstance(look_ups, LookUpsBehind)
    return LedgerRecentLookUps(look_ups.store.database, clock)


async def look_up(look_ups: LookUps, clock: Clock, customer: str, asker: str | None = None) -> str:
    page = replace(PAGE, customer=CustomerId(customer))
    key = await look_ups.keep(
        replace(page, asker=PersonId(asker)) if asker else page, why={"card": "coupons"}
    )
    if isinstance(look_ups, LookUpsBehind):
        await look_ups.flush()
    clock.at += timedelta(seconds=1)
    return key


async def test_each_customer_is_there_once_the_latest_first_for_a_day(ledger: Ledger, clock: Clock) -> None:
    look_ups = ledger.look_ups(clock)
    seen = recent(look_ups, clock)
    for customer, asker in (("5", None), ("6", None), ("7", "U0OTHER"), ("5", None)):
        last = await look_up(look_ups, clock, customer, asker)
    found = await seen.of(PAGE.asker, 9)

    assert [one.customer for one in found] == ["5", "6"]
    assert (found[0].look_up, found[0].at) == (last, clock.at - timedelta(seconds=1))
    assert [one.customer for one in await seen.of(PAGE.asker, 1)] == ["5"]
    clock.at += DAY - timedelta(seconds=1)
    assert await seen.of(PAGE.asker, 9) == []
