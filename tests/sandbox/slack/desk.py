"""A bot of a few lines, scripted by each test, and the sandbox Slack it talks to."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.person import Person
from bot.sandbox.slack.server import SandboxSlack

Payload = dict[str, Any]
Answer = Any
Handler = Callable[[Payload], Awaitable[Answer]]


class Clock:
    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@dataclass(slots=True, kw_only=True)
class Desk:
    slack: SandboxSlack
    clock: Clock
    client: AsyncWebClient
    http: aiohttp.ClientSession
    #: What the bot answers: nothing, a text, a JSON object, or a status as a number.
    answers: Answer = None
    #: Does the bot's work instead of `answers`.
    handler: Handler | None = None
    heard: list[Payload] = field(default_factory=list)
    requests: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @property
    def nisha(self) -> Person:
        return self.slack.person("U0AGENT")

    async def on_request(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.text()))
        self.heard.append(await _payload(request))
        said = await self.handler(self.heard[-1]) if self.handler else self.answers
        if isinstance(said, int):
            return web.Response(status=said)
        return web.Response(text=said or "") if isinstance(said, str | None) else web.json_response(said)

    async def posted(self, url: str, **body: Any) -> tuple[int, str]:
        async with self.http.post(url, json=body) as answer:
            return answer.status, await answer.text()

    async def error(self, call: Awaitable[Any]) -> str:
        """Slack's word for why this call was refused; empty if it was not."""
        try:
            await call
        except SlackApiError as refused:
            return str(refused.response["error"])
        return ""

    async def shows(self, *blocks: Payload, text: str = "words") -> str:
        """Let the bot post this in #support; its timestamp."""
        posted = await self.client.chat_postMessage(channel="C0SUPPORT", text=text, blocks=[*blocks])
        return str(posted["ts"])

    async def opens(self, view: Payload) -> Payload:
        """Let the bot open this modal for Nisha; the view as Slack keeps it."""
        await self.nisha.command("/coupons")
        opened = await self.client.views_open(trigger_id=self.heard[-1]["trigger_id"], view=view)
        return dict(opened["view"])


async def _payload(request: web.Request) -> Payload:
    if request.content_type == "application/json":
        return dict(await request.json())
    form = {key: str(value) for key, value in (await request.post()).items()}
    return dict(json.loads(form["payload"])) if "payload" in form else form


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Desk]:
    clock = Clock()
    slack = SandboxSlack(now=clock, **options)
    # A slow machine must not count as a late bot; triggers expire by the test's clock.
    slack.delivery.limit_s = 30.0
    await slack.start()
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    async with aiohttp.ClientSession() as http:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=http)
        desk = Desk(slack=slack, clock=clock, client=client, http=http)
        app.router.add_post("/slack/events", desk.on_request)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.connect(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        try:
            yield desk
        finally:
            await runner.cleanup()
            await slack.close()


# Blocks and views.


def section(text: str = "words", **more: Any) -> Payload:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def plain(text: str) -> Payload:
    return {"type": "plain_text", "text": text}


def button(text: str = "Next", action_id: str = "next", **more: Any) -> Payload:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Payload, **more: Any) -> Payload:
    return {"type": "actions", "elements": [*elements], **more}


def select(*words: str, action_id: str = "filter", **more: Any) -> Payload:
    options = [{"text": plain(word), "value": word} for word in words]
    return {"type": "static_select", "action_id": action_id, "options": options, **more}


def entry(label: str = "Bill amount", block_id: str = "amount", **more: Any) -> Payload:
    element = {"type": "plain_text_input", "action_id": "typed"}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


def modal(*blocks: Payload, title: str = "Redeem coupon", **more: Any) -> Payload:
    submit = {"submit": plain("Review")} if any(block["type"] == "input" for block in blocks) else {}
    return {"type": "modal", "title": plain(title), "blocks": [*blocks], **submit, **more}


def home(*blocks: Payload) -> Payload:
    return {"type": "home", "blocks": [*blocks]}
