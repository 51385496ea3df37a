"""What is written of each fact: every field of the outcome, the claim, and the alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest

from bot.domain.alarm import Alarm
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.facts import (
    ECHO_CODES,
    TABLE,
    Absence,
    Cell,
    Conclusion,
    Effect,
    Fact,
    FactKind,
    OtherEvidence,
    OwnNumber,
    PersonSays,
    Undecided,
    VerdictState,
    answer_word,
    answered,
    believed,
    conclude,
    may_be_echo,
    verdict_state,
)
from bot.domain.redemption import Doubt, Outcome, Redemption, Settled, State, Stop
from bot.domain.refusal import Refusal
from tests.domain.test_facts import BY, FACTS, OTHER, USE, standing
from tests.services.redeeming import row
from tests.tables import table

#: What stood there before; whatever a fact does not replace is kept.
BEFORE = Outcome(doubt=Doubt.INTERRUPTED, code=683, status=504, uses=(OTHER,))
ANSWER_GIVEN = Unclear(doubt=Doubt.ENGINE_FAILED, code=500, status=500)

#: The outcome that rests on each fact.
RESTS_ON: Mapping[FactKind, Outcome] = {
    FactKind.OWN_NUMBER: Outcome(
        settled=Settled.OWN_NUMBER, redemption_id="7", uses=(USE,), doubt=Doubt.INTERRUPTED
    ),
    FactKind.YES: Outcome(settled=Settled.ANSWER, redemption_id="7", status=200),
    FactKind.NO: Outcome(settled=Settled.ANSWER, refusal=Refusal.WRONG_STORE, code=735, status=500),
    FactKind.NOT_SENT: Outcome(settled=Settled.ANSWER, stop=Stop.BUSY, code=517, status=503),
    FactKind.UNCLEAR: Outcome(doubt=Doubt.ENGINE_FAILED, code=500, status=500),
    FactKind.EVIDENCE: Outcome(
        settled=Settled.EVIDENCE, redemption_id="7", uses=(USE,), doubt=Doubt.INTERRUPTED
    ),
    FactKind.UNDECIDED: replace(BEFORE, uses=(USE, OTHER)),
    FactKind.PERSON_YES: replace(BEFORE, settled=Settled.PERSON, redemption_id="7", by=BY, note="seen"),
    FactKind.PERSON_NO: replace(BEFORE, settled=Settled.PERSON, by=BY, note="looked"),
    FactKind.ABSENCE: replace(BEFORE, settled=Settled.EVIDENCE, uses=()),
}
CLAIMED = {
    FactKind.OWN_NUMBER: ClaimKind.OWN_NUMBER,
    FactKind.YES: ClaimKind.ANSWER,
    FactKind.EVIDENCE: ClaimKind.EVIDENCE,
    FactKind.PERSON_YES: ClaimKind.PERSON,
}


def said(kind: FactKind) -> Fact:
    return ANSWER_GIVEN if kind is FactKind.UNCLEAR else FACTS[kind]


def before(of: VerdictState) -> Redemption:
    kept = {VerdictState.REDEEMED_SURE: Settled.ANSWER, VerdictState.REDEEMED_LIKELY: Settled.PERSON}.get(of)
    return replace(standing(of), outcome=replace(BEFORE, settled=kept))


@table(("of", "kind"), [at for at, cell in TABLE.items() if cell.effect in {Effect.MOVES, Effect.ADDS}])
def test_every_field_that_a_fact_writes(of: VerdictState, kind: FactKind) -> None:
    cell = TABLE[of, kind]
    to = cell.to or before(of).state
    claim = Claim(redemption_id="7", kind=CLAIMED[kind]) if to is State.REDEEMED else None

    assert conclude(before(of), said(kind)) == Conclusion(
        to=to, outcome=RESTS_ON[kind], claim=claim, alarm=cell.alarm
    )


@table(("of", "kind"), [at for at, cell in TABLE.items() if cell.effect is Effect.STAYS])
def test_a_fact_that_changes_nothing_writes_nothing(of: VerdictState, kind: FactKind) -> None:
    stands = before(of)

    assert conclude(stands, said(kind)) == Conclusion(
        to=stands.state, outcome=stands.outcome, alarm=TABLE[of, kind].alarm, changes=False
    )


def test_a_redemption_without_an_id_claims_nothing() -> None:
    concluded = conclude(before(VerdictState.SENDING), Redeemed(redemption_id=None, status=200))

    assert concluded == Conclusion(
        to=State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER, status=200), claim=None
    )


def test_what_was_not_redeemed_names_no_redemption() -> None:
    doubted = replace(standing(VerdictState.UNKNOWN), outcome=Outcome(redemption_id="7", uses=(USE,)))

    assert conclude(doubted, Absence()).outcome == Outcome(settled=Settled.EVIDENCE)


def test_a_person_may_name_no_use() -> None:
    says = PersonSays(redeemed=True, use=None, by=BY, note="seen")
    concluded = conclude(before(VerdictState.UNKNOWN), says)

    assert (concluded.to, concluded.outcome.redemption_id, concluded.claim) == (State.REDEEMED, None, None)


# A redemption that is known, and one more yes

RANKS = {None: 0, Settled.PERSON: 2, Settled.EVIDENCE: 3, Settled.ANSWER: 4, Settled.OWN_NUMBER: 5}
YESES: Mapping[str, tuple[Fact, Settled, str | None]] = {
    "our number": (OwnNumber(uses=(USE,)), Settled.OWN_NUMBER, "7"),
    "our number twice": (OwnNumber(uses=(USE, OTHER)), Settled.OWN_NUMBER, "7"),
    "an answer": (Redeemed(redemption_id="7", status=200), Settled.ANSWER, "7"),
    "an answer without id": (Redeemed(redemption_id=None, status=200), Settled.ANSWER, None),
    "evidence": (OtherEvidence(use=USE), Settled.EVIDENCE, "7"),
    "a person": (PersonSays(redeemed=True, use=USE, by=BY, note="seen"), Settled.PERSON, "7"),
    "a person who names none": (PersonSays(redeemed=True, by=BY, note="seen"), Settled.PERSON, None),
}

#: The uses that each of them shows; a person has judged which one it is.
USES = {"our number": (USE,), "our number twice": (USE, OTHER), "evidence": (USE,), "a person": (USE,)}


@table("known", [None, "7", "8"])
@table("rests_on", [None, *Settled])
@table("yes", YESES)
def test_one_more_yes_for_a_redemption(yes: str, rests_on: Settled | None, known: str | None) -> None:
    """It strengthens the verdict or tells its id; another id is an alarm; the engine's own answer is what people read."""
    fact, kind, names = YESES[yes]
    stands = row(State.REDEEMED, outcome=replace(BEFORE, settled=rests_on, redemption_id=known))
    concluded = conclude(stands, fact)

    two_uses = yes == "our number twice"
    other = None not in {known, names} and known != names
    assert concluded.alarm is (Alarm.REDEEMED_TWICE if other or two_uses else None)
    stronger = RANKS[kind] > RANKS[rests_on] and rests_on is not Settled.ANSWER
    learns_id = known is None and names is not None
    assert concluded.to is State.REDEEMED
    rests_anew = stronger or learns_id
    assert concluded.changes is (rests_anew or two_uses)
    assert concluded.outcome.settled is (kind if stronger else rests_on)
    assert concluded.outcome.redemption_id == ((names or known) if rests_anew else known)
    claimed = Claim(redemption_id=names, kind=ClaimKind(kind.value)) if names else None
    assert concluded.claim == (claimed if rests_anew else None)
    if not stronger:
        shown = USES.get(yes, ()) if learns_id or two_uses else BEFORE.uses
        known_now = replace(stands.outcome, redemption_id=concluded.outcome.redemption_id, uses=shown)
        by_person = learns_id and yes == "a person"
        assert concluded.outcome == (replace(known_now, by=BY, note="seen") if by_person else known_now)


