"""A move is made again after a version conflict, as long as what it was decided by is unchanged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import VersionConflict
from bot.domain.person import PersonId
from bot.domain.redemption import Outcome, Redemption, State
from bot.domain.transitions import Change
from bot.services.retry import TRIES, as_judged, move_with_retry
from tests.fakes.requests import FakeRequests
from tests.services.redeeming import LARGE, row

BY = PersonId("U0MANAGER2")
WAITING = row(State.WAITING, LARGE)


def beside(ledger: FakeRequests, times: int, **changes: Any) -> None:
    """Somebody else writes just before each of the next moves."""

    def writes() -> None:
        nonlocal times
        times -= 1
        held = ledger.rows[WAITING.id]
        ledger.holds(replace(held, version=held.version + 1, **changes))
        ledger.beside = writes if times else None

    ledger.beside = writes


async def withdrawn(ledger: FakeRequests, holds: Callable[[Redemption], bool]) -> Redemption:
    change = Change(round=2)
    return await move_with_retry(
        ledger, WAITING, State.WITHDRAWN, change, holds=holds, by=BY, why={"round": 1}
    )


@pytest.mark.parametrize("times", [0, 1, TRIES - 1])
async def test_it_is_moved_by_the_same_person_with_the_same_facts(times: int) -> None:
    ledger = FakeRequests()
    ledger.holds(WAITING)
    if times:
        beside(ledger, times, reminded=1)
    moved = await withdrawn(ledger, as_judged(WAITING))

    assert (moved.state, moved.round, moved.version) == (State.WITHDRAWN, 2, 2 + times)
    assert (ledger.by, ledger.told) == ([BY], [(State.WITHDRAWN, {"round": 1})])


async def test_after_five_tries_it_is_given_up() -> None:
    ledger = FakeRequests()
    ledger.holds(WAITING)
    beside(ledger, TRIES, reminded=1)
    with pytest.raises(VersionConflict):
        await withdrawn(ledger, as_judged(WAITING))

    assert ledger.moves == []
    assert TRIES == 5


async def test_a_request_that_is_gone_is_given_up() -> None:
    ledger = FakeRequests()
    ledger.holds(WAITING)

    def gone() -> None:
        ledger.rows.clear()
        raise VersionConflict

    ledger.beside = gone
    with pytest.raises(VersionConflict):
        await withdrawn(ledger, lambda _: True)


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({"state": State.APPROVED}, False),
        ({"round": 2}, False),
        ({"terms": replace(LARGE, note="other")}, False),
        ({"outcome": Outcome(note="other")}, False),
        ({"looks": 1}, True),
        ({"reminded": 1, "version": 9}, True),
    ],
)
async def test_what_it_was_judged_by_is_state_round_terms_and_outcome(
    change: dict[str, Any], holds: bool
) -> None:
    ledger = FakeRequests()
    ledger.holds(WAITING)
    beside(ledger, 1, **{name: to for name, to in change.items() if name != "version"})

    assert as_judged(WAITING)(replace(WAITING, **change)) is holds
    if holds:
        assert (await withdrawn(ledger, as_judged(WAITING))).state is State.WITHDRAWN
    else:
        with pytest.raises(VersionConflict):
            await withdrawn(ledger, as_judged(WAITING))
