"""What somebody decided on a request holds although the desk has written something beside it meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.errors import Outrun
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.services.ports import Change, Requests

#: Reminders or looks that may come between, one after another.
TRIES = 3


async def insist(
    requests: Requests, row: Redemption, to: State, change: Change, *, by: PersonId, why: Mapping[str, Any]
) -> Redemption:
    """
    As `Requests.move`, and once more while nothing has changed that the decision was made by.

    Raises Outrun where state, round, terms or outcome are others by now.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            return await requests.move(row, to, change, by=by, why=why)
        except Outrun:
            now = await requests.get(row.id)
            if now is None or _judged_by(now) != _judged_by(row) or not tries_left:
                raise
            row = now
    raise AssertionError("unreachable: the last try returns or raises")


def _judged_by(row: Redemption) -> tuple[Any, ...]:
    return row.state, row.round, row.terms, row.outcome
