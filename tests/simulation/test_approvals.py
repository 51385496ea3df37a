"""Approvals between processes: two that decide at once, a death between decision and spend, Slack away meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.person import PersonId
from bot.domain.redemption import State
from bot.sandbox.engine import capillary
from bot.sandbox.slack.person import Person
from tests.flows.redeeming import LARGE
from tests.long import long, some
from tests.simulation.invariants import check
from tests.simulation.test_killed import At, Point, Street, killed_at, street

PROVING = Point(at=At.CONFIRM, call=capillary.IS_REDEEMABLE)


async def asks(here: Street) -> None:
    await here.opens(LARGE)
    await here.vikram.submits()
    await here.vikram.sees("Request approval")
    await here.vikram.submits()
    await here.vikram.sees("Waiting for approval")


async def opens_decision(here: Street, name: str) -> Person:
    here.world.ledger.passes(25.0)
    manager = here.slack.person(name)
    await manager.clicks("Approve")
    await manager.sees("It cannot be undone from here")
    return manager


def one_redemption(here: Street, by: set[str]) -> None:
    """Exactly one, and only with the approval that its rule asks for, by one of those who have given it."""
    (row,) = here.world.ledger.requests()
    here.world.approved = {(row.id, row.round, PersonId(person), row.terms.worth.amount) for person in by}
    check(here.world)
    assert row.state is State.REDEEMED
    assert row.decided is not None
    assert row.decided.approved
    assert row.decided.by in by
    assert here.engine.count(capillary.REDEEM) == 1


async def test_killed_between_decision_and_spend_the_other_instance_spends_it(
    tmp_path: Path, postgres: str
) -> None:
    async with street(tmp_path, postgres) as here:
        for _ in range(2):
            await here.starts()
        await asks(here)
        arjun = await opens_decision(here, "U0MANAGER2")

        await killed_at(here, PROVING, arjun.submits)
        await here.ends()

        one_redemption(here, {"U0MANAGER2"})


@long
async def test_killed_between_decision_and_spend_and_started_again_it_is_spent(
    tmp_path: Path, sqlite: str
) -> None:
    async with street(tmp_path, sqlite) as here:
        await here.starts()
        await asks(here)
        arjun = await opens_decision(here, "U0MANAGER2")

        await killed_at(here, PROVING, arjun.submits)
        await here.ends()

        one_redemption(here, {"U0MANAGER2"})


async def test_two_managers_on_two_instances_at_once_redeem_once(tmp_path: Path, postgres: str) -> None:
    async with street(tmp_path, postgres) as here:
        for _ in range(2):
            await here.starts()
        await asks(here)
        managers = [await opens_decision(here, name) for name in ("U0MANAGER1", "U0MANAGER2")]
        here.world.ledger.passes(25.0)
        together = asyncio.Event()
        asked = here.slack.workspace.arrived["users.info"]
        here.slack.fail("users.info", hang=together, times=2)

        acts = []
        for number, (manager, desk) in enumerate(zip(managers, here.desks, strict=True), start=1):
            here.slack.connect(desk.url + "/slack/events")
            acts.append(here.tasks.spawn(manager.submits()))
            await here.slack.reached("users.info", asked + number)
        together.set()
        await asyncio.gather(*acts)
        await here.ends()

        one_redemption(here, {"U0MANAGER1", "U0MANAGER2"})
        (loser,) = [one for one in managers if "This press has changed nothing" in one.screen()]
        assert loser in managers


@pytest.mark.parametrize("away", some(["chat.update", "chat.postMessage"], 1))
async def test_messages_catch_up_when_slack_was_away_while_it_was_decided(
    tmp_path: Path, sqlite: str, away: str
) -> None:
    async with street(tmp_path, sqlite) as here:
        await here.starts()
        await asks(here)
        arjun = await opens_decision(here, "U0MANAGER2")
        here.slack.fail(away, status=503)

        await arjun.submits()
        await arjun.sees("Redeemed")
        here.slack.heal(away)
        await here.ends()
        await here.slack.until(lambda: "*Redeemed*" in here.slack.messages("C0APPROVALS")[0].text)

        one_redemption(here, {"U0MANAGER2"})
