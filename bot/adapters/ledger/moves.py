"""What a move makes of a request, and what must be true for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement

from bot.adapters.ledger.tables import redemptions
from bot.domain.redemption import MOVES, Redemption, State
from bot.services.ports import Change

#: Fields that a change gives as they are to be.
_AS_GIVEN = (
    "intent",
    "outcome",
    "terms",
    "decided",
    "round",
    "asking",
    "asked_at",
    "expires_at",
    "attend_at",
    "reminded",
    "looks",
)


def moved(before: Redemption, to: State, change: Change, now: datetime) -> Redemption:
    """The request after the move; `now` is the database's."""
    given: dict[str, Any] = {name: getattr(change, name) for name in _AS_GIVEN}
    doubted = to is State.UNKNOWN and before.state is not State.UNKNOWN
    after = replace(
        before,
        version=before.version + 1,
        state=to,
        begin_by=_later(now, change.begin_in_s) or before.begin_by,
        send_by=_later(now, change.send_in_s) or before.send_by,
        unknown_at=now if doubted else before.unknown_at,
        **{name: value for name, value in given.items() if value is not None},
    )
    waits = to is State.WAITING
    return replace(
        after,
        due_at=None if waits else _due_at(after, change, now),
        attend_at=after.attend_at if waits else None,
    )


def clock_allows(
    from_: State, to: State, *, overdue: bool, now: ColumnElement[datetime]
) -> list[ColumnElement[bool]]:
    """Conditions of the UPDATE itself: it may wait for a lock, and time goes on meanwhile."""
    conditions = [redemptions.c.send_by <= now] if overdue else []
    if from_ is not State.SENDING and to is State.SENDING:
        conditions.append(redemptions.c.begin_by > now)
    if from_ in {State.NEW, State.APPROVED} and to is State.EXPIRED:
        conditions.append(redemptions.c.begin_by <= now)
    return conditions


def _due_at(after: Redemption, change: Change, now: datetime) -> datetime | None:
    if change.due_in_s is not None:
        return _later(now, change.due_in_s)
    if change.never_due or after.state not in MOVES:
        return None
    if after.state is State.APPROVED:
        return after.begin_by
    return after.send_by if after.state is State.SENDING else after.due_at


def _later(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
