"""What becomes of a request whose redemption another one claims, and which requests may have redeemed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from bot.domain.alarm import Alarm
from bot.domain.claim import Claim, ClaimKind
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import Doubt, Outcome, Settled, State
from bot.domain.transitions import (
    OPEN,
    Change,
    lost_claim,
    may_have_redeemed,
    may_move,
    moved,
    reopens,
    without_claim,
)
from tests.domain.test_facts import USE
from tests.services.redeeming import row
from tests.services.shelf import NOON
from tests.tables import table

#: All that an outcome may have.
FULL = Outcome(
    settled=Settled.PERSON,
    redemption_id="7",
    doubt=Doubt.TIMED_OUT,
    code=683,
    status=504,
    uses=(USE,),
    by=PersonId("U0MANAGER2"),
    note="seen",
)
POST = ((MessageKind.NEWS, "U0SENIOR"),)
ASKED = Change(claim=Claim(redemption_id="7", kind=ClaimKind.EVIDENCE), due_in_s=5.0, post=POST)
#: Nothing speaks for a redemption any more; what was found stays, for a person.
DOUBTED = replace(FULL, settled=None, redemption_id=None, by=None, note="", doubt=Doubt.CLAIMED_ELSEWHERE)


@table(("state", "settled"), [*product(State, [None, *Settled])])
def test_who_cannot_claim_a_redemption_is_unknown_where_that_may_be(
    state: State, settled: Settled | None
) -> None:
    """What the engine itself said stays, and so does what was not sent yet. Each time it is an alarm."""
    before = row(state, outcome=replace(FULL, settled=settled))
    said_by_engine = state is State.REDEEMED and settled in {Settled.ANSWER, Settled.OWN_NUMBER}
    doubted = state is State.UNKNOWN or (may_move(state, State.UNKNOWN) and not said_by_engine)
    goes_on = doubted or state in {State.NEW, State.APPROVED, State.SENDING}

    assert without_claim(before, ASKED) == (
        State.UNKNOWN if doubted else state,
        Change(
            outcome=DOUBTED if doubted else before.outcome,
            due_in_s=5.0 if doubted else None,
            never_due=not goes_on,
            alarm=Alarm.CLAIM_LOST,
            post=POST,
        ),
    )


@table(("state", "settled"), [*product(State, [None, *Settled])])
def test_a_redemption_whose_use_a_person_names_stays_redeemed_whoever_has_that_use(
    state: State, settled: Settled | None
) -> None:
    before = row(state, outcome=replace(FULL, settled=settled, redemption_id=None))
    named = Change(claim=Claim(redemption_id="7", kind=ClaimKind.PERSON))

    to, change = without_claim(before, named)
    assert change.alarm is Alarm.CLAIM_LOST
    if state is State.REDEEMED:
        assert (to, change.outcome, change.never_due) == (State.REDEEMED, before.outcome, True)
    else:
        assert (to, change) == without_claim(before, replace(named, claim=ASKED.claim))


def test_who_loses_a_claim_is_unknown_and_looked_at_at_once() -> None:
    assert lost_claim(row(State.REDEEMED, outcome=FULL), may_open=True) == (
        State.UNKNOWN,
        Change(outcome=Outcome(doubt=Doubt.CLAIMED_ELSEWHERE), due_in_s=0.0, looks=0, alarm=Alarm.CLAIM_LOST),
    )


@table("settled", [Settled.ANSWER, Settled.OWN_NUMBER])
@table("may_open", [True, False])
def test_what_the_engine_said_stays_redeemed_when_the_use_named_for_it_is_lost(
    settled: Settled, may_open: bool
) -> None:
    """Only the id was evidence's, or a person's."""
    to, change = lost_claim(row(State.REDEEMED, outcome=replace(FULL, settled=settled)), may_open=may_open)

    nameless = replace(FULL, settled=settled, redemption_id=None, uses=(), by=None, note="")
    assert (to, change) == (
        State.REDEEMED,
        Change(outcome=nameless, due_in_s=0.0, alarm=Alarm.CLAIM_LOST),
    )


def test_who_loses_a_claim_while_another_is_open_stays_redeemed_without_a_redemption() -> None:
    """There is one open request for a coupon at most."""
    assert lost_claim(row(State.REDEEMED, outcome=FULL), may_open=False) == (
        State.REDEEMED,
        Change(
            outcome=replace(FULL, redemption_id=None, doubt=Doubt.CLAIMED_ELSEWHERE), alarm=Alarm.CLAIM_LOST
        ),
    )


@table(("from_", "to"), [*product(State, State)])
def test_only_an_ended_request_can_be_opened_again(from_: State, to: State) -> None:
    assert reopens(row(from_), to) is (from_ not in OPEN and to in OPEN)


@table("state", State)
def test_what_is_not_over_may_have_redeemed_and_so_may_a_redemption_without_an_id(state: State) -> None:
    without_id, with_id = (row(state, outcome=Outcome(redemption_id=one)) for one in (None, "7"))

    assert may_have_redeemed(without_id) is (state in OPEN or state is State.REDEEMED)
    assert may_have_redeemed(with_id) is (state in OPEN)


def test_what_is_never_due_is_told_so_however_soon_it_was_due() -> None:
    """A time that a move gives counts more than that."""
    unknown = row(State.UNKNOWN, due_at=NOON)

    assert moved(unknown, State.UNKNOWN, Change(due_in_s=0.0, never_due=True), NOON).due_at == NOON
    assert moved(unknown, State.UNKNOWN, Change(never_due=True), NOON).due_at is None
