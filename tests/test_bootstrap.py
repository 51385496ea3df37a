"""The one composition root: what belongs together is wired together, and made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.aio.tasks import TaskSet
from bot.bootstrap import UseCases, Workers, bootstrap, listeners
from bot.domain.customer import CustomerId, by_id
from bot.domain.history import History, HistoryQuery
from bot.domain.limits import Limits
from bot.domain.lookup import Filter
from bot.domain.redemption import RequestId
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import PageQuery
from tests.aio.conftest import tasks as tasks
from tests.services.ports import NO_PORTS
from tests.services.redeeming import CONFIGURATION, TERMS, TIMING, coupon, may
from tests.services.shelf import ABC, ASHA, NOON, Shelf

CUSTOMER = by_id(ASHA.id)
PAGE = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)


class Archive:
    """Asha's history (`services.ports.HistoryEngine`), and how often it was read."""

    def __init__(self) -> None:
        self.reads = 0

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        del customer, query, now
        self.reads += 1
        return History(customer=ASHA)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(check=may(), found=coupon())


@pytest.fixture
def archive() -> Archive:
    return Archive()


@pytest.fixture
def use_cases(shelf: Shelf, archive: Archive, tasks: TaskSet) -> UseCases:
    ports = replace(
        NO_PORTS,
        changes=LedgerChanges(),
        engine=shelf,
        history=cast("Any", archive),
        now=lambda: NOON,
        monotonic=lambda: 0.0,
        spawn=tasks.spawn,
    )
    return bootstrap(CONFIGURATION, TIMING, ports)


@pytest.mark.parametrize("name", ["spend", "settle", "reconcile"])
async def test_what_changes_a_coupon_forgets_all_that_is_kept_of_its_customer(
    use_cases: UseCases, shelf: Shelf, archive: Archive, name: str
) -> None:
    async def looks() -> tuple[int, int]:
        await use_cases.reads.coupons(CUSTOMER, PAGE)
        await use_cases.reads.find(CUSTOMER, ABC)
        await use_cases.reads.history(CUSTOMER, HistoryQuery())
        return len(shelf.calls), archive.reads

    first = await looks()
    assert await looks() == first

    getattr(use_cases, name).forget(ASHA.id)
    calls, reads = await looks()
    # A page, and a finding: who the customer is, the check and the record; the history asks who they are, too.
    assert calls == 2 * first[0]
    assert reads == 2


async def test_what_the_ledger_writes_wakes_whoever_draws_app_homes(sqlite: str) -> None:
    database, changes = Database.open(sqlite), LedgerChanges()
    ports = replace(NO_PORTS, changes=changes, requests=LedgerRequests(database, changes.request))
    use_cases = bootstrap(CONFIGURATION, TIMING, ports)
    await use_cases.ports.requests.make(
        RequestId("ABCDEFGHIJKLMNOP"), TERMS, made_at=NOON, day=NOON.date(), limits=Limits(), begin_in_s=60.0
    )
    await database.close()

    assert use_cases.wake_events.publisher.is_set()


def test_every_use_case_is_made_once(use_cases: UseCases) -> None:
    """Whoever redeems, decides and looks after requests spends by the same one."""
    made = listeners(use_cases, cast("Any", None))

    assert made.redeeming.spend is use_cases.sweep.spend is use_cases.decide.spend is use_cases.spend
    assert made.deciding.decide is use_cases.decide
    assert made.message.coupons is made.coupons
    assert made.tab.home_subscribers is use_cases.publish.home_subscribers


@pytest.mark.parametrize("name", ["spend", "decide", "settle", "reconcile", "ask", "handle_case"])
def test_whoever_makes_messages_due_wakes_the_outbox_relay(use_cases: UseCases, name: str) -> None:
    workers = Workers.of(use_cases)
    getattr(use_cases, name).wake()

    assert use_cases.wake_events.outbox_relay.is_set()
    assert not use_cases.wake_events.publisher.is_set()
    assert workers.outbox_relay._woken is use_cases.wake_events.outbox_relay


async def test_the_sealer_runs_what_seals_the_audit_log(use_cases: UseCases) -> None:
    sealed = []

    async def seal() -> int:
        sealed.append(1)
        return 0

    workers = Workers.of(bootstrap(CONFIGURATION, TIMING, replace(use_cases.ports, seal=seal)))
    await workers.sealer.once()

    assert sealed == [1]
    assert workers.sealer in workers.all
