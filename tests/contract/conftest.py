"""Ledgers under contract: the fake that services are tested with, and the real one on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import pytest
from sqlalchemy import insert

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.rows import to_row
from bot.adapters.ledger.tables import redemptions
from bot.domain.limits import Limits
from bot.domain.redemption import Redemption, State, Terms
from bot.domain.transitions import WITHOUT_REDEMPTION
from bot.services.ports import Requests
from tests.adapters.ledger.facts import LONG, NO_LIMITS, NOON, TERMS, TODAY, another_coupon, new_id
from tests.fakes.requests import FakeRequests

Makes = Callable[..., Awaitable[Redemption]]
Puts = Callable[..., Awaitable[Redemption]]


class Ledger(Protocol):
    """A ledger, and what a test does beside the port."""

    @property
    def requests(self) -> Requests: ...

    async def now(self) -> datetime:
        """By the ledger's own clock."""
        ...

    async def put(self, row: Redemption) -> Redemption:
        """A request as it may stand at some time, however it came there."""
        ...


@dataclass(frozen=True, slots=True)
class Fake:
    requests: FakeRequests

    async def now(self) -> datetime:
        return self.requests.now()

    async def put(self, row: Redemption) -> Redemption:
        return self.requests.holds(row)


@dataclass(frozen=True, slots=True)
class Real:
    database: Database
    requests: LedgerRequests

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
async def ledger(ledger_url: str | None) -> AsyncIterator[Ledger]:
    if ledger_url is None:
        yield Fake(FakeRequests())
        return
    database = Database.open(ledger_url)
    yield Real(database, LedgerRequests(database))
    await database.close()


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
