"""What people read while the disk of an SQLite ledger is full or fails, or another process holds its file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.aio.tasks import TaskSet
from bot.sandbox.engine.capillary import REDEEM
from bot.sandbox.engine.faults import Hang
from tests.faults.conftest import AGAIN_S, PATIENCE_S, Stage, came_through, pressed, staged, until_unready
from tests.faults.disk import Disk, failing_disk, held_by_another, small_disk
from tests.flows.redeeming import ASHA, SEVERAL_USES

pytestmark = pytest.mark.usefixtures("unhurried")

MENDED = "Nothing was changed. Tell whoever runs Coupon Desk"
FULL = f"records cannot be written: their disk is full. {MENDED}"
FAILED = f"records cannot be written: their disk does not work. {MENDED}"
#: Told to whoever comes next: the file is opened anew, and can only be read.
ONLY_READ = "records can only be read just now, not written. Nothing was changed. Try again in a minute"
HELD = "records are held by something else just now. Nothing was changed. Try again in a minute"


@pytest.fixture(params=[small_disk])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    with request.param(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
async def stage(tmp_path: Path, disk: Disk) -> AsyncIterator[Stage]:
    async with staged(tmp_path, f"sqlite:///{disk.ledger}") as stage:
        yield stage


async def until_told(stage: Stage, words: str) -> None:
    """Look a coupon up until the answer says so: what was looked up before is written a moment later."""
    async with asyncio.timeout(PATIENCE_S):
        while words not in stage.vikram.screen():
            await stage.vikram.command("/coupons", f"{ASHA} code:{SEVERAL_USES}")
            await asyncio.sleep(0.2)


async def test_a_full_one_is_told_and_nothing_is_sent_or_looked_up(stage: Stage, disk: Disk) -> None:
    disk.fill()
    answer = await pressed(stage)
    await until_told(stage, FULL)
    await until_unready(stage)

    assert FULL in answer
    assert stage.redeemed() == (0, 0)
    disk.free()
    await came_through(stage)


async def test_an_answer_of_the_engine_is_held_until_there_is_room_and_told_once(
    stage: Stage, disk: Disk
) -> None:
    tasks, answers = TaskSet(), Hang(asyncio.Event(), after=True)
    stage.parts.engine.faults.add(answers, path=REDEEM)
    answer = tasks.spawn(stage.press())
    await answers.arrived.wait()
    disk.fill()
    answers.event.set()
    if "Outcome unknown" not in await answer:
        await stage.vikram.sees("Outcome unknown")

    assert not stage.confirmed()
    disk.free()
    async with asyncio.timeout(AGAIN_S):
        await stage.parts.slack.until(stage.confirmed, PATIENCE_S)
    await came_through(stage)
    assert not stage.confirmed(2)
    await tasks.close()


@pytest.mark.parametrize("disk", [failing_disk], indirect=True)
async def test_one_that_fails_is_told_and_another_one_in_its_place_is_used(
    tmp_path: Path, stage: Stage, disk: Disk
) -> None:
    disk.fail()
    answer = await pressed(stage)
    await until_told(stage, ONLY_READ)

    # A worker may have met it first.
    assert FAILED in answer or ONLY_READ in answer
    disk.replace(tmp_path / "another")
    await came_through(stage)


async def test_a_file_that_another_process_holds_is_told_as_that(stage: Stage, disk: Disk) -> None:
    async with held_by_another(disk.ledger):
        answer = await pressed(stage)

    assert HELD in answer
    await came_through(stage)
