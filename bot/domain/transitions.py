"""
The moves of a request, and what each changes.

Everything here is pure: a move is a function from one `Redemption` to the next. Deadlines are given in seconds from
`now`, which the ledger reads from the database's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from bot.aio.frozen import frozen
from bot.domain.alarm import Alarm
from bot.domain.claim import Claim, ClaimKind
from bot.domain.limits import Limits
from bot.domain.looks import has_no_id, look_in_s
from bot.domain.messages import MessageKind
from bot.domain.redemption import (
    SURE,
    Asking,
    Decision,
    Doubt,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    State,
    Terms,
)

MOVES: dict[State, frozenset[State]] = {
    State.NEW: frozenset({State.WAITING, State.APPROVED, State.REFUSED, State.EXPIRED, State.REDEEMED}),
    State.WAITING: frozenset(
        {
            *(State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED),
            # A final no of the engine ends the wait.
            State.REFUSED,
            State.REDEEMED,
        }
    ),
    State.APPROVED: frozenset({State.SENDING, State.WAITING, State.REFUSED, State.EXPIRED, State.REDEEMED}),
    State.SENDING: frozenset({State.REDEEMED, State.REFUSED, State.NOT_SENT, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.REDEEMED, State.REFUSED, State.NOT_SENT, State.NOT_REDEEMED}),
    State.NOT_REDEEMED: frozenset({State.REDEEMED, State.REFUSED}),
    # Only where evidence or a person said it, and something higher ranks or takes the claim.
    State.REDEEMED: frozenset({State.REFUSED, State.UNKNOWN}),
    # Only by the number generated for the request, which the engine shows although the ledger holds no sending.
    State.REFUSED: frozenset({State.REDEEMED}),
    State.NOT_SENT: frozenset({State.REDEEMED}),
    State.REJECTED: frozenset({State.REDEEMED}),
    State.WITHDRAWN: frozenset({State.REDEEMED}),
    State.EXPIRED: frozenset({State.REDEEMED}),
}

#: Over in a moment, as a rule: a window says *Working…* or *Redeeming…* meanwhile.
PASSING = frozenset({State.NEW, State.APPROVED, State.SENDING})
#: Open states in which no call was journaled.
UNSENT = frozenset({State.NEW, State.WAITING, State.APPROVED})
#: Open states. There is at most one open request for a customer and coupon.
OPEN = frozenset({State.NEW, State.WAITING, State.APPROVED, State.SENDING, State.UNKNOWN})
#: A move to one of these gives the request's share of the limits back.
WITHOUT_REDEMPTION = frozenset(
    {State.REFUSED, State.NOT_SENT, State.NOT_REDEEMED, State.REJECTED, State.WITHDRAWN, State.EXPIRED}
)


class ClockCondition(Enum):
    """A condition on the database's clock; False if the row lacks the time."""

    BEGIN_BY_AHEAD = "now is before begin_by"
    BEGIN_BY_PAST = "begin_by is now or past"
    SEND_BY_PAST = "send_by is now or past"


@frozen(kw_only=True)
class Change:
    """
    What a move writes besides the new state; None leaves a field unchanged.

    Attributes:
        begin_in_s, send_in_s, due_in_s: seconds from now, by the database's clock.
        never_due: whether the sweeper need not take it up again.
        limits: limits that the new `terms` must keep; else the move raises Stopped.
        post: messages to post, each with its channel (or the person's id).
        claim: on the engine's redemption that the new outcome rests on. Where another request has a claim as
            strong, the request does not become redeemed but unknown.
        alarm: what somebody has to look into; it is written to the audit log and logged.
        redraw: whether anything changes that people read; else messages are not drawn again.

    """

    intent: Intent | None = None
    outcome: Outcome | None = None
    terms: Terms | None = None
    decided: Decision | None = None
    round: int | None = None
    asking: Asking | None = None
    asked_at: datetime | None = None
    expires_at: datetime | None = None
    attend_at: datetime | None = None
    reminded: int | None = None
    looks: int | None = None
    begin_in_s: float | None = None
    send_in_s: float | None = None
    due_in_s: float | None = None
    never_due: bool = False
    limits: Limits | None = None
    post: tuple[tuple[MessageKind, str], ...] = ()
    claim: Claim | None = None
    alarm: Alarm | None = None
    redraw: bool = True


