"""The one composition root: what belongs together is wired together, and made once."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from bot.adapters.capillary.transport import CallLimits, Transport
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.aio.tasks import TaskSet
from bot.aio.worker import PeriodicWorker
from bot.bootstrap import UseCases, Workers, bootstrap, listeners
from bot.bootstrap.late_engine import LateEngine
from bot.domain.customer import by_id
from bot.domain.errors import DeskError
from bot.domain.history import HistoryQuery
from bot.domain.limits import Limits
from bot.domain.lookup import Filter
from bot.domain.redemption import RequestId
from bot.services.home_subscribers import LedgerChanges
from bot.services.ports import PageQuery
from bot.settings import Settings
from tests.fakes.engine import FakeEngine
from tests.services.ports import NO_PORTS
from tests.services.redeeming import CONFIGURATION, TERMS, TIMING, Shop
from tests.services.shelf import ABC, ASHA, NOON

CUSTOMER = by_id(ASHA.id)
PAGE = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)


@pytest.fixture
def engine() -> FakeEngine:
    return Shop().engine


@pytest.fixture
def use_cases(engine: FakeEngine, tasks: TaskSet) -> UseCases:
    ports = replace(
        NO_PORTS,
        changes=LedgerChanges(),
        engine=engine,
        history=engine,
        now=lambda: NOON,
        monotonic=lambda: 0.0,
        spawn=tasks.spawn,
    )
    return bootstrap(CONFIGURATION, TIMING, ports)


@pytest.mark.parametrize("name", ["spend", "settle", "reconcile"])
async def test_what_changes_a_coupon_forgets_all_that_is_kept_of_its_customer(
    use_cases: UseCases, engine: FakeEngine, name: str
) -> None:
    async def looks() -> list[str]:
        engine.calls.clear()
        await use_cases.reads.coupons(CUSTOMER, PAGE)
        await use_cases.reads.find(CUSTOMER, ABC)
        await use_cases.reads.history(CUSTOMER, HistoryQuery())
        return engine.calls.copy()

    first = await looks()
    assert await looks() == []

    {"reconcile": use_cases.look_again}.get(name, getattr(use_cases, name)).forget(ASHA.id)
    # A page, and a finding: who the customer is, the check and the record; the history asks who they are, too.
    assert sorted(await looks()) == sorted(first)


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
    made = listeners(use_cases, cast("Any", None), cast("Any", None))

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


class Owed:
    """Answers that are still to be written."""

    def __init__(self, done: list[str]) -> None:
        self.done = done

    async def close(self, limit_s: float) -> None:
        assert limit_s > 0
        self.done.append("answers_owed")


async def test_a_stop_begins_no_call_and_writes_and_delivers_what_waits(tasks: TaskSet) -> None:
    done: list[str] = []

    def worker(name: str) -> PeriodicWorker:
        async def work() -> int:
            done.append(name)
            return 0

        return PeriodicWorker(name, work, pause_s=60.0, expected=DeskError)

    names = [one.name for one in fields(Workers) if one.name not in {"answers_owed", "stopping"}]
    parts: dict[str, Any] = {name: worker(name) for name in names}
    workers = Workers(**parts, answers_owed=cast("Any", Owed(done)), stopping=asyncio.Event())
    workers.start(tasks.spawn)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sorted(done) == sorted(names)
    done.clear()
    await workers.stop()

    assert workers.stopping.is_set()
    assert done == ["answers_owed", "look_ups", "outbox_relay"]


def test_the_line_to_the_engine_is_opened_at_the_first_call_and_once() -> None:
    opened = []

    def line() -> Transport:
        opened.append("line")
        return cast(Transport, SimpleNamespace(limits=CallLimits()))

    settings = Settings(
        slack_bot_token=SecretStr("xoxb-1"),
        capillary_url="http://127.0.0.1",
        capillary_timezone=ZoneInfo("Asia/Kolkata"),
        capillary_till="desk.till",
    )
    late = LateEngine(settings, line)
    assert opened == []
    assert late.redeeming() is late.redeeming()
    assert late.engine() is late.engine()
    assert late.redeeming().till == "desk.till"
    assert opened == ["line"]
