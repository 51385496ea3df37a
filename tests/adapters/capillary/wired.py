"""The client as the tests wire it: to the sandbox engine, or to a handler in its place."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bot.adapters.capillary.auth import Basic, Credentials
from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.transport import CallLimits, Transport
from bot.aio.budget import BudgetSpent
from bot.domain.customer import Identifier, IdentifierKind
from bot.domain.lookup import Filter
from bot.services.ports import PageQuery

NOW = datetime(2025, 9, 1, 6, 30, tzinfo=ZoneInfo("UTC"))
UTC = ZoneInfo("UTC")
KOLKATA = ZoneInfo("Asia/Kolkata")
#: No wait that a test would feel, and no limit that a slow machine would meet.
QUICK = CallLimits(call_s=60.0, first_wait_s=0.001)
TILL = Basic("store123", "123")

NEWEST = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)
ANYBODY = Identifier(kind=IdentifierKind.EMAIL, value="anybody@example.com")

Handler = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Awaitable[httpx.Response]]


async def spent() -> None:
    """A budget that has no token left."""
    raise BudgetSpent(0.0)


def mobile(value: str, national: str | None = None) -> Identifier:
    return Identifier(kind=IdentifierKind.MOBILE, value=value, national=national)


def http_of(handler: Handler) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url="https://engine.example", transport=httpx.MockTransport(handler))  # type: ignore[arg-type]


def transport_of(
    handler: Handler, *, credentials: Credentials = TILL, limits: CallLimits = QUICK
) -> Transport:
    return Transport(http_of(handler), credentials, time.monotonic, limits)


def engine_of(handler: Handler, *, zone: ZoneInfo = UTC) -> CapillaryEngine:
    return CapillaryEngine(transport_of(handler), zone)


def saying(body: Any, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    """A handler with one answer for everything; NaN, Infinity and lone surrogates are written as they are."""
    return saying_text(json.dumps(body), status)


def saying_text(text: str, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    content = text.encode()
    return lambda _: httpx.Response(status, content=content, headers={"Content-Type": "application/json"})


def json_answer(body: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


class Script:
    """Answers one after the other; the last one for good. `at` is when each call came, by the loop's clock."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.at: list[float] = []

    def __call__(self, _: httpx.Request) -> httpx.Response:
        answer = self._answers[min(len(self.at), len(self._answers) - 1)]
        self.at.append(asyncio.get_running_loop().time())
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)
