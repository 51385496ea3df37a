"""The ports under contract: the fakes that other tests use, and the real ledger on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import pytest
from sqlalchemy import insert

from bot.adapters.ledger import outbox as outbox_module
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.rows import to_row
from bot.adapters.ledger.tables import redemptions
from bot.domain.limits import Limits
from bot.domain.redemption import Redemption, State, Terms
from bot.domain.transitions import WITHOUT_REDEMPTION
from bot.services.ports import Cases, HomeLists, Homes, OpenCases, Outbox, Requests
from tests.adapters.ledger.facts import (
    LONG,
    NO_LIMITS,
    NOON,
    TERMS,
    TODAY,
    Clock,
    another_coupon,
    new_id,
)
from tests.fakes.cases import FakeCases
from tests.fakes.homes import FakeHomeLists, FakeHomes
from tests.fakes.outbox import FakeOutbox
from tests.fakes.requests import FakeRequests

Makes = Callable[..., Awaitable[Redemption]]
Puts = Callable[..., Awaitable[Redemption]]


class AllCases(Cases, OpenCases, Protocol):
    """Both ports of cases."""


class Ledger(Protocol):
    """A ledger, and what a test does beside the ports."""

    @property
    def requests(self) -> Requests: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def cases(self) -> AllCases: ...

    @property
    def home_lists(self) -> HomeLists: ...

    def homes(self, clock: Clock) -> Homes:
        """By this clock of the desk."""
        ...

    async def now(self) -> datetime:
        """By the ledger's own clock."""
        ...

    async def put(self, row: Redemption) -> Redemption:
        """A request as it may stand at some time, however it came there."""
        ...


@dataclass(frozen=True, slots=True)
class Fake:
    outbox: FakeOutbox
    requests: FakeRequests
    cases: FakeCases
    home_lists: FakeHomeLists

    @classmethod
    def new(cls) -> Fake:
        outbox = FakeOutbox()
        requests = FakeRequests(outbox=outbox)
        return cls(outbox, requests, FakeCases(outbox), FakeHomeLists(requests))

    def homes(self, clock: Clock) -> Homes:
        return FakeHomes(clock)

    async def now(self) -> datetime:
        return self.requests.now()

    async def put(self, row: Redemption) -> Redemption:
        return self.requests.holds(row)


@dataclass(frozen=True, slots=True)
class Real:
    database: Database
    requests: LedgerRequests = field(init=False)
    outbox: LedgerOutbox = field(init=False)
    cases: LedgerCases = field(init=False)
    home_lists: LedgerHomeLists = field(init=False)

    def __post_init__(self) -> None:
        for name, port in {
            "requests": LedgerRequests,
            "outbox": LedgerOutbox,
            "cases": LedgerCases,
            "home_lists": LedgerHomeLists,
        }.items():
            object.__setattr__(self, name, port(self.database))

    def homes(self, clock: Clock) -> Homes:
        return LedgerHomes(self.database, clock)

    async def now(self) -> datetime:
        async with self.database.transaction() as connection:
            return await read_now(connection)

    async def put(self, row: Redemption) -> Redemption:
        taken = row.state not in WITHOUT_REDEMPTION
        written = insert(redemptions).values(**to_row(row), day=TODAY, limit_taken=taken)
        async with self.database.transaction() as connection:
            await connection.execute(written)
        return row


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest) -> str | None:
    """None stands for the fake."""
    return None if request.param == "fake" else str(request.getfixturevalue(request.param))


@pytest.fixture
async def ledger(ledger_url: str | None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ledger]:
    """Messages wait for no outcome here; `tests/adapters/ledger/test_outbox_outcome.py` tests that."""
    monkeypatch.setattr(outbox_module, "OUTCOME_S", 0.0)
    if ledger_url is None:
        yield Fake.new()
        return
    database = Database.open(ledger_url)
    yield Real(database)
    await database.close()


@pytest.fixture
def requests(ledger: Ledger) -> Requests:
    return ledger.requests


@pytest.fixture
def outbox(ledger: Ledger) -> Outbox:
    return ledger.outbox


@pytest.fixture
def cases(ledger: Ledger) -> AllCases:
    return ledger.cases


@pytest.fixture
def clock() -> Clock:
    """The desk's clock."""
    return Clock()


@pytest.fixture
def make(ledger: Ledger) -> Makes:
    async def made(terms: Terms = TERMS, limits: Limits = NO_LIMITS, **given: Any) -> Redemption:
        how: dict[str, Any] = {
            "request_id": new_id(),
            "made_at": NOON,
            "day": TODAY,
            "begin_in_s": LONG,
        } | given
        return (await ledger.requests.make(terms=terms, limits=limits, **how)).row

    return made


@pytest.fixture
def put(ledger: Ledger) -> Puts:
    """A request as it may stand at some time; its times are given from now."""

    async def stands(state: State, terms: Terms | None = None, **given: Any) -> Redemption:
        now = await ledger.now()
        times = {name: now + given.pop(name) for name in ("begin_by", "send_by", "due_at") if name in given}
        row = Redemption(
            id=new_id(), version=3, state=state, terms=terms or another_coupon(), made_at=NOON, **times
        )
        return await ledger.put(replace(row, **given))

    return stands
