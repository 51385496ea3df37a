from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest

from bot.adapters.capillary.auth import Basic, OAuth
from bot.adapters.capillary.transport import HttpAnswer, Transport
from bot.domain.errors import EngineBusy, EngineDenied, EngineError, EngineFault, EngineUnreadable
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import TOKEN, SandboxEngine
from tests.adapters.capillary.wired import QUICK, Handler, http_of, json_answer, transport_of

PATH = capillary.COUPONS
ASHA = [("mobile", "919845012345")]
HEADER = "x-cap-api-oauth-token"


class Monotonic:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def oauth(engine: SandboxEngine, monotonic: Monotonic) -> OAuth:
    return OAuth(engine.key, engine.secret, monotonic=monotonic)


@pytest.fixture
def transport(http: httpx.AsyncClient, oauth: OAuth) -> Transport:
    return Transport(http, oauth, time.monotonic, QUICK)


async def read(transport: Transport) -> Any:
    return await transport.get(PATH, ASHA, usable=_body)


def _body(answer: HttpAnswer) -> Any:
    return answer.body


async def headers(handler: Handler, oauth: OAuth) -> dict[str, str]:
    async with http_of(handler) as http:
        return dict(await oauth.headers(http))


# Basic


async def test_basic_credentials_are_the_till_and_the_md5_of_its_password() -> None:
    """A vector computed with coreutils; the vendor's own examples are wrong."""
    async with http_of(lambda _: json_answer({})) as http:
        given = await Basic("store123", "123").headers(http)

    assert given == {"Authorization": "Basic c3RvcmUxMjM6MjAyY2I5NjJhYzU5MDc1Yjk2NGIwNzE1MmQyMzRiNzA="}


async def test_basic_credentials_that_are_refused_are_not_offered_again(engine: SandboxEngine) -> None:
    async with httpx.AsyncClient(base_url=engine.url) as http:
        with pytest.raises(EngineDenied):
            await read(Transport(http, Basic(engine.till, "wrong"), time.monotonic, QUICK))

    assert engine.count(PATH) == 1


# A token


async def test_a_token_opens_the_engine_for_many_calls(engine: SandboxEngine, transport: Transport) -> None:
    for _ in range(3):
        assert (await read(transport))["success"]

    assert (engine.count(TOKEN), engine.count(PATH)) == (1, 3)
    assert engine.calls[0].body == {"key": engine.key, "secret": engine.secret}
    assert engine.calls[0].headers.get(HEADER) is None


async def test_a_token_is_renewed_when_four_fifths_of_its_life_are_over(
    engine: SandboxEngine, transport: Transport, monotonic: Monotonic
) -> None:
    assert engine.token_lifetime_s == 300
    await read(transport)
    monotonic.seconds += 239
    await read(transport)
    before = engine.count(TOKEN)
    monotonic.seconds += 1
    await read(transport)

    assert (before, engine.count(TOKEN)) == (1, 2)
    tokens = [call.headers[HEADER] for call in engine.calls if call.path == PATH]
    assert tokens[0] == tokens[1] != tokens[2]


async def test_the_life_of_a_token_counts_from_when_it_was_asked_for(monotonic: Monotonic) -> None:
    calls: list[str] = []

    def slow(_: httpx.Request) -> httpx.Response:
        monotonic.seconds += 100
        calls.append("token")
        return json_answer({"data": {"accessToken": f"t{len(calls)}", "ttlSeconds": "300"}})

    oauth = OAuth("key", "secret", monotonic=monotonic)
    await headers(slow, oauth)
    monotonic.seconds += 140

    assert (await headers(slow, oauth))["X-CAP-API-OAUTH-TOKEN"] == "t2"


async def test_a_token_refused_mid_way_is_renewed_once_and_the_read_answered(
    engine: SandboxEngine, transport: Transport
) -> None:
    await read(transport)
    engine.revoke_tokens()

    assert (await read(transport))["success"]
    assert [call.status for call in engine.calls if call.path == PATH] == [200, 401, 200]
    assert engine.count(TOKEN) == 2


async def test_refused_twice_is_denied_after_exactly_two_calls(
    engine: SandboxEngine, transport: Transport
) -> None:
    engine.faults.add(faults.Unauthorized(), path=PATH, times=None)
    with pytest.raises(EngineDenied) as caught:
        await read(transport)

    assert caught.value.status == 401
    assert (engine.count(PATH), engine.count(TOKEN)) == (2, 2)


async def test_rights_that_lack_are_not_a_tokens_fault(engine: SandboxEngine, transport: Transport) -> None:
    engine.faults.add(faults.Code(4000, "Not authorized", status=403), path=PATH)
    with pytest.raises(EngineDenied):
        await read(transport)

    assert (engine.count(PATH), engine.count(TOKEN)) == (1, 1)


