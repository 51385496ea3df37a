"""The ports under contract: the fakes that other tests use, and the real ledger on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import pytest
from sqlalchemy import insert, select

from bot.adapters.ledger import outbox as outbox_module
from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.look_ups import LookUpsBehind
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.rows import to_row
from bot.adapters.ledger.tables import events, redemptions
from bot.domain.errors import LedgerUnavailable
from bot.domain.limits import Limits
from bot.domain.redemption import Redemption, State, Terms
from bot.domain.transitions import WITHOUT_REDEMPTION
from bot.services.ports import (
    Attempts,
    Cases,
    Drafts,
    HomeLists,
    Homes,
    LookUps,
    OpenCases,
    Outbox,
    Questions,
    Requests,
)
from tests.adapters.ledger.facts import (
    LONG,
    NO_LIMITS,
    NOON,
    TERMS,
    TODAY,
    Clock,
    CutOff,
    another_coupon,
    new_id,
)
from tests.fakes.audit import FakeAttempts
from tests.fakes.cases import FakeCases
from tests.fakes.homes import FakeHomeLists, FakeHomes
from tests.fakes.kept import FakeDrafts, FakeLookUps, FakeQuestions
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

    @property
    def attempts(self) -> Attempts: ...

    def homes(self, clock: Clock) -> Homes:
        """By this clock of the desk, as the next ones."""
        ...

    def drafts(self, clock: Clock) -> Drafts: ...

    def questions(self, clock: Clock) -> Questions: ...

    def look_ups(self, clock: Clock) -> LookUps: ...

    async def look_ups_fail(self, look_ups: LookUps) -> None:
        """These cannot be written down from now on."""
        ...

    async def attempted(self) -> list[tuple[Any, ...]]:
        """What the audit log holds: event, by whom, on which request or case, and why."""
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
    attempts: FakeAttempts = field(default_factory=FakeAttempts)

    @classmethod
    def new(cls) -> Fake:
        outbox = FakeOutbox()
        requests = FakeRequests(outbox=outbox)
        return cls(outbox, requests, FakeCases(outbox), FakeHomeLists(requests))

    def homes(self, clock: Clock) -> Homes:
        return FakeHomes(clock)

    def drafts(self, clock: Clock) -> Drafts:
        return FakeDrafts(clock)

    def questions(self, clock: Clock) -> Questions:
        return FakeQuestions(clock)

    def look_ups(self, clock: Clock) -> LookUps:
        return FakeLookUps(clock)

    async def look_ups_fail(self, look_ups: LookUps) -> None:
        assert isinstance(look_ups, FakeLookUps)
        look_ups.broken = True

    async def attempted(self) -> list[tuple[Any, ...]]:
        return [(one.what, one.by, one.request_id, one.case_id, one.why) for one in self.attempts.told]

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
    attempts: LedgerAttempts = field(init=False)

    def __post_init__(self) -> None:
        for name, port in {
            "requests": LedgerRequests,
            "outbox": LedgerOutbox,
            "cases": LedgerCases,
            "home_lists": LedgerHomeLists,
            "attempts": LedgerAttempts,
        }.items():
            object.__setattr__(self, name, port(self.database))

    def homes(self, clock: Clock) -> Homes:
        return LedgerHomes(self.database, clock)

    def drafts(self, clock: Clock) -> Drafts:
        return LedgerKept(self.database, clock, DRAFTS)

    def questions(self, clock: Clock) -> Questions:
        return LedgerKept(self.database, clock, QUESTIONS)

    def look_ups(self, clock: Clock) -> LookUps:
        return LookUpsBehind(LedgerKept(self.database, clock, LOOK_UPS))

    async def look_ups_fail(self, look_ups: LookUps) -> None:
        """Their connection drops before each commit."""
        assert isinstance(look_ups, LookUpsBehind)
        look_ups.store = replace(look_ups.store, database=CutOff(self.database.engine))
        with pytest.raises(LedgerUnavailable):
            await look_ups.flush()

    async def attempted(self) -> list[tuple[Any, ...]]:
        columns = (events.c.what, events.c.by, events.c.request_id, events.c.case_id, events.c.why)
        async with self.database.transaction() as connection:
            return [tuple(row) for row in await connection.execute(select(*columns).order_by(events.c.id))]

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
