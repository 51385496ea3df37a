"""
What a fact makes of a request, in any state.

One total function, `conclude`, decides it for everybody who learns something: the spend that gets an answer, the
looks for evidence, a person who settles, an answer that comes late. Facts have a rank: a new use with the number
generated for this request > a clear answer > other evidence > a person > absence. What ranks lower never changes a
verdict, and what contradicts it is an alarm, never silence.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import Enum, IntEnum, StrEnum

from bot.aio.frozen import frozen
from bot.domain.alarm import Alarm
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.person import PersonId
from bot.domain.redemption import SURE, Doubt, Outcome, Redemption, Settled, State, Stop


@frozen(kw_only=True)
class OwnNumber:
    """At least one new use at our place carries the number generated for this request."""

    uses: tuple[Use, ...]


@frozen(kw_only=True)
class OtherEvidence:
    """Exactly one use is new, it carries the bill number as typed, its place is ours, and nobody else claims it."""

    use: Use


@frozen(kw_only=True)
class Undecided:
    """New uses that only a person can judge; they prove neither a redemption nor its absence."""

    uses: tuple[Use, ...]


@frozen(kw_only=True)
class PersonSays:
    """
    A person who settles an unknown outcome, or names the use of a redemption without an id.

    They have been shown every use found.

    Attributes:
        use: the use that they name as this request's; None if they name none.
        note: masked.

    """

    redeemed: bool
    use: Use | None = None
    by: PersonId
    note: str


@frozen
class Absence:
    """Enough reads found nothing, the last one after the end of the window."""


Fact = OwnNumber | Redeemed | Refused | NotSent | Unclear | OtherEvidence | Undecided | PersonSays | Absence


class FactKind(StrEnum):
    """The columns of the table."""

    OWN_NUMBER = "own number"
    YES = "clear yes"
    NO = "clear no"
    NOT_SENT = "not sent"
    UNCLEAR = "unclear answer"
    EVIDENCE = "other evidence"
    UNDECIDED = "undecided"
    PERSON_YES = "person: redeemed"
    PERSON_NO = "person: not redeemed"
    ABSENCE = "absence"


class VerdictState(StrEnum):
    """The rows of the table: a request's state; for a redeemed one also whether a fact may still outrank it."""

    NEW = "new"
    WAITING = "waiting"
    APPROVED = "approved"
    SENDING = "sending"
    UNKNOWN = "unknown"
    NOT_REDEEMED = "not_redeemed"
    #: By the engine's answer, or by the generated number.
    REDEEMED_SURE = "redeemed, by answer or own number"
    #: By other evidence, or by a person.
    REDEEMED_LIKELY = "redeemed, by other evidence or a person"
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Effect(Enum):
    """What a fact does to a request."""

    #: Nothing: it says nothing new, or ranks below the current verdict.
    STAYS = "stays"
    #: The verdict stays and now rests on the stronger fact.
    STRENGTHENS = "stays, and rests on it"
    #: It is added to the outcome, for a person to judge.
    ADDS = "stays, and is shown to a person"
    MOVES = "moves"


@frozen
class Cell:
    """One cell of the table."""

    effect: Effect
    to: State | None = None
    alarm: Alarm | None = None

    def __str__(self) -> str:
        told = f"→ {self.to.value}" if self.to else self.effect.value
        return f"{told}, alarm: {self.alarm.value}" if self.alarm else told


_ = Cell(Effect.STAYS)
_ALARM = Cell(Effect.STAYS, alarm=Alarm.CONTRADICTION)
#: A use with the number that was typed, at our place, which nobody claims; the ledger holds no call, or a clear no.
_FOUND = Cell(Effect.STAYS, alarm=Alarm.FOUND_AFTER_ALL)
_SURER = Cell(Effect.STRENGTHENS)
_SHOWN = Cell(Effect.ADDS)
_SHOWN_LATE = Cell(Effect.ADDS, alarm=Alarm.FOUND_AFTER_ALL)
_REDEEMED = Cell(Effect.MOVES, State.REDEEMED)
_REDEEMED_LATE = Cell(Effect.MOVES, State.REDEEMED, Alarm.REDEEMED_AFTER_ALL)
_REFUSED = Cell(Effect.MOVES, State.REFUSED)
_REFUSED_LATE = Cell(Effect.MOVES, State.REFUSED, Alarm.CONTRADICTION)
_NOT_SENT = Cell(Effect.MOVES, State.NOT_SENT)
_UNKNOWN = Cell(Effect.MOVES, State.UNKNOWN)
_UNKNOWN_LATE = Cell(Effect.MOVES, State.UNKNOWN, Alarm.CONTRADICTION)
_NOT_REDEEMED = Cell(Effect.MOVES, State.NOT_REDEEMED)

#: States without a redeem call. An answer or our number then says that the ledger has lost one.
_UNSENT = (_REDEEMED_LATE, _ALARM, _ALARM, _, _ALARM, _, _, _, _, _)
_ENDED_UNSENT = (_REDEEMED_LATE, _ALARM, _ALARM, _, _ALARM, _FOUND, _, _, _, _)

