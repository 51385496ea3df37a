"""What becomes of a request, told plainly: who may, what follows, and when. No service and no SQL is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.domain.coupon import CouponCode
from bot.domain.person import PersonId
from bot.domain.policy import Rule
from bot.domain.redemption import Redemption, RequestId, State, Trouble
from bot.domain.transitions import OPEN
from tests.services.stand_ins import (
    AGENTS,
    COUNT_LIMIT,
    DESK_TILL,
    EXPIRE_AFTER,
    HEADS,
    MANAGERS,
    REMIND_AFTER,
    VALUE_LIMIT,
    ZONE,
    Facts,
    Read,
    Says,
    rule_for,
)

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
#: States that hold their share of the day's limits.
HOLDING = OPEN | {State.REDEEMED}
CLOSERS = frozenset({MANAGERS, HEADS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    One request, as it must stand in the ledger.

    Attributes:
        why: the kind of no, of doubt, or what a verdict rests on.
        moves: how often it moved, being made included.
        decided: by whom, when, on which round, and whether it was approved.
        begin_by, send_by, due, unknown_since: by the database's clock.
        expires, attend: by the desk's.
        before, since: redemptions of the coupon before the call, and from which day on they were read.

    """

    id: RequestId
    who: PersonId
    code: CouponCode
    worth: Decimal
    number: str
    approvals: int
    approvers: tuple[str, ...]
    day: date
    state: State
    why: str = ""
    moves: int = 1
    round: int = 1
    decided: tuple[PersonId, datetime, int, bool] | None = None
    begin_by: datetime
    send_by: datetime | None = None
    due: datetime | None = None
    unknown_since: datetime | None = None
    looks: int = 0
    expires: datetime | None = None
    attend: datetime | None = None
    reminded: int = 0
    trouble: Trouble | None = None
    before: tuple[str, ...] = ()
    since: date | None = None

    def then(self, state: State, why: str = "", due: datetime | None = None, **more: Any) -> Asked:
        """One move; nobody looks at it again unless it says when, and it waits for nobody unless it says so."""
        return replace(
            self, state=state, why=why, due=due, attend=more.pop("attend", None), moves=self.moves + 1, **more
        )


#: A request after each of its moves; empty: nothing moved. Whoever dies on the way leaves it somewhere on it.
Path = list[Asked]


