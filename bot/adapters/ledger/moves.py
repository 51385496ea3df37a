"""The clock conditions of a move, in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement

from bot.adapters.ledger.tables import redemptions
from bot.domain.redemption import State
from bot.domain.transitions import ClockCondition, clock_conditions


def clock_allows(
    from_: State, to: State, *, overdue: bool, now: ColumnElement[datetime]
) -> list[ColumnElement[bool]]:
    """Return conditions for the UPDATE itself, because time goes on while it waits for a lock."""
    return [_in_sql(one, now) for one in clock_conditions(from_, to, overdue=overdue)]


def _in_sql(condition: ClockCondition, now: ColumnElement[datetime]) -> ColumnElement[bool]:
    match condition:
        case ClockCondition.BEGIN_BY_AHEAD:
            return redemptions.c.begin_by > now
        case ClockCondition.BEGIN_BY_PAST:
            return redemptions.c.begin_by <= now
        case ClockCondition.SEND_BY_PAST:
            return redemptions.c.send_by <= now
