"""Stopping loses no accepted request, and a neighbour that is ill makes the desk no less ready."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.aio.tasks import TaskSet
from bot.sandbox.demo import Sandbox
from bot.sandbox.engine.capillary import COUPONS, SandboxEngine
from bot.sandbox.engine.faults import Hang
from bot.sandbox.slack import payloads
from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack
from bot.sandbox.slack.urls import Source
from bot.server import EVENTS_PATH
from tests.flows.facts import ASHA, TOM


async def refused(port: int) -> None:
    """Wait until nothing listens on this port."""
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            writer.close()
            await writer.wait_closed()


async def readiness(parts: Sandbox) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(parts.desk.url + "/readyz") as answer:
        return answer.status, await answer.text()


async def status(parts: Sandbox) -> dict[str, Any]:
    assert parts.desk.monitor is not None
    url = f"http://127.0.0.1:{parts.desk.monitor.port}/status"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        told: dict[str, Any] = await answer.json()
        return told


async def test_a_look_up_that_was_acknowledged_is_finished_before_the_end(
    parts: Sandbox, slack: SandboxSlack, engine: SandboxEngine, nisha: Person, tasks: TaskSet
) -> None:
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    await nisha.command("/coupons", TOM)
    await nisha.sees("Looking up …8244; the card follows.")
    ending = tasks.spawn(parts.desk.server.stop())
    await refused(parts.desk.server.port)
    assert not ending.done()
    nisha.sees_not("Tom Sawyer")
    slow.event.set()
    await ending

    assert "Tom Sawyer" in nisha.screen()


@pytest.mark.parametrize("intake", ["http"])
async def test_a_request_that_is_half_arrived_is_finished_before_the_end(
    parts: Sandbox, slack: SandboxSlack, engine: SandboxEngine, nisha: Person, tasks: TaskSet
) -> None:
    """Else Slack would show the person a failure, and nobody would send it again."""
    slow = Hang(asyncio.Event())
    engine.faults.add(slow, path=COUPONS)
    place = slack.workspace.directory.channels["C0SUPPORT"]
    payload = payloads.command(nisha.user, place, "/coupons", TOM)
    body = urlencode(payload | {"response_url": nisha._url(Source.COMMAND, place.id)}).encode()
    head = {
        "Host": "desk",
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
        "Expect": "100-continue",
        **slack.delivery.signed(body.decode()),
    }
    lines = [f"POST {EVENTS_PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    reader, writer = await asyncio.open_connection("127.0.0.1", parts.desk.server.port)
    writer.write("\r\n".join(lines).encode() + body[:40])
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"

    ending = tasks.spawn(parts.desk.server.stop())
    await refused(parts.desk.server.port)
    writer.write(body[40:])
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    assert answer.startswith("HTTP/1.1 200 ")
    assert not ending.done()
    slow.event.set()
    await ending
    writer.close()
    await writer.wait_closed()

    assert "Tom Sawyer" in nisha.screen()


@pytest.mark.parametrize("overrides", [{"METRICS_PORT": "0"}])
async def test_a_neighbour_that_is_ill_is_told_by_status_and_makes_nothing_unready(
    parts: Sandbox, engine: SandboxEngine, nisha: Person
) -> None:
    await nisha.command("/coupons", TOM)
    await nisha.sees("Tom Sawyer")
    well = await status(parts)
    await engine.close()
    await nisha.command("/coupons", ASHA)
    await nisha.sees("cannot be reached")

    assert well["engine"]["answered"] is well["slack"]["answered"] is True
    assert (await status(parts))["engine"]["answered"] is False
    assert await readiness(parts) == (200, "ready")
