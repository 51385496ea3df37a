"""Whatever crashes and fails on the way of a redemption by hand: what must hold, holds."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.logged import logged
from tests.long import long
from tests.simulation.desks import CHANNEL, place
from tests.simulation.invariants import PERSONAL, leaked, secrets_of
from tests.simulation.play_several import play_any
from tests.simulation.schedules import ACTS, PROVED, Grows, Schedule, code_of, drawn_one
from tests.simulation.several import (
    POSTS,
    WITHOUT_ID,
    Bill,
    Ends,
    Gap,
    Lost,
    Policies,
    Says,
    drawn,
    drawn_several,
)
from tests.simulation.tally import Tally
from tests.simulation.told import PROPERTY

SCHEDULES, AT_ONCE = 30, 5
#: As `.ci/run` plays them: `python -m tests.simulation --from 30 300`.
WITH_CI = 330

ROOT = Path(__file__).parents[2]

Record = Callable[[str, object], None]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, at the most talkative level."""
    with logged("DEBUG") as stream:
        yield stream


@pytest.mark.parametrize("first", range(0, SCHEDULES, AT_ONCE))
async def test_whatever_happens_what_must_hold_holds(
    first: int, tmp_path: Path, postgres_server: str, written: io.StringIO, record_property: Record
) -> None:
    schedules = [drawn(seed) for seed in range(first, first + AT_ONCE)]
    codes = [code_of(one if isinstance(one, Schedule) else one.base) for one in schedules]
    tally = Tally()
    async with place(tmp_path, postgres_server) as here:
        for schedule in schedules:
            tally.add(await play_any(here, schedule))
        posted = [message.text + json.dumps(message.blocks) for message in here.slack.messages(CHANNEL)]
        secrets = secrets_of(here.engine, here.slack, codes)
    lines = written.getvalue()
    record_property(PROPERTY, tally.as_text())

    # Neither the log nor a channel tells what it should not.
    assert leaked(lines, secrets) == []
    assert leaked("".join(posted), {*PERSONAL, *codes}) == []
    assert lines.count('"engine_call"') >= 5 * AT_ONCE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--seed", "4"], "1 schedules, seeds 4 to 4"),
        pytest.param(["--from", "7", "2"], "2 schedules, seeds 7 to 8", marks=long),
    ],
)
async def test_the_command_plays_what_it_is_told_to(arguments: list[str], told: str) -> None:
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    out, err = await process.communicate()

    assert process.returncode == 0, err.decode()
    assert told in out.decode()
    assert "0 failed" in out.decode()
    assert re.search(r"s of processor time, \d+\.\d\d a schedule$", out.decode())


def test_a_seed_is_always_the_same_schedule() -> None:
    assert drawn(17) == drawn(17)
    assert drawn(17) != drawn(18)


def test_chance_leaves_nothing_out() -> None:
    """Each kind of coupon, fault and happening is drawn often enough to prove something."""
    schedules = [drawn_one(seed) for seed in range(WITH_CI)]
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


def test_chance_leaves_nothing_out_where_several_meet() -> None:
    schedules = [drawn_several(seed) for seed in range(1, WITH_CI, 2)]
    parts = [part for schedule in schedules for part in schedule.parts]

    assert {one.policies for one in schedules} == set(Policies)
    assert {one.customers for one in schedules} == {1, 2, 3}
    assert sum(one.base.postgres for one in schedules) >= len(schedules) / 10
    assert sum(one.crash is not None for one in schedules) >= 3
    assert any(part.lost and one.base.postgres for one in schedules for part in one.parts)
    assert any({part.typed for part in one.parts} == {False, True} for one in schedules)

    assert {part.gap for part in parts} == set(Gap)
    assert {part.till for part in parts} == {None, *Bill}
    assert {part.lost for part in parts} == {None, *Lost}
    assert {part.ends for part in parts if part.death} == set(Ends)
    assert sum(part.cancelled > 100 for part in parts) >= 20
    assert {says for part in parts if part.says for says, _ in [part.says]} == set(Says)
    assert {WITHOUT_ID} < {part.post for part in parts} < set(POSTS)
    assert sum(part.beside for part in parts) >= 20
    assert sum(part.typed for part in parts) >= 100
