"""Everybody sees what they would see in Slack, and nothing of anybody else's."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opens
from tests.browser.desk import Desk, Screen
from tests.long import long

# One browser, and so one loop, for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="session")

ASHA = "/coupons 98450 12345"


async def seen(desk: Desk, person: str) -> dict[str, Any]:
    """What the server sends to this person's window at first."""
    url = f"{desk.window.url}/events?as={person}"
    async with aiohttp.ClientSession() as http, http.get(url) as stream:
        assert stream.status == 200
        line = await stream.content.readuntil(b"\n\n")
    told: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
    return told


async def acts(desk: Desk, act: str, **told: Any) -> int:
    url = f"{desk.window.url}/act/{act}"
    async with aiohttp.ClientSession() as http, http.post(url, json=told) as answer:
        return answer.status


@long
async def test_the_outside_member_is_refused(nisha: Screen) -> None:
    await nisha.becomes("Otto Klein · another workspace")
    await expect(nisha.page.get_by_role("heading", level=1)).to_have_text("#partners")
    await nisha.types(ASHA)

    await expect(nisha.newest).to_contain_text(
        "You are not allowed to use this: it is only for members of this workspace."
    )
    await expect(nisha.page.get_by_role("button", name="#support")).to_have_count(0)


@long
async def test_a_member_of_no_group_is_refused(nisha: Screen) -> None:
    await nisha.becomes("Leo Thomas · in no group")
    await nisha.types(ASHA)

    await expect(nisha.newest).to_contain_text("You are not allowed to look customers up")


async def test_two_windows_see_each_others_messages_at_once_but_not_each_others_cards(
    nisha: Screen, opens: Opens
) -> None:
    meera = await opens("U0MANAGER1")
    await nisha.types("On it!")
    await expect(meera.message("On it!")).to_contain_text("Nisha Rao")
    await nisha.types(ASHA)
    await expect(nisha.newest).to_contain_text("Asha Menon")
    await meera.types("Thank you, <b>Nisha</b> & all")
    await expect(nisha.message("Thank you, <b>Nisha</b> & all")).to_contain_text("Meera Iyer")

    await expect(meera.message("Asha Menon")).to_have_count(0)


async def test_the_server_sends_nobody_what_is_not_theirs(desk: Desk) -> None:
    nisha = desk.slack.person("U0AGENT")
    await nisha.command("/coupons", "98450 12345")
    await nisha.sees("Asha Menon")
    await nisha.clicks("Details")
    await nisha.sees("Coupon details")
    hers, his = await seen(desk, "U0AGENT"), await seen(desk, "U0NOBODY")

    assert hers["modal"]["title"] == "Coupon details"
    assert "Asha Menon" in json.dumps(hers["messages"])
    assert his["modal"] is None
    assert "Asha" not in json.dumps(his["messages"])
    assert {one["name"] for one in his["channels"] if not one["direct"]} == {"support", "random"}
    assert "secret" not in his["names"].values()
    assert "Requests that need one of us" not in json.dumps(his)


async def test_nobody_presses_what_is_not_in_front_of_them(desk: Desk) -> None:
    nisha = desk.slack.person("U0AGENT")
    await nisha.command("/coupons", "98450 12345")
    await nisha.sees("Asha Menon")
    mine = (await seen(desk, "U0AGENT"))["messages"][-1]
    row = next(block for block in mine["blocks"] if block["type"] == "actions")
    press = {
        "channel": mine["channel"],
        "ts": mine["ts"],
        "block": row["block_id"],
        "action": row["elements"][0]["action_id"],
        "chosen": "",
        "values": {},
    }
    before = len(desk.slack.deliveries)

    assert await acts(desk, "use", **press, **{"as": "U0NOBODY"}) == 404
    assert await acts(desk, "write", channel="C0STOREOPS", text="hello", **{"as": "U0AGENT"}) == 404
    assert len(desk.slack.deliveries) == before
    assert await acts(desk, "use", **press, **{"as": "U0AGENT"}) == 200
    assert len(desk.slack.deliveries) == before + 1


async def test_only_people_have_a_window(desk: Desk) -> None:
    for nobody in ("U0GONE", "U0DESK", "U0OTHERBOT", "U0STRANGER", ""):
        url = f"{desk.window.url}/events?as={nobody}"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert answer.status == 404
        assert await acts(desk, "write", channel="C0SUPPORT", text="hello", **{"as": nobody}) == 404


async def test_the_app_has_a_page_with_its_messages_and_its_home(nisha: Screen, desk: Desk) -> None:
    await nisha.page.get_by_role("button", name="Coupon Desk").click()
    await expect(nisha.page.get_by_role("heading", level=1)).to_have_text("Coupon Desk")
    await expect(nisha.page.get_by_text("Sending messages to this app has been turned off.")).to_be_visible()
    desk.slack.workspace.views.publish(
        "U0AGENT",
        {
            "type": "home",
            "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Waiting for you"}}],
        },
    )
    await nisha.page.get_by_role("button", name="Home").click()
    await desk.slack.workspace.tell()

    await expect(nisha.page.get_by_role("heading", name="Waiting for you")).to_be_visible()
