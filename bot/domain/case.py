"""A case: a question to store ops, its owner and its answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.aio.frozen import frozen
from bot.domain.coupon import CouponCode, Discount, Use
from bot.domain.customer import CustomerId
from bot.domain.finding import Verdict
from bot.domain.masking import masked, without_likely_codes
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.domain.refusal import Refusal

#: Opaque; made when the form opens, so that every delivery and retry of that form is the same case.
CaseId = NewType("CaseId", str)

#: When no reminder is due any more.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
#: Characters of a question, and of a reply.
MAX_QUESTION = MAX_REPLY = 500


class CaseState(StrEnum):
    """Values are stored: add, never rename."""

    OPEN = "open"
    TAKEN = "taken"
    ANSWERED = "answered"


#: open → answered: whoever answers takes it by that. taken → taken: somebody else takes it over.
MOVES: dict[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.TAKEN, CaseState.ANSWERED}),
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


@frozen(kw_only=True)
class KnownCodes:
    """Codes of a customer, and whether they are all of them."""

    known: tuple[CouponCode, ...] = ()
    all_of_them: bool = True


NO_CODES = KnownCodes()


@frozen(kw_only=True)
class Facts:
    """
    What was known when the question was asked; it never changes. What was not known is None.

    Attributes:
        customer_tail: the last four digits of the mobile, never more of it.
        others: other codes on the card it was asked from; they are masked in texts as well.
        verdict, refusal: what the engine said of the coupon.
        used: the coupon's last use.
        request, request_state, bill: set if it was asked about a request; `bill` is its bill number.
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
    used: Use | None = None
    request: RequestId | None = None
    request_state: State | None = None
    bill: str | None = None
    link: str | None = None

    def masked(self, words: str, *, region: str, codes: KnownCodes = NO_CODES) -> str:
        """
        Return a text as it may be stored and posted: with mobiles, e-mails and codes masked.

        `codes` are the customer's other codes. If they are not all, whatever may be a code is masked as well.
        """
        for code in self._codes(codes.known) or (None,):
            words = masked(words, code=code, region=region)
        return words if codes.all_of_them else without_likely_codes(words)

    def _codes(self, more: Iterable[CouponCode]) -> tuple[CouponCode, ...]:
        """Return the codes to mask, longest first: a shorter one may be part of a longer one."""
        known: Iterable[CouponCode] = (*more, *self.others, *((self.code,) if self.code else ()))
        return tuple(sorted(set(known), key=lambda code: (-len(code), code)))


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class CaseAnswer:
    """
    What store ops answered.

    Attributes:
        reply: masked.
        verdict, refusal: what the engine said of the coupon when it was honoured; None if it was not asked, did not
            answer, or the answer is another one.
        in_the_way: state of a request that forbade another redemption when it was honoured: one for this coupon and
            customer that had not ended, or the one that was asked about if that was redeemed; None if there was none.

    """

    verb: Verb
    reply: str
    by: PersonId
    at: datetime
    verdict: Verdict | None = None
    refusal: Refusal | None = None
    in_the_way: State | None = None


@frozen(kw_only=True)
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
        open_since: when it was reopened; None if it never was.
        reminded: how many reminders were due since it was asked or reopened.
        attend_at: when the next reminder is due, while it is open; NEVER if none is, and None if an older version
            wrote the case, so that nobody has looked yet.
        reminds: groups that the last reminder was for.
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
    open_since: datetime | None = None
    reminded: int = 0
    attend_at: datetime | None = None
    reminds: tuple[str, ...] = ()
    unposted: bool = False

    @property
    def reference(self) -> str:
        """The reference that people quote; short enough to be read out."""
        return self.id[:8]

    @property
    def since(self) -> datetime:
        """When it was asked or, if it was, last reopened."""
        return self.open_since or self.asked_at

    @property
    def stage(self) -> str:
        """Identifies what a press was made on: it changes with every move by a person, not with `found`."""
        seen = f"{self.state}.{self.owner}.{len(self.answers)}.{self.reopened}"
        return hashlib.sha256(seen.encode()).hexdigest()[:8]

    def is_as_seen(self, stage: str, by: PersonId) -> bool:
        """Whether nothing has changed since this stage, but that this person may have taken the case."""
        mine = self.state is CaseState.TAKEN and self.owner == by
        before = replace(self, state=CaseState.OPEN, owner=None) if mine else self
        return stage in {self.stage, before.stage}

    @property
    def answer(self) -> CaseAnswer | None:
        """The answer that counts; None while there is none."""
        return self.answers[-1] if self.state is CaseState.ANSWERED else None

    @property
    def honours(self) -> bool:
        """Whether the answer is Honour and the coupon is known."""
        known = self.facts.customer is not None and self.facts.code is not None
        return known and self.answer is not None and self.answer.verb is Verb.HONOUR

    @property
    def may_be_redeemed(self) -> bool:
        """Whether it is honoured, and the engine and our requests allowed it then, so that Redeem is offered."""
        if self.answer is None or self.answer.in_the_way is not None:
            return False
        return self.honours and self.answer.verdict is Verdict.REDEEMABLE

    def taken(self, by: PersonId, at: datetime) -> Case:
        """Return the case as taken. Raises ValueError, as the other moves do, if the state does not allow it."""
        before = self.owner or self.before
        return replace(self._moved(CaseState.TAKEN), owner=by, before=before, taken_at=at)

    def answered(self, answer: CaseAnswer) -> Case:
        """Return the case as answered; whoever answers an open one has taken it by that."""
        return replace(
            self._moved(CaseState.ANSWERED),
            owner=self.owner or answer.by,
            taken_at=self.taken_at or answer.at,
            answers=(*self.answers, answer),
        )

    def found(self, *, unposted: bool) -> Case:
        """Return the case with whether it could be posted."""
        return replace(self, version=self.version + 1, unposted=unposted)

    def open_again(self, at: datetime, remind_after: Sequence[timedelta] = ()) -> Case:
        """Return the case as reopened. It has no owner then: whoever answered may be away."""
        reopened = replace(
            self._moved(CaseState.OPEN),
            owner=None,
            before=self.owner,
            taken_at=None,
            reopened=self.reopened + 1,
            open_since=at,
            reminded=0,
        )
        return reopened.expecting(at, remind_after)

    def expecting(self, at: datetime, remind_after: Sequence[timedelta]) -> Case:
        """Return the case with the time of its next reminder."""
        moments = (self.since + after for after in remind_after)
        return replace(self, attend_at=min((moment for moment in moments if moment > at), default=NEVER))

    def attended(self, at: datetime, remind_after: Sequence[timedelta]) -> Case:
        """Return the case with the reminders that are due by now; after a pause of the desk one is posted for all."""
        passed = sum(self.since + after <= at for after in remind_after)
        seen = replace(self, version=self.version + 1, reminded=max(self.reminded, passed))
        return seen.expecting(at, remind_after)

    def _moved(self, to: CaseState) -> Case:
        if not may_move(self.state, to):
            raise ValueError(f"{self.state} does not become {to}")
        return replace(self, version=self.version + 1, state=to)
