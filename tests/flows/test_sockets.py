"""Socket Mode: the same answers, another way in, and an end that loses nothing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from bot import app, settings
from bot.aio.tasks import TaskSet
from bot.app import Tuning
from bot.sandbox.demo import Sandbox, environment
from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Hang
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.server import EVENTS_PATH
from tests.flows.conftest import Intake, Neighbours
from tests.flows.facts import ASHA, TOM
from tests.flows.redeeming import looks_up


@pytest.fixture
def intake() -> Intake:
    return "socket"


async def test_requests_do_not_come_in_over_http(parts: Sandbox, slack: SandboxSlack, nisha: Person) -> None:
    """Nobody signs them there, and no secret need be set."""
    body = "command=%2Fcoupons"
    async with (
        aiohttp.ClientSession() as http,
        http.post(parts.desk.url + EVENTS_PATH, data=body, headers=slack.delivery.signed(body)) as answer,
    ):
        assert answer.status == 404


@pytest.mark.parametrize("overrides", [{"METRICS_PORT": "0"}])
async def test_status_tells_of_every_connection(parts: Sandbox) -> None:
    assert parts.desk.monitor is not None
    url = f"http://127.0.0.1:{parts.desk.monitor.port}/status"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        told = await answer.json()

    assert [one["connected"] for one in told["sockets"]] == [True, True]
    assert all(one["last_ping_s"] is None or one["last_ping_s"] < 40 for one in told["sockets"])


@pytest.mark.usefixtures("in_time")
async def test_the_acknowledgement_carries_the_card(nisha: Person) -> None:
    ack = await nisha.command("/coupons", ASHA)

    assert ack.payload()["blocks"]
    await nisha.sees("Asha Menon")


async def test_a_stream_of_look_ups_does_not_notice_renewals(slack: SandboxSlack, nisha: Person) -> None:
    await nisha.command("/coupons", TOM)
    acks = []
    for renewed in range(1, 6):
        await slack.refresh_socket()
        acks += [await nisha.command("/coupons", f"{TOM} {words}") for words in ("oldest", "redeemable")]
        await slack.reached("apps.connections.open", 2 + renewed)
        acks.append(await nisha.clicks("Refresh"))
        await slack.until(lambda: slack.sockets.count == 2)

    assert [ack for ack in acks if not ack.ok] == []


async def test_an_envelope_that_comes_twice_shows_the_same_and_asks_once(
    slack: SandboxSlack, engine: SandboxEngine, nisha: Person
) -> None:
    await looks_up(nisha, TOM, "Showing 1 to 10 of 23")
    again, asked = await slack.replay(), engine.count(COUPONS)
    if "card follows" in again.body:
        # A busy machine: it is shown again, and Next is pressed on that one.
        await slack.until(lambda: nisha.screen().count("Showing 1 to 10 of 23") == 2)
    await nisha.clicks("Next")
    await nisha.sees("Showing 11 to 20 of 23")
    await slack.replay()
    await nisha.clicks("Next")
    await nisha.sees("Showing 21 to 23 of 23")

    assert again.ok
    assert asked == 1


async def test_a_look_up_that_was_acknowledged_is_finished_when_the_desk_ends(
    tmp_path: Path, tuning: Tuning, intake_environ: dict[str, str], neighbours: Neighbours, tasks: TaskSet
) -> None:
    engine, slack = neighbours.engine, neighbours.slack
    environ = environment(engine, slack, tmp_path) | intake_environ
    desk = AsyncExitStack()
    await desk.enter_async_context(app.desk(settings.load(environ, env_file=None), tuning))
    slow, nisha = Hang(asyncio.Event()), slack.person("U0AGENT")
    engine.faults.add(slow, path=COUPONS)
    await nisha.command("/coupons", TOM)
    await nisha.sees("Looking up …8244; the card follows.")
    ending = tasks.spawn(desk.aclose())
    await slack.until(lambda: slack.sockets.count == 0)
    assert not ending.done()
    nisha.sees_not("Tom Sawyer")
    slow.event.set()
    await ending

    await nisha.sees("Tom Sawyer")
