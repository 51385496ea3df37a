"""What the desk is measured against: Bolt that only acknowledges, and a bot written straight on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.sandbox.engine.capillary import SandboxEngine
from tests.benchmarks.plain_slack import SECRET, TEAM, TOKEN

Listener = Callable[[AsyncArgs], Awaitable[None]]


@asynccontextmanager
async def served(listener: Listener) -> AsyncIterator[str]:
    """The address of a Bolt app with this one listener."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=TEAM, bot_token=TOKEN, bot_id="B0", bot_user_id="U0"
        )

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)
    app.command("/coupons")(listener)
    runner = web.AppRunner(app.web_app("/slack/events"), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def bare(args: AsyncArgs) -> None:
    """As little as Bolt can do."""
    await args.ack("ok")


def straightforward(engine: SandboxEngine) -> Listener:
    """A client and a token for every call, nothing kept, nobody checked."""

    async def listener(args: AsyncArgs) -> None:
        async with httpx.AsyncClient(base_url=engine.url) as http:
            login = {"key": engine.key, "secret": engine.secret}
            token = (await http.post("/v3/oauth/token/generate", json=login)).json()["data"]["accessToken"]
            answer = await http.get(
                "/v2/customers/coupons",
                params={"mobile": args.body["text"], "limit": "10"},
                headers={"X-CAP-API-OAUTH-TOKEN": token},
            )
        coupons = answer.json()["entity"]["customers"][0]["coupons"]
        await args.ack("\n".join(coupon["code"] for coupon in coupons))

    return listener
