"""The HTTP server refuses what is not Slack's, and loses no accepted request when it stops."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.tasks import TaskSet
from bot.listeners.boundary import Boundary
from bot.listeners.replies import Replies
from bot.sandbox.slack.server import SandboxSlack
from bot.server import EVENTS_PATH, MAX_BODY, HttpServer
from bot.services.refused import WHAT_TO_DO, RefusedFor

SECRET = "signing-secret"
#: Connections, and seconds for the head of a first request.
MOST, HEADERS_S = 20, 0.3
PATIENCE_S = 30.0
BODY = urlencode({"command": "/story", "text": "", "user_id": "U0AGENT", "team_id": "T0DESK"})


@dataclass(slots=True)
class Database:
    """When it was written last; one that is away is not."""

    age_s: float | None = 0.0

    def written(self) -> float | None:
        return self.age_s


@dataclass(slots=True, kw_only=True)
class Door:
    """A server with one command, which is answered with "Heard."."""

    server: HttpServer
    database: Database
    http: aiohttp.ClientSession
    heard: list[str] = field(default_factory=list)
    #: What a command waits for, and whether it is acknowledged before.
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    acknowledges_first: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def on_command(self, args: AsyncArgs) -> None:
        self.begun.set()
        if self.acknowledges_first:
            await args.ack("Heard.")
        await self.goes_on.wait()
        self.heard.append(args.body["command"])
        if not self.acknowledges_first:
            await args.ack("Heard.")

    async def posted(self, headers: dict[str, str], body: str = BODY) -> tuple[int, str]:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.http.post(
            self.url + EVENTS_PATH, data=body.encode(), headers=form | headers
        ) as answer:
            return answer.status, await answer.text()

    async def told(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.url + path) as answer:
            return answer.status, await answer.text()


class NoUrls:
    async def post(self, url: str, payload: Mapping[str, Any]) -> bool:
        raise AssertionError(f"nothing is to be posted to {url}: {payload}")


async def authorize() -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=None, team_id="T0DESK", bot_id="B0DESK", bot_user_id="U0DESK", bot_token="xoxb-1"
    )


def signed(body: str | bytes = BODY, *, secret: str = SECRET, age_s: int = 0) -> dict[str, str]:
    timestamp = str(int(SandboxSlack().workspace.now()) - age_s)
    base = b"v0:%s:%s" % (timestamp.encode(), body if isinstance(body, bytes) else body.encode())
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    bolt = AsyncApp(name="desk", signing_secret=SECRET, authorize=authorize)
    tasks, database = TaskSet(), Database()
    boundary = Boundary(Replies(NoUrls(), tasks.spawn))
    server = HttpServer(
        bolt=bolt,
        work=boundary,
        ledger_age_s=database.written,
        host="127.0.0.1",
        port=0,
        signing_secret=SECRET,
        most_connections=MOST,
        headers_s=HEADERS_S,
    )
    async with aiohttp.ClientSession() as http:
        door = Door(server=server, database=database, http=http)
        door.goes_on.set()
        bolt.command("/story")(boundary.guard(door.on_command))
        await server.start()
        yield door
        await server.stop()
    await tasks.close()


async def test_what_slack_signed_is_heard(door: Door) -> None:
    assert await door.posted(signed()) == (200, "Heard.")
    assert door.heard == ["/story"]


FORGED: dict[str, Callable[[], dict[str, str]]] = {
    "no headers": dict,
    "no timestamp": lambda: {"X-Slack-Signature": "v0=" + "a" * 64},
    "no signature": lambda: {"X-Slack-Request-Timestamp": "1700000000"},
    "a timestamp of letters": lambda: {
        "X-Slack-Request-Timestamp": "now",
        "X-Slack-Signature": "v0=" + "a" * 64,
    },
    "an empty timestamp": lambda: {"X-Slack-Request-Timestamp": "", "X-Slack-Signature": "v0=" + "a" * 64},
    "a fractional timestamp": lambda: {
        "X-Slack-Request-Timestamp": "1.5",
        "X-Slack-Signature": "v0=" + "a" * 64,
    },
    "an endless timestamp": lambda: {
        "X-Slack-Request-Timestamp": "9" * 400,
        "X-Slack-Signature": "v0=" + "a" * 64,
    },
    "digits of another script": lambda: {
        "X-Slack-Request-Timestamp": "１７",
        "X-Slack-Signature": "v0=" + "a" * 64,
    },
    "a signature that is not ASCII": lambda: {
        "X-Slack-Request-Timestamp": "1700000000",
        "X-Slack-Signature": "v0=ü",
    },
    "an empty signature": lambda: {"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": "v0="},
    "a signature of another version": lambda: signed() | {"X-Slack-Signature": "v1=" + "a" * 64},
    "a wrong signature": lambda: signed() | {"X-Slack-Signature": "v0=" + "a" * 64},
    "another secret": lambda: signed(secret="another"),
    "another body": lambda: signed("command=%2Fother"),
    "an old timestamp": lambda: signed(age_s=301),
    "a timestamp to come": lambda: signed(age_s=-400),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_what_slack_did_not_sign_now_stays_outside(
    door: Door, forged: Callable[[], dict[str, str]]
) -> None:
    status, _ = await door.posted(forged())

    assert status == 401
    assert door.heard == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Bolt-Lazy-Only": "1"},
        {"x-slack-bolt-lazy-only": "1", "x-slack-bolt-lazy-function-name": "on_command"},
    ],
)
async def test_headers_of_bolts_own_are_not_obeyed(door: Door, headers: dict[str, str]) -> None:
    """No signature covers them: whoever replays a request could have it acknowledged without being done."""
    assert await door.posted(signed() | headers) == (200, "Heard.")
    assert door.heard == ["/story"]


async def test_too_large_a_body_is_refused(door: Door) -> None:
    body = BODY + "&more=" + "x" * MAX_BODY
    status, _ = await door.posted(signed(body), body)

    assert status == 413
    assert door.heard == []


async def test_a_body_that_is_none_of_slacks_is_refused(door: Door) -> None:
    for body in (
        b"\xff\xfe",
        b"{",
        b"[]",
        b"payload=%5B%5D",
        b"payload=%7B",
        b"a&b",
        b'{"a":' * 5000,
        b"[" * 100_000,
        b'{"type": "block_actions", "actions": [], "trigger_id": "1"}',
    ):
        headers = signed(body)
        async with door.http.post(door.url + EVENTS_PATH, data=body, headers=headers) as answer:
            assert answer.status == 400
    assert door.server.refused.counts == {RefusedFor.MALFORMED: 9}


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", EVENTS_PATH, 405), ("GET", "/", 404), ("POST", "/healthz", 405)]
)
async def test_nothing_else_is_served(door: Door, method: str, path: str, status: int) -> None:
    async with door.http.request(method, door.url + path) as answer:
        assert answer.status == status


async def test_the_process_says_that_it_lives_also_without_a_database(door: Door) -> None:
    door.database.age_s = None
    status, _ = await door.told("/healthz")

    assert status == 200


async def test_it_is_ready_when_the_ledger_was_written(door: Door) -> None:
    assert await door.told("/readyz") == (200, "ready")


@pytest.mark.parametrize("age_s", [None, 5.0, 3600.0])
async def test_it_is_not_ready_where_it_wrote_nothing_lately_and_ready_again_when_it_did(
    door: Door, age_s: float | None
) -> None:
    door.database.age_s = age_s
    assert await door.told("/readyz") == (503, "ledger")
    door.database.age_s = 4.9

    assert await door.told("/readyz") == (200, "ready")


async def test_it_is_not_ready_while_it_drains(door: Door) -> None:
    door.server.drain()

    assert await door.told("/readyz") == (503, "draining")


async def connected_for_ever(door: Door) -> None:
    while True:
        async with aiohttp.ClientSession() as fresh:
            await fresh.get(door.url + "/healthz")


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_stop_waits_for_what_runs_and_takes_no_new_connection(
    door: Door, tasks: TaskSet, acknowledged: bool
) -> None:
    door.goes_on.clear()
    door.acknowledges_first = acknowledged
    asked = tasks.spawn(door.posted(signed()))
    async with asyncio.timeout(PATIENCE_S):
        await door.begun.wait()
        stopping = tasks.spawn(door.server.stop())
        with pytest.raises(aiohttp.ClientConnectorError):
            await connected_for_ever(door)
        assert not stopping.done()
        door.goes_on.set()
        await stopping

        assert await asked == (200, "Heard.")
    assert door.heard == ["/story"]


async def test_a_request_whose_body_still_arrives_is_finished_and_its_connection_closed(
    door: Door, tasks: TaskSet
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    head = "".join(f"{name}: {value}\r\n" for name, value in (form | signed()).items())
    rest = f"Content-Length: {len(BODY)}\r\n{head}\r\n"
    writer.write(f"POST {EVENTS_PATH} HTTP/1.1\r\nHost: desk\r\n{rest}{BODY[:10]}".encode())
    async with asyncio.timeout(PATIENCE_S):
        while not door.server._requests:  # noqa: ASYNC110 - nothing else tells that it came in
            await asyncio.sleep(0)
        stopping = tasks.spawn(door.server.stop())
        await asyncio.sleep(0)
        writer.write(BODY[10:].encode())
        told = (await reader.read()).decode()
        await stopping

    assert told.startswith("HTTP/1.1 200 ")
    assert "Connection: close" in told
    assert door.heard == ["/story"]
    writer.close()


async def test_stopping_twice_is_stopping_once(door: Door) -> None:
    await door.server.stop()
    await door.server.stop()

    with pytest.raises(aiohttp.ClientConnectorError):
        await door.told("/healthz")


# The boundary tells


REASONS: dict[str, tuple[Callable[[], dict[str, str]], RefusedFor, int | None]] = {
    "no signature": (dict, RefusedFor.NO_SIGNATURE, None),
    "another secret": (lambda: signed(secret="another"), RefusedFor.WRONG_SIGNATURE, None),
    "an old one": (lambda: signed(age_s=301), RefusedFor.CLOCK_OFF, 301),
    "one to come": (lambda: signed(age_s=-400), RefusedFor.CLOCK_OFF, -400),
}


@pytest.mark.parametrize(("headers", "why", "off_s"), REASONS.values(), ids=REASONS)
async def test_what_is_refused_is_counted_and_told_once_a_minute_with_what_to_do(
    door: Door, headers: Callable[[], dict[str, str]], why: RefusedFor, off_s: int | None
) -> None:
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            assert (await door.posted(headers()))[0] == 401

    assert door.server.refused.counts == {why: 3}
    [line] = [line for line in logged if line["event"] == "request_refused"]
    assert (line["log_level"], line["reason"], line["to_do"]) == ("warning", why.value, WHAT_TO_DO[why])
    assert line.get("off_s") == off_s


async def test_a_malformed_body_with_a_wrong_signature_is_not_even_parsed(door: Door) -> None:
    status, _ = await door.posted(signed("{", secret="another"), "{")

    assert status == 401
    assert door.server.refused.counts == {RefusedFor.WRONG_SIGNATURE: 1}


async def test_a_connection_that_brings_no_request_in_time_is_closed(door: Door) -> None:
    sockets = [await asyncio.open_connection("127.0.0.1", door.server.port) for _ in range(3)]
    for _, writer in sockets:
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: desk\r\nX-Slow:")

    for reader, _ in sockets:
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""
    assert door.server.refused.counts == {RefusedFor.TOO_SLOW: 3}
    for _, writer in sockets:
        writer.close()
    assert await door.posted(signed()) == (200, "Heard.")


async def test_more_connections_than_fit_are_closed_and_the_others_served(door: Door) -> None:
    assert await door.posted(signed()) == (200, "Heard.")
    sockets = [await asyncio.open_connection("127.0.0.1", door.server.port) for _ in range(MOST + 5)]
    reader, _ = sockets[-1]
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""

    assert door.server.refused.counts[RefusedFor.TOO_MANY_CONNECTIONS] >= 5
    assert await door.posted(signed()) == (200, "Heard.")
    for _, writer in sockets:
        writer.close()


async def test_a_slow_body_is_given_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.server.BODY_S", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed().items())
    writer.write(f"POST {EVENTS_PATH} HTTP/1.1\r\nHost: desk\r\nContent-Length: 99\r\n{head}\r\na".encode())

    async with asyncio.timeout(PATIENCE_S):
        assert b" 408 " in await reader.readline()
    assert door.server.refused.counts == {RefusedFor.TOO_SLOW: 1}
    writer.close()


#: What breaks off in its body: a chunk without a length, and what is said to be compressed.
NO_BODIES = {
    "no chunk": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "not compressed": b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
}


@pytest.mark.parametrize("rest", NO_BODIES.values(), ids=NO_BODIES)
async def test_a_body_that_is_no_http_is_refused_and_logged_once_a_minute(door: Door, rest: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in signed().items())
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
            writer.write(f"POST {EVENTS_PATH} HTTP/1.1\r\nHost: desk\r\n{head}".encode() + rest)
            assert b" 400 " in await reader.readline()
            writer.close()

    assert set(door.server.refused.counts) == {RefusedFor.NO_HTTP}
    assert [line["reason"] for line in logged if line["event"] == "request_refused"] == ["no_http"]


async def test_what_is_no_http_at_all_is_counted_and_leaves_no_traceback(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    writer.write(b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: -1\r\n\r\n")
    assert b" 400 " in await reader.readline()
    writer.close()

    assert door.server.refused.counts == {RefusedFor.NO_HTTP: 1}
    assert caplog.records == []