@pytest.mark.parametrize("settled", Settled)
def test_only_an_answer_or_our_number_is_sure(settled: Settled) -> None:
    sure = settled in {Settled.ANSWER, Settled.OWN_NUMBER}
    redeemed = row(State.REDEEMED, outcome=Outcome(settled=settled))

    assert verdict_state(redeemed) is (VerdictState.REDEEMED_SURE if sure else VerdictState.REDEEMED_LIKELY)


@table("of", VerdictState)
def test_two_uses_with_our_number_are_never_silent(of: VerdictState) -> None:
    alarm = conclude(before(of), OwnNumber(uses=(USE, OTHER))).alarm

    assert alarm is (TABLE[of, FactKind.OWN_NUMBER].alarm or Alarm.REDEEMED_TWICE)


# Answers

ANSWERS: Mapping[str, tuple[Answer, Outcome]] = {
    "yes": (
        Redeemed(redemption_id="7", status=200),
        Outcome(settled=Settled.ANSWER, redemption_id="7", status=200),
    ),
    "no": (
        Refused(refusal=Refusal.WRONG_STORE, code=735, status=500),
        Outcome(settled=Settled.ANSWER, refusal=Refusal.WRONG_STORE, code=735, status=500),
    ),
    "not sent": (
        NotSent(stop=Stop.BUSY, code=517, status=503),
        Outcome(settled=Settled.ANSWER, stop=Stop.BUSY, code=517, status=503),
    ),
    "unclear": (
        Unclear(doubt=Doubt.ENGINE_FAILED, code=500, status=502),
        Outcome(doubt=Doubt.ENGINE_FAILED, code=500, status=502),
    ),
}


