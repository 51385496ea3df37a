"""The ledger of redemptions in memory; `tests/contract/test_requests.py` holds it to what the real one does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.adapters.ledger.due import HOLD_S
from bot.domain.bill_number import may_be_same_bill
from bot.domain.claim import ClaimKind, is_likely, takes_over
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.handled import Handled
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.policy import limit_reached
from bot.domain.redemption import Outcome, Redemption, RequestId, State, Stop, Terms, is_of_call
from bot.domain.request_errors import Stopped
from bot.domain.transitions import (
    NOTHING_BESIDE,
    OPEN,
    WITHOUT_REDEMPTION,
    Change,
    ClockCondition,
    clock_conditions,
    lost_claim,
    may_have_redeemed,
    moved,
    new_request,
    not_even_made,
    reopens,
    takes_limit,
    without_claim,
)
from bot.domain.worth import Worth
from bot.services.ports import Earlier, Others
from tests.fakes.outbox import FakeOutbox
from tests.fakes.shares import Share, counted

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)


@dataclass
class FakeRequests:
    """
    `services.ports.Requests`.

    Attributes:
        moves: from and to which state, with what was changed.
        told: to which state each move was, and its `why`.
        by: who made each move.
        used: what everybody has used of every day beside what is made here.
        failing: so many calls to come find it away.
        beside: done once, just before the next move.
        claims: who has claimed each of the engine's redemptions.
        outbox: where its messages go.

    """

    seconds: Callable[[], float] = lambda: 0.0
    rows: dict[RequestId, Redemption] = field(default_factory=dict)
    moves: list[tuple[State, State, Change]] = field(default_factory=list)
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    by: list[PersonId | None] = field(default_factory=list)
    used: Usage = field(default_factory=Usage)
    failing: int = 0
    beside: Callable[[], None] | None = None
    claims: dict[str, tuple[RequestId, ClaimKind]] = field(default_factory=dict)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    _shares: dict[RequestId, Share] = field(default_factory=dict)
    _usage: dict[tuple[PersonId, date], Usage] = field(default_factory=dict)
    _held: dict[RequestId, datetime] = field(default_factory=dict)

    def holds(self, of: Redemption) -> Redemption:
        """From now on, as it is; however it came there."""
        self.rows[of.id] = of
        self.outbox.redraw(of)
        taken = of.state not in WITHOUT_REDEMPTION
        self._shares[of.id] = Share(of.terms.requester, NOON.date(), counted(of.terms), taken)
        return of

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds())

    @property
    def states(self) -> list[State]:
        """That it went through, the first one left out."""
        return [to for _, to, _ in self.moves]

    # The port.

    async def make(
        self,
        request_id: RequestId,
        terms: Terms,
        *,
        made_at: datetime,
        day: date,
        limits: Limits,
        begin_in_s: float,
        window: str | None = None,
    ) -> Handled[Redemption]:
        self._reach()
        if request_id in self.rows:
            return Handled(row=self.rows[request_id], ours=False)
        made = new_request(request_id, terms, made_at=made_at, begin_in_s=begin_in_s, now=self.now())
        no = self._in_the_way(made, day, limits)
        self._shares[request_id] = Share(terms.requester, day, counted(terms), taken=False)
        self.rows[request_id] = made if no is None else not_even_made(made, no, self.now())
        if no is None:
            self._take(made, taken=True, limits=None)
        self.outbox.post(self.rows[request_id], MessageKind.REQUESTER, terms.requester)
        if window is not None:
            self.outbox.post(self.rows[request_id], MessageKind.WINDOW, window)
        return Handled(row=self.rows[request_id], ours=True)

    async def get(self, request_id: RequestId) -> Redemption | None:
        self._reach()
        return self.rows.get(request_id)

    async def move(
        self,
        row: Redemption,
        to: State,
        change: Change = NOTHING_BESIDE,
        *,
        by: PersonId | None = None,
        why: Mapping[str, Any] | None = None,
        overdue: bool = False,
    ) -> Redemption:
        if self.beside is not None:
            happens, self.beside = self.beside, None
            happens()
        self._reach()
        claim = change.claim
        holder, kind = self.claims.get(claim.redemption_id, (row.id, None)) if claim else (row.id, None)
        wins = claim is not None and (kind is None or takes_over(claim.kind, kind))
        if holder != row.id and not wins:
            to, change = without_claim(row, change)
        if reopens(row, to) and self._another_is_open(row):
            to, change = row.state, replace(change, due_in_s=None, never_due=True)
        after = self._move(row, to, change, why, overdue=overdue)
        self.by.append(by)
        self._release(row, after)
        if claim is not None and wins:
            self.claims[claim.redemption_id] = (row.id, claim.kind)
            self._lose(holder, after)
        return after

    async def due(self, at_most: int) -> Sequence[Redemption]:
        self._reach()
        now = self.now()
        due = (one for one in self.rows.values() if one.due_at is not None and one.due_at <= now)
        free = [one for one in due if self._held.get(one.id, now) <= now]
        found = sorted(free, key=lambda one: (one.state not in OPEN, one.due_at, one.id))[:at_most]
        self._held |= {one.id: now + timedelta(seconds=HOLD_S) for one in found}
        return found

    async def usage(self, requester: PersonId, day: date) -> Usage:
        self._reach()
        return self._usage.get((requester, day), self.used)

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Redemption]:
        self._reach()
        found = [one for one in self.rows.values() if one.attend_at is not None and one.attend_at <= now]
        return sorted(found, key=lambda one: (one.attend_at, one.id))[:at_most]

    async def earlier(self, terms: Terms, *, since: datetime, but: RequestId) -> Earlier:
        self._reach()
        rows = [one for one in self.rows.values() if one.id != but and one.made_at >= since]
        of_coupon = [one for one in rows if _key(one.terms) == _key(terms)]
        decisions = [one.decided for one in of_coupon if one.state is State.REJECTED and one.decided]
        return Earlier(
            redeemed=sum(
                (one.terms.customer, one.terms.requester) == (terms.customer, terms.requester)
                and one.state is State.REDEEMED
                for one in rows
            ),
            attempts=len(of_coupon),
            rejected=max(decisions, key=lambda decided: decided.at, default=None),
        )

    async def others(self, row: Redemption, uses: Collection[str]) -> Others:
        self._reach()
        number = row.terms.bill_number
        same_bill = [one for one in self._others(row) if may_be_same_bill(one.terms.bill_number, number)]
        claimed = {of: held for of, held in self.claims.items() if of in uses and held[0] != row.id}
        return Others(
            claimed=frozenset(claimed),
            likely={
                of: self.rows[by].terms.bill_number for of, (by, kind) in claimed.items() if is_likely(kind)
            },
            rival=any(may_have_redeemed(one) for one in same_bill),
        )

    async def unclaimed_numbers(self, row: Redemption) -> Mapping[str, Redemption]:
        self._reach()
        return {
            one.terms.bill_number: one
            for one in self._others(row)
            if one.terms.generated and one.outcome.redemption_id is None
        }

    async def open_for(self, customer: CustomerId, code: CouponCode) -> Redemption | None:
        self._reach()
        rows = (one for one in self.rows.values() if _key(one.terms) == (customer, code.casefold()))
        return next((one for one in rows if one.state in OPEN), None)

    async def concerning(self, customer: CustomerId) -> Sequence[Redemption]:
        self._reach()
        told = {*OPEN, State.REDEEMED}
        rows = [one for one in self.rows.values() if one.terms.customer == customer and one.state in told]
        return sorted(rows, key=lambda one: one.made_at, reverse=True)

    async def redeemed_lately(
        self, customer: CustomerId, code: CouponCode, since: datetime
    ) -> Redemption | None:
        self._reach()
        rows = (one for one in self.rows.values() if _key(one.terms) == (customer, code.casefold()))
        lately = (one for one in rows if one.state is State.REDEEMED and one.pressed_at >= since)
        return max(lately, key=lambda one: one.pressed_at, default=None)

    async def redeemed_of(self, code: CouponCode, since: datetime) -> Sequence[Redemption]:
        self._reach()
        rows = (one for one in self.rows.values() if one.terms.code.casefold() == code.casefold())
        lately = (one for one in rows if one.state is State.REDEEMED and one.pressed_at >= since)
        return sorted(lately, key=lambda one: one.pressed_at, reverse=True)

    # What it stands on.

    def _reach(self) -> None:
        if self.failing:
            self.failing -= 1
            raise LedgerUnavailable

    def _others(self, row: Redemption) -> list[Redemption]:
        return [one for one in self.rows.values() if one.id != row.id and _key(one.terms) == _key(row.terms)]

    def _another_is_open(self, row: Redemption) -> bool:
        return any(one.state in OPEN for one in self._others(row))

    def _in_the_way(self, made: Redemption, day: date, limits: Limits) -> Outcome | None:
        if self._another_is_open(made):
            return Outcome(stop=Stop.ALREADY_OPEN)
        used = self._usage.get((made.terms.requester, day), self.used)
        stop = limit_reached(limits, used, Worth(amount=counted(made.terms)))
        at_limit = AtLimit(limits=limits, used=used, worth=made.terms.worth.amount)
        return None if stop is None else Outcome(stop=stop, at_limit=at_limit)

    def _move(
        self, row: Redemption, to: State, change: Change, why: Mapping[str, Any] | None, *, overdue: bool
    ) -> Redemption:
        kept = self.rows.get(row.id)
        if kept is None:
            raise LedgerUnavailable(kind="lost")
        if row.state is State.SENDING and not is_of_call(kept, row):
            raise VersionConflict
        after = moved(row, to, change, self.now())
        in_time = all(self._allows(one, kept) for one in clock_conditions(kept.state, to, overdue=overdue))
        if (kept.version, kept.state) != (row.version, row.state) or not in_time:
            raise VersionConflict
        taken = takes_limit(to, taken=self._shares[row.id].taken)
        self._take(after, taken=taken, limits=change.limits)
        self._held.pop(row.id, None)
        self.moves.append((row.state, to, change))
        self.told.append((to, why or {}))
        self.rows[row.id] = after
        if change.redraw:
            self.outbox.redraw(after)
        else:
            self.outbox.keep_drawn(row, after)
        for role, channel in change.post:
            self.outbox.post(after, role, channel)
        return after

    def _take(self, row: Redemption, *, taken: bool, limits: Limits | None) -> None:
        """Bring the day up to what the request takes from now on. Raises Stopped."""
        before = self._shares[row.id]
        after = replace(before, worth=counted(row.terms), taken=taken)
        day = (before.requester, before.day)
        used = self._usage.get(day, self.used)
        more = after.value - before.value
        if limits is not None and limits.value is not None and 0 < more > limits.value - used.value:
            others = Usage(count=used.count - before.count, value=used.value - before.value)
            at_limit = AtLimit(limits=limits, used=others, worth=row.terms.worth.amount)
            raise Stopped(stop=Stop.VALUE_LIMIT, at_limit=at_limit)
        self._shares[row.id] = after
        count = max(used.count + after.count - before.count, 0)
        self._usage[day] = Usage(count=count, value=max(used.value + more, Decimal(0)))

    def _allows(self, condition: ClockCondition, kept: Redemption) -> bool:
        match condition:
            case ClockCondition.BEGIN_BY_AHEAD:
                return kept.begin_by is not None and kept.begin_by > self.now()
            case ClockCondition.BEGIN_BY_PAST:
                return kept.begin_by is not None and kept.begin_by <= self.now()
            case ClockCondition.SEND_BY_PAST:
                return kept.send_by is not None and kept.send_by <= self.now()

    def _release(self, before: Redemption, after: Redemption) -> None:
        """It rests on one redemption at most, and on none where it is not redeemed any more."""
        if before.state is not State.REDEEMED:
            return
        kept = after.outcome.redemption_id if after.state is State.REDEEMED else None
        gone = [of for of, (by, _) in self.claims.items() if by == before.id and of != kept]
        for of in gone:
            del self.claims[of]

    def _lose(self, holder: RequestId, winner: Redemption) -> None:
        if holder == winner.id or self.rows[holder].state is not State.REDEEMED:
            return
        row = self.rows[holder]
        to, change = lost_claim(row, may_open=not self._another_is_open(row))
        self._move(row, to, change, {"claimed_by": winner.reference}, overdue=False)


def _key(terms: Terms) -> tuple[CustomerId, str]:
    return terms.customer, terms.code.casefold()
