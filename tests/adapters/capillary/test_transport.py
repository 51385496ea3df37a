from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bot.adapters.capillary.transport import HttpAnswer, Transport
from bot.domain.errors import (
    EngineBusy,
    EngineError,
    EngineFault,
    EngineInterrupted,
    EngineRefused,
    EngineTimedOut,
    EngineUnreachable,
    EngineUnreadable,
    UnknownCustomer,
)
from bot.domain.refusal import Refusal
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from tests.adapters.capillary.wired import Handler, Script, json_answer, transport_of

PATH = capillary.COUPONS
ASHA = [("mobile", "919845012345")]


def body(answer: HttpAnswer) -> Any:
    return answer.body


async def read(transport: Transport) -> Any:
    return await transport.get(PATH, ASHA, usable=body)


GOOD = json_answer({"success": True})
UNAVAILABLE = {"HttpStatusCode": 503, "errorMessage": "Authorization status unavailable", "errorCode": 4001}

# Repeated


@pytest.mark.parametrize(
    "first",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow to connect"),
        httpx.ReadError("dropped"),
        httpx.RemoteProtocolError("dropped"),
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "0"}),
        json_answer({"message": "Too many requests"}, 429),
        httpx.Response(461),
        httpx.Response(502, text="<bad gateway>"),
        httpx.Response(503),
        json_answer(UNAVAILABLE, 503),
        httpx.Response(504),
        httpx.Response(520),
        json_answer({"code": 521}),
    ],
    ids=repr,
)
async def test_a_read_is_repeated_when_that_can_help(first: httpx.Response | Exception) -> None:
    script = Script(first, GOOD)

    assert await read(transport_of(script)) == {"success": True}
    assert len(script.at) == 2


@pytest.mark.parametrize("status", [502, 503, 504, 520])
async def test_a_gateway_that_speaks_json_is_no_riddle(status: int) -> None:
    def usable(answer: HttpAnswer) -> Any:
        if "success" not in answer.body:
            raise EngineUnreadable(status=answer.status)
        return answer.body

    script = Script(json_answer({"message": "Service Unavailable"}, status), GOOD)

    assert await transport_of(script).get(PATH, ASHA, usable=usable) == {"success": True}


@pytest.mark.parametrize(
    "fault",
    [
        faults.Drop(),
        faults.DropAfter(),
        faults.TooMany(),
        faults.TooMany("0"),
        faults.Status(502),
        faults.Status(503),
        faults.Status(504),
        faults.Code(4001, "Authorization status unavailable", status=503),
        faults.Code(521, "Concurrent action"),
    ],
    ids=repr,
)
async def test_a_fault_of_a_moment_is_not_noticed(
    engine: SandboxEngine, transport: Transport, fault: faults.Fault
) -> None:
    engine.faults.add(fault, path=PATH)
    answer = await transport.get(PATH, ASHA, usable=body_without_errors)

    assert answer["success"]
    assert engine.count(PATH) == 2


def body_without_errors(answer: HttpAnswer) -> Any:
    if answer.body["errors"]:
        raise EngineBusy(code=answer.body["errors"][0]["code"])
    return answer.body


async def test_the_engines_own_try_later_is_followed() -> None:
    calls: list[int] = []

    def usable(answer: HttpAnswer) -> str:
        calls.append(answer.status)
        if len(calls) == 1:
            raise EngineFault(code=791, status=200)
        return "done"

    assert await transport_of(Script(GOOD)).get(PATH, ASHA, usable=usable) == "done"


async def test_three_attempts_are_the_end(engine: SandboxEngine, transport: Transport) -> None:
    engine.faults.add(faults.Status(503), times=None)
    with pytest.raises(EngineFault) as caught:
        await read(transport)

    assert caught.value.status == 503
    assert engine.count(PATH) == 3


async def test_a_port_where_nobody_listens_is_unreachable(
    engine: SandboxEngine, transport: Transport
) -> None:
    await engine.close()

    with pytest.raises(EngineUnreachable):
        await read(transport)


