"""What becomes of a request, told plainly: who may, what follows, and when. No service and no SQL is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from bot.domain.coupon import CouponCode, Use
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

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
#: In which a redemption may still be booked.
WINDOW = timedelta(seconds=900)
#: It is asked for twice more at most.
MOST_ROUNDS = 3
#: Ends that come without a sending, or also without one.
ENDS_UNSENT = frozenset({State.REFUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN})
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
        rests: id of the redemption that it rests on, which it claims.
        found: ids of uses that a person has to judge, or that a no shows.
        shown: ids of uses that whoever approves is shown.
        alarms: what somebody has to look into, in their order.

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
    ended: datetime | None = None
    looks: int = 0
    expires: datetime | None = None
    attend: datetime | None = None
    reminded: int = 0
    trouble: Trouble | None = None
    before: tuple[str, ...] = ()
    single: bool = False
    since: date | None = None
    rests: str | None = None
    found: tuple[str, ...] = ()
    shown: tuple[str, ...] | None = None
    alarms: tuple[str, ...] = ()

    @property
    def read_from(self) -> date:
        """The day before it was made."""
        return self.day - DAY

    #: Those of the one model of a run.
    facts: ClassVar[Facts]

    def then(self, state: State, why: str = "", due: datetime | None = None, **more: Any) -> Asked:
        """One move; an end is looked at again, else nobody does unless it says when, and it waits for nobody."""
        if state is not self.state:
            now = self.facts.database_now
            more = {"ended": None if state in OPEN else now, **more}
            if state not in OPEN and due is None:
                due = self._first_look(state, now, looked=bool(more.get("looks", self.looks)))
        alarm, attend = more.pop("alarm", None), more.pop("attend", None)
        alarms = (*self.alarms, alarm) if alarm else self.alarms
        moves = self.moves + 1
        return replace(self, state=state, why=why, due=due, attend=attend, moves=moves, alarms=alarms, **more)

    def _first_look(self, state: State, now: datetime, *, looked: bool) -> datetime | None:
        """At once where nothing was sent as far as the ledger knows; a day later else, if it may be there twice."""
        if self.send_by is None and state in ENDS_UNSENT and not looked:
            return now
        return None if self.single and state is State.REDEEMED else now + DAY


#: A request after each of its moves; empty: nothing moved. Whoever dies on the way leaves it somewhere on it.
Path = list[Asked]


@dataclass(slots=True)
class Model:
    facts: Facts
    asked: dict[RequestId, Asked] = field(default_factory=dict)
    #: What the same step makes of other requests.
    beside: dict[RequestId, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Asked.facts = self.facts

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
        self.beside = {}
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
            now = self.facts.database_now
            return [replace(made, state=State.REFUSED, why=stop, due=now, ended=now)]
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
            return [self._ended(of)]
        if shown_round != of.round:
            return []
        decided = (by, self.facts.now, of.round, approves)
        if not approves:
            return [of.then(State.REJECTED, decided=decided)]
        now = self.facts.database_now
        return [of.then(State.APPROVED, decided=decided, begin_by=now + 600 * SECOND, due=now + 45 * SECOND)]

    def spends(self, of: Asked) -> Path:
        """What was approved, by whoever approved it; the sweeper may have been quicker."""
        self.beside = {}
        return self._spent(of) if of.state is State.APPROVED else []

    def withdraws(self, of: Asked, by: PersonId) -> Path:
        may = by == of.who and by not in self.facts.deactivated
        return [of.then(State.WITHDRAWN)] if may and of.state is State.WAITING else []

    def closes(self, of: Asked, by: PersonId, *, redeemed: bool) -> Path:
        if not self.may_close(of, by) or of.state is not State.UNKNOWN:
            return []
        if not redeemed:
            return [of.then(State.NOT_REDEEMED, "person", due=self.facts.database_now + DAY)]
        named = of.found[0] if len(of.found) == 1 else None
        if named is None:
            return [of.then(State.REDEEMED, "person", due=self.facts.database_now + 5 * SECOND)]
        if self.claims().get(named, of.id) != of.id:
            # A person's word takes it from nobody.
            return [of.then(State.UNKNOWN, "claimed_elsewhere", due=of.due, alarm="claim_lost")]
        return [of.then(State.REDEEMED, "person", rests=named)]

    # Claims.

    def claims(self) -> dict[str, RequestId]:
        """Which request a redemption belongs to."""
        return {one.rests: one.id for one in self.asked.values() if one.rests}

    def _taken_over(self, use: str, by: Asked, open_one: Asked | None = None) -> None:
        """Whoever a person has named for it does not have it any more, when the number of another proves it."""
        holder = self.claims().get(use, by.id)
        if holder == by.id:
            return
        loser, now = self.asked[holder], self.facts.database_now
        if any(one.state in OPEN and one.code == loser.code for one in (*self._others(by), open_one or by)):
            lost = loser.then(State.REDEEMED, loser.why, due=loser.due, rests=None, alarm="claim_lost")
        else:
            lost = loser.then(
                State.UNKNOWN,
                "claimed_elsewhere",
                rests=None,
                found=(),
                looks=0,
                unknown_since=now,
                due=now,
                alarm="claim_lost",
            )
        self.beside[holder] = [lost]

    def _others(self, but: Asked) -> list[Asked]:
        return [one for one in self.asked.values() if one.id != but.id]

    def _proved(self, one: Asked, own: tuple[str, ...]) -> Asked:
        """Its own number is at the engine."""
        late = one.state not in {State.UNKNOWN, State.REDEEMED}
        alarm = "redeemed_after_all" if late else "redeemed_twice" if len(own) > 1 else None
        due = one.due if one.state is State.REDEEMED else None
        return one.then(State.REDEEMED, "own_number", due=due, rests=own[0], found=own, alarm=alarm)

    def _seen_again(self, one: Asked, own: tuple[str, ...]) -> Asked:
        """It is redeemed: its id is found, or there is a second one, or its number is more than a person's word."""
        stronger = one.why not in {"answer", "own_number"}
        looked = replace(one, looks=one.looks + 1, why="own_number" if stronger else one.why)
        if len(own) > 1:
            return looked.then(
                one.state, looked.why, rests=one.rests or own[0], found=own, alarm="redeemed_twice"
            )
        found = own if stronger or one.rests is None else one.found
        due, rests = self._last_look(one), one.rests or own[0]
        return looked.then(one.state, looked.why, due=due, rests=rests, found=found)

    def _last_look(self, one: Asked) -> datetime | None:
        """A day after the end; None if this was it."""
        left = DAY - self._since_end(one)
        is_due = left > 60 * SECOND and not (one.single and one.state is State.REDEEMED)
        return self.facts.database_now + left if is_due else None

    # What follows from time.

    def keeps(self, *, alone: bool) -> dict[RequestId, Path]:
        """Everything that is due, each by itself; `alone`: one, an open one before what has ended, and due longest."""
        due = [one for one in self.asked.values() if self.is_due(one)]
        if alone:
            now = self.facts.database_now
            due = sorted(
                (one for one in due if one.due and one.due <= now),
                key=lambda one: (one.state not in OPEN, one.due, one.id),
            )[:1]
        self.beside = {}
        paths = {one.id: self._kept(one) for one in due}
        return self.beside | paths

    def race(self) -> bool:
        """
        Whether two of one round would meet: no model can tell which is first.

        Two that look for room in one day's limit, and take it then; or two of one coupon, where one of them takes or
        is sent what the other looks at.
        """
        due = [one for one in self.asked.values() if self.is_due(one)]
        again = [(one.who, one.day) for one in due if self._grown(one)]
        coupons = [one.code for one in due if one.due and one.due <= self.facts.database_now]
        return len(again) != len(set(again)) or len(coupons) != len(set(coupons))

    def _grown(self, one: Asked) -> bool:
        return one.state is State.APPROVED and self.facts.coupons[one.code].worth > one.worth

    def is_due(self, one: Asked) -> bool:
        due = one.due is not None and one.due <= self.facts.database_now
        return due or (one.attend is not None and one.attend <= self.facts.now)

    def _kept(self, one: Asked) -> Path:
        match one.state:
            case State.NEW:
                return [self._ended(one)]
            case State.APPROVED:
                return [self._ended(one)] if one.begin_by <= self.facts.database_now else self._spent(one)
            case State.SENDING:
                return [self._doubted(one, "no_answer_kept")]
            case State.WAITING:
                return [self._ended(one)] if self._expired(one) else [self._reminded(one)]
            case _:
                return [self._looked(one)]

    def _ended(self, one: Asked) -> Asked:
        """The ledger may have lost a call: the engine is asked once."""
        return one.then(State.EXPIRED, due=self.facts.database_now)

    def _expired(self, one: Asked) -> bool:
        return one.expires is not None and one.expires <= self.facts.now

    def _reminded(self, one: Asked) -> Asked:
        """One reminder stands for all that are due by now; groups that cannot be read are soon read again."""
        now, trouble = self.facts.now, self._trouble(one)
        expires = one.expires or now
        reminders = [expires - EXPIRE_AFTER + after for after in REMIND_AFTER]
        soon = [now + MINUTE] if trouble is Trouble.GROUPS_UNREADABLE else []
        return one.then(
            State.WAITING,
            expires=one.expires,
            attend=min((at for at in (*reminders, *soon) if now < at < expires), default=expires),
            reminded=max(one.reminded, sum(at <= now for at in reminders)),
            trouble=trouble,
        )

    # Spending, the only way to a redeem call.

    def _spent(self, one: Asked) -> Path:
        if (no := self._no(one)) is not None:
            return [one.then(State.REFUSED, no)]
        if (stopped := self._stopped(one, self._recent(one))) is not None:
            return [stopped]
        if one.state is State.NEW and one.approvals:
            return [self._waiting(one)]
        if self._unread(one):
            return [one.then(State.REFUSED, "earlier_unreadable")]
        return self._sent(one)

    def _stopped(self, one: Asked, recent: tuple[Use, ...]) -> Asked | None:
        """By what the engine shows: uses, the coupon's state and its worth."""
        if (sent := self._sent_before(one, recent)) is not None:
            return sent
        coupon = self.facts.coupons[one.code]
        if coupon.left == 0:
            return self._refused(one, "already_used", found=(str(coupon.uses[-1].id),))
        changed = self._changed(one)
        return self._asked_again(one, changed) if changed is not None else self._unseen(one, recent)

    def _recent(self, one: Asked) -> tuple[Use, ...]:
        """The coupon's uses since the day before it was made; only the last one, where they cannot be read."""
        coupon = self.facts.coupons[one.code]
        if self._unread(one):
            return tuple(coupon.uses[-1:])
        return () if self._single(one) else tuple(self._since(one.code, one.read_from))

    def _unread(self, one: Asked) -> bool:
        return Read.USES in self.facts.unreadable and not self._single(one)

    def _sent_before(self, one: Asked, recent: tuple[Use, ...]) -> Asked | None:
        """Own numbers among the uses settle those requests first; nothing is sent."""
        mine = self._own(one, recent)
        earlier = [other for other in self._others(one) if other.code == one.code and not other.rests]
        found = {other.id: own for other in earlier if (own := self._own(other, recent))}
        for other, own in found.items():
            self._taken_over(own[0], self.asked[other], one)
            self.beside[other] = [self._proved(self.asked[other], own)]
        if mine:
            self._taken_over(mine[0], one)
            return self._proved(one, mine)
        return one.then(State.REFUSED, "changed") if found else None

    def _own(self, one: Asked, uses: Sequence[Use]) -> tuple[str, ...]:
        """Uses with its number which, where both sides name a place, are ours."""
        return tuple(str(use.id) for use in uses if use.bill == one.number and use.till in {None, DESK_TILL})

    def _refused(self, one: Asked, why: str, **more: Any) -> Asked:
        """After the recent uses were read, where they can be: that counts as the look at its end."""
        looks = one.looks if self._unread(one) else 1
        return one.then(State.REFUSED, why, looks=looks, **more)

    def _unseen(self, one: Asked, recent: tuple[Use, ...]) -> Asked | None:
        """Uses that nobody who let it go on has seen; for this bill, only an approver may."""
        same_bill = tuple(str(use.id) for use in recent if use.bill == one.number)
        if same_bill and not one.approvals:
            return self._refused(one, "same_bill", found=same_bill)
        if self._unread(one) or one.state is not State.APPROVED or not one.approvals:
            return None
        new = tuple(str(use.id) for use in recent if use.id not in (one.shown or ()))
        if not new:
            return None
        if one.round >= MOST_ROUNDS:
            return self._refused(one, "changed", found=new)
        return self._waiting(replace(one, round=one.round + 1))

    def _no(self, one: Asked) -> str | None:
        """Why it may not go on."""
        facts = self.facts
        if Read.GROUPS in facts.unreadable:
            return "could_not_verify"
        if not facts.allowed(one.who, frozenset({AGENTS})):
            return "not_allowed"
        if one.decided is not None and not facts.allowed(one.decided[0], frozenset(one.approvers)):
            return "not_allowed_approver"
        return "engine_unclear" if Read.COUPON in facts.unreadable else None

    def _changed(self, one: Asked) -> Rule | None:
        """By which rule it would have to be asked for now; None where all is as it was confirmed or approved."""
        worth = self.facts.coupons[one.code].worth
        rule = self.rule(one.who, worth)
        others = not one.approvals or not rule.approvers.issuperset(one.approvers)
        return rule if worth != one.worth or (rule.approvals and others) else None

    def _asked_again(self, one: Asked, rule: Rule) -> Asked:
        """Only of those who have approved it; whoever confirmed it looks at it anew."""
        if one.state is State.NEW or not one.approvals:
            return self._refused(one, "changed")
        worth = self.facts.coupons[one.code].worth
        _, value = self.held(one.who, one.day)
        if worth > one.worth and value - one.worth + worth > VALUE_LIMIT:
            return self._refused(one, "value_limit")
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
            shown=tuple(str(use.id) for use in self._recent(one)),
        )

    def _trouble(self, one: Asked) -> Trouble | None:
        if Read.GROUPS in self.facts.unreadable:
            return Trouble.GROUPS_UNREADABLE
        others = {person for group in one.approvers for person in self.facts.groups[group]} - {one.who}
        return None if others - self.facts.deactivated else Trouble.NO_APPROVER

    def _single(self, one: Asked) -> bool:
        coupon = self.facts.coupons[one.code]
        return coupon.left == 1 and not coupon.uses

    def _used_from_here(self, one: Asked) -> bool:
        """Whether the ledger has a redemption of the last hour that the engine does not show."""
        shown = {str(use.id) for use in self.facts.coupons[one.code].uses}
        of_it = (other for other in self._others(one) if other.code == one.code)
        late = (other for other in of_it if other.begin_by > one.begin_by - HOUR)
        return any(other.state is State.REDEEMED and other.rests not in shown for other in late)

    def _sent(self, one: Asked) -> Path:
        """Approved, journaled with what the coupon was used for before, sent once, settled by the answer."""
        approved = [one.then(State.APPROVED, due=one.begin_by)] if one.state is State.NEW else []
        send_by = self.facts.database_now + 15 * SECOND
        # The last use may be older than the recent ones.
        known = (*self._recent(one), *self.facts.coupons[one.code].uses[-1:])
        before = tuple(dict.fromkeys(str(use.id) for use in known))
        sending = (approved or [one])[-1].then(
            State.SENDING,
            send_by=send_by,
            due=send_by,
            since=one.read_from,
            before=before,
            single=self._single(one) and not self._used_from_here(one),
        )
        return [*approved, sending, self._answered(sending)]

    def _answered(self, one: Asked) -> Asked:
        match self.facts.next_answer.get(one.code, Says.YES):
            case Says.YES:
                made = f"{one.code}-{len(self.facts.coupons[one.code].uses) + 1}"
                return one.then(State.REDEEMED, "answer", rests=made)
            case Says.YES_LOST | Says.LOST:
                return self._doubted(one, "timed_out")
            case Says.NO:
                return one.then(State.REFUSED, "wrong_store")
            case Says.NOT_THERE:
                return one.then(State.NOT_SENT, "not_connected")
            case Says.USED_UP | Says.YES_ECHOED:
                # It may be the echo of a call that something between has sent twice.
                return one.then(State.REFUSED, "already_used", due=self.facts.database_now + WINDOW)
            case Says.BUSY | Says.YES_BUSY:
                return one.then(State.NOT_SENT, "busy", due=self.facts.database_now + WINDOW)

    # Looking for evidence.

    def _doubted(self, one: Asked, why: str) -> Asked:
        now = self.facts.database_now
        return one.then(State.UNKNOWN, why, unknown_since=now, due=now + 5 * SECOND)

    def _looked(self, one: Asked) -> Asked:
        later, over = self._next_look(one)
        if Read.USES in self.facts.unreadable:
            return self._not_read(one, later)
        new = [use for use in self._since(one.code, one.since or one.read_from) if use.id not in one.before]
        if own := self._own(one, new):
            self._taken_over(own[0], one)
            looked = replace(one, looks=one.looks + (one.state is not State.UNKNOWN))
            seen = one.state is State.REDEEMED
            return self._seen_again(one, own) if seen else self._proved(looked, own)
        unclaimed = tuple(str(use.id) for use in new if not self._is_anothers(one, use))
        if one.state is not State.UNKNOWN:
            return self._looked_again(one, unclaimed)
        if unclaimed:
            return one.then(State.UNKNOWN, one.why, due=None if over else later, found=unclaimed)
        looked = replace(one, looks=one.looks + 1, found=())
        if over and looked.looks >= 3:
            return looked.then(State.NOT_REDEEMED, "evidence", due=self.facts.database_now + DAY)
        return looked.then(State.UNKNOWN, one.why, due=later)

    def _is_anothers(self, one: Asked, use: Use) -> bool:
        """Whether another request has it; what a person named for it, at our place, it may have without its number."""
        holder = self.asked[self.claims().get(str(use.id), one.id)]
        doubted = holder.why == "person" and use.bill != holder.number and use.till in {None, DESK_TILL}
        return holder.id != one.id and not doubted

    def _looked_again(self, one: Asked, unclaimed: tuple[str, ...]) -> Asked:
        """At what has its verdict: again a day after its end, or sooner if a redemption has no id yet."""
        if one.state is State.REDEEMED and one.rests is None:
            passed = self._since_end(one)
            if passed >= DAY:
                return one.then(State.REDEEMED, one.why, found=unclaimed, alarm="no_redemption_id")
            due = self.facts.database_now + max(5 * SECOND, passed)
            return one.then(State.REDEEMED, one.why, due=due, found=unclaimed)
        if one.state is State.NOT_REDEEMED and unclaimed:
            looked = replace(one, looks=one.looks + 1)
            return looked.then(State.NOT_REDEEMED, one.why, found=unclaimed, alarm="found_after_all")
        return replace(one, looks=one.looks + 1).then(one.state, one.why, due=self._last_look(one))

    def _not_read(self, one: Asked, later: datetime) -> Asked:
        if one.state is State.UNKNOWN:
            return one.then(State.UNKNOWN, one.why, due=later)
        if self._since_end(one) >= 2 * DAY:
            return one.then(one.state, one.why, alarm="looks_failed")
        wait = 3600 * SECOND
        if one.send_by is None and one.state in ENDS_UNSENT and not one.looks:
            wait = min(max(5 * SECOND, self._since_end(one)), wait)
        return one.then(one.state, one.why, due=self.facts.database_now + wait)

    def _since_end(self, one: Asked) -> timedelta:
        return one.due - one.ended if one.due and one.ended else 0 * SECOND

    def _next_look(self, one: Asked) -> tuple[datetime, bool]:
        """They double, one is just at the end of the window, and later ones are a window apart; and whether it is over."""
        passed = (one.due - one.unknown_since).total_seconds() if one.due and one.unknown_since else 0.0
        window = WINDOW.total_seconds()
        wait = max(5.0, passed)
        wait = min(wait, window - passed) if passed < window else window
        return self.facts.database_now + wait * SECOND, passed >= window

    def _since(self, code: CouponCode, since: date) -> list[Use]:
        """Its redemptions from that day on."""
        uses = self.facts.coupons[code].uses
        return [use for use in uses if use.at and use.at.astimezone(ZONE).date() >= since]


def as_held(row: Redemption, day: date, code: CouponCode, alarms: Sequence[str]) -> Asked:
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
        ended=row.ended_at,
        looks=row.looks,
        expires=row.expires_at,
        attend=row.attend_at,
        reminded=row.reminded,
        trouble=row.asking.trouble if row.asking else None,
        before=intent.before if intent else (),
        single=intent.single if intent else False,
        since=intent.since if intent else None,
        rests=outcome.redemption_id,
        found=_ids(outcome.uses),
        alarms=tuple(alarms),
        shown=_ids(row.asking.recent) if row.asking and row.asking.recent is not None else None,
    )


def _ids(uses: Sequence[Use]) -> tuple[str, ...]:
    return tuple(str(use.id) for use in uses)
