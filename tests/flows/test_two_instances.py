"""Two instances on one ledger: no card contradicts what the other has written, and every press is checked anew on each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot import app, settings
from bot.app import Desk, Tuning
from bot.bootstrap.timing import ACCOUNTS_PAUSE_S
from bot.sandbox.demo import environment
from bot.sandbox.engine import capillary
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock, Neighbours
from tests.flows.redeeming import ASHA, LARGE, POLICY, SMALL, fills, hears, looks_up, opens_form

#: Seconds within which every instance knows of an event that one of them received, and what a busy machine may take.
KNOWN_S = 2.0
PATIENCE_S = 60.0


@dataclass(slots=True)
class Two:
    slack: SandboxSlack
    engine: SandboxEngine
    desks: tuple[Desk, Desk]

    def asks(self, number: int) -> None:
        """From now on Slack speaks to this one."""
        self.slack.connect(self.desks[number].url + "/slack/events")


@pytest.fixture
def engine(neighbours: Neighbours) -> SandboxEngine:
    return neighbours.engine


@pytest.fixture
def slack(neighbours: Neighbours) -> SandboxSlack:
    return neighbours.slack


@pytest.fixture
async def two(
    tmp_path: Path, postgres: str, engine: SandboxEngine, slack: SandboxSlack, tuning: Tuning
) -> AsyncIterator[Two]:
    file = tmp_path / "stories.toml"
    file.write_text(POLICY, encoding="utf-8")
    environ = environment(engine, slack, tmp_path) | {"POLICY_FILE": str(file), "DATABASE_URL": postgres}
    settled = settings.load(environ, env_file=None)
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(app.desk(settled, tuning)) for _ in range(2)]
        two = Two(slack, engine, (desks[0], desks[1]))
        for number in (1, 0):
            two.asks(number)
            await looks_up(slack.person("U0AGENT"), ASHA, "9 coupons")
        yield two


async def test_what_one_instance_has_redeemed_stands_on_the_card_that_another_one_has_kept(
    two: Two, vikram: Person, nisha: Person
) -> None:
    await opens_form(vikram, SMALL)
    await fills(vikram)
    await vikram.submits()
    await vikram.sees("Confirm redemption")
    await vikram.submits()
    await vikram.sees("The loyalty engine confirmed it.")
    asked = two.engine.count(capillary.COUPONS)
    two.asks(1)
    await nisha.command("/coupons", ASHA)
    await nisha.sees("from here by @Vikram Shah")

    # What it had kept does not show the use, and is read once more.
    assert two.engine.count(capillary.COUPONS) == asked + 1


async def test_what_waits_on_one_instance_is_nobodys_to_redeem_on_another(
    two: Two, vikram: Person, nisha: Person, slack: SandboxSlack
) -> None:
    two.asks(1)
    await nisha.command("/coupons", f"{ASHA} code:{LARGE}")
    await nisha.sees("one coupon")
    two.asks(0)
    await opens_form(vikram, LARGE)
    await fills(vikram, bill="12000")
    await vikram.submits()
    await vikram.sees("Request approval")
    await vikram.submits()
    await vikram.sees("Waiting for approval")
    await hears(slack, vikram, "Waiting for approval")
    two.asks(1)
    await nisha.command("/coupons", f"{ASHA} code:{LARGE}")
    await nisha.sees("asked for by")

    card = nisha.screen().rpartition("one coupon")[2]
    assert "Waiting for approval" in card
    assert "[Redeem]" not in card


async def test_a_card_is_its_askers_alone_and_for_a_day_whichever_instance_is_pressed(
    two: Two, vikram: Person, nisha: Person, clock: Clock, slack: SandboxSlack
) -> None:
    """Drawn by the first one, pressed on the other."""
    for person in (nisha, vikram):
        await looks_up(person, ASHA, "9 coupons")
    his, hers = (
        next(one for one in reversed(slack.workspace.messages.all) if one.reader == person.id)
        for person in (vikram, nisha)
    )
    two.asks(1)
    his.blocks[-1] = hers.blocks[-1]
    await vikram.clicks("Refresh")
    await vikram.sees("You are not allowed to use somebody else's card.")
    clock.moves(timedelta(hours=24))
    await nisha.clicks("Refresh")

    await nisha.sees("This is more than a day old. Nothing was changed.")


async def test_whoever_is_deactivated_is_refused_on_every_instance_within_two_seconds(
    two: Two, nisha: Person, slack: SandboxSlack
) -> None:
    """The event arrives at the first one; the other one, where their account is recent, learns it from the ledger."""
    asked = two.engine.count()
    # Written at once, and read by each at every pause.
    assert ACCOUNTS_PAUSE_S < KNOWN_S
    async with asyncio.timeout(PATIENCE_S):
        slack.change_user("U0AGENT", deleted=True)
        two.asks(0)
        while "your account is deactivated" not in nisha.screen():
            await nisha.command("/coupons", ASHA)
        refused = nisha.screen().count("your account is deactivated")
        two.asks(1)
        while nisha.screen().count("your account is deactivated") == refused:
            await nisha.command("/coupons", ASHA)

    assert two.engine.count() == asked
