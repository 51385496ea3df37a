"""The smallest Slack that a desk needs, without limits or delays, which also signs requests."""

from __future__ import annotations

import asyncio
import json
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

SECRET = "benchmark-secret"
TOKEN = "xoxb-benchmark"
TEAM = "T0DESK"


class PlainSlack:
    """Answers every person as a full member, and every token."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.api_url = ""
        self.answer = ""
        #: Set when a response URL has been used.
        self.drawn = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._signer = SignatureVerifier(SECRET)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._on_call)
        app.router.add_post("/response/{number}", self._on_response)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.api_url = f"{self.base}/api/"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        assert self._runner is not None
        await self._session.close()
        await self._runner.cleanup()

    async def command(self, url: str, text: str) -> float:
        """Seconds until the acknowledgement; it must hold the card."""
        body = urlencode(
            {
                "command": "/coupons",
                "text": text,
                "user_id": "U0AGENT",
                "team_id": TEAM,
                "channel_id": "C0SUPPORT",
                "response_url": f"{self.base}/response/1",
                "trigger_id": "1.2.abc",
            }
        )
        return await self._post(url, body)

    async def press(self, url: str, action_id: str, card: str) -> float:
        interaction = json.dumps(
            {
                "type": "block_actions",
                "user": {"id": "U0AGENT", "team_id": TEAM},
                "team": {"id": TEAM},
                "response_url": f"{self.base}/response/1",
                "trigger_id": "1.2.abc",
                "actions": [
                    {"type": "button", "action_id": action_id, "block_id": f"look_up.{card}", "value": card}
                ],
            }
        )
        return await self._post(url, urlencode({"payload": interaction}))

    async def _post(self, url: str, body: str) -> float:
        assert self._session is not None
        stamp = str(int(time.time()))  # noqa: TID251 - what Slack signs
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": self._signer.generate_signature(timestamp=stamp, body=body) or "",
        }
        began = time.perf_counter()
        async with self._session.post(url, data=body, headers=headers) as response:
            self.answer = await response.text()
            assert response.status == 200, response.status
        return time.perf_counter() - began

    async def _on_call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls.append(method)
        if method == "auth.test":
            return web.json_response(
                {
                    "ok": True,
                    "team_id": TEAM,
                    "user_id": "U0DESK",
                    "bot_id": "B0DESK",
                    "url": "",
                    "team": "",
                    "user": "",
                }
            )
        if method == "usergroups.list":
            agents = {"id": "S0AGENTS", "date_delete": 0, "users": ["U0AGENT"], "user_count": 1}
            return web.json_response({"ok": True, "usergroups": [agents]})
        person = {"id": request.query["user"], "team_id": TEAM}
        return web.json_response({"ok": True, "user": person})

    async def _on_response(self, request: web.Request) -> web.Response:
        self.answer = await request.text()
        self.drawn.set()
        return web.Response(text="ok")
