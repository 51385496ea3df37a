"""Bolt accepts what the sandbox sends, signature included, and the sandbox accepts Bolt's answers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.server import SandboxSlack
from tests.sandbox.slack.desk import actions, button, entry, home, modal, section


@dataclass(slots=True)
class Bolt:
    slack: SandboxSlack
    app: AsyncApp


@pytest.fixture
async def bolt() -> AsyncIterator[Bolt]:
    slack = SandboxSlack()
    await slack.start()
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
        app = AsyncApp(client=client, signing_secret=slack.signing_secret)
        runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.connect(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        yield Bolt(slack, app)
        await runner.cleanup()
        await slack.close()


async def test_a_command_a_press_and_a_form_go_through_bolt(bolt: Bolt) -> None:
    @bolt.app.command("/coupons")
    async def on_command(ack: AsyncAck) -> None:
        await ack(
            text="page 1", blocks=[section("page 1"), actions(button("Next"), button("Redeem", "redeem"))]
        )

    @bolt.app.action("next")
    async def on_next(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="page 2", blocks=[section("page 2"), actions(button("Redeem", "redeem"))])

    @bolt.app.action("redeem")
    async def on_redeem(ack: AsyncAck, body: dict[str, str], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(entry(), callback_id="form"))

    @bolt.app.view("form")
    async def on_form(ack: AsyncAck) -> None:
        await ack(response_action="update", view=modal(section("*Working…*")))

    nisha = bolt.slack.person("Nisha Rao")
    await nisha.command("/coupons", "919845012345")
    await nisha.clicks("Next")
    await nisha.sees("page 2")
    await nisha.clicks("Redeem")
    await nisha.types("Bill amount", "1200")
    await nisha.submits()
    await nisha.sees("Working…")

    nisha.sees_not("page 1")
    assert bolt.slack.faults == []


async def test_shortcuts_and_the_home_tab_go_through_bolt(bolt: Bolt) -> None:
    @bolt.app.shortcut("look_up")
    async def on_shortcut(ack: AsyncAck, body: dict[str, str], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(section("Looking up…")))

    @bolt.app.event("app_home_opened")
    async def on_home(event: dict[str, str], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=home(section("Waiting for you")))

    nisha = bolt.slack.person("Nisha Rao")
    said = await nisha.says("C0SUPPORT", "98450 12345")
    await nisha.shortcut("look_up", message=said)
    await nisha.sees("Looking up…")
    await nisha.opens_home()
    await nisha.sees("Waiting for you")

    assert bolt.slack.faults == []


async def test_a_wrong_signature_is_not_taken(bolt: Bolt) -> None:
    bolt.slack.delivery.secret = "another"
    ack = await bolt.slack.person("Nisha Rao").command("/coupons")

    assert ack.status == 401
