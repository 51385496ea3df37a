"""Somebody closes an unknown outcome by hand, while the desk goes on looking for evidence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from bot.domain.redemption import Outcome, Redemption, Settled, State
from bot.domain.transitions import Change
from bot.services.ports import Requests
from bot.services.settle import SettleUnknown
from tests.services.stand_ins import ARJUN, NISHA, ONCE, Beside, Desk, Facts, Says, actor, asked


@pytest.fixture
async def row(desk: Desk, facts: Facts) -> Redemption:
    """Nobody knows what became of it."""
    facts.next_answer[ONCE] = Says.LOST
    unknown = await asked(desk, NISHA, ONCE)
    assert unknown.state is State.UNKNOWN
    return unknown


def beside(desk: Desk, *changes: Callable[[Redemption], Awaitable[Redemption]]) -> SettleUnknown:
    requests = cast("Requests", Beside(desk.ports.requests, *changes))
    return replace(desk.close, requests=requests, write=replace(desk.close.write, requests=requests))


async def test_settling_is_retried_after_a_look_that_found_nothing_new(
    desk: Desk, requests: Requests, row: Redemption
) -> None:
    async def looks(stands: Redemption) -> Redemption:
        return await requests.move(stands, State.UNKNOWN, Change(looks=stands.looks + 1, due_in_s=10.0))

    close = beside(desk, looks, looks)
    closed = await close(row.id, row.outcome.found, redeemed=False, note="Not on the roll", by=actor(ARJUN))

    assert (closed.ours, closed.row.state, closed.row.outcome.settled) == (
        True,
        State.NOT_REDEEMED,
        Settled.PERSON,
    )
    assert closed.row.looks == 2


async def test_evidence_at_the_same_moment_wins_over_a_person(
    desk: Desk, requests: Requests, row: Redemption
) -> None:
    async def settles(stands: Redemption) -> Redemption:
        found = Change(outcome=Outcome(settled=Settled.EVIDENCE, redemption_id="1"))
        return await requests.move(stands, State.REDEEMED, found)

    settled = await beside(desk, settles)(row.id, row.outcome.found, redeemed=False, note="", by=actor(ARJUN))

    assert not settled.ours
    kept = await requests.get(row.id)
    assert kept is not None
    assert (kept.state, kept.outcome.settled) == (State.REDEEMED, Settled.EVIDENCE)


async def test_a_person_who_was_not_shown_every_use_settles_nothing(
    desk: Desk, facts: Facts, row: Redemption
) -> None:
    """They opened the form; then a redemption for another bill turned up."""
    facts.use(ONCE, bill="OTHER-1", till="MG-ROAD")
    facts.database_now += timedelta(seconds=10)
    await desk.keep()

    for redeemed in (True, False):
        stands = await desk.close(row.id, row.outcome.found, redeemed=redeemed, note="Seen", by=actor(ARJUN))
        assert (stands.ours, stands.row.state) == (False, State.UNKNOWN)
    assert [use.bill for use in stands.row.outcome.uses] == ["OTHER-1"]
    closed = await desk.close(
        row.id, stands.row.outcome.found, redeemed=False, note="Somebody else's", by=actor(ARJUN)
    )
    assert (closed.ours, closed.row.state) == (True, State.NOT_REDEEMED)
