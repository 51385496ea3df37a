"""What a final no writes, whom it wakes, and when the engine is asked again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.aio.tasks import TaskSet
from bot.domain.coupon import CouponCode, Redeemability
from bot.domain.errors import EngineTimedOut
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.redemption import Outcome, RequestId, State
from bot.domain.refusal import Refusal
from bot.services.final_no import FinalNo
from tests.fakes.engine import FakeEngine
from tests.fakes.requests import FakeRequests
from tests.services.redeeming import may, row
from tests.services.shelf import ABC, ASHA, no, settled
from tests.services.woken import Woken

USED = no(Refusal.ALREADY_USED)
MET = CouponFinding(code=ABC, customer=ASHA, verdict=Verdict.NOT_REDEEMABLE, check=USED, record=None)


@pytest.fixture
def final_no(ledger: FakeRequests, shelf: FakeEngine, tasks: TaskSet, woken: Woken) -> FinalNo:
    shelf.check = USED
    return FinalNo(requests=ledger, engine=shelf, spawn=tasks.spawn, wake=woken)


async def test_it_is_refused_with_the_engines_reason_and_messages_are_due(
    final_no: FinalNo, ledger: FakeRequests, woken: Woken
) -> None:
    after, check = await final_no.checked(ledger.holds(row(State.WAITING)))

    assert (after.state, after.outcome) == (State.REFUSED, Outcome(refusal=Refusal.ALREADY_USED))
    assert ledger.told == [(State.REFUSED, {"refusal": Refusal.ALREADY_USED})]
    assert (check, woken.times) == (USED, 1)


async def test_what_somebody_moved_at_the_same_moment_is_returned_as_it_stands(
    final_no: FinalNo, ledger: FakeRequests, woken: Woken
) -> None:
    held = ledger.holds(row(State.WAITING))
    theirs = replace(held, version=2, state=State.WITHDRAWN)
    ledger.beside = lambda: ledger.rows.update({held.id: theirs})

    after, _ = await final_no.checked(held)

    assert after == theirs
    assert (ledger.moves, woken.times) == ([], 1)


@pytest.mark.parametrize("refusal", [None, Refusal.WRONG_TIME, Refusal.LIMIT_REACHED])
async def test_another_answer_ends_nothing_and_wakes_nobody(
    final_no: FinalNo, ledger: FakeRequests, woken: Woken, refusal: Refusal | None
) -> None:
    held = ledger.holds(row(State.WAITING))

    assert await final_no.end(held, refusal) == held
    assert (ledger.moves, woken.times) == ([], 0)


@pytest.mark.parametrize("said", [no(Refusal.WRONG_TIME), may(), EngineTimedOut()])
async def test_no_other_answer_of_the_engine_ends_what_waits(
    final_no: FinalNo, ledger: FakeRequests, shelf: FakeEngine, said: Redeemability | Exception
) -> None:
    held, shelf.check = ledger.holds(row(State.WAITING)), said

    assert await final_no.checked(held) == (held, None if isinstance(said, Exception) else said)
    assert ledger.rows[held.id] == held


@pytest.mark.parametrize("state", [State.UNKNOWN, State.APPROVED, State.SENDING])
async def test_only_what_waits_is_ended_by_it(final_no: FinalNo, ledger: FakeRequests, state: State) -> None:
    after, check = await final_no.checked(ledger.holds(row(state)))

    assert (after.state, check) == (state, USED)


async def test_the_next_look_up_after_a_check_that_failed_asks_again(
    final_no: FinalNo, ledger: FakeRequests, shelf: FakeEngine, tasks: TaskSet
) -> None:
    held, shelf.check = ledger.holds(row(State.WAITING)), EngineTimedOut()
    final_no.met(MET, [held])
    final_no.met(MET, [held])
    await settled(tasks)
    assert shelf.calls == [f"redeemability {ASHA.id} {ABC}"]

    shelf.check = USED
    final_no.met(MET, [held])
    await settled(tasks)

    assert ledger.rows[held.id].state is State.REFUSED


async def test_a_ledger_that_is_away_behind_the_answer_is_one_line(
    final_no: FinalNo, ledger: FakeRequests, tasks: TaskSet
) -> None:
    held, ledger.failing = ledger.holds(row(State.WAITING)), 1
    with capture_logs() as lines:
        final_no.met(MET, [held])
        await settled(tasks)

    assert [(line["event"], line["request"]) for line in lines] == [("final_no_not_written", held.reference)]


async def test_only_what_waits_for_this_coupon_is_checked(
    final_no: FinalNo, ledger: FakeRequests, shelf: FakeEngine, tasks: TaskSet
) -> None:
    waits = ledger.holds(row(State.WAITING))
    others = [
        ledger.holds(replace(waits, id=RequestId("SENT"), state=State.SENDING)),
        ledger.holds(
            replace(waits, id=RequestId("OTHER"), terms=replace(waits.terms, code=CouponCode("XYZ")))
        ),
    ]
    final_no.met(replace(MET, check=no(Refusal.WRONG_TIME)), [waits])
    assert not tasks._running
    final_no.met(MET, [*others, waits])
    await settled(tasks)

    assert [ledger.rows[one.id].state for one in (*others, waits)] == [
        State.SENDING,
        State.WAITING,
        State.REFUSED,
    ]
    assert len(shelf.calls) == 1
