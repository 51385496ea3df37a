"""How long the ledger holds accounts; `tests/contract/test_accounts.py` tests what the port promises."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import update

from bot.adapters.ledger.accounts import LedgerAccounts
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import accounts as table
from bot.domain.person import PersonId
from bot.services.ports import AccountRead, AccountSeen

NISHA = PersonId("U0AGENT")


def read() -> AccountRead:
    return AccountRead(person=NISHA, denial=None, began=time.monotonic())


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Callable[[], LedgerAccounts]]:
    """Starts one more instance on the same ledger."""
    async with AsyncExitStack() as stack:

        def start() -> LedgerAccounts:
            database = Database.open(database_url)
            stack.push_async_callback(database.close)
            return LedgerAccounts(database, time.monotonic)

        yield start


@pytest.fixture
def here(instance: Callable[[], LedgerAccounts]) -> LedgerAccounts:
    return instance()


@pytest.fixture
def there(instance: Callable[[], LedgerAccounts]) -> LedgerAccounts:
    return instance()


async def of(accounts: LedgerAccounts) -> AccountSeen | None:
    seen = (await accounts.exchange([], {})).seen
    return next((one for one in seen if one.read.person == NISHA), None)


async def test_what_is_old_is_told_once_and_no_more(here: LedgerAccounts, there: LedgerAccounts) -> None:
    await here.exchange([read()], {})
    await _noted(here, ago_s=30)
    assert await of(there) is not None

    assert await of(there) is None


async def test_what_is_of_no_use_any_more_is_deleted(
    here: LedgerAccounts, instance: Callable[[], LedgerAccounts]
) -> None:
    await here.exchange([read()], {})
    await _noted(here, ago_s=2 * 3600 + 1)
    await here.exchange([], {})
    await _noted(here, ago_s=0)

    assert await of(instance()) is None


async def _noted(accounts: LedgerAccounts, *, ago_s: float) -> None:
    async with accounts.database.transaction() as connection:
        now = (await accounts._clock(connection)).now
        await connection.execute(update(table).values(noted_at=now - ago_s))
