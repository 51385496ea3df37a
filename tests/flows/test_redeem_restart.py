"""A redemption outlives the desk that began it."""

from __future__ import annotations

import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot import app, settings
from bot.app import Tuning
from bot.sandbox.demo import environment
from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.faults import DropAfter, Slow, Status
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.settings import Settings
from tests.flows.conftest import Neighbours
from tests.flows.redeeming import (
    POLICY,
    direct,
    fills,
    hears,
    opens_form,
    sees_no_more,
)

# Played over one intake only: `test_redeem` and `test_shortcut` show that HTTP and Socket Mode behave the same.
pytestmark = pytest.mark.parametrize("intake", ["http"])


@pytest.fixture
def engine(neighbours: Neighbours) -> SandboxEngine:
    return neighbours.engine


@pytest.fixture
def slack(neighbours: Neighbours) -> SandboxSlack:
    return neighbours.slack


@pytest.fixture
def settled(
    tmp_path: Path,
    ledger_file: Path,
    engine: SandboxEngine,
    slack: SandboxSlack,
    intake_environ: dict[str, str],
) -> Settings:
    """Of each desk: all of them share one ledger."""
    shutil.copy(ledger_file, tmp_path / "coupon-desk.db")
    file = tmp_path / "stories.toml"
    file.write_text(POLICY, encoding="utf-8")
    environ = environment(engine, slack, tmp_path) | intake_environ
    environ |= {"POLICY_FILE": str(file), "RECONCILE_AFTER_SECONDS": "0.2"}
    return settings.load(environ, env_file=None)


async def start(stack: AsyncExitStack, settled: Settings, tuning: Tuning, slack: SandboxSlack) -> None:
    desk = await stack.enter_async_context(app.desk(settled, tuning))
    slack.connect(desk.url + "/slack/events")


async def test_a_form_is_reviewed_and_an_unknown_outcome_settled_by_the_desk_that_comes_after(
    settled: Settings, tuning: Tuning, slack: SandboxSlack, vikram: Person, engine: SandboxEngine
) -> None:
    """In the window that still stands open, too."""
    engine.faults.add(DropAfter(), path=capillary.REDEEM)
    async with AsyncExitStack() as first:
        await start(first, settled, tuning, slack)
        await opens_form(vikram)
        await fills(vikram)
    async with AsyncExitStack() as second:
        await start(second, settled, tuning, slack)
        # It is read once before it is sent; whoever looks for evidence then finds the engine away.
        await vikram.submits()
        await vikram.sees("Confirm redemption")
        engine.faults.add(Slow(0.0), path=capillary.COUPON)
        engine.faults.add(Status(503), path=capillary.COUPON, times=None)
        await vikram.submits()
        await vikram.sees("Outcome unknown")
        await hears(slack, vikram, "Outcome unknown")
    engine.faults.clear()
    async with AsyncExitStack() as third:
        await start(third, settled, tuning, slack)
        await vikram.sees("redeemed once for this bill, by this request.")
        await hears(slack, vikram, "redeemed once for this bill, by this request.")
        await sees_no_more(slack, vikram, "Outcome unknown")

    assert engine.count(capillary.REDEEM) == 1
    assert len(direct(slack, vikram)) == 1
