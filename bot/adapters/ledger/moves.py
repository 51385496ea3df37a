"""What the database's clock must say for a move: `bot.domain.transitions.clock_lets` in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement

from bot.adapters.ledger.tables import redemptions
from bot.domain.redemption import State


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
