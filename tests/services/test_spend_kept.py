"""A clear answer is written or held, whatever comes between it and the ledger; where that ends, it is one CRITICAL line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from bot.domain.errors import LedgerUnavailable, Outdated, VersionConflict
from bot.domain.redemption import Redemption, State
from bot.domain.request_errors import AnswerNotKept
from bot.services.spend import SETTLE_ATTEMPTS
from tests.services.redeeming import INTENT, VIKRAM, Shop, row


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    yield shop
    await shop.tasks.close()


def fails(shop: Shop, monkeypatch: pytest.MonkeyPatch, err: type[Exception], times: int) -> None:
    """Fail so many writes after the call."""
    writes = shop.ledger.move

    async def move(before: Redemption, *given: Any, **named: Any) -> Redemption:
        nonlocal times
        if before.state is State.SENDING and times > 0:
            times -= 1
            raise err
        return await writes(before, *given, **named)

    monkeypatch.setattr(shop.ledger, "move", move)


@pytest.mark.parametrize(
    ("err", "times"),
    [(VersionConflict, 5), (Outdated, 1), (LedgerUnavailable, SETTLE_ATTEMPTS)],
    ids=["others write at every moment", "a newer version wrote it", "the ledger is away"],
)
async def test_an_answer_that_cannot_be_written_now_is_held(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, err: type[Exception], times: int
) -> None:
    use_cases = shop.use_cases()
    fails(shop, monkeypatch, err, times)
    with pytest.raises(AnswerNotKept):
        await use_cases.spend(shop.ledger.holds(row()), by=VIKRAM)
    await use_cases.answers_owed.close(30.0)

    [held] = shop.ledger.rows.values()
    assert held.state is State.REDEEMED
    assert len(shop.engine.orders) == 1


async def test_a_stop_that_cuts_the_writing_short_tells_the_answer(shop: Shop) -> None:
    """The stop's deadline comes while the first attempts are made: nothing else will ever write it."""

    arrived = asyncio.Event()

    def away() -> None:
        shop.ledger.failing = 10**6
        arrived.set()

    shop.engine.beside = away
    spending = asyncio.ensure_future(  # noqa: TID251 - awaited below
        shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)
    )
    with structlog.testing.capture_logs() as lines:
        await arrived.wait()
        spending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await spending

    [lost] = [line for line in lines if line["log_level"] == "critical"]
    assert (lost["event"], lost["verdict"], lost["redemption_id"]) == ("answer_lost", "clear yes", "ABC-1")


@pytest.mark.parametrize("stands", [State.APPROVED, State.SENDING], ids=["no call", "another call"])
async def test_an_answer_of_a_call_that_the_ledger_has_lost_is_told_and_settles_no_other(
    shop: Shop, stands: State
) -> None:
    """A standby took over while the engine was asked; perhaps the request was sent again from there."""
    theirs = row(
        stands, version=3, intent=replace(INTENT, attempt="theirs") if stands is State.SENDING else None
    )
    shop.engine.beside = lambda: shop.ledger.rows.update({theirs.id: theirs})
    with structlog.testing.capture_logs() as lines:
        after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    [lost] = [line for line in lines if line["log_level"] == "critical"]
    assert (lost["event"], lost["verdict"], lost["redemption_id"]) == ("answer_lost", "clear yes", "ABC-1")
    assert after.state is stands
    assert after.intent == theirs.intent


async def test_what_people_see_is_drawn_anew_where_the_ledger_has_lost_an_approval(shop: Shop) -> None:
    """A standby took over with the request as it waited, while it was checked."""
    shop.ledger.holds(row(State.WAITING, version=2))
    with structlog.testing.capture_logs() as lines:
        after = await shop.use_cases().spend(row(State.APPROVED, version=3), by=VIKRAM)

    assert (after.state, after.version) == (State.WAITING, 3)
    [lost] = [line for line in lines if line["log_level"] == "error"]
    assert (lost["event"], lost["moves"]) == ("moves_lost", 1)
    assert shop.engine.orders == []