NOTHING_BESIDE = Change()
#: Fields that a change sets as they are given.
_AS_GIVEN = sorted({one.name for one in fields(Change)} & {one.name for one in fields(Redemption)})


def may_move(from_: State, to: State) -> bool:
    return to in MOVES.get(from_, frozenset())


def new_request(
    request_id: RequestId, terms: Terms, *, made_at: datetime, begin_in_s: float, now: datetime
) -> Redemption:
    """Return a new request; `made_at` is by the desk's clock, `now` by the database's."""
    begin_by = now + timedelta(seconds=begin_in_s)
    return Redemption(
        id=request_id,
        version=1,
        state=State.NEW,
        terms=terms,
        made_at=made_at,
        begin_by=begin_by,
        due_at=begin_by,
    )


def not_even_made(new: Redemption, no: Outcome, now: datetime) -> Redemption:
    """
    Return a new request as refused, because of a limit or another open request; `now` is by the database's clock.

    It is looked at like any other: the ledger may have lost an earlier press of the same form.
    """
    refused = replace(new, state=State.REFUSED, outcome=no, ended_at=now)
    return replace(refused, due_at=_later(now, look_in_s(refused)))


def moved(before: Redemption, to: State, change: Change, now: datetime) -> Redemption:
    """
    Return the request after the move; `now` is by the database's clock. The state may stay if only facts are added.

    Raises ValueError if the state does not allow the move.
    """
    if to is not before.state and not may_move(before.state, to):
        raise ValueError(f"{before.state} does not become {to}")
    given: dict[str, Any] = {name: getattr(change, name) for name in _AS_GIVEN}
    doubted = to is State.UNKNOWN and before.state is not State.UNKNOWN
    after = replace(
        before,
        version=before.version + 1,
        state=to,
        begin_by=_later(now, change.begin_in_s) or before.begin_by,
        send_by=_later(now, change.send_in_s) or before.send_by,
        unknown_at=now if doubted else before.unknown_at,
        ended_at=None if to in OPEN else (now if to is not before.state else before.ended_at),
        **{name: value for name, value in given.items() if value is not None},
    )
    waits = to is State.WAITING
    return replace(
        after,
        due_at=None if waits else _due_at(before, after, change, now),
        attend_at=after.attend_at if waits else None,
    )


def reopens(row: Redemption, to: State) -> bool:
    """Whether a move makes an ended request open again; there may be no second open one for its coupon."""
    return row.state not in OPEN and to in OPEN


def without_claim(row: Redemption, change: Change) -> tuple[State, Change]:
    """
    The move in place of one to redeemed, where another request has a claim as strong on that redemption.

    It is unknown, for a person, where it may be. What the engine itself said stays, and so does what was not sent
    yet, and what is redeemed where a person only named its use. Each time it is an alarm.
    """
    sure = row.state is State.REDEEMED and (row.outcome.settled in SURE or _names(change))
    doubted = row.state is State.UNKNOWN or (may_move(row.state, State.UNKNOWN) and not sure)
    to = State.UNKNOWN if doubted else row.state
    worked_on = to in OPEN and to is not State.WAITING
    return to, Change(
        outcome=_doubted(row.outcome) if doubted else row.outcome,
        due_in_s=change.due_in_s if doubted else None,
        never_due=not worked_on,
        alarm=Alarm.CLAIM_LOST,
        post=change.post,
    )


def _names(change: Change) -> bool:
    """Whether a person names the use; their word on a redeemed request says nothing else."""
    return change.claim is not None and change.claim.kind is ClaimKind.PERSON


