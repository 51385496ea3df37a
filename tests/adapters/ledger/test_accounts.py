"""What one instance knows of people's accounts, the others learn from the ledger."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import update

from bot.adapters.ledger.accounts import LedgerAccounts
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import accounts as table
from bot.domain.errors import Denial
from bot.domain.person import PersonId
from bot.services.ports import AccountRead, AccountSeen

NISHA, VIKRAM = PersonId("U0AGENT"), PersonId("U0SENIOR")


def read(person: PersonId = NISHA, *, ago_s: float = 0.0, denial: Denial | None = None) -> AccountRead:
    return AccountRead(person=person, denial=denial, began=time.monotonic() - ago_s)


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


async def of(accounts: LedgerAccounts, person: PersonId = NISHA) -> AccountSeen | None:
    seen = (await accounts.exchange([], {})).seen
    return next((one for one in seen if one.read.person == person), None)


async def test_what_one_read_the_other_learns(here: LedgerAccounts, there: LedgerAccounts) -> None:
    told = read(denial=Denial.GUEST, ago_s=5)
    await here.exchange([told, read(VIKRAM)], {})
    seen = await of(there)

    assert seen is not None
    assert (seen.read.denial, seen.holds, seen.changed_at) == (Denial.GUEST, True, None)
    assert told.began - 2 < seen.read.began <= told.began + 0.01


async def test_a_newer_reading_replaces_an_older_one_and_never_the_other_way(
    here: LedgerAccounts, there: LedgerAccounts
) -> None:
    await here.exchange([read(ago_s=5)], {})
    await there.exchange([read(ago_s=30, denial=Denial.GUEST)], {})
    older = await of(here)
    await there.exchange([read(denial=Denial.DEACTIVATED)], {})
    newer = await of(here)

    assert older is not None
    assert older.read.denial is None
    assert newer is not None
    assert newer.read.denial is Denial.DEACTIVATED


async def test_a_change_that_one_heard_undoes_what_was_read_before_it(
    here: LedgerAccounts, there: LedgerAccounts
) -> None:
    await here.exchange([read(ago_s=5)], {})
    await there.exchange([], {NISHA: time.monotonic()})
    seen = await of(here)

    assert seen is not None
    assert not seen.holds
    assert seen.changed_at is not None


async def test_a_reading_that_is_written_after_the_change_and_began_before_it_is_undone(
    here: LedgerAccounts, there: LedgerAccounts
) -> None:
    changed = {NISHA: time.monotonic()}
    await there.exchange([], changed)
    await here.exchange([read(ago_s=5)], {})
    await there.exchange([], changed)
    seen = await of(here)

    assert seen is not None
    assert not seen.holds


async def test_what_was_read_after_the_change_holds(here: LedgerAccounts, there: LedgerAccounts) -> None:
    await here.exchange([read(ago_s=60)], {})
    await there.exchange([], {NISHA: time.monotonic() - 30})
    await here.exchange([read()], {})
    seen = await of(there)

    assert seen is not None
    assert seen.holds
    assert seen.changed_at is not None


async def test_of_somebody_nobody_has_seen_nothing_is_written(
    here: LedgerAccounts, there: LedgerAccounts
) -> None:
    await there.exchange([], {VIKRAM: time.monotonic()})

    assert await of(here, VIKRAM) is None


async def test_that_slack_tells_of_changes_is_known_for_ever(
    here: LedgerAccounts, there: LedgerAccounts, instance: Callable[[], LedgerAccounts]
) -> None:
    assert not (await here.exchange([], {})).heard
    await there.exchange([], {VIKRAM: time.monotonic()})

    assert (await here.exchange([], {})).heard
    assert (await instance().exchange([], {})).heard


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