_ROWS: Mapping[VerdictState, tuple[Cell, ...]] = {
    # In the order of FactKind: own number, yes, no, not sent, unclear, evidence, undecided, person yes, person no, absence.
    VerdictState.NEW: _UNSENT,
    VerdictState.WAITING: _UNSENT,
    VerdictState.APPROVED: _UNSENT,
    VerdictState.SENDING: (_REDEEMED, _REDEEMED, _REFUSED, _NOT_SENT, _UNKNOWN, _, _, _, _, _),
    VerdictState.UNKNOWN: (
        *(_REDEEMED, _REDEEMED, _REFUSED, _NOT_SENT, _),
        *(_REDEEMED, _SHOWN, _REDEEMED, _NOT_REDEEMED, _NOT_REDEEMED),
    ),
    VerdictState.NOT_REDEEMED: (
        *(_REDEEMED_LATE, _REDEEMED_LATE, _REFUSED, _, _),
        *(_REDEEMED_LATE, _SHOWN_LATE, _, _, _),
    ),
    VerdictState.REDEEMED_SURE: (_SURER, _SURER, _ALARM, _ALARM, _, _SURER, _, _SURER, _, _),
    VerdictState.REDEEMED_LIKELY: (_SURER, _SURER, _REFUSED_LATE, _UNKNOWN_LATE, _, _SURER, _, _SURER, _, _),
    VerdictState.REFUSED: (_REDEEMED_LATE, _ALARM, _, _, _, _FOUND, _, _, _, _),
    VerdictState.NOT_SENT: (_REDEEMED_LATE, _ALARM, _, _, _, _FOUND, _, _, _, _),
    VerdictState.REJECTED: _ENDED_UNSENT,
    VerdictState.WITHDRAWN: _ENDED_UNSENT,
    VerdictState.EXPIRED: _ENDED_UNSENT,
}
TABLE: Mapping[tuple[VerdictState, FactKind], Cell] = {
    (standing, kind): cell
    for standing, cells in _ROWS.items()
    for kind, cell in zip(FactKind, cells, strict=True)
}


class Rank(IntEnum):
    """Higher ranks win."""

    ABSENCE = 1
    PERSON = 2
    EVIDENCE = 3
    ANSWER = 4
    OWN_NUMBER = 5


_RANKS: Mapping[Settled, Rank] = {
    Settled.PERSON: Rank.PERSON,
    Settled.EVIDENCE: Rank.EVIDENCE,
    Settled.ANSWER: Rank.ANSWER,
    Settled.OWN_NUMBER: Rank.OWN_NUMBER,
}


@frozen(kw_only=True)
class Conclusion:
    """
    What to write, and what alarm to raise.

    Attributes:
        to: the new state; the current one if nothing moves.
        outcome: the outcome to write.
        claim: on the engine's redemption that this rests on; None if it names none.
        alarm: what somebody must look into; None if there is nothing.
        changes: whether there is anything to write; an alarm is written in any case.

    """

    to: State
    outcome: Outcome
    claim: Claim | None = None
    alarm: Alarm | None = None
    changes: bool = True


def conclude(row: Redemption, fact: Fact) -> Conclusion:
    """Return what this fact makes of a request in any state."""
    cell = TABLE[verdict_state(row), kind_of(fact)]
    match cell.effect:
        case Effect.STAYS:
            return Conclusion(to=row.state, outcome=row.outcome, alarm=cell.alarm, changes=False)
        case Effect.ADDS:
            return Conclusion(to=row.state, outcome=_outcome(row, fact), alarm=cell.alarm)
        case Effect.STRENGTHENS:
            return _strengthened(row, fact)
        case Effect.MOVES:
            to = cell.to or row.state
            outcome = _outcome(row, fact)
            claim = _claim(outcome) if to is State.REDEEMED else None
            return Conclusion(to=to, outcome=outcome, claim=claim, alarm=cell.alarm or _twice(fact))


def verdict_state(row: Redemption) -> VerdictState:
    if row.state is not State.REDEEMED:
        return VerdictState(row.state.value)
    sure = row.outcome.settled in SURE
    return VerdictState.REDEEMED_SURE if sure else VerdictState.REDEEMED_LIKELY


_KINDS: Mapping[type[Fact], FactKind] = {
    OwnNumber: FactKind.OWN_NUMBER,
    Redeemed: FactKind.YES,
    Refused: FactKind.NO,
    NotSent: FactKind.NOT_SENT,
    Unclear: FactKind.UNCLEAR,
    OtherEvidence: FactKind.EVIDENCE,
    Undecided: FactKind.UNDECIDED,
    Absence: FactKind.ABSENCE,
}


def kind_of(fact: Fact) -> FactKind:
    if isinstance(fact, PersonSays):
        return FactKind.PERSON_YES if fact.redeemed else FactKind.PERSON_NO
    return _KINDS[type(fact)]


