"""A card's buttons stand for a look-up that the ledger keeps for a day, for whoever asked."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot import app, settings
from bot.app import Tuning
from bot.sandbox.demo import Sandbox, environment
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from tests.flows.conftest import Clock, Neighbours
from tests.flows.facts import ASHA, TOM
from tests.flows.one_desk import at_one_desk
from tests.flows.redeeming import looks_up


@pytest.mark.parametrize("intake", ["http"])
async def test_buttons_work_on_another_instance(
    parts: Sandbox, nisha: Person, tmp_path: Path, tuning: Tuning
) -> None:
    """Over HTTP a story can choose which instance is asked; over sockets Slack chooses."""
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    again = settings.load(environment(parts.engine, parts.slack, tmp_path), env_file=None)
    async with app.desk(again, tuning) as other:
        parts.slack.connect(other.url + "/slack/events")
        await nisha.clicks("Next")

        await nisha.sees("Showing 11 to 20 of 23")


async def test_buttons_work_after_a_restart(
    tmp_path: Path, tuning: Tuning, intake_environ: dict[str, str], neighbours: Neighbours
) -> None:
    engine, slack = neighbours.engine, neighbours.slack
    nisha = slack.person("U0AGENT")
    settled = settings.load(environment(engine, slack, tmp_path) | intake_environ, env_file=None)
    async with app.desk(settled, tuning) as first:
        slack.connect(first.url + "/slack/events")
        await nisha.command("/coupons", f"{TOM} oldest")
        await nisha.sees("Showing 1 to 10 of 23, oldest first.")
    async with app.desk(settled, tuning) as second:
        slack.connect(second.url + "/slack/events")
        await nisha.clicks("Next")
        await nisha.sees("Showing 11 to 20 of 23, oldest first.")


async def test_a_card_works_to_the_end_of_its_day(nisha: Person, clock: Clock) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    clock.moves(timedelta(hours=23, minutes=59))
    await nisha.clicks("Next")

    await nisha.sees("Showing 11 to 20 of 23")


@pytest.mark.parametrize("press", ["Next", "Refresh", "redeemable"])
async def test_a_card_older_than_a_day_says_so_and_stays(nisha: Person, clock: Clock, press: str) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    clock.moves(timedelta(hours=24))
    await (nisha.chooses(press) if press == "redeemable" else nisha.clicks(press))
    await nisha.sees("This is more than a day old. Nothing was changed. Run the command again")

    await nisha.sees("Showing 1 to 10 of 23")


@at_one_desk("action", ["look_up.next.v1", "look_up.refresh.v1", "look_up.all.v1"])
async def test_a_colleague_cannot_turn_somebody_elses_card(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person, action: str
) -> None:
    """The id of Nisha's card, replayed by Vikram from a card of his own."""
    vikram = slack.person("U0SENIOR")
    await looks_up(nisha, TOM)
    await vikram.command("/coupons", ASHA)
    await vikram.sees("Asha Menon")
    asked = engine.count()
    his, hers = (
        next(one for one in reversed(slack.workspace.messages.all) if one.reader == person.id)
        for person in (vikram, nisha)
    )
    refresh = next(one for one in hers.blocks[-1]["elements"] if one.get("text", {}).get("text") == "Refresh")
    his.blocks[-1] = hers.blocks[-1] | {"elements": [{**refresh, "action_id": action}]}
    await vikram.clicks("Refresh")
    await vikram.sees("You are not allowed to use somebody else's card.")

    vikram.sees_not("Tom Sawyer")
    assert engine.count() == asked


async def test_buttons_carry_nothing_of_the_customer(slack: SandboxSlack, nisha: Person) -> None:
    await looks_up(nisha, f"{ASHA} code:WELCOME250", "one coupon")
    await looks_up(nisha, ASHA, "9 coupons")
    drawn = [one.blocks[-1] for one in slack.workspace.messages.all if one.blocks]
    carried = json.dumps([[row["block_id"], [one.get("value") for one in row["elements"]]] for row in drawn])

    assert not [told for told in ("700000001", "98450", "WELCOME", "Asha", "example.com") if told in carried]


async def test_an_id_that_the_ledger_does_not_know_opens_nothing(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    asked = engine.count()
    slack.workspace.messages.all[-1].blocks[-1]["block_id"] = "look_up.700000001"
    await nisha.clicks("Next")
    await nisha.sees("This is more than a day old.")

    assert engine.count() == asked


async def test_a_button_of_an_older_version_says_so(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    for element in slack.workspace.messages.all[-1].blocks[-1]["elements"]:
        element["action_id"] = element["action_id"].replace(".v1", ".v0")
    await nisha.clicks("Next")
    await nisha.sees("This button is from another version of the desk.")

    await nisha.sees("Showing 1 to 10 of 23")


async def test_presses_that_come_together_all_draw_a_page_that_exists(
    slack: SandboxSlack, nisha: Person
) -> None:
    """Each press stands for the page it was made on: two of them do not skip one."""
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    await asyncio.gather(nisha.clicks("Next"), nisha.clicks("Next"))
    await slack.reached("response_url", 2)

    await nisha.sees("Showing 11 to 20 of 23")


async def test_a_filter_that_the_card_never_offered_shows_everything(
    slack: SandboxSlack, nisha: Person
) -> None:
    await nisha.command("/coupons", f"{TOM} redeemed")
    await nisha.sees("redeemed coupons")
    row = slack.workspace.messages.all[-1].blocks[-1]
    row["elements"][0]["options"] = [{"text": {"type": "plain_text", "text": "secret"}, "value": "secret"}]
    await nisha.chooses("secret")

    await nisha.sees("23 coupons")


async def test_a_press_without_its_card_is_answered_not_lost(slack: SandboxSlack, nisha: Person) -> None:
    """A payload whose block has no name, as only a forger or another bug would send it."""
    await nisha.command("/coupons", TOM)
    await nisha.sees("Showing 1 to 10 of 23")
    row = slack.workspace.messages.all[-1].blocks[-1]
    row["block_id"] = ""
    ack = await nisha.clicks("Refresh")
    await nisha.sees("This is more than a day old.")

    assert ack.ok
    assert ack.body == ""
