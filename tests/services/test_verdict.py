"""Writing a verdict: what the audit log keeps of it, when it is looked at next, and who comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.alarm import Alarm
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.claim import Claim, ClaimKind
from bot.domain.errors import VersionConflict
from bot.domain.facts import Absence, Fact, OtherEvidence, OwnNumber, PersonSays, Undecided
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import Doubt, Outcome, Redemption, Settled, State, Stop
from bot.domain.refusal import Refusal
from bot.domain.transitions import Change
from bot.services.retry import TRIES
from bot.services.verdict import WriteVerdict, told_of
from tests.services.redeeming import LOOK_AFTER_S, OURS, WINDOW_S, Shop, row, saying

BY = PersonId("U0MANAGER2")
FULL = Outcome(
    settled=Settled.ANSWER,
    redemption_id="7",
    refusal=Refusal.ALREADY_USED,
    stop=Stop.BUSY,
    doubt=Doubt.TIMED_OUT,
    code=711,
    status=500,
)


@pytest.fixture
def shop() -> Shop:
    return Shop(engine=saying())


@pytest.fixture
def write(shop: Shop) -> WriteVerdict:
    return shop.use_cases().reconcile.write


# What the audit log keeps


def test_every_particular_of_an_outcome_is_for_the_audit_log() -> None:
    """Names are stored: add, never rename."""
    assert told_of(FULL) == {
        "settled": "answer",
        "refusal": "already_used",
        "stop": "busy",
        "doubt": "timed_out",
        "engine_status": 711,
        "http_status": 500,
        "redemption_id": "7",
    }
    assert told_of(Outcome()) == {}


#: An engine code of 0 and an HTTP status of 0 are told, too.
TOLD: dict[str, tuple[Answer, State, dict[str, Any]]] = {
    "yes": (
        Redeemed(redemption_id="2", status=200),
        State.REDEEMED,
        {"settled": "answer", "redemption_id": "2", "http_status": 200},
    ),
    "no": (
        Refused(refusal=Refusal.ALREADY_USED, code=711, status=500),
        State.REFUSED,
        {"settled": "answer", "refusal": "already_used", "engine_status": 711, "http_status": 500},
    ),
    "not sent": (
        NotSent(stop=Stop.BUSY, code=0, status=0),
        State.NOT_SENT,
        {"settled": "answer", "stop": "busy", "engine_status": 0, "http_status": 0},
    ),
    "unclear": (
        Unclear(doubt=Doubt.ENGINE_FAILED, code=683, status=502),
        State.UNKNOWN,
        {"doubt": "engine_failed", "engine_status": 683, "http_status": 502},
    ),
}


@pytest.mark.parametrize(("answer", "state", "told"), TOLD.values(), ids=TOLD)
async def test_the_event_of_an_answer_has_every_particular(
    shop: Shop, write: WriteVerdict, answer: Answer, state: State, told: dict[str, Any]
) -> None:
    written = await write(shop.ledger.holds(row(State.SENDING)), answer)

    assert (written.ours, written.row.state) == (True, state)
    assert shop.ledger.told == [(state, told)]


@pytest.mark.parametrize(("answer", "state", "told"), TOLD.values(), ids=TOLD)
async def test_and_the_digest_of_what_the_engine_answered(
    shop: Shop, write: WriteVerdict, answer: Answer, state: State, told: dict[str, Any]
) -> None:
    await write(shop.ledger.holds(row(State.SENDING)), replace(answer, body="ab" * 32))

    assert shop.ledger.told == [(state, {**told, "engine_body": "ab" * 32})]


async def test_the_event_has_what_the_caller_tells_beside_it(shop: Shop, write: WriteVerdict) -> None:
    await write(shop.ledger.holds(row(State.UNKNOWN)), Absence(), why={"looks": 2})

    assert shop.ledger.told == [(State.NOT_REDEEMED, {"looks": 2, "settled": "evidence"})]


async def test_a_person_who_settles_is_named(shop: Shop, write: WriteVerdict) -> None:
    says = PersonSays(redeemed=False, by=BY, note="looked")
    await write(shop.ledger.holds(row(State.UNKNOWN)), says, by=BY)

    assert shop.ledger.by == [BY]


# What is written with it


async def test_claim_and_alarm_are_in_the_same_move(shop: Shop, write: WriteVerdict) -> None:
    await write(shop.ledger.holds(row(State.NOT_REDEEMED)), OwnNumber(uses=(OURS,)))

    [(_, _, change)] = shop.ledger.moves
    assert change.claim == Claim(redemption_id="2", kind=ClaimKind.OWN_NUMBER)
    assert change.alarm is Alarm.REDEEMED_AFTER_ALL
    assert (change.outcome, change.never_due) == (
        Outcome(settled=Settled.OWN_NUMBER, redemption_id="2", uses=(OURS,)),
        False,
    )


async def test_what_is_to_be_written_beside_it_is_kept(shop: Shop, write: WriteVerdict) -> None:
    post = ((MessageKind.NEWS, "U0SENIOR"),)
    await write(shop.ledger.holds(row(State.UNKNOWN)), Absence(), beside=Change(looks=3, post=post))

    [(_, _, change)] = shop.ledger.moves
    assert (change.looks, change.post) == (3, post)


async def test_a_fact_that_changes_nothing_is_not_written(shop: Shop, write: WriteVerdict) -> None:
    written = await write(shop.ledger.holds(row(State.REFUSED)), Unclear(doubt=Doubt.TIMED_OUT))

    assert (written.ours, written.row.state) == (False, State.REFUSED)
    assert shop.ledger.moves == []


async def test_a_contradiction_is_written_although_the_verdict_stays(shop: Shop, write: WriteVerdict) -> None:
    held = shop.ledger.holds(row(State.REFUSED, outcome=Outcome(settled=Settled.ANSWER)))
    written = await write(held, Redeemed(redemption_id="2"))

    assert (written.ours, written.row.state) == (True, State.REFUSED)
    [(_, _, change)] = shop.ledger.moves
    assert (change.alarm, change.claim, change.never_due) == (Alarm.CONTRADICTION, None, False)


# When it is looked at next

EVIDENCE = OtherEvidence(use=OURS)
ANSWERED = Outcome(settled=Settled.ANSWER)
#: From a state, by a fact: seconds to the next look; None is left to the state it comes to (`bot.domain.looks`).
NEXT: dict[str, tuple[Redemption, Fact, float | None]] = {
    "first doubt": (row(State.SENDING), Unclear(doubt=Doubt.TIMED_OUT), LOOK_AFTER_S),
    "a yes that is taken back": (
        row(State.REDEEMED, outcome=Outcome(settled=Settled.EVIDENCE, redemption_id="2")),
        NotSent(stop=Stop.NOT_CONNECTED),
        LOOK_AFTER_S,
    ),
    "more to judge": (row(State.UNKNOWN), Undecided(uses=(OURS,)), None),
    "absence": (row(State.UNKNOWN), Absence(), None),
    "found late, undecided": (row(State.NOT_REDEEMED), Undecided(uses=(OURS,)), None),
    "redeemed": (row(State.SENDING), Redeemed(redemption_id="2"), None),
    "redeemed without id": (row(State.SENDING), Redeemed(redemption_id=None), LOOK_AFTER_S),
    "its id is found": (row(State.REDEEMED, outcome=ANSWERED), EVIDENCE, None),
    "a final no": (row(State.SENDING), Refused(refusal=Refusal.WRONG_STORE, code=735), None),
    "a no that may be an echo": (
        row(State.SENDING),
        Refused(refusal=Refusal.ALREADY_USED, code=711),
        WINDOW_S,
    ),
    "busy": (row(State.SENDING), NotSent(stop=Stop.BUSY, status=429), WINDOW_S),
    "not connected": (row(State.SENDING), NotSent(stop=Stop.NOT_CONNECTED), None),
    "a late no that may be an echo": (
        row(State.NOT_REDEEMED),
        Refused(refusal=Refusal.ALREADY_USED, code=711),
        WINDOW_S,
    ),
    "a contradiction of an echo": (
        row(State.REFUSED, outcome=Outcome(settled=Settled.ANSWER, code=711)),
        Redeemed(redemption_id="2"),
        None,
    ),
}


@pytest.mark.parametrize(("before", "fact", "due_in_s"), NEXT.values(), ids=NEXT)
async def test_when_it_is_looked_at_next(
    shop: Shop, write: WriteVerdict, before: Redemption, fact: Fact, due_in_s: float | None
) -> None:
    await write(shop.ledger.holds(before), fact)

    [(_, _, change)] = shop.ledger.moves
    assert (change.due_in_s, change.never_due) == (due_in_s, False)


async def test_a_caller_may_say_that_nobody_looks_any_more(shop: Shop, write: WriteVerdict) -> None:
    shown = Undecided(uses=(OURS,))
    await write(shop.ledger.holds(row(State.NOT_REDEEMED)), shown, beside=Change(never_due=True))

    assert shop.ledger.moves[0][2].never_due


@pytest.mark.parametrize(("fact", "due_in_s"), [(Undecided(uses=(OURS,)), 9.0), (Absence(), None)])
async def test_when_a_caller_says_that_it_is_due_counts_while_the_state_stays(
    shop: Shop, write: WriteVerdict, fact: Fact, due_in_s: float | None
) -> None:
    await write(shop.ledger.holds(row(State.UNKNOWN)), fact, beside=Change(due_in_s=9.0, never_due=True))

    change = shop.ledger.moves[0][2]
    assert (change.due_in_s, change.never_due) == (due_in_s, due_in_s is not None)


# Beside what others write


def beside(shop: Shop, change: Callable[[Redemption], Redemption], times: int) -> None:
    """Somebody else writes just before each of the next moves."""

    def writes() -> None:
        nonlocal times
        [held] = shop.ledger.rows.values()
        shop.ledger.holds(change(replace(held, version=held.version + 1)))
        times -= 1
        shop.ledger.beside = writes if times else None

    shop.ledger.beside = writes


async def test_a_fact_is_judged_anew_for_the_request_as_it_stands(shop: Shop, write: WriteVerdict) -> None:
    """A no after a verdict by our own number is a contradiction, and not a no."""
    settled = Outcome(settled=Settled.OWN_NUMBER, redemption_id="2")
    beside(shop, lambda held: replace(held, state=State.REDEEMED, outcome=settled), 1)
    written = await write(shop.ledger.holds(row(State.SENDING)), Refused(refusal=Refusal.WRONG_STORE))

    assert (written.ours, written.row.state, written.row.outcome) == (True, State.REDEEMED, settled)
    assert [change.alarm for _, _, change in shop.ledger.moves] == [Alarm.CONTRADICTION]


async def test_a_fact_that_holds_no_more_changes_nothing(shop: Shop, write: WriteVerdict) -> None:
    beside(shop, lambda held: replace(held, looks=1), 1)
    written = await write(shop.ledger.holds(row(State.UNKNOWN)), Absence(), holds=lambda now: now.looks == 0)

    assert (written.ours, written.row.state, written.row.looks) == (False, State.UNKNOWN, 1)
    assert shop.ledger.moves == []


@pytest.mark.parametrize("times", [1, TRIES - 1, TRIES])
async def test_it_is_tried_five_times_in_all(shop: Shop, write: WriteVerdict, times: int) -> None:
    beside(shop, lambda held: held, times)
    held = shop.ledger.holds(row(State.UNKNOWN))
    if times < TRIES:
        assert (await write(held, Absence())).row.state is State.NOT_REDEEMED
    else:
        with pytest.raises(VersionConflict):
            await write(held, Absence())
    assert TRIES == 5


async def test_an_id_that_is_missing_is_looked_for_whatever_else_contradicts_it(
    shop: Shop, write: WriteVerdict
) -> None:
    """A contradiction is an alarm and ends other looks."""
    nameless = row(State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER))
    no = Refused(refusal=Refusal.WRONG_STORE, code=735)
    written = await write(shop.ledger.holds(nameless), no, beside=Change(never_due=True))

    change = shop.ledger.moves[-1][2]
    assert (written.row.state, change.alarm) == (State.REDEEMED, Alarm.CONTRADICTION)
    assert change.due_in_s == LOOK_AFTER_S
