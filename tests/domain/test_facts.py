"""What every fact makes of a request in every state; a weaker fact never changes a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.alarm import Alarm
from bot.domain.answer import NotSent, Redeemed, Refused, Unclear
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.facts import (
    TABLE,
    Absence,
    Effect,
    Fact,
    FactKind,
    OtherEvidence,
    OwnNumber,
    PersonSays,
    Undecided,
    VerdictState,
    conclude,
    kind_of,
    verdict_state,
)
from bot.domain.person import PersonId
from bot.domain.redemption import Doubt, Outcome, Redemption, Settled, State, Stop
from bot.domain.refusal import Refusal
from tests.services.redeeming import row
from tests.services.shelf import NOON
from tests.tables import table

PAGE = Path(__file__).parents[2] / "docs" / "decisions" / "facts-and-states.md"
USE = Use(id="7", at=NOON, bill="CD-ABCDEFGH", till="coupon.desk")
OTHER = replace(USE, id="8")
BY = PersonId("U0MANAGER2")

FACTS: Mapping[FactKind, Fact] = {
    FactKind.OWN_NUMBER: OwnNumber(uses=(USE,)),
    FactKind.YES: Redeemed(redemption_id="7", status=200),
    FactKind.NO: Refused(refusal=Refusal.WRONG_STORE, code=735, status=500),
    FactKind.NOT_SENT: NotSent(stop=Stop.BUSY, code=517, status=503),
    FactKind.UNCLEAR: Unclear(doubt=Doubt.TIMED_OUT),
    FactKind.EVIDENCE: OtherEvidence(use=USE),
    FactKind.UNDECIDED: Undecided(uses=(USE, OTHER)),
    FactKind.PERSON_YES: PersonSays(redeemed=True, use=USE, by=BY, note="seen"),
    FactKind.PERSON_NO: PersonSays(redeemed=False, by=BY, note="looked"),
    FactKind.ABSENCE: Absence(),
}
ENDED = {
    VerdictState.REDEEMED_SURE: Outcome(settled=Settled.ANSWER, redemption_id="7"),
    VerdictState.REDEEMED_LIKELY: Outcome(settled=Settled.EVIDENCE, redemption_id="7"),
    VerdictState.NOT_REDEEMED: Outcome(settled=Settled.EVIDENCE),
    VerdictState.REFUSED: Outcome(settled=Settled.ANSWER, refusal=Refusal.ALREADY_USED),
    VerdictState.NOT_SENT: Outcome(settled=Settled.ANSWER, stop=Stop.NOT_CONNECTED),
    VerdictState.UNKNOWN: Outcome(doubt=Doubt.TIMED_OUT),
}


def standing(of: VerdictState) -> Redemption:
    state = (
        State.REDEEMED
        if of in {VerdictState.REDEEMED_SURE, VerdictState.REDEEMED_LIKELY}
        else State(of.value)
    )
    return row(state, outcome=ENDED.get(of, Outcome()))


def test_the_table_has_no_hole() -> None:
    assert TABLE.keys() == {(of, kind) for of in VerdictState for kind in FactKind}
    assert FACTS.keys() == set(FactKind)
    assert all(kind_of(fact) is kind for kind, fact in FACTS.items())


@table("of", VerdictState)
def test_every_state_has_a_row(of: VerdictState) -> None:
    assert verdict_state(standing(of)) is of


@table("kind", FactKind)
@table("of", VerdictState)
def test_every_fact_does_what_the_table_says(of: VerdictState, kind: FactKind) -> None:
    cell, before = TABLE[of, kind], standing(of)
    concluded = conclude(before, FACTS[kind])

    assert concluded.to is (cell.to or before.state)
    assert concluded.alarm is cell.alarm
    if cell.effect is Effect.STAYS:
        assert (concluded.outcome, concluded.claim, concluded.changes) == (before.outcome, None, False)
    if cell.effect is Effect.ADDS:
        assert concluded.outcome == replace(before.outcome, uses=(USE, OTHER))
    if concluded.to is State.REDEEMED and cell.effect is Effect.MOVES:
        assert concluded.claim is not None
        assert concluded.outcome.redemption_id == concluded.claim.redemption_id


@table("of", [one for one in VerdictState if one not in {VerdictState.REDEEMED_SURE, VerdictState.SENDING}])
def test_the_own_number_makes_it_redeemed_whatever_the_ledger_remembers(of: VerdictState) -> None:
    concluded = conclude(standing(of), OwnNumber(uses=(USE,)))

    assert (concluded.to, concluded.outcome.settled) == (State.REDEEMED, Settled.OWN_NUMBER)
    assert concluded.claim == Claim(redemption_id="7", kind=ClaimKind.OWN_NUMBER)
    silent = of in {VerdictState.UNKNOWN, VerdictState.REDEEMED_LIKELY}
    assert concluded.alarm is (None if silent else Alarm.REDEEMED_AFTER_ALL)


@pytest.mark.parametrize("of", [VerdictState.UNKNOWN, VerdictState.NOT_REDEEMED, VerdictState.REDEEMED_SURE])
def test_two_uses_with_the_own_number_are_redeemed_and_an_alarm(of: VerdictState) -> None:
    concluded = conclude(standing(of), OwnNumber(uses=(USE, OTHER)))

    assert concluded.to is State.REDEEMED
    assert concluded.alarm in {Alarm.REDEEMED_TWICE, Alarm.REDEEMED_AFTER_ALL}


@pytest.mark.parametrize(
    "fact", [OwnNumber(uses=(OTHER,)), Redeemed(redemption_id="8"), OtherEvidence(use=OTHER)]
)
@pytest.mark.parametrize("of", [VerdictState.REDEEMED_SURE, VerdictState.REDEEMED_LIKELY])
def test_another_redemption_of_one_request_is_an_alarm(of: VerdictState, fact: Fact) -> None:
    assert conclude(standing(of), fact).alarm is Alarm.REDEEMED_TWICE


@table(
    ("settled", "fact", "stands"),
    [
        (Settled.PERSON, OtherEvidence(use=USE), Settled.EVIDENCE),
        (Settled.PERSON, Redeemed(redemption_id="7"), Settled.ANSWER),
        (Settled.EVIDENCE, Redeemed(redemption_id="7"), Settled.ANSWER),
        (Settled.EVIDENCE, OwnNumber(uses=(USE,)), Settled.OWN_NUMBER),
        (Settled.ANSWER, OwnNumber(uses=(USE,)), Settled.ANSWER),
        (Settled.ANSWER, OtherEvidence(use=USE), Settled.ANSWER),
        (Settled.OWN_NUMBER, Redeemed(redemption_id="7"), Settled.OWN_NUMBER),
        (Settled.EVIDENCE, PersonSays(redeemed=True, use=USE, by=BY, note=""), Settled.EVIDENCE),
    ],
)
def test_a_redemption_rests_on_the_strongest_fact(settled: Settled, fact: Fact, stands: Settled) -> None:
    before = row(State.REDEEMED, outcome=Outcome(settled=settled, redemption_id="7"))

    assert conclude(before, fact).outcome.settled is stands


@pytest.mark.parametrize("fact", [OwnNumber(uses=(USE,)), OtherEvidence(use=USE), FACTS[FactKind.PERSON_YES]])
def test_an_answer_that_left_the_id_out_learns_it_later(fact: Fact) -> None:
    before = row(State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER, status=200))
    concluded = conclude(before, fact)

    assert concluded.outcome.redemption_id == "7"
    assert concluded.claim is not None
    assert concluded.changes


@pytest.mark.parametrize("fact", [FACTS[FactKind.NO], FACTS[FactKind.NOT_SENT]])
def test_a_clear_no_undoes_what_only_evidence_or_a_person_said(fact: Fact) -> None:
    concluded = conclude(standing(VerdictState.REDEEMED_LIKELY), fact)

    assert concluded.to in {State.REFUSED, State.UNKNOWN}
    assert concluded.alarm is Alarm.CONTRADICTION


def test_why_it_was_unknown_is_kept_beside_what_settled_it() -> None:
    unknown = standing(VerdictState.UNKNOWN)

    assert conclude(unknown, OwnNumber(uses=(USE,))).outcome.doubt is Doubt.TIMED_OUT
    assert conclude(unknown, Absence()).outcome.doubt is Doubt.TIMED_OUT
    settled = conclude(unknown, FACTS[FactKind.PERSON_YES]).outcome
    assert (settled.by, settled.note, settled.redemption_id) == (BY, "seen", "7")


def as_page() -> str:
    """The table as people read it."""
    heads = " | ".join(FactKind)
    rows = [
        f"| {of.value} | " + " | ".join(str(TABLE[of, kind]) for kind in FactKind) + " |"
        for of in VerdictState
    ]
    return "\n".join([f"| state | {heads} |", "|---" * (len(FactKind) + 1) + "|", *rows])


def test_the_page_of_decisions_shows_the_table_as_it_is() -> None:
    assert as_page() in PAGE.read_text(encoding="utf-8")