@pytest.mark.parametrize(("answer", "outcome"), ANSWERS.values(), ids=ANSWERS)
def test_the_outcome_has_all_that_an_answer_says(answer: Answer, outcome: Outcome) -> None:
    assert answered(answer) == outcome


def test_an_answer_in_a_word_for_log_lines() -> None:
    said = [answer_word(answer) for answer, _ in ANSWERS.values()]

    assert [(word.verdict, word.redemption_id) for word in said] == [
        ("clear yes", "7"),
        ("clear no", None),
        ("not sent", None),
        ("unclear answer", None),
    ]


def test_a_yes_for_a_redemption_from_before_the_call_is_unclear() -> None:
    yes = Redeemed(redemption_id="7", status=200)

    assert believed(yes, ("6", "7")) == Unclear(doubt=Doubt.CONTRADICTING, status=200)
    assert believed(yes, ("6",)) is yes
    assert believed(Redeemed(redemption_id=None), ("6",)) == Redeemed(redemption_id=None)
    no = Refused(refusal=Refusal.WRONG_STORE)
    assert believed(no, ("7",)) is no


#: capillary-api 5.1: used up, or a limit reached.
USED_UP = (696, 706, 709, 711, 716, 728, 736, 738, 747, 759)


@table("code", [*range(600, 800), None])
def test_a_no_that_may_answer_a_second_copy_of_the_call(code: int | None) -> None:
    assert may_be_echo(Outcome(settled=Settled.ANSWER, code=code)) is (code in USED_UP)
    assert len(ECHO_CODES) == len(USED_UP)


@table(("settled", "stop"), [*product([None, *Settled], [None, *Stop])])
def test_only_an_answer_may_be_an_echo_and_so_may_a_busy_engine(
    settled: Settled | None, stop: Stop | None
) -> None:
    outcome = Outcome(settled=settled, stop=stop, code=711 if stop is None else None)
    echo = settled is Settled.ANSWER and stop in {None, Stop.BUSY}

    assert may_be_echo(outcome) is echo


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (Cell(Effect.STAYS), "stays"),
        (Cell(Effect.MOVES, State.REDEEMED), "→ redeemed"),
        (Cell(Effect.STAYS, alarm=Alarm.CONTRADICTION), "stays, alarm: contradiction"),
        (Cell(Effect.MOVES, State.UNKNOWN, Alarm.CONTRADICTION), "→ unknown, alarm: contradiction"),
    ],
)
def test_a_cell_in_words(cell: Cell, words: str) -> None:
    assert str(cell) == words


def test_what_only_a_person_can_judge_is_shown_to_them() -> None:
    uses = (Use(id="9", bill="B-9"), OTHER)

    assert conclude(before(VerdictState.UNKNOWN), Undecided(uses=uses)).outcome == replace(BEFORE, uses=uses)
    assert conclude(before(VerdictState.UNKNOWN), Absence()).outcome.uses == ()