@dataclass(slots=True)
class Model:
    facts: Facts
    asked: dict[RequestId, Asked] = field(default_factory=dict)

    # Who may.

    def rule(self, who: PersonId, worth: Decimal) -> Rule:
        return rule_for(self.facts, who, worth)

    def denied(self, by: PersonId, groups: frozenset[str]) -> bool:
        """Not let through: not allowed, or it could not be verified."""
        return Read.GROUPS in self.facts.unreadable or not self.facts.allowed(by, groups)

    def may_decide(self, of: Asked, by: PersonId) -> bool:
        return by != of.who and not self.denied(by, frozenset(of.approvers))

    def may_close(self, of: Asked, by: PersonId) -> bool:
        return by != of.who and not self.denied(by, CLOSERS)

    def held(self, who: PersonId, day: date) -> tuple[int, Decimal]:
        """What somebody has used of a day's limits."""
        worths = [
            one.worth
            for one in self.asked.values()
            if (one.who, one.day) == (who, day) and one.state in HOLDING
        ]
        return len(worths), sum(worths, Decimal(0))

    # What follows from a press.

    def asks(
        self, request_id: RequestId, who: PersonId, code: CouponCode, worth: Decimal, number: str, rule: Rule
    ) -> Path:
        begin_by = self.facts.database_now + 60 * SECOND
        made = Asked(
            id=request_id,
            who=who,
            code=code,
            worth=worth,
            number=number,
            approvals=rule.approvals,
            approvers=tuple(sorted(rule.approvers)),
            day=self.facts.now.astimezone(ZONE).date(),
            state=State.NEW,
            begin_by=begin_by,
            due=begin_by,
        )
        stop = self._not_even_made(made)
        if stop:
            return [replace(made, state=State.REFUSED, why=stop, due=None)]
        return [made, *self._spent(made)]

    def _not_even_made(self, new: Asked) -> str:
        count, value = self.held(new.who, new.day)
        if any(one.code == new.code and one.state in OPEN for one in self.asked.values()):
            return "already_open"
        if count + 1 > COUNT_LIMIT:
            return "count_limit"
        return "value_limit" if value + new.worth > VALUE_LIMIT else ""

    def decides(self, of: Asked, by: PersonId, shown_round: int, *, approves: bool) -> Path:
        if not self.may_decide(of, by) or of.state is not State.WAITING:
            return []
        if self._expired(of):
            return [of.then(State.EXPIRED)]
        if shown_round != of.round:
            return []
        decided = (by, self.facts.now, of.round, approves)
        if not approves:
            return [of.then(State.REJECTED, decided=decided)]
        now = self.facts.database_now
        return [of.then(State.APPROVED, decided=decided, begin_by=now + 600 * SECOND, due=now + 45 * SECOND)]

    def spends(self, of: Asked) -> Path:
        """What was approved, by whoever approved it; the sweeper may have been quicker."""
        return self._spent(of) if of.state is State.APPROVED else []

    def withdraws(self, of: Asked, by: PersonId) -> Path:
        may = by == of.who and by not in self.facts.deactivated
        return [of.then(State.WITHDRAWN)] if may and of.state is State.WAITING else []

    def closes(self, of: Asked, by: PersonId, *, redeemed: bool) -> Path:
        if not self.may_close(of, by) or of.state is not State.UNKNOWN:
            return []
        if redeemed:
            return [of.then(State.REDEEMED, "person")]
        return [of.then(State.NOT_REDEEMED, "person", due=self.facts.database_now + DAY)]

    # What follows from time.

    def keeps(self) -> dict[RequestId, Path]:
        """Everything that is due, each by itself."""
        return {one.id: self._kept(one) for one in self.asked.values() if self.is_due(one)}

    def race(self) -> bool:
        """
        Whether two that are asked for again in one round would look for room in one day's limit.

        They look and then take, so that either may be let through, and both: no model can tell.
        """
        again = [(one.who, one.day) for one in self.asked.values() if self.is_due(one) and self._grown(one)]
        return len(again) != len(set(again))

    def _grown(self, one: Asked) -> bool:
        return one.state is State.APPROVED and self.facts.coupons[one.code].worth > one.worth

    def is_due(self, one: Asked) -> bool:
        due = one.due is not None and one.due <= self.facts.database_now
        return due or (one.attend is not None and one.attend <= self.facts.now)

    def _kept(self, one: Asked) -> Path:
        match one.state:
            case State.NEW:
                return [one.then(State.EXPIRED)]
            case State.APPROVED:
                return (
                    [one.then(State.EXPIRED)] if one.begin_by <= self.facts.database_now else self._spent(one)
                )
            case State.SENDING:
                return [self._doubted(one, "no_answer_kept")]
            case State.WAITING:
                return [one.then(State.EXPIRED)] if self._expired(one) else [self._reminded(one)]
            case _:
                return [self._looked(one)]

    def _expired(self, one: Asked) -> bool:
        return one.expires is not None and one.expires <= self.facts.now

    def _reminded(self, one: Asked) -> Asked:
        """One reminder stands for all that are due by now."""
        asked_at = one.expires - EXPIRE_AFTER if one.expires else self.facts.now
        passed = sum(asked_at + after <= self.facts.now for after in REMIND_AFTER)
        reminded = max(one.reminded + 1, passed)
        return one.then(
            State.WAITING,
            expires=one.expires,
            attend=asked_at + (*REMIND_AFTER, EXPIRE_AFTER)[reminded],
            reminded=reminded,
            trouble=self._trouble(one),
        )

    # Spending, the only way to a redeem call.

    def _spent(self, one: Asked) -> Path:
        if (no := self._no(one)) is not None:
            return [one.then(State.REFUSED, no)]
        changed = self._changed(one)
        if changed is not None:
            return [self._asked_again(one, changed)]
        if one.state is State.NEW and one.approvals:
            return [self._waiting(one)]
        if Read.USES in self.facts.unreadable and not self._single(one):
            return [one.then(State.REFUSED, "earlier_unreadable")]
        return self._sent(one)

    def _no(self, one: Asked) -> str | None:
        """Why it may not go on."""
        facts, coupon = self.facts, self.facts.coupons[one.code]
        if Read.GROUPS in facts.unreadable:
            return "could_not_verify"
        if not facts.allowed(one.who, frozenset({AGENTS})):
            return "not_allowed"
        if one.decided is not None and not facts.allowed(one.decided[0], frozenset(one.approvers)):
            return "not_allowed_approver"
        if Read.COUPON in facts.unreadable:
            return "engine_unclear"
        return "already_used" if coupon.left == 0 else None

    def _changed(self, one: Asked) -> Rule | None:
        """By which rule it would have to be asked for now; None where all is as it was confirmed or approved."""
        worth = self.facts.coupons[one.code].worth
        rule = self.rule(one.who, worth)
        others = not one.approvals or not rule.approvers.issuperset(one.approvers)
        return rule if worth != one.worth or (rule.approvals and others) else None

    def _asked_again(self, one: Asked, rule: Rule) -> Asked:
        """Only of those who have approved it; whoever confirmed it looks at it anew."""
        if one.state is State.NEW or not one.approvals:
            return one.then(State.REFUSED, "changed")
        worth = self.facts.coupons[one.code].worth
        _, value = self.held(one.who, one.day)
        if worth > one.worth and value - one.worth + worth > VALUE_LIMIT:
            return one.then(State.REFUSED, "value_limit")
        # Where the rule asks for nobody by now, those are asked who were asked before.
        approvers = tuple(sorted(rule.approvers)) or one.approvers
        return self._waiting(replace(one, worth=worth, approvers=approvers, round=one.round + 1))

    def _waiting(self, one: Asked) -> Asked:
        now = self.facts.now
        return one.then(
            State.WAITING,
            expires=now + EXPIRE_AFTER,
            attend=now + REMIND_AFTER[0],
            reminded=0,
            trouble=self._trouble(one),
        )

    def _trouble(self, one: Asked) -> Trouble | None:
        if Read.GROUPS in self.facts.unreadable:
            return Trouble.GROUPS_UNREADABLE
        others = {person for group in one.approvers for person in self.facts.groups[group]} - {one.who}
        return None if others - self.facts.deactivated else Trouble.NO_APPROVER

    def _single(self, one: Asked) -> bool:
        coupon = self.facts.coupons[one.code]
        return coupon.left == 1 and not coupon.uses

    def _sent(self, one: Asked) -> Path:
        """Approved, journaled with what the coupon was used for before, sent once, settled by the answer."""
        approved = [one.then(State.APPROVED, due=one.begin_by)] if one.state is State.NEW else []
        send_by = self.facts.database_now + 15 * SECOND
        since = (self.facts.now.astimezone(ZONE) - DAY).date()
        sending = (approved or [one])[-1].then(
            State.SENDING, send_by=send_by, due=send_by, since=since, before=self._uses(one.code, since)
        )
        return [*approved, sending, self._answered(sending)]

    def _answered(self, one: Asked) -> Asked:
        match self.facts.next_answer.get(one.code, Says.YES):
            case Says.YES:
                return one.then(State.REDEEMED, "answer")
            case Says.YES_LOST | Says.LOST:
                return self._doubted(one, "timed_out")
            case Says.NO:
                return one.then(State.REFUSED, "wrong_store")
            case Says.NOT_THERE:
                return one.then(State.NOT_SENT, "not_connected")

    # Looking for evidence.

    def _doubted(self, one: Asked, why: str) -> Asked:
        now = self.facts.database_now
        return one.then(State.UNKNOWN, why, unknown_since=now, due=now + 5 * SECOND)

    def _looked(self, one: Asked) -> Asked:
        later, over = self._next_look(one)
        if Read.USES in self.facts.unreadable:
            again = self.facts.database_now + 3600 * SECOND
            return one.then(one.state, one.why, due=again if one.state is State.NOT_REDEEMED else later)
        uses = self.facts.coupons[one.code].uses
        new = [use for use in uses if use.id in self._uses(one.code, one.since) and use.id not in one.before]
        if len(new) == 1 and new[0].bill == one.number and new[0].till in {None, DESK_TILL}:
            return one.then(State.REDEEMED, "evidence")
        if one.state is State.NOT_REDEEMED:
            return one.then(State.NOT_REDEEMED, one.why)
        looked = replace(one, looks=one.looks + 1)
        if new:
            return looked.then(State.UNKNOWN, one.why, due=None if over else later)
        if over and looked.looks >= 3:
            return looked.then(State.NOT_REDEEMED, "evidence", due=self.facts.database_now + DAY)
        return looked.then(State.UNKNOWN, one.why, due=later)

    def _next_look(self, one: Asked) -> tuple[datetime, bool]:
        """They double, one is just at the end of the window, and later ones are a window apart; and whether it is over."""
        passed = (one.due - one.unknown_since).total_seconds() if one.due and one.unknown_since else 0.0
        window = 900.0
        wait = max(5.0, passed)
        wait = min(wait, window - passed) if passed < window else window
        return self.facts.database_now + wait * SECOND, passed >= window

    def _uses(self, code: CouponCode, since: date | None) -> tuple[str, ...]:
        """Ids of its redemptions from that day on."""
        uses = self.facts.coupons[code].uses
        return tuple(
            str(use.id) for use in uses if since and use.at and use.at.astimezone(ZONE).date() >= since
        )


def as_held(row: Redemption, day: date, code: CouponCode) -> Asked:
    """The ledger's own row in the model's words."""
    decided, outcome, intent = row.decided, row.outcome, row.intent
    why = outcome.refusal or outcome.stop or outcome.settled or outcome.doubt
    return Asked(
        id=row.id,
        who=row.terms.requester,
        code=code,
        worth=row.terms.worth.amount,
        number=row.terms.bill_number,
        approvals=row.terms.approvals,
        approvers=row.terms.approvers,
        day=day,
        state=row.state,
        why=why.value if why else "",
        moves=row.version,
        round=row.round,
        decided=(decided.by, decided.at, decided.round, decided.approved) if decided else None,
        begin_by=row.begin_by or row.made_at,
        send_by=row.send_by,
        due=row.due_at,
        unknown_since=row.unknown_at,
        looks=row.looks,
        expires=row.expires_at,
        attend=row.attend_at,
        reminded=row.reminded,
        trouble=row.asking.trouble if row.asking else None,
        before=intent.before if intent else (),
        since=intent.since if intent else None,
    )
