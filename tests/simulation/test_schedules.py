"""Whatever crashes and fails on the way of a redemption by hand: what must hold, holds."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulation.desks import place
from tests.simulation.play import play
from tests.simulation.schedules import ACTS, PROVED, Grows, drawn
from tests.simulation.tally import Tally
from tests.simulation.told import PROPERTY

#: `python -m tests.simulation 3000` plays more.
SCHEDULES, AT_ONCE = 300, 10

ROOT = Path(__file__).parents[2]

Record = Callable[[str, object], None]


@pytest.mark.parametrize("first", range(0, SCHEDULES, AT_ONCE))
async def test_whatever_happens_what_must_hold_holds(
    first: int, tmp_path: Path, postgres_server: str, record_property: Record
) -> None:
    tally = Tally()
    async with place(tmp_path, postgres_server) as here:
        for seed in range(first, first + AT_ONCE):
            tally.add(await play(here, drawn(seed)))

    record_property(PROPERTY, tally.as_text())


@pytest.mark.parametrize(
    ("arguments", "told"), [(["2"], "2 schedules, seeds 0 to 1"), (["--seed", "5"], "seeds 5 to 5")]
)
async def test_the_command_plays_what_it_is_told_to(arguments: list[str], told: str) -> None:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()

    assert process.returncode == 0, err.decode()
    assert told in out.decode()
    assert out.decode().endswith("0 failed\n")


def test_a_seed_is_always_the_same_schedule() -> None:
    assert drawn(17) == drawn(17)
    assert drawn(17) != drawn(18)


def test_chance_leaves_nothing_out() -> None:
    """Each kind of coupon, fault and happening is drawn often enough to prove something."""
    schedules = [drawn(seed) for seed in range(SCHEDULES)]
    posts = {one.post for one in schedules}
    died_at = {(blow.point, blow.when) for one in schedules for blow in one.deaths}

    assert len(posts) == 14
    assert len(died_at) >= 30
    assert sum(one.lakh for one in schedules) >= 20
    assert sum(one.instances == 2 for one in schedules) >= 20
    assert {one.kind for one in schedules if one.lakh} == {one.kind for one in schedules}
    assert len({(one.till, one.same_bill) for one in schedules if one.till}) == 10
    approvals = [one.approval for one in schedules if one.approval]
    assert {one.acts for one in approvals} == {acts for acts, _ in ACTS}
    assert {one.grows for one in approvals} == {None, *Grows}
    assert {one.proved for one in approvals} == set(PROVED)