def lost_claim(row: Redemption, *, may_open: bool) -> tuple[State, Change]:
    """
    Return the move of a redeemed request that has lost its claim to a stronger one.

    It becomes unknown, with no looks made. What the engine itself said stays redeemed, and its id is looked for again. If
    `may_open` is False, because another request for the coupon is open, it stays redeemed without a redemption, for a
    person to settle.
    """
    if row.outcome.settled in SURE:
        nameless = replace(row.outcome, redemption_id=None, uses=(), by=None, note="")
        return State.REDEEMED, Change(outcome=nameless, due_in_s=0.0, alarm=Alarm.CLAIM_LOST)
    if may_open:
        outcome = Outcome(doubt=Doubt.CLAIMED_ELSEWHERE)
        return State.UNKNOWN, Change(outcome=outcome, due_in_s=0.0, looks=0, alarm=Alarm.CLAIM_LOST)
    outcome = replace(row.outcome, redemption_id=None, doubt=Doubt.CLAIMED_ELSEWHERE)
    return State.REDEEMED, Change(outcome=outcome, alarm=Alarm.CLAIM_LOST)


def _doubted(outcome: Outcome) -> Outcome:
    """Nothing speaks for it any more; what was found stays, for a person."""
    return replace(outcome, settled=None, redemption_id=None, by=None, note="", doubt=Doubt.CLAIMED_ELSEWHERE)


def clock_conditions(from_: State, to: State, *, overdue: bool = False) -> Sequence[ClockCondition]:
    """
    Return the clock conditions of a move.

    A request is sent only before `begin_by` and expires unsent only after it. `overdue` requires that `send_by` has
    passed. They are part of the UPDATE itself, because time goes on while it waits for a lock.
    """
    conditions = [ClockCondition.SEND_BY_PAST] if overdue else []
    if from_ is not State.SENDING and to is State.SENDING:
        conditions.append(ClockCondition.BEGIN_BY_AHEAD)
    if from_ in {State.NEW, State.APPROVED} and to is State.EXPIRED:
        conditions.append(ClockCondition.BEGIN_BY_PAST)
    return conditions


def takes_limit(to: State, *, taken: bool) -> bool:
    """
    Whether a request has its share of the day's limits after a move; `taken` is whether it had it before.

    An end without a redemption gives it back; a redemption found after such an end takes it again.
    """
    return to is State.REDEEMED or (taken and to not in WITHOUT_REDEMPTION)


def may_have_redeemed(row: Redemption) -> bool:
    """Whether an unclaimed use may be this request's: it is not over, or is redeemed without an id."""
    return is_open(row) or has_no_id(row)


def is_open(row: Redemption) -> bool:
    """Whether the request is open."""
    return row.state in OPEN


def is_news(before: Redemption, to: State) -> bool:
    """
    Whether the requester must be notified of a move.

    After a wait or a doubt they may not be watching, and after an end nobody expects another one.
    """
    if to is before.state or to is State.WITHDRAWN or (to in OPEN and to is not State.UNKNOWN):
        return False
    waited = before.state in {State.WAITING, State.UNKNOWN} or not is_open(before)
    return waited or before.decided is not None


def posted_when_made(made: Redemption, window: str | None) -> Sequence[tuple[MessageKind, str]]:
    """Return the messages of a new request, each with its channel; `window` is the confirmation modal's id."""
    own: tuple[MessageKind, str] = (MessageKind.REQUESTER, made.terms.requester)
    return [own] if window is None else [own, (MessageKind.WINDOW, window)]


def posted_by_move(
    before: Redemption, after: Redemption, change: Change
) -> Sequence[tuple[MessageKind, str]]:
    """Return the messages to post after a move, each with its channel; posted ones are updated."""
    news = [(MessageKind.NEWS, after.terms.requester)] if is_news(before, after.state) else []
    return [*change.post, *news]


def _due_at(before: Redemption, after: Redemption, change: Change, now: datetime) -> datetime | None:
    if change.due_in_s is not None:
        return _later(now, change.due_in_s)
    if change.never_due:
        return None
    if after.state is not before.state and not is_open(after):
        return _later(now, look_in_s(after))
    if after.state is State.APPROVED:
        return after.begin_by
    return after.send_by if after.state is State.SENDING else after.due_at


def _later(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
