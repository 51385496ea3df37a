from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import messages
from bot.aio.tasks import TaskSet
from bot.domain.redemption import Redemption
from bot.services.home_subscribers import LedgerChanges
from bot.services.lookup import Caching
from bot.services.reconcile import Reconcile
from tests.aio.conftest import KEEP_S, Timer
from tests.aio.conftest import timer as timer
from tests.fakes.audit import FakeAttempts
from tests.fakes.engine import FakeEngine
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeRights
from tests.services import shelf as shelf_module
from tests.services.redeeming import Shop
from tests.services.shelf import NOON
from tests.services.stand_ins import Desk, Facts, ports_of, with_clock
from tests.services.woken import Woken

#: Role and channel of each message that is to be posted for a request, in their order.
Posted = Callable[[Redemption], Awaitable[list[tuple[str, str]]]]


@pytest.fixture
def shelf() -> FakeEngine:
    return shelf_module.shelf()


@pytest.fixture
def now(timer: Timer) -> Callable[[], datetime]:
    return lambda: NOON + timedelta(seconds=timer.seconds)


@pytest.fixture
def caching(tasks: TaskSet, timer: Timer) -> Caching:
    return Caching(tasks.spawn, KEEP_S, timer)


@pytest.fixture
def ledger() -> FakeRequests:
    return FakeRequests()


@pytest.fixture
def rights() -> FakeRights:
    return FakeRights(lets_in=True)


@pytest.fixture
def attempts() -> FakeAttempts:
    return FakeAttempts()


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def shop(timer: Timer) -> Shop:
    return Shop(seconds=timer)


@pytest.fixture
def reconcile(shop: Shop) -> Reconcile:
    use_cases = shop.use_cases()
    return replace(use_cases.reconcile, again=replace(use_cases.look_again, forget=shop.forget))


# A desk with a ledger, the rest of it stand-ins.


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
async def database(sqlite: str, facts: Facts) -> AsyncIterator[Database]:
    opened = Database.open(sqlite)
    with_clock(opened, lambda: facts.database_now)
    yield opened
    await opened.close()


@pytest.fixture
def changes() -> LedgerChanges:
    return LedgerChanges()


@pytest.fixture
def requests(database: Database, changes: LedgerChanges) -> LedgerRequests:
    return LedgerRequests(database, changes.request)


@pytest.fixture
def desk(facts: Facts, requests: LedgerRequests, changes: LedgerChanges) -> Desk:
    return Desk(facts, ports_of(facts, requests, changes=changes))


@pytest.fixture
def posted(database: Database) -> Posted:
    async def of(row: Redemption) -> list[tuple[str, str]]:
        wanted = select(messages.c.role, messages.c.channel).where(messages.c.request_id == row.id)
        async with database.transaction() as connection:
            found = await connection.execute(wanted.order_by(messages.c.id))
            return [(role, channel) for role, channel in found]

    return of
