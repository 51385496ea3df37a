"""What befalls desks befalls them: tasks are cancelled, databases forget."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert

from bot.adapters.ledger.tables import claims
from bot.domain.redemption import RequestId
from tests.simulation.forgetting import memory_of
from tests.simulation.happenings import CancelledAt
from tests.simulation.ledger import Ledger, utc_now


async def thrice(seen: list[str]) -> str:
    for number in range(3):
        await asyncio.sleep(0)
        seen.append(f"after {number + 1}")
    return "done"


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_task_is_cancelled_at_the_wait_that_was_asked_for(number: int) -> None:
    seen: list[str] = []
    cancelling = CancelledAt(thrice(seen), number)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.get_running_loop().create_task(_awaits(cancelling))

    assert seen == [f"after {one}" for one in range(1, number)]
    assert cancelling.reached


@pytest.mark.parametrize("number", [0, 4])
async def test_what_waits_less_often_is_not_cancelled(number: int) -> None:
    cancelling = CancelledAt(thrice([]), number)

    assert await cancelling == "done"
    assert not cancelling.reached


async def _awaits(cancelling: CancelledAt) -> object:
    return await cancelling


def test_a_database_is_taken_back_to_what_it_held(database_url: str) -> None:
    """On both, whoever wrote in between."""
    _claims(database_url, "before")
    memory = memory_of(database_url)
    memory.remember()
    _claims(database_url, "after")
    memory.put_back()
    ledger = Ledger.open(database_url)
    kept = ledger.claims()
    ledger.close()

    assert kept == {"before": RequestId("R")}


def _claims(url: str, redemption_id: str) -> None:
    ledger = Ledger.open(url)
    row = {"redemption_id": redemption_id, "request_id": "R", "kind": "answer", "at": utc_now()}
    with ledger.engine.connect() as connection:
        connection.execute(insert(claims).values(**row))
    ledger.close()
