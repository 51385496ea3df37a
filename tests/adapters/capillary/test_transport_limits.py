from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.adapters.capillary.auth import Basic
from bot.adapters.capillary.transport import CallLimits, HttpAnswer, Transport, pooled_client
from bot.domain.errors import EngineBusy, EngineTimedOut, EngineUnreachable
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from tests.adapters.capillary.wired import QUICK, Script, json_answer, spent, transport_of

PATH = capillary.COUPONS
ASHA = [("mobile", "919845012345")]
GOOD = json_answer({"success": True})


def body(answer: HttpAnswer) -> Any:
    return answer.body


async def read(transport: Transport) -> Any:
    return await transport.get(PATH, ASHA, usable=body)


@asynccontextmanager
async def hurried(engine: SandboxEngine, limits: CallLimits) -> AsyncIterator[Transport]:
    """To the sandbox engine, under other limits."""
    async with pooled_client(engine.url, limits) as http:
        yield Transport(http, Basic(engine.till, engine.till_password), time.monotonic, limits)


async def test_a_hanging_engine_is_left_after_the_limit_and_not_asked_again(engine: SandboxEngine) -> None:
    hang = faults.Hang(asyncio.Event())
    engine.faults.add(hang, times=None)
    async with hurried(engine, replace(QUICK, call_s=0.3)) as transport:
        with pytest.raises(EngineTimedOut):
            async with asyncio.timeout(5):
                await read(transport)

    assert engine.count(PATH) <= 1


async def test_the_limit_holds_while_waiting_for_a_place(engine: SandboxEngine) -> None:
    async with hurried(engine, replace(QUICK, call_s=0.2, at_once=1)) as transport, transport._places:
        with pytest.raises(EngineTimedOut):
            await read(transport)

    assert engine.count() == 0


async def test_without_a_token_of_the_budget_nothing_is_asked_and_nobody_waits_again() -> None:
    script = Script(GOOD)
    transport = transport_of(script)
    transport.take = spent

    with pytest.raises(EngineBusy):
        await read(transport)
    assert script.at == []


async def test_the_limit_holds_across_attempts_and_tells_the_last_reason() -> None:
    """The second attempt would come after a second or more; the limit is met before."""
    script = Script(httpx.ConnectError("refused"))

    with pytest.raises(EngineUnreachable):
        await read(transport_of(script, limits=CallLimits(call_s=0.2, first_wait_s=1.0)))
    assert len(script.at) == 1


async def test_a_call_that_is_cancelled_gives_its_place_back(engine: SandboxEngine) -> None:
    hang = faults.Hang(asyncio.Event())
    engine.faults.add(hang, path=PATH)
    async with hurried(engine, replace(QUICK, at_once=1)) as transport:
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(read(transport))
            await hang.arrived.wait()
            call.cancel()

        assert (await read(transport))["success"]


class Crowd:
    """Lets calls in until `size` are there at once, and counts how many ever were."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._full = asyncio.Event()
        self.now = self.most = self.calls = 0

    async def __call__(self, _: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now == self._size:
            self._full.set()
        await self._full.wait()
        self.now -= 1
        return json_answer({"success": True})


async def test_so_many_calls_are_on_the_wire_at_once_and_no_more() -> None:
    crowd = Crowd(3)
    transport = transport_of(crowd, limits=replace(QUICK, at_once=3))
    await asyncio.gather(*(read(transport) for _ in range(20)))

    assert (crowd.calls, crowd.most) == (20, 3)


async def test_while_a_call_waits_to_be_repeated_its_place_is_free() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(429) if len(asked) == 1 else GOOD

    transport = transport_of(handler, limits=replace(QUICK, at_once=1, first_wait_s=0.1))
    await asyncio.gather(*(transport.get(path, [], usable=body) for path in ("/first", "/second")))

    assert asked == ["/first", "/second", "/first"]
