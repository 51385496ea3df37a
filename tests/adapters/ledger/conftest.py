from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.adapters.ledger import outbox as outbox_module
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests


@pytest.fixture(autouse=True)
def outcome_s(monkeypatch: pytest.MonkeyPatch) -> float:
    """Messages wait for no outcome here, but where a test is about that."""
    usual = outbox_module.OUTCOME_S
    monkeypatch.setattr(outbox_module, "OUTCOME_S", 0.0)
    return usual


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def instances(database: Database, database_url: str) -> AsyncIterator[list[Database]]:
    """As many as may share the database: three on PostgreSQL, one on SQLite."""
    others = [] if "sqlite" in database_url else [Database.open(database_url) for _ in range(2)]
    yield [database, *others]
    for other in others:
        await other.close()


@pytest.fixture
def requests(database: Database) -> LedgerRequests:
    return LedgerRequests(database)


@pytest.fixture
def outbox(database: Database) -> LedgerOutbox:
    return LedgerOutbox(database)