async def test_the_wait_the_engine_asks_for_is_kept() -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "1"}), GOOD)
    await read(transport_of(script))

    assert script.at[1] - script.at[0] >= 0.99


async def test_a_wait_beyond_the_limit_is_given_up_at_once() -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "61"}), GOOD)
    with pytest.raises(EngineBusy) as caught:
        await read(transport_of(script))

    assert caught.value.retry_after_s == 61.0
    assert len(script.at) == 1


# Not repeated


@pytest.mark.parametrize(
    ("first", "error"),
    [
        (httpx.Response(500), EngineFault),
        (httpx.Response(501), EngineFault),
        (httpx.Response(200, text="<html>Log in</html>"), EngineUnreadable),
        (httpx.Response(200, text='{"entity":{'), EngineUnreadable),
        (httpx.Response(200, text='{"entity":' * 100_000), EngineUnreadable),
        (httpx.Response(302, headers={"Location": "https://elsewhere.example"}), EngineUnreadable),
        (httpx.ReadTimeout("slow"), EngineTimedOut),
        (httpx.WriteTimeout("slow"), EngineTimedOut),
    ],
    ids=lambda case: case.__name__ if isinstance(case, type) else repr(case),
)
async def test_a_read_is_not_repeated_in_vain(
    first: httpx.Response | Exception, error: type[EngineError]
) -> None:
    script = Script(first, GOOD)
    with pytest.raises(EngineError) as caught:
        await read(transport_of(script))

    assert type(caught.value) is error
    assert len(script.at) == 1


@pytest.mark.parametrize(
    "no", [EngineRefused(Refusal.REVOKED), EngineFault(status=500, code=748), UnknownCustomer()], ids=repr
)
async def test_a_plain_no_is_taken(no: Exception) -> None:
    script = Script(GOOD)

    def usable(_: HttpAnswer) -> None:
        raise no

    with pytest.raises(type(no)):
        await transport_of(script).get(PATH, ASHA, usable=usable)
    assert len(script.at) == 1


@pytest.mark.parametrize("fault", [faults.Html(), faults.Unreadable(), faults.Status(200, "[" * 100_000)])
async def test_what_is_not_json_is_unreadable(
    engine: SandboxEngine, transport: Transport, fault: faults.Fault
) -> None:
    engine.faults.add(fault)

    with pytest.raises(EngineUnreadable):
        await read(transport)
    assert engine.count(PATH) == 1


# Told


@pytest.fixture
def pulse() -> list[bool]:
    """What was told."""
    return []


def _told(handler: Handler, pulse: list[bool]) -> Transport:
    return replace(transport_of(handler), heard=pulse.append)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (GOOD, True),
        (httpx.Response(429, headers={"Retry-After": "61"}), True),
        (httpx.ConnectError("refused"), False),
        (httpx.Response(500), False),
        (httpx.Response(200, text="<html>"), False),
    ],
)
async def test_whether_the_engine_answered_is_told_once(
    answer: httpx.Response | Exception, heard: bool, pulse: list[bool]
) -> None:
    await asyncio.gather(read(_told(Script(answer), pulse)), return_exceptions=True)

    assert pulse == [heard]


@pytest.mark.parametrize("no", [UnknownCustomer(), EngineRefused(Refusal.REVOKED, code=660)])
async def test_a_no_is_an_answer_too(no: Exception, pulse: list[bool]) -> None:
    def usable(_: HttpAnswer) -> None:
        raise no

    with pytest.raises(type(no)):
        await _told(Script(GOOD), pulse).get(PATH, ASHA, usable=usable)
    assert pulse == [True]


async def test_a_dropped_line_is_interrupted_when_it_stays_so(
    engine: SandboxEngine, transport: Transport
) -> None:
    engine.faults.add(faults.Drop(), times=None)

    with pytest.raises(EngineInterrupted):
        await read(transport)
