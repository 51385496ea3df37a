"""How a request stands when its story is told, who has to do anything, and what Coupon Desk does next by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.alarm import Alarm
from bot.domain.audit_entry import AuditEntry
from bot.domain.looks import ended_unsent, is_to_be_named
from bot.domain.redemption import Doubt, Outcome, Redemption, Settled, State, Stop
from bot.domain.transitions import is_open
from bot.ops.sentences import moment
from bot.ops.stop_sentences import LIMITS
from bot.services.ports import AuditEvent
from bot.views.states import STATE_WORDS
from bot.views.text import Display

_NOBODY = "Nobody has to do anything."
_PRESS = "Settle on its message"
_SETTLE = f"settles it ({_PRESS})"
#: What stood in the way, where it was a right or a rule; the other stops are about the coupon or the engine.
_STOPPED = {
    Stop.NOT_ALLOWED: "whoever asked had no right to redeem",
    Stop.NOT_ALLOWED_APPROVER: "whoever approved it had no right to any more",
    Stop.NO_RULE: "no rule covers it",
    Stop.NEEDS_APPROVAL: "it had no approval",
    Stop.PAUSED: "redeeming was paused",
    **dict.fromkeys(LIMITS, "stopped by a daily limit"),
}


def headline(row: Redemption) -> str:
    """`Not redeemed (settled by U0LEELA)`: the word of the state, and whose word it is where that is not plain."""
    because = _because(row)
    return f"{STATE_WORDS[row.state]}{f' ({because})' if because else ''}"


def _because(row: Redemption) -> str:
    outcome = row.outcome
    if row.state in {State.REDEEMED, State.NOT_REDEEMED} and outcome.settled is Settled.PERSON:
        return f"settled by {outcome.by or 'a person'}"
    match row.state:
        case State.NOT_REDEEMED:
            return "the engine's records show no redemption"
        case State.NOT_SENT:
            return "the redeem call had no effect"
        case State.REFUSED:
            return _refused(outcome, sent=row.intent is not None)
        case _:
            return ""


def _refused(outcome: Outcome, *, sent: bool) -> str:
    if outcome.stop is not None:
        return _STOPPED.get(outcome.stop, "stopped by Coupon Desk's last check")
    return (
        "refused by the loyalty engine" if sent else "the loyalty engine's check said no; it was never sent"
    )


def now_told(row: Redemption, entries: Sequence[AuditEntry], display: Display, at: datetime) -> str:
    """One line; `at` is by the database's clock, as the deadlines are."""
    stands = headline(row)
    end = "" if stands.endswith("…") else "."
    return f"Now, as of {moment(at, display)}: {stands}{end} {_next(row, entries, display, at)}"


def _next(row: Redemption, entries: Sequence[AuditEntry], display: Display, at: datetime) -> str:
    match row.state:
        case State.WAITING:
            return _waiting(row, display)
        case State.UNKNOWN:
            return _unknown(row, display, at)
        case _ if is_open(row):
            return _under_way(row, display)
        case _:
            return _ended(row, entries, display, at)


def _waiting(row: Redemption, display: Display) -> str:
    until = f" by {moment(row.expires_at, display)}; else it expires" if row.expires_at else ""
    return f"To do: one of {', '.join(row.terms.approvers) or 'nobody'} approves or rejects it{until}."


def _under_way(row: Redemption, display: Display) -> str:
    if row.due_at is None:
        return _NOBODY
    then = {
        State.NEW: "it expires",
        State.APPROVED: "Coupon Desk goes on with it, or it expires",
        State.SENDING: "its outcome counts as unknown",
    }[row.state]
    return f"{_NOBODY} If nothing has come of it by {moment(row.due_at, display)}, {then}."


def _unknown(row: Redemption, display: Display, at: datetime) -> str:
    """Who has to settle it: nobody yet, while the engine's records may still tell by themselves."""
    ends = row.unknown_at + display.window if row.unknown_at else None
    to_judge = row.outcome.uses or row.outcome.doubt is Doubt.CLAIMED_ELSEWHERE
    looks = _looks(row, display, at)
    if looks and ends is not None and at < ends and not to_judge:
        return (
            f"Nobody has to do anything yet. {looks}; if that decides nothing by {moment(ends, display)}, "
            f"somebody who approves {_SETTLE}."
        )
    todo = f"To do: somebody who approves checks bill {row.terms.bill_number} and {_SETTLE}."
    return f"{todo} {looks}." if looks else f"{todo} Coupon Desk does nothing more by itself."


def _looks(row: Redemption, display: Display, at: datetime) -> str:
    return f"Coupon Desk looks in the engine's records {_when(row.due_at, display, at)}" if row.due_at else ""


def _when(due_at: datetime, display: Display, at: datetime) -> str:
    """Where its time has come already, it has not been made: Coupon Desk is about to, or does not run."""
    due = moment(due_at, display)
    return f"at {due}" if due_at > at else f"as soon as it can (due since {due})"


def _ended(row: Redemption, entries: Sequence[AuditEntry], display: Display, at: datetime) -> str:
    todo = "To do: somebody who approves has to look into the alarm." if _alarmed(row, entries) else _NOBODY
    if is_to_be_named(row):
        return f"To do: somebody who approves finds out which use is bill {row.terms.bill_number}'s and names it ({_PRESS})."
    if row.due_at is None:
        return f"Closed. {todo}" if todo is _NOBODY else todo
    why = "a second use" if row.state is State.REDEEMED else "a use"
    if row.state is State.REDEEMED and row.outcome.redemption_id is None:
        return f"{todo} {_looks(row, display, at)} for the id of the redemption."
    first = ended_unsent(row) and not row.looks
    more = f"{_when(row.due_at, display, at)} and once more a day after its end" if first else ""
    once = more or f"once more {_when(row.due_at, display, at)}"
    return f"{todo} Coupon Desk checks the engine {once}, in case {why} turns up."


def _alarmed(row: Redemption, entries: Sequence[AuditEntry]) -> bool:
    """Whether there was an alarm since it came to where it stands: the entry of a move is before that of its alarm."""
    alarms: set[str] = set()
    for entry in entries:
        if entry.what == AuditEvent.MOVED.value and (entry.from_state != entry.to_state or _settles(entry)):
            alarms.clear()
        if entry.what == AuditEvent.ALARM.value:
            alarms.add(entry.text("alarm"))
    found = {Alarm.NO_REDEMPTION_ID.value} if row.outcome.redemption_id else set()
    return bool(alarms - found)


def _settles(entry: AuditEntry) -> bool:
    """Whether a person has named the use, and no other request has it."""
    return entry.by is not None and "outcome" in entry.why
