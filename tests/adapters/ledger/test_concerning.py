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
from bot.domain.redemption import State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import another_coupon, make


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
