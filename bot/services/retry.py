"""Retry a versioned move while the decided facts are unchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.errors import VersionConflict
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.domain.transitions import Change
from bot.services.ports import Requests

#: Attempts in all; each conflict is a reminder or a look that was written in between.
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
    As `Requests.move`; after a version conflict it retries if `holds` is True for the current request.

    Raises VersionConflict if it is False, or after the last attempt.
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
    """Return a check that the facts by which `row` was judged are unchanged: state, round, terms and outcome."""
    judged_by = _judged_by(row)
    return lambda now: _judged_by(now) == judged_by


def _judged_by(row: Redemption) -> tuple[Any, ...]:
    return row.state, row.round, row.terms, row.outcome
