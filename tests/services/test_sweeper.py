"""Requests that nobody works on end where they must, whoever finds them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.redemption import Decision, Doubt, Outcome, Redemption, RequestId, State
from bot.services.sweeper import Sweeper
from tests.aio.conftest import Timer
from tests.services.redeeming import ARJUN, BEGIN_IN_S, LARGE, LOOK_AFTER_S, Shop, row
from tests.services.shelf import NOON

APPROVED = Decision(by=ARJUN, at=NOON, round=1, approved=True)


@dataclass
class Worker:
    """Work on a request that is somebody else's to test; `wake` is asked for, too."""

    err: Exception | None = None
    done: list[Redemption] = field(default_factory=list)
    woken: int = 0

    async def __call__(self, row: Redemption) -> Redemption:
        self.done.append(row)
        if self.err is not None:
            raise self.err
        return row

    attend = __call__

    def wake(self) -> None:
        self.woken += 1


@dataclass
class Room:
    shop: Shop
    reconcile: Worker = field(default_factory=Worker)
    request_approval: Worker = field(default_factory=Worker)
    spend: Worker = field(default_factory=Worker)

    def keep(self) -> Sweeper:
        workers: dict[str, Any] = {
            "reconcile": self.reconcile,
            "request_approval": self.request_approval,
            "spend": self.spend,
        }
        return replace(self.shop.use_cases().sweep, now=self.shop.ledger.now, **workers)


@pytest.fixture
def room(timer: Timer) -> Room:
    return Room(Shop(seconds=timer))


def due(state: State, **facts: Any) -> Redemption:
    return row(state, **{"due_at": NOON, **facts})


async def test_a_request_past_its_begin_by_expires(room: Room, timer: Timer) -> None:
    room.shop.ledger.holds(due(State.NEW))
    timer.seconds = BEGIN_IN_S
    await room.keep()()

    assert room.shop.ledger.states == [State.EXPIRED]
    assert room.reconcile.woken == 1


async def test_a_request_before_its_begin_by_is_not_touched(room: Room, timer: Timer) -> None:
    room.shop.ledger.holds(due(State.NEW))
    timer.seconds = BEGIN_IN_S - 1
    await room.keep()()

    assert room.shop.ledger.states == []
    assert room.spend.done == []


async def test_an_approved_request_is_spent_after_the_process_of_its_press_ended(room: Room) -> None:
    held = room.shop.ledger.holds(due(State.APPROVED, terms=LARGE, decided=APPROVED))
    await room.keep()()

    assert room.spend.done == [held]


async def test_no_redeem_call_begins_once_a_stop_has_begun(room: Room) -> None:
    """Whoever starts next spends it: it is in time for minutes."""
    room.shop.ledger.holds(due(State.APPROVED, terms=LARGE, decided=APPROVED))
    await replace(room.keep(), stopping=lambda: True)()

    assert room.spend.done == []


async def test_what_was_approved_expires_when_there_is_no_time_left(room: Room, timer: Timer) -> None:
    room.shop.ledger.holds(due(State.APPROVED, terms=LARGE, decided=APPROVED))
    timer.seconds = BEGIN_IN_S
    await room.keep()()

    assert room.shop.ledger.states == [State.EXPIRED]
    assert room.spend.done == []


async def test_a_request_without_an_approval_is_never_spent_by_the_sweeper(room: Room) -> None:
    """Without an approval it is spent by the press or not at all."""
    room.shop.ledger.holds(due(State.APPROVED))
    await room.keep()()

    assert room.spend.done == []


async def test_a_sending_request_past_its_send_by_is_unknown(room: Room, timer: Timer) -> None:
    room.shop.ledger.holds(due(State.SENDING, send_by=NOON + timedelta(seconds=15)))
    timer.seconds = 15
    await room.keep()()

    [after] = room.shop.ledger.rows.values()
    assert (after.state, after.outcome) == (State.UNKNOWN, Outcome(doubt=Doubt.NO_ANSWER_KEPT))
    assert after.due_at == NOON + timedelta(seconds=15 + LOOK_AFTER_S)


async def test_a_sending_request_before_its_send_by_is_not_touched(room: Room, timer: Timer) -> None:
    """Not from a start, and not from being found."""
    room.shop.ledger.holds(due(State.SENDING, send_by=NOON + timedelta(seconds=15)))
    timer.seconds = 14.9
    await room.keep()()

    assert room.shop.ledger.states == []


@pytest.mark.parametrize("state", [State.UNKNOWN, State.NOT_REDEEMED])
async def test_evidence_is_looked_for(room: Room, state: State) -> None:
    held = room.shop.ledger.holds(due(state))
    await room.keep()()

    assert room.reconcile.done == [held]


async def test_whoever_waits_for_an_approval_is_attended_to(room: Room) -> None:
    held = room.shop.ledger.holds(row(State.WAITING, LARGE, attend_at=NOON))
    later = replace(held, id=RequestId("LATER"), attend_at=NOON + timedelta(seconds=1))
    room.shop.ledger.holds(later)

    assert await room.keep()() == 1
    assert room.request_approval.done == [held]


@pytest.mark.parametrize("err", [VersionConflict(), LedgerUnavailable()])
async def test_one_request_that_fails_does_not_stop_the_others(room: Room, err: Exception) -> None:
    room.reconcile.err = err
    room.shop.ledger.holds(due(State.UNKNOWN))
    room.shop.ledger.holds(replace(due(State.UNKNOWN), id=RequestId("OTHER")))

    assert await room.keep()() == 2
    assert len(room.reconcile.done) == 2


async def test_a_ledger_that_cannot_be_reached_raises(room: Room) -> None:
    room.shop.ledger.failing = 1
    with pytest.raises(LedgerUnavailable):
        await room.keep()()
