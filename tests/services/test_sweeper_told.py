"""What the sweeper writes and wakes, and that each request is taken up on its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.redemption import Doubt, Outcome, Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.services.sweeper import AT_MOST
from tests.aio.conftest import Timer
from tests.services.redeeming import BEGIN_IN_S, LOOK_AFTER_S, Shop, row, saying
from tests.services.shelf import NOON
from tests.services.test_sweeper import APPROVED, Room, Worker, due


@pytest.fixture
def room(timer: Timer) -> Room:
    return Room(Shop(seconds=timer, engine=saying()))


def waiting(number: int = 0) -> Redemption:
    return row(State.WAITING, attend_at=NOON, id=RequestId(f"WAITING{number}"))


async def test_what_expires_says_which_time_has_passed(room: Room, timer: Timer) -> None:
    room.shop.ledger.holds(due(State.NEW))
    timer.seconds = BEGIN_IN_S
    await room.keep()()

    assert room.shop.ledger.told == [(State.EXPIRED, {"past": "begin_by"})]
    assert room.spend.done == []


async def test_a_late_sending_is_unknown_because_no_answer_was_kept(room: Room, timer: Timer) -> None:
    room.shop.ledger.holds(due(State.SENDING, send_by=NOON))
    timer.seconds = 1.0
    await room.keep()()

    outcome = Outcome(doubt=Doubt.NO_ANSWER_KEPT)
    assert room.shop.ledger.moves == [
        (State.SENDING, State.UNKNOWN, Change(outcome=outcome, due_in_s=LOOK_AFTER_S))
    ]
    assert room.shop.ledger.told == [(State.UNKNOWN, {"past": "send_by"})]
    assert room.reconcile.woken == 1
    assert room.reconcile.done == []


async def test_a_sending_in_time_stays_although_it_was_read_as_late(room: Room) -> None:
    """By the database's clock; the read may be older than the move."""
    room.shop.ledger.holds(due(State.SENDING, send_by=NOON + timedelta(seconds=1)))
    await room.keep()()

    assert room.shop.ledger.moves == []


async def test_an_approved_request_in_time_is_spent_and_nothing_else(room: Room) -> None:
    held = room.shop.ledger.holds(due(State.APPROVED, decided=APPROVED))
    await room.keep()()

    assert room.spend.done == [held]
    assert room.shop.ledger.moves == []
    assert room.reconcile.woken == 1


@pytest.mark.parametrize("decided", [APPROVED, None], ids=["approved", "nobody approved"])
@pytest.mark.parametrize("stopping", [False, True])
async def test_it_is_spent_only_after_an_approval_and_never_once_a_stop_has_begun(
    room: Room, decided: object, stopping: bool
) -> None:
    room.shop.ledger.holds(due(State.APPROVED, decided=decided))
    with structlog.testing.capture_logs() as lines:
        await replace(room.keep(), stopping=lambda: stopping)()

    assert bool(room.spend.done) is (decided is APPROVED and not stopping)
    conflicts = [line["request"] for line in lines if line["event"] == "version_conflict"]
    assert conflicts == ([] if decided is APPROVED else ["ABCDEFGH"])


@pytest.mark.parametrize(
    "state", [State.UNKNOWN, State.NOT_REDEEMED, State.REDEEMED, State.REFUSED, State.NOT_SENT, State.EXPIRED]
)
async def test_every_other_state_is_looked_at(room: Room, state: State) -> None:
    held = room.shop.ledger.holds(due(state))
    await room.keep()()

    assert (room.reconcile.done, room.spend.done) == ([held], [])


async def test_it_says_how_many_it_took_up(room: Room) -> None:
    room.shop.ledger.holds(due(State.UNKNOWN))
    room.shop.ledger.holds(waiting())
    keep = room.keep()

    assert await keep() == 2
    assert len(room.request_approval.done) == 1


async def test_at_most_twenty_of_each_are_taken_up_in_one_run(room: Room) -> None:
    for number in range(AT_MOST + 1):
        room.shop.ledger.holds(waiting(number))
        room.shop.ledger.holds(due(State.UNKNOWN, id=RequestId(f"UNKNOWN{number}")))

    assert await room.keep()() == 2 * AT_MOST
    assert AT_MOST == 20


async def test_nothing_due_is_nothing_taken_up(room: Room) -> None:
    room.shop.ledger.holds(due(State.UNKNOWN, due_at=NOON + timedelta(seconds=1)))

    assert await room.keep()() == 0


@pytest.mark.parametrize(
    ("err", "level", "event"),
    [(VersionConflict(), "info", "version_conflict"), (LedgerUnavailable(), "warning", "not_kept")],
)
async def test_what_fails_is_a_line_of_its_own_request(
    room: Room, err: Exception, level: str, event: str
) -> None:
    room.shop.ledger.holds(due(State.UNKNOWN))
    room.shop.ledger.holds(waiting())
    room.reconcile.err = err
    with structlog.testing.capture_logs() as lines:
        await room.keep()()

    assert [(line["log_level"], line["event"], line["request"]) for line in lines] == [
        (level, event, "ABCDEFGH")
    ]
    assert len(room.request_approval.done) == 1


async def test_each_line_about_a_request_names_it_and_no_other_one(room: Room) -> None:
    bound: set[tuple[str, object]] = set()

    class Bound(Worker):
        async def __call__(self, row: Redemption) -> Redemption:
            bound.add((row.id, structlog.contextvars.get_contextvars().get("request")))
            return row

    room.reconcile = Bound()
    held = [room.shop.ledger.holds(due(State.UNKNOWN, id=RequestId(f"UNKNOWN{number}"))) for number in "12"]
    await room.keep()()

    assert bound == {(row.id, row.reference) for row in held}
    assert "request" not in structlog.contextvars.get_contextvars()
