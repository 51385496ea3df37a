"""A case: a question to store ops, its owner and its answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.domain.coupon import CouponCode, Discount
from bot.domain.customer import CustomerId
from bot.domain.finding import Verdict
from bot.domain.masking import masked
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.domain.refusal import Refusal

#: Opaque; made when the form opens, so that every delivery and retry of that form is the same case.
CaseId = NewType("CaseId", str)

#: Characters of a question, and of a reply.
MAX_QUESTION = MAX_REPLY = 500


class CaseState(StrEnum):
    """Values are stored: add, never rename."""

    OPEN = "open"
    TAKEN = "taken"
    ANSWERED = "answered"


#: taken → taken: somebody else takes it over.
MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.TAKEN}),
    CaseState.TAKEN: frozenset({CaseState.TAKEN, CaseState.ANSWERED}),
    CaseState.ANSWERED: frozenset({CaseState.OPEN}),
}


def may_move(from_: CaseState, to: CaseState) -> bool:
    return to in MOVES[from_]


class Verb(StrEnum):
    """The outcome that store ops choose. Values are stored: add, never rename."""

    HONOUR = "honour"
    REFUSE = "refuse"
    REISSUE = "reissue"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    What was known when the question was asked; it never changes. What was not known is None.

    Attributes:
        customer_tail: the last four digits of the mobile, never more of it.
        others: other codes on the card it was asked from; they are masked in texts as well.
        verdict, refusal: what the engine said of the coupon.
        request, request_state: set if it was asked about a request.
        link: to the message it was asked from.

    """

    customer: CustomerId | None = None
    customer_name: str | None = None
    customer_tail: str | None = None
    code: CouponCode | None = None
    others: tuple[CouponCode, ...] = ()
    discount: Discount | None = None
    verdict: Verdict | None = None
    refusal: Refusal | None = None
    request: RequestId | None = None
    request_state: State | None = None
    link: str | None = None

    def masked(self, words: str, *, region: str) -> str:
        """Return a text as it may be stored and posted: with mobiles, e-mails and codes masked."""
        for code in self._codes() or (None,):
            words = masked(words, code=code, region=region)
        return words

    def _codes(self) -> tuple[CouponCode, ...]:
        """Return the codes to mask, longest first: a shorter one may be part of a longer one."""
        known: Iterable[CouponCode] = (*self.others, *((self.code,) if self.code else ()))
        return tuple(sorted(set(known), key=lambda code: (-len(code), code)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    A form that was opened to ask something.

    Attributes:
        id: becomes the case's id.
        words: the text in the form when it opens; masked.

    """

    id: CaseId
    asker: PersonId
    facts: Facts
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswer:
    """
    What store ops answered.

    Attributes:
        reply: masked.

    """

    verb: Verb
    reply: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One case, as the ledger holds it.

    Attributes:
        version: counts the writes: moves, and whether it could be posted.
        channel: where it is posted; it stays there even if the policy names another channel later.
        question: masked.
        owner: who has taken it; None while it is open.
        before: the owner before this one, or before it was reopened; None if there was none.
        asked_at, taken_at: by the desk's clock, as people see it.
        answers: oldest first; while the case is answered, the last one counts.
        reopened: how often it was reopened.
        unposted: whether Slack refused to post it in the channel, so that nobody reads it there.

    """

    id: CaseId
    version: int = 1
    state: CaseState = CaseState.OPEN
    asker: PersonId
    channel: str
    facts: Facts
    question: str
    asked_at: datetime
    owner: PersonId | None = None
    before: PersonId | None = None
    taken_at: datetime | None = None
    answers: tuple[CaseAnswer, ...] = ()
    reopened: int = 0
    unposted: bool = False

    @property
    def reference(self) -> str:
        """The reference that people quote; short enough to be read out."""
        return self.id[:8]

    @property
    def stage(self) -> str:
        """Identifies what a press was made on: it changes with every move by a person, not with `found`."""
        seen = f"{self.state}.{self.owner}.{len(self.answers)}.{self.reopened}"
        return hashlib.sha256(seen.encode()).hexdigest()[:8]

    @property
    def answer(self) -> CaseAnswer | None:
        """The answer that counts; None while there is none."""
        return self.answers[-1] if self.state is CaseState.ANSWERED else None

    @property
    def honours(self) -> bool:
        """Whether the answer is Honour and the coupon is known, so that the asker may redeem it."""
        known = self.facts.customer is not None and self.facts.code is not None
        return known and self.answer is not None and self.answer.verb is Verb.HONOUR

    def taken(self, by: PersonId, at: datetime) -> Case:
        """Return the case as taken. Raises ValueError, as the other moves do, if the state does not allow it."""
        before = self.owner or self.before
        return replace(self._moved(CaseState.TAKEN), owner=by, before=before, taken_at=at)

    def answered(self, answer: CaseAnswer) -> Case:
        return replace(self._moved(CaseState.ANSWERED), answers=(*self.answers, answer))

    def found(self, *, unposted: bool) -> Case:
        """Return the case with whether it could be posted."""
        return replace(self, version=self.version + 1, unposted=unposted)

    def open_again(self) -> Case:
        """Return the case as reopened. It has no owner then: whoever answered may be away."""
        return replace(
            self._moved(CaseState.OPEN),
            owner=None,
            before=self.owner,
            taken_at=None,
            reopened=self.reopened + 1,
        )

    def _moved(self, to: CaseState) -> Case:
        if not may_move(self.state, to):
            raise ValueError(f"{self.state} does not become {to}")
        return replace(self, version=self.version + 1, state=to)
