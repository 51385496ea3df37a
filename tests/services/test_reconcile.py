"""Looks settle an unknown outcome by the engine's records."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alarm import Alarm
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.errors import EngineFault, EngineTimedOut
from bot.domain.looks import DAY_S
from bot.domain.messages import MessageKind
from bot.domain.redemption import Doubt, Outcome, Redemption, RequestId, Settled, State, Trouble
from bot.services.reconcile import ENOUGH_LOOKS, Reconcile, next_look_s
from tests.aio.conftest import Timer
from tests.services.redeeming import CHANNEL, INTENT, LOOK_AFTER_S, OURS, WINDOW_S, Shop, row
from tests.services.shelf import ASHA, NOON

BEFORE = replace(OURS, id="1", bill="B-0")


def unknown(**facts: Any) -> Redemption:
    due = {"unknown_at": NOON, "due_at": NOON + timedelta(seconds=LOOK_AFTER_S)}
    return row(State.UNKNOWN, outcome=Outcome(doubt=Doubt.TIMED_OUT), **{**due, **facts})


def at_the_end(**facts: Any) -> Redemption:
    """This look was due when the window had ended."""
    return unknown(due_at=NOON + timedelta(seconds=WINDOW_S), **facts)


async def looks(shop: Shop, reconcile: Reconcile, timer: Timer, until_s: float) -> list[float]:
    """Look whenever it is due; the seconds at which that was. A hundred times are more than any schedule has."""
    seen: list[float] = []
    for _ in range(100):
        [held] = shop.ledger.rows.values()
        due_s = (held.due_at - NOON).total_seconds() if held.due_at else until_s
        if due_s > until_s or held.state is not State.UNKNOWN:
            break
        timer.seconds = due_s
        seen.append(due_s)
        await reconcile(held)
    return seen


async def test_what_an_older_version_left_without_a_time_is_looked_at_from_the_first_wait_on(
    shop: Shop, reconcile: Reconcile
) -> None:
    soon = replace(reconcile, after_s=0.5)
    after = await soon(shop.ledger.holds(unknown(unknown_at=None, due_at=NOON)))

    assert after.due_at == NOON + timedelta(seconds=0.5)


# What proves it


@pytest.mark.parametrize(
    "found",
    [(OURS,), (BEFORE, OURS), (replace(OURS, till=None),)],
    ids=["alone", "beside an earlier one", "no till named"],
)
async def test_one_new_use_with_our_bill_number_settles_it_as_redeemed(
    shop: Shop, reconcile: Reconcile, found: tuple[Use, ...]
) -> None:
    shop.engine.found = found
    after = await reconcile(shop.ledger.holds(unknown()))

    assert (after.state, after.due_at) == (State.REDEEMED, NOON + timedelta(seconds=DAY_S))
    assert (after.outcome.settled, after.outcome.redemption_id) == (Settled.OWN_NUMBER, "2")
    assert shop.engine.looks == [(INTENT.since, INTENT.single)]
    assert shop.forgotten == [ASHA.id]


FOR_A_PERSON = {
    "another bill": (replace(OURS, bill="B-2"),),
    "no bill": (replace(OURS, bill=None),),
    "another till": (replace(OURS, till="mgroad.1"),),
}


async def test_our_number_proves_it_whatever_else_is_new(shop: Shop, reconcile: Reconcile) -> None:
    shop.engine.found = (OURS, replace(OURS, id="3", bill="B-2"))
    after = await reconcile(shop.ledger.holds(unknown()))

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
    assert shop.ledger.moves[0][2].claim == Claim(redemption_id="2", kind=ClaimKind.OWN_NUMBER)
    assert shop.ledger.moves[0][2].alarm is None


async def test_our_number_twice_is_redeemed_and_an_alarm(shop: Shop, reconcile: Reconcile) -> None:
    shop.engine.found = (OURS, replace(OURS, id="3"))
    after = await reconcile(shop.ledger.holds(unknown()))

    assert after.state is State.REDEEMED
    assert shop.ledger.moves[0][2].alarm is Alarm.REDEEMED_TWICE


@pytest.mark.parametrize("found", FOR_A_PERSON.values(), ids=FOR_A_PERSON)
async def test_new_uses_that_prove_nothing_are_shown_to_a_person(
    shop: Shop, reconcile: Reconcile, found: tuple[Use, ...]
) -> None:
    shop.engine.found = (BEFORE, *found)
    after = await reconcile(shop.ledger.holds(unknown()))

    assert (after.state, after.outcome.uses) == (State.UNKNOWN, found)
    assert after.due_at is not None
    [(_, _, change)] = shop.ledger.moves
    assert change.post == ((MessageKind.ATTENTION, CHANNEL),)


async def test_what_an_earlier_look_found_and_is_anothers_by_now_is_shown_no_more(
    shop: Shop, reconcile: Reconcile
) -> None:
    found = Outcome(doubt=Doubt.TIMED_OUT, uses=(replace(OURS, bill="B-2"),))
    after = await reconcile(shop.ledger.holds(replace(unknown(), outcome=found)))

    assert (after.state, after.outcome) == (State.UNKNOWN, Outcome(doubt=Doubt.TIMED_OUT))


async def test_after_the_window_only_a_person_can_tell(shop: Shop, reconcile: Reconcile) -> None:
    shop.engine.found = (replace(OURS, bill="B-2"),)
    after = await reconcile(shop.ledger.holds(at_the_end()))

    assert (after.state, after.due_at) == (State.UNKNOWN, None)


# What an absence proves, and when


async def test_an_absence_proves_nothing_before_the_end_of_the_window(
    shop: Shop, reconcile: Reconcile
) -> None:
    """However often it was seen."""
    just_before = unknown(due_at=NOON + timedelta(seconds=WINDOW_S - 1), looks=50)
    after = await reconcile(shop.ledger.holds(just_before))

    assert (after.state, after.looks) == (State.UNKNOWN, 51)


async def test_a_look_that_was_due_before_the_end_counts_as_one_before(
    shop: Shop, reconcile: Reconcile, timer: Timer
) -> None:
    """It may have begun late; what counts is when it was due."""
    timer.seconds = WINDOW_S + 100
    after = await reconcile(shop.ledger.holds(unknown(looks=50)))

    assert after.state is State.UNKNOWN


@pytest.mark.parametrize("before", range(ENOUGH_LOOKS - 1))
async def test_fewer_than_three_looks_prove_nothing(shop: Shop, reconcile: Reconcile, before: int) -> None:
    after = await reconcile(shop.ledger.holds(at_the_end(looks=before)))

    assert after.state is (State.UNKNOWN if before + 1 < ENOUGH_LOOKS else State.NOT_REDEEMED)


async def test_three_looks_the_last_one_at_the_end_prove_that_it_was_not_redeemed(
    shop: Shop, reconcile: Reconcile
) -> None:
    after = await reconcile(shop.ledger.holds(at_the_end(looks=2)))

    assert (after.state, after.outcome.settled, after.looks) == (State.NOT_REDEEMED, Settled.EVIDENCE, 3)
    assert after.due_at == NOON + timedelta(seconds=DAY_S)


@pytest.mark.parametrize("err", [EngineTimedOut(), EngineFault()])
async def test_a_look_that_failed_counts_for_nothing(
    shop: Shop, reconcile: Reconcile, err: Exception
) -> None:
    shop.engine.found = err
    after = await reconcile(shop.ledger.holds(at_the_end(looks=2)))

    assert (after.state, after.looks) == (State.UNKNOWN, 2)
    assert after.due_at == NOON + timedelta(seconds=WINDOW_S)


async def test_an_engine_that_stays_away_settles_nothing(
    shop: Shop, reconcile: Reconcile, timer: Timer
) -> None:
    shop.engine.found = EngineFault()
    shop.ledger.holds(unknown())
    seen = await looks(shop, reconcile, timer, until_s=WINDOW_S * 20)

    [after] = shop.ledger.rows.values()
    assert (after.state, after.looks) == (State.UNKNOWN, 0)
    assert len(seen) == 28
    assert {role for _, _, change in shop.ledger.moves for role, _ in change.post} == {MessageKind.ATTENTION}


# When it is looked at


async def test_looks_double_until_the_window_ends(shop: Shop, reconcile: Reconcile, timer: Timer) -> None:
    shop.ledger.holds(unknown())
    seen = await looks(shop, reconcile, timer, until_s=WINDOW_S * 2)

    [after] = shop.ledger.rows.values()
    assert seen == [5, 10, 20, 40, 80, 160, 320, 640, 900]
    assert (after.state, after.looks) == (State.NOT_REDEEMED, 9)


@pytest.mark.parametrize(
    ("after_s", "window_s"), [(5.0, 900.0), (0.1, 0.5), (60.0, 61.0), (7.0, 3.0), (1.0, 1.0)]
)
def test_one_look_is_due_just_when_the_window_ends_and_later_ones_once_a_window(
    after_s: float, window_s: float
) -> None:
    due = list(
        itertools.accumulate(
            range(40), lambda passed, _: passed + next_look_s(passed, after_s, window_s), initial=after_s
        )
    )
    later = [at for at in due if at >= max(window_s, after_s)]

    assert window_s in due or after_s >= window_s
    assert all(after > before for before, after in itertools.pairwise(due))
    assert [after - before for before, after in itertools.pairwise(later)] == pytest.approx(
        [window_s] * (len(later) - 1)
    )


async def test_our_number_that_an_answer_gave_to_another_request_is_left_to_a_person(
    shop: Shop, reconcile: Reconcile
) -> None:
    """A look that stayed due would find the same at once, again and again, each time with an alarm."""
    outcome = Outcome(settled=Settled.ANSWER, redemption_id=OURS.id)
    second = shop.ledger.holds(replace(row(State.REDEEMED, outcome=outcome), id=RequestId("SECOND")))
    shop.ledger.claims[str(OURS.id)] = (second.id, ClaimKind.ANSWER)
    shop.engine.found = (OURS,)

    after = await reconcile(shop.ledger.holds(unknown()))

    assert (after.state, after.outcome.doubt) == (State.UNKNOWN, Doubt.CLAIMED_ELSEWHERE)
    assert after.due_at is None


@pytest.mark.parametrize(
    ("why_not", "posted"),
    [(None, [CHANNEL]), (Trouble.CHANNEL_UNREACHABLE, [CHANNEL]), (Trouble.CHANNEL_SHARED, [])],
)
async def test_nothing_is_posted_in_a_shared_attention_channel(
    shop: Shop, reconcile: Reconcile, why_not: Trouble | None, posted: list[str]
) -> None:
    if why_not is not None:
        shop.channels.troubles[CHANNEL] = why_not

    await reconcile(shop.ledger.holds(unknown()))

    [(_, _, change)] = shop.ledger.moves
    assert [channel for role, channel in change.post if role is MessageKind.ATTENTION] == posted
