"""What somebody decided on a request holds although something else was written beside it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.errors import VersionConflict
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.domain.transitions import Change
from bot.services.ports import Requests

#: Reminders or looks that may come between, one after another.
TRIES = 5

Holds = Callable[[Redemption], bool]


async def move_with_retry(
    requests: Requests,
    row: Redemption,
    to: State,
    change: Change,
    *,
    holds: Holds,
    by: PersonId | None = None,
    why: Mapping[str, Any],
) -> Redemption:
    """
    As `Requests.move`, and again while it `holds` for the request as it stands by then.

    Raises VersionConflict where it does not.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            return await requests.move(row, to, change, by=by, why=why)
        except VersionConflict:
            now = await requests.get(row.id)
            if now is None or not holds(now) or not tries_left:
                raise
            row = now
    raise AssertionError("unreachable: the last try returns or raises")


def as_judged(row: Redemption) -> Holds:
    """Nothing has changed that somebody decided by."""
    judged_by = _judged_by(row)
    return lambda now: _judged_by(now) == judged_by


def _judged_by(row: Redemption) -> tuple[Any, ...]:
    return row.state, row.round, row.terms, row.outcome
