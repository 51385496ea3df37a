"""What is over in a moment is told when it is over: one post or one update instead of three."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.adapters.ledger import outbox as module
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import messages
from bot.domain.messages import MessageKind
from bot.domain.redemption import Redemption, State
from tests.adapters.ledger.facts import LONG, NOON, WINDOW, make, walk

DM, TS = "D0AGENT", "1769000000.000100"


@pytest.fixture(autouse=True)
def _as_usual(outcome_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OUTCOME_S", outcome_s)


async def taken(outbox: LedgerOutbox) -> list[State]:
    about = [one.about for one in await outbox.take(20, hold_s=LONG)]
    return [one.state for one in about if isinstance(one, Redemption)]


async def test_the_first_post_waits_for_the_outcome_and_comes_with_it(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    assert await taken(outbox) == []
    await walk(requests, row, State.REDEEMED)

    assert await taken(outbox) == [State.REDEEMED]


async def test_one_that_stays_without_outcome_is_told_so(
    requests: LedgerRequests, outbox: LedgerOutbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OUTCOME_S", 0.001)
    await make(requests)
    async with database.transaction() as connection:
        await connection.execute(update(messages).values(next_at=NOON))

    assert await taken(outbox) == [State.NEW]


async def test_what_was_posted_is_redrawn_once_for_what_passes(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    row = await walk(requests, await make(requests), State.WAITING)
    [message] = await outbox.take(20, hold_s=LONG)
    await outbox.delivered(message, channel=DM, ts=TS)
    row = await walk(requests, row, State.APPROVED, State.SENDING)
    assert await taken(outbox) == []
    await walk(requests, row, State.UNKNOWN)

    assert await taken(outbox) == [State.UNKNOWN]


async def test_one_that_slack_did_not_take_waits_for_its_own_time(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    row = await walk(requests, await make(requests), State.WAITING)
    [message] = await outbox.take(20, hold_s=LONG)
    assert message.role is MessageKind.REQUESTER
    await outbox.put_back(message, again_in_s=LONG, why="ratelimited")
    await walk(requests, row, State.REJECTED)

    # What is new stands in its thread; the message itself comes when its time has come.
    assert MessageKind.REQUESTER not in {one.role for one in await outbox.take(20, hold_s=LONG)}


async def test_a_new_window_is_left_alone_until_its_form_is_answered(
    requests: LedgerRequests, outbox: LedgerOutbox
) -> None:
    """Else the answer and an update would say the same, in either order."""
    made = await make(requests, window=WINDOW)
    row = await walk(requests, made, State.APPROVED, State.SENDING, State.REDEEMED)
    assert [one.role for one in await outbox.take(20, hold_s=LONG)] == [MessageKind.REQUESTER]

    await outbox.shown(made.id, WINDOW, version=made.version)

    [window] = await outbox.take(20, hold_s=LONG)
    assert (window.role, window.about) == (MessageKind.WINDOW, row)