def _strengthened(row: Redemption, fact: Fact) -> Conclusion:
    """Return the conclusion for a redeemed request and another yes; a different redemption id is an alarm."""
    before, after, twice = row.outcome, _outcome(row, fact), _twice(fact)
    other = None not in {before.redemption_id, after.redemption_id} and (
        before.redemption_id != after.redemption_id
    )
    alarm = Alarm.REDEEMED_TWICE if other else twice
    # The engine's own answer says as much as its records do, and is what people read.
    stronger = _rank(after) > _rank(before) and before.settled is not Settled.ANSWER
    learns_id = before.redemption_id is None and after.redemption_id is not None
    if not (stronger or learns_id):
        shown = replace(before, uses=after.uses) if twice else before
        return Conclusion(to=row.state, outcome=shown, alarm=alarm, changes=twice is not None)
    kept = after if stronger else replace(before, uses=after.uses)
    if isinstance(fact, PersonSays) and fact.use is not None:
        # They have judged what was found: one of the uses is this request's.
        kept = replace(kept, uses=(fact.use,), by=fact.by, note=fact.note)
    kept = replace(kept, redemption_id=after.redemption_id or before.redemption_id)
    return Conclusion(to=row.state, outcome=kept, claim=_claim(after), alarm=alarm)


def _rank(outcome: Outcome) -> int:
    return _RANKS[outcome.settled] if outcome.settled is not None else 0


def _twice(fact: Fact) -> Alarm | None:
    return Alarm.REDEEMED_TWICE if isinstance(fact, OwnNumber) and len(fact.uses) > 1 else None


def _outcome(row: Redemption, fact: Fact) -> Outcome:
    """Return the outcome that rests on this fact; an earlier doubt is kept."""
    doubt = row.outcome.doubt
    match fact:
        case OwnNumber(uses=uses):
            return Outcome(settled=Settled.OWN_NUMBER, redemption_id=uses[0].id, uses=uses, doubt=doubt)
        case OtherEvidence(use=use):
            return Outcome(settled=Settled.EVIDENCE, redemption_id=use.id, uses=(use,), doubt=doubt)
        case PersonSays(use=use, by=by, note=note):
            named = use.id if use else None
            return replace(row.outcome, settled=Settled.PERSON, redemption_id=named, by=by, note=note)
        case Absence():
            return replace(row.outcome, settled=Settled.EVIDENCE, redemption_id=None, uses=())
        case Undecided(uses=uses):
            return replace(row.outcome, uses=uses)
        case Redeemed() | Refused() | NotSent() | Unclear():
            return answered(fact)


def answered(answer: Answer) -> Outcome:
    """Return the outcome that rests on the engine's answer."""
    match answer:
        case Redeemed(redemption_id=redemption_id, status=status):
            return Outcome(settled=Settled.ANSWER, redemption_id=redemption_id, status=status)
        case Refused(refusal=refusal, code=code, status=status):
            return Outcome(settled=Settled.ANSWER, refusal=refusal, code=code, status=status)
        case NotSent(stop=stop, code=code, status=status):
            return Outcome(settled=Settled.ANSWER, stop=stop, code=code, status=status)
        case Unclear(doubt=doubt, code=code, status=status):
            return Outcome(doubt=doubt, code=code, status=status)


_CLAIMS: Mapping[Settled, ClaimKind] = {
    Settled.ANSWER: ClaimKind.ANSWER,
    Settled.OWN_NUMBER: ClaimKind.OWN_NUMBER,
    Settled.EVIDENCE: ClaimKind.EVIDENCE,
    Settled.PERSON: ClaimKind.PERSON,
}


def _claim(outcome: Outcome) -> Claim | None:
    if outcome.redemption_id is None or outcome.settled is None:
        return None
    return Claim(redemption_id=outcome.redemption_id, kind=_CLAIMS[outcome.settled])


#: Refusals that may answer a second copy of our call, duplicated on the way (docs: coupon-apis): used up, or a limit
#: reached.
ECHO_CODES = frozenset({696, 706, 709, 711, 716, 728, 736, 738, 747, 759})


def may_be_echo(outcome: Outcome) -> bool:
    """Whether a refusal may answer a duplicated call whose first copy redeemed."""
    if outcome.settled is not Settled.ANSWER:
        return False
    return outcome.code in ECHO_CODES or outcome.stop is Stop.BUSY


@frozen(kw_only=True)
class AnswerWord:
    """The kind of an answer, for log lines."""

    verdict: str
    redemption_id: str | None = None


def answer_word(fact: Fact) -> AnswerWord:
    redemption_id = fact.redemption_id if isinstance(fact, Redeemed) else None
    return AnswerWord(verdict=kind_of(fact).value, redemption_id=redemption_id)


def believed(answer: Answer, before: Collection[str]) -> Answer:
    """Return the answer; a yes that names a redemption from before the call becomes unclear."""
    if isinstance(answer, Redeemed) and answer.redemption_id in before:
        return Unclear(doubt=Doubt.CONTRADICTING, status=answer.status)
    return answer
