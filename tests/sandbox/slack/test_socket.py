import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.sandbox.slack.delivery import Ack
from bot.sandbox.slack.workspace import PATIENCE_S
from tests.sandbox.slack.desk import Desk, entry, modal, opened


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with opened() as desk:
        yield desk


@pytest.fixture
async def sockets(desk: Desk) -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


class Socket:
    """A connection without the SDK, which shows every frame."""

    def __init__(self, raw: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = raw

    async def hears(self) -> dict[str, Any]:
        return dict(json.loads((await self.raw.receive(timeout=PATIENCE_S)).data))

    async def acknowledges(self, envelope: dict[str, Any], payload: Any = None) -> None:
        told = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        await self.raw.send_json(told)


async def connected(desk: Desk, stack: AsyncExitStack) -> Socket:
    told = await desk.client.apps_connections_open(app_token=desk.slack.app_token)
    return Socket(await stack.enter_async_context(desk.http.ws_connect(str(told["url"]))))


async def command(desk: Desk, *answering: Any) -> Ack:
    """A command while the given coroutine answers it."""
    async with asyncio.TaskGroup() as group:
        pressed = group.create_task(desk.nisha.command("/coupons", "1"))
        for coroutine in answering:
            group.create_task(coroutine)
    return pressed.result()


async def test_hello_counts_the_connections(desk: Desk, sockets: AsyncExitStack) -> None:
    first = await (await connected(desk, sockets)).hears()
    second = await (await connected(desk, sockets)).hears()

    assert (first["type"], first["num_connections"]) == ("hello", 1)
    assert second["num_connections"] == 2
    assert second["debug_info"]["approximate_connection_time"] > 0


async def test_a_command_goes_to_the_socket_and_its_payload_is_the_answer(
    desk: Desk, sockets: AsyncExitStack
) -> None:
    socket = await connected(desk, sockets)
    await socket.hears()

    async def answering() -> None:
        envelope = await socket.hears()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["command"] == "/coupons"
        await socket.acknowledges(envelope, {"text": "The card"})

    ack = await command(desk, answering())

    assert (ack.status, ack.payload()) == (200, {"text": "The card"})
    await desk.nisha.sees("The card")
    assert desk.requests == []


async def test_an_event_takes_no_payload(desk: Desk, sockets: AsyncExitStack) -> None:
    socket = await connected(desk, sockets)
    await socket.hears()

    async with asyncio.TaskGroup() as group:
        group.create_task(desk.nisha.opens_home())
        envelope = await socket.hears()
        await socket.acknowledges(envelope)

    assert (envelope["type"], envelope["accepts_response_payload"]) == ("events_api", False)
    assert envelope["payload"]["event"]["type"] == "app_home_opened"


async def test_envelopes_take_turns_over_the_sockets(desk: Desk, sockets: AsyncExitStack) -> None:
    both = [await connected(desk, sockets) for _ in range(2)]
    for socket in both:
        await socket.hears()

    async def answering(socket: Socket) -> None:
        await socket.acknowledges(await socket.hears())

    assert [(await command(desk, answering(socket))).ok for socket in both] == [True, True]


async def test_an_acknowledgement_may_come_by_another_socket(desk: Desk, sockets: AsyncExitStack) -> None:
    first, second = [await connected(desk, sockets) for _ in range(2)]
    await first.hears()
    await second.hears()

    async def answering() -> None:
        await second.acknowledges(await first.hears())

    assert (await command(desk, answering())).ok


async def test_an_envelope_that_is_not_acknowledged_fails_the_person(
    desk: Desk, sockets: AsyncExitStack
) -> None:
    socket = await connected(desk, sockets)
    await socket.hears()
    desk.slack.delivery.limit_s = 0.1
    ack = await desk.nisha.command("/coupons")

    assert ack.error == "operation_timeout"
    await desk.nisha.sees("operation_timeout")
    assert desk.slack.faults == ["/coupons: not acknowledged in time (operation_timeout)"]


async def test_an_acknowledgement_that_nobody_waits_for_is_a_fault(
    desk: Desk, sockets: AsyncExitStack
) -> None:
    socket = await connected(desk, sockets)
    await socket.hears()
    await socket.acknowledges({"envelope_id": "made-up"})
    await socket.raw.send_str("no json")
    await desk.slack.until(lambda: len(desk.slack.faults) == 2)

    assert desk.slack.faults == [
        "socket: an acknowledgement that nobody waits for (late, or twice)",
        "socket: a frame that is not JSON",
    ]


async def test_a_refresh_is_announced_and_closes_the_socket(desk: Desk, sockets: AsyncExitStack) -> None:
    old, new = [await connected(desk, sockets) for _ in range(2)]
    await old.hears()
    await new.hears()

    async with asyncio.TaskGroup() as group:
        group.create_task(desk.slack.refresh_socket())
        told = await old.hears()
        last = await old.raw.receive(timeout=PATIENCE_S)

    assert (told["type"], told["reason"]) == ("disconnect", "refresh_requested")
    assert last.type is aiohttp.WSMsgType.CLOSE
    assert desk.slack.sockets.count == 1


async def test_an_address_serves_one_connection(desk: Desk, sockets: AsyncExitStack) -> None:
    told = await desk.client.apps_connections_open(app_token=desk.slack.app_token)
    await sockets.enter_async_context(desk.http.ws_connect(str(told["url"])))

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await desk.http.ws_connect(str(told["url"]))


async def test_an_eleventh_connection_is_one_too_many(desk: Desk, sockets: AsyncExitStack) -> None:
    for _ in range(10):
        await connected(desk, sockets)
    told = await (await connected(desk, sockets)).hears()

    assert (told["type"], told["reason"]) == ("disconnect", "too_many_websockets")


async def test_without_a_socket_delivery_goes_by_http_again(desk: Desk, sockets: AsyncExitStack) -> None:
    socket = await connected(desk, sockets)
    await socket.hears()
    await socket.raw.close()
    await desk.slack.until(lambda: desk.slack.sockets.count == 0)
    await desk.nisha.command("/coupons")

    assert len(desk.requests) == 1


async def test_the_sdks_own_client_works_with_it_and_comes_back_after_a_refresh(desk: Desk) -> None:
    heard: list[str] = []

    async def listener(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request.type)
        if request.payload["type"] == "view_submission":
            answer = {"response_action": "errors", "errors": {"amount": "Too much."}}
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))

    client = SocketModeClient(app_token=desk.slack.app_token, web_client=desk.client)
    client.socket_mode_request_listeners.append(listener)
    try:
        await desk.opens(modal(entry()))
        await client.connect()
        await desk.nisha.types("Bill amount", "1")
        await desk.nisha.submits()
        await desk.nisha.sees("Too much.")
        await desk.slack.refresh_socket()
        await desk.slack.reached("apps.connections.open", 2)
        await desk.slack.until(lambda: desk.slack.sockets.count == 1)
        assert (await desk.nisha.submits()).ok
    finally:
        await client.close()

    assert heard == ["interactive", "interactive"]
    assert desk.slack.faults == []