async def test_fifty_callers_without_a_token_cost_one(engine: SandboxEngine, transport: Transport) -> None:
    answers = await asyncio.gather(*(read(transport) for _ in range(50)))

    assert all(answer["success"] for answer in answers)
    assert (engine.count(TOKEN), engine.count(PATH)) == (1, 50)


async def test_fifty_callers_with_an_expired_token_cost_one(
    engine: SandboxEngine, transport: Transport, monotonic: Monotonic
) -> None:
    await read(transport)
    monotonic.seconds += 10_000
    await asyncio.gather(*(read(transport) for _ in range(50)))

    assert engine.count(TOKEN) == 2


async def test_all_whose_token_is_refused_share_the_next_one(
    engine: SandboxEngine, transport: Transport
) -> None:
    await read(transport)
    engine.revoke_tokens()
    answers = await asyncio.gather(*(read(transport) for _ in range(50)))

    assert all(answer["success"] for answer in answers)
    assert engine.count(TOKEN) == 2
    assert sum(call.status == 401 for call in engine.calls) <= QUICK.at_once


async def test_a_late_refusal_of_an_old_token_does_not_cost_the_new_one(monotonic: Monotonic) -> None:
    given = iter(["old", "new", "newer"])

    def handler(_: httpx.Request) -> httpx.Response:
        return json_answer({"data": {"accessToken": next(given), "ttlSeconds": 300}})

    oauth = OAuth("key", "secret", monotonic=monotonic)
    old = await headers(handler, oauth)
    oauth.rejected(old)
    await headers(handler, oauth)
    again = oauth.rejected(old)

    assert again
    assert (await headers(handler, oauth))["X-CAP-API-OAUTH-TOKEN"] == "new"


async def test_a_token_call_that_fails_for_a_moment_is_repeated(
    engine: SandboxEngine, transport: Transport
) -> None:
    engine.faults.add(faults.Status(503), path=TOKEN)
    engine.faults.add(faults.Drop(), path=TOKEN)

    assert (await read(transport))["success"]
    assert (engine.count(TOKEN), engine.count(PATH)) == (3, 1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"data": None, "errors": [{"code": 401}]}, 401), EngineDenied),
        (json_answer({"data": None, "errors": [{"code": 401}]}), EngineDenied),
        (json_answer({"data": {"accessToken": ""}}), EngineDenied),
        (json_answer({"message": "bad request"}, 400), EngineDenied),
        (json_answer({"message": "Internal server error"}, 500), EngineFault),
        (json_answer({"message": "Service Unavailable"}, 503), EngineFault),
        (httpx.Response(429), EngineBusy),
        (httpx.Response(200, text="<html>Log in</html>"), EngineUnreadable),
        (json_answer(["token"]), EngineUnreadable),
        (json_answer({"data": {"accessToken": "tökén", "ttlSeconds": 300}}), EngineUnreadable),
        (json_answer({"data": {"accessToken": "a\nb: c", "ttlSeconds": 300}}), EngineUnreadable),
    ],
)
async def test_without_a_token_the_reason_is_told(answer: httpx.Response, error: type[EngineError]) -> None:
    """Only what the engine says of the credentials is blamed on them."""

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(answer.status_code, content=answer.content)

    oauth = OAuth("key", "secret", monotonic=time.monotonic)
    with pytest.raises(EngineError) as caught:
        await read(transport_of(handler, credentials=oauth))

    assert type(caught.value) is error
    assert "secret" not in f"{caught.value!r}{caught.value}"


@pytest.mark.parametrize("life", [None, 0, "", "soon", -5])
async def test_a_token_without_a_life_serves_one_call(life: Any) -> None:
    paths: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return json_answer({"data": {"accessToken": "t", "ttlSeconds": life}})

    transport = transport_of(handler, credentials=OAuth("key", "secret", monotonic=time.monotonic))
    await read(transport)
    await read(transport)

    assert paths == [TOKEN, PATH, TOKEN, PATH]


# Where redemptions are booked


async def test_the_attribution_till_is_named_on_every_call(
    engine: SandboxEngine, http: httpx.AsyncClient, monotonic: Monotonic
) -> None:
    oauth = OAuth(engine.key, engine.secret, monotonic=monotonic, attribution_till="mgroad.1")
    await read(Transport(http, oauth, time.monotonic, QUICK))
    sent = engine.calls[-1].headers

    assert sent["x-cap-api-attribution-entity-type"] == "TILL"
    assert sent["x-cap-api-attribution-entity-code"] == "mgroad.1"
    assert "authorization" not in sent


async def test_without_one_the_clients_own_till_is_left_to_the_engine(
    engine: SandboxEngine, transport: Transport
) -> None:
    await read(transport)

    assert not [name for name in engine.calls[-1].headers if "attribution" in name]


async def test_every_read_asks_for_json(engine: SandboxEngine, transport: Transport) -> None:
    await read(transport)

    assert {call.headers["accept"] for call in engine.calls} == {"application/json"}
