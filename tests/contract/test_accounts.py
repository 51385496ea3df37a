"""What `services.ports.Accounts` promises: what one instance knows of accounts, the others learn."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from bot.adapters.ledger.accounts import LedgerAccounts
from bot.adapters.ledger.database import Database
from bot.domain.errors import Denial
from bot.domain.person import PersonId
from bot.services.ports import AccountRead, Accounts, AccountSeen
from tests.fakes.instances import FakeAccounts

NISHA, VIKRAM = PersonId("U0AGENT"), PersonId("U0SENIOR")


@pytest.fixture
async def instance(ledger_url: str | None) -> AsyncIterator[Callable[[], Accounts]]:
    """Starts one more instance on the same ledger."""
    fake = FakeAccounts()
    async with AsyncExitStack() as stack:

        def start() -> Accounts:
            if ledger_url is None:
                return fake
            database = Database.open(ledger_url)
            stack.push_async_callback(database.close)
            return LedgerAccounts(database, time.monotonic)

        yield start


def read(person: PersonId = NISHA, *, ago_s: float = 0.0, denial: Denial | None = None) -> AccountRead:
    return AccountRead(person=person, denial=denial, began=time.monotonic() - ago_s)


@pytest.fixture
def here(instance: Callable[[], Accounts]) -> Accounts:
    return instance()


@pytest.fixture
def there(instance: Callable[[], Accounts]) -> Accounts:
    return instance()


async def of(accounts: Accounts, person: PersonId = NISHA) -> AccountSeen | None:
    seen = (await accounts.exchange([], {})).seen
    return next((one for one in seen if one.read.person == person), None)


async def test_what_one_read_the_other_learns(here: Accounts, there: Accounts) -> None:
    told, asked = read(denial=Denial.GUEST, ago_s=5), time.monotonic()
    await here.exchange([told, read(VIKRAM)], {})
    seen = await of(there)
    took_s = time.monotonic() - asked

    assert seen is not None
    assert (seen.read.denial, seen.holds, seen.changed_at) == (Denial.GUEST, True, None)
    # Their clocks differ: what the way took makes it look older, never newer.
    assert told.began - took_s - 0.01 <= seen.read.began <= told.began + 0.01


async def test_a_newer_reading_replaces_an_older_one_and_never_the_other_way(
    here: Accounts, there: Accounts
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
    here: Accounts, there: Accounts
) -> None:
    await here.exchange([read(ago_s=5)], {})
    await there.exchange([], {NISHA: time.monotonic()})
    seen = await of(here)

    assert seen is not None
    assert not seen.holds
    assert seen.changed_at is not None


async def test_a_reading_that_is_written_after_the_change_and_began_before_it_is_undone(
    here: Accounts, there: Accounts
) -> None:
    changed = {NISHA: time.monotonic()}
    await there.exchange([], changed)
    await here.exchange([read(ago_s=5)], {})
    await there.exchange([], changed)
    seen = await of(here)

    assert seen is not None
    assert not seen.holds


async def test_what_was_read_after_the_change_holds(here: Accounts, there: Accounts) -> None:
    await here.exchange([read(ago_s=60)], {})
    await there.exchange([], {NISHA: time.monotonic() - 30})
    await here.exchange([read()], {})
    seen = await of(there)

    assert seen is not None
    assert seen.holds
    assert seen.changed_at is not None


async def test_of_somebody_nobody_has_seen_nothing_is_written(here: Accounts, there: Accounts) -> None:
    await there.exchange([], {VIKRAM: time.monotonic()})

    assert await of(here, VIKRAM) is None


async def test_that_slack_tells_of_changes_is_known_for_ever(
    here: Accounts, there: Accounts, instance: Callable[[], Accounts]
) -> None:
    assert not (await here.exchange([], {})).heard
    await there.exchange([], {VIKRAM: time.monotonic()})

    assert (await here.exchange([], {})).heard
    assert (await instance().exchange([], {})).heard
