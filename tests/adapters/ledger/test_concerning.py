"""What a card is drawn from costs one read by an index, or none where this process is the only writer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.known import DOUBTED_S, KnownRequests
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.customer import CustomerId
from bot.domain.errors import VersionConflict
from bot.domain.redemption import Redemption, State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import TERMS, another_coupon, make


class Passing:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Passing:
    return Passing()


@pytest.fixture
def alone(database: Database, clock: Passing) -> LedgerRequests:
    return LedgerRequests(database, known=KnownRequests(clock))


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """All that are sent, without what each transaction begins with."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "set_config" not in statement and not statement.startswith("BEGIN"):
            sent.append(" ".join(statement.split()))

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


async def test_a_shared_ledger_is_read_once(requests: LedgerRequests, statements: list[str]) -> None:
    made = await make(requests)
    statements.clear()

    assert await requests.concerning(made.terms.customer) == [made]

    (read,) = statements
    assert read.startswith("SELECT")
    assert "FROM redemptions WHERE redemptions.customer_id =" in read


async def test_the_only_writer_reads_once_and_then_knows(
    alone: LedgerRequests, statements: list[str]
) -> None:
    made = await make(alone)
    await alone.concerning(made.terms.customer)
    statements.clear()

    assert await alone.concerning(made.terms.customer) == [made]
    assert statements == []


async def test_what_it_writes_itself_is_known_at_once(alone: LedgerRequests) -> None:
    made = await make(alone)
    await alone.concerning(made.terms.customer)

    approved = await alone.move(made, State.APPROVED)

    assert await alone.concerning(made.terms.customer) == [approved]


async def test_that_a_customer_had_none_is_known_until_one_is_made(
    alone: LedgerRequests, statements: list[str]
) -> None:
    customer = another_coupon().customer
    assert await alone.concerning(customer) == []
    statements.clear()
    assert await alone.concerning(customer) == []
    assert statements == []

    made = await make(alone)

    assert await alone.concerning(customer) == [made]


async def test_after_a_write_that_failed_everything_is_read(
    alone: LedgerRequests, clock: Passing, statements: list[str]
) -> None:
    """It may have been committed although it failed here, or may still be."""
    made = await make(alone)
    await alone.move(made, made.state, Change(looks=1))
    await alone.concerning(made.terms.customer)
    with pytest.raises(VersionConflict):
        await alone.move(made, State.APPROVED)

    reads = []
    for _ in range(2):
        statements.clear()
        await alone.concerning(made.terms.customer)
        reads.append(len(statements))
    clock.at = DOUBTED_S
    for _ in range(2):
        statements.clear()
        await alone.concerning(made.terms.customer)
        reads.append(len(statements))

    assert reads == [1, 1, 1, 0]


async def test_what_was_read_before_a_write_is_not_kept(alone: LedgerRequests, clock: Passing) -> None:
    made = await make(alone)
    known = KnownRequests(clock)

    async def overtaken(_customer: CustomerId) -> list[object]:
        known.written(made)
        return []

    assert await known.get(made.terms.customer, overtaken) == []  # type: ignore[arg-type]

    assert await known.get(made.terms.customer, alone.concerning) == [made]


async def test_nor_before_one_that_failed_however_long_the_read_took(
    alone: LedgerRequests, clock: Passing
) -> None:
    """It may have been made."""
    made = await make(alone)
    known = KnownRequests(clock)

    async def overtaken(_customer: CustomerId) -> list[object]:
        known.failed()
        clock.at += DOUBTED_S
        return []

    assert await known.get(made.terms.customer, overtaken) == []  # type: ignore[arg-type]

    assert await known.get(made.terms.customer, alone.concerning) == [made]


class Reads:
    """What was read of whom, and when."""

    def __init__(self, clock: Passing) -> None:
        self._clock = clock
        self.at: list[float] = []
        self.of: list[CustomerId] = []

    async def __call__(self, customer: CustomerId) -> list[Redemption]:
        self.at.append(self._clock.at)
        self.of.append(customer)
        return []


async def test_what_is_known_is_read_again_after_half_a_minute(clock: Passing) -> None:
    """A second process, which should not be there, is not overlooked for longer."""
    known, reads = KnownRequests(clock), Reads(clock)
    for at in (0.0, 29.9, 30.0):
        clock.at = at
        await known.get(TERMS.customer, reads)

    assert reads.at == [0.0, 30.0]


async def test_nothing_is_known_for_ten_seconds_after_a_write_that_failed(clock: Passing) -> None:
    known, reads = KnownRequests(clock), Reads(clock)
    known.failed()
    for at in (0.0, 9.9, 10.0, 10.1):
        clock.at = at
        await known.get(TERMS.customer, reads)

    assert reads.at == [0.0, 9.9, 10.0]


async def test_five_hundred_customers_are_known_at_a_time(clock: Passing) -> None:
    known, reads = KnownRequests(clock), Reads(clock)
    customers = [CustomerId(str(number)) for number in range(501)]
    for customer in (*customers, customers[1], customers[0]):
        await known.get(customer, reads)

    assert reads.of == [*customers, customers[0]]
