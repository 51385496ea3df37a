"""A question to store ops: who asked what about whom, who sees to it, and what was answered."""

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

#: Opaque; made when the form opens, so that every delivery and replay of that form is one case.
CaseId = NewType("CaseId", str)

#: Characters of a question, and of a reply.
MAX_QUESTION = MAX_REPLY = 500


class CaseState(StrEnum):
    """Values are stored: add, never rename."""

    OPEN = "open"
    TAKEN = "taken"
    ANSWERED = "answered"


#: From taken to taken somebody else takes it over.
MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.TAKEN}),
    CaseState.TAKEN: frozenset({CaseState.TAKEN, CaseState.ANSWERED}),
    CaseState.ANSWERED: frozenset({CaseState.OPEN}),
}


def may_move(from_: CaseState, to: CaseState) -> bool:
    return to in MOVES[from_]


class Verb(StrEnum):
    """What store ops say is to be done. Values are stored: add, never rename."""

    HONOUR = "honour"
    REFUSE = "refuse"
    REISSUE = "reissue"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """
    What was known when it was asked; it never changes. What is not known is None.

    Attributes:
        customer_tail: the last four digits of the mobile, never more of it.
        others: codes of the card it was asked from; words about it must not show them either.
        verdict, refusal: what the engine said of the coupon.
        request, request_state: where it was asked from an outcome.
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
        """As they may be stored and posted: without mobiles, e-mails and codes."""
        for code in self._codes() or (None,):
            words = masked(words, code=code, region=region)
        return words

    def _codes(self) -> tuple[CouponCode, ...]:
        """The longest first: a short one may be a part of it."""
        known: Iterable[CouponCode] = (*self.others, *((self.code,) if self.code else ()))
        return tuple(sorted(set(known), key=lambda code: (-len(code), code)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    A form that was opened to ask something.

    Attributes:
        id: becomes the case's.
        words: what stands in it when it opens; masked.

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
        version: counts the moves, and what was found.
        channel: where those who answer read it; it stays there, whatever the policy says later.
        question: masked.
        owner: who sees to it; None while it is open.
        before: who saw to it before the owner, or before it was reopened; None when nobody did.
        asked_at, taken_at: by the desk's clock, as people see it.
        answers: from the first to the last; the last one counts while it is answered.
        reopened: how often.
        unposted: Slack does not let this app post in the channel, so that nobody reads it there.

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
        """What people quote; short enough to be read out."""
        return self.id[:8]

    @property
    def stage(self) -> str:
        """What a press was made on: another one after every move of a person, and not after `found`."""
        seen = f"{self.state}.{self.owner}.{len(self.answers)}.{self.reopened}"
        return hashlib.sha256(seen.encode()).hexdigest()[:8]

    @property
    def answer(self) -> CaseAnswer | None:
        """The one that counts; None while there is none."""
        return self.answers[-1] if self.state is CaseState.ANSWERED else None

    @property
    def honours(self) -> bool:
        """Whether the asker is to redeem the coupon, and it is known which."""
        known = self.facts.customer is not None and self.facts.code is not None
        return known and self.answer is not None and self.answer.verb is Verb.HONOUR

    def taken(self, by: PersonId, at: datetime) -> Case:
        """Raises ValueError, as the others do, where there is no such move."""
        before = self.owner or self.before
        return replace(self._moved(CaseState.TAKEN), owner=by, before=before, taken_at=at)

    def answered(self, answer: CaseAnswer) -> Case:
        return replace(self._moved(CaseState.ANSWERED), answers=(*self.answers, answer))

    def found(self, *, unposted: bool) -> Case:
        """The same case; it turned out whether it can be posted."""
        return replace(self, version=self.version + 1, unposted=unposted)

    def open_again(self) -> Case:
        """Nobody owns it then: whoever answered may be away."""
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
