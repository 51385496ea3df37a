"""Requests as bytes, some of which are none, and what comes back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from bot.server import EVENTS_PATH
from tests.fuzz.bodies import Body

#: Seconds that an answer may take: Slack waits three.
PATIENCE_S = 30.0
#: What is counted where the connection was closed without an answer.
CLOSED = 0


class Signing(StrEnum):
    NONE = "unsigned"
    WRONG = "wrongly signed"
    RIGHT = "rightly signed"


@dataclass(frozen=True, slots=True)
class Request:
    """Attributes: answers: how many are waited for; closes: whether the connection is of no use afterwards."""

    signing: Signing
    content: bytes
    answers: int = 1
    closes: bool = False


def _signature(secret: str, at: str, content: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:%s:%s" % (at.encode(), content), hashlib.sha256).hexdigest()


def _headers(chance: random.Random, signing: Signing, secret: str, body: Body) -> list[tuple[str, str]]:
    at = str(int(time.time()))  # noqa: TID251 - signatures live on real time
    content_type = [("Content-Type", body.content_type)] if body.content_type else []
    if signing is Signing.RIGHT:
        right = _signature(secret, at, body.content)
        return [*content_type, ("X-Slack-Request-Timestamp", at), ("X-Slack-Signature", right)]
    if signing is Signing.WRONG:
        stale = str(int(at) - chance.choice((301, 86_400, -400)))
        wrong = chance.choice(
            (
                [
                    ("X-Slack-Request-Timestamp", at),
                    ("X-Slack-Signature", _signature("other", at, body.content)),
                ],
                [
                    ("X-Slack-Request-Timestamp", at),
                    ("X-Slack-Signature", _signature(secret, at, body.content + b" ")),
                ],
                [
                    ("X-Slack-Request-Timestamp", stale),
                    ("X-Slack-Signature", _signature(secret, stale, body.content)),
                ],
            )
        )
        return [*content_type, *wrong]
    unsigned = chance.choice(
        (
            [],
            [("X-Slack-Signature", "v0=" + "a" * 64)],
            [("X-Slack-Request-Timestamp", "9" * 300), ("X-Slack-Signature", "v0=é")],
            [("X-Slack-Request-Timestamp", at), ("X-Slack-Signature", "v0=")],
        )
    )
    return [*content_type, *unsigned]


def _head(first: str, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


_Framed = Callable[[random.Random, Signing, list[tuple[str, str]], bytes], Request]


def request(chance: random.Random, signing: Signing, secret: str, body: Body) -> Request:
    headers = [("Host", "desk"), *_headers(chance, signing, secret, body)]
    framed: _Framed = chance.choice((_plain,) * 8 + _ODD)
    return framed(chance, signing, headers, body.content)


def _plain(_: random.Random, signing: Signing, headers: list[tuple[str, str]], content: bytes) -> Request:
    length = ("Content-Length", str(len(content)))
    return Request(signing, _head(f"POST {EVENTS_PATH} HTTP/1.1", [*headers, length]) + content)


def _of_before(_: random.Random, signing: Signing, headers: list[tuple[str, str]], content: bytes) -> Request:
    length = ("Content-Length", str(len(content)))
    sent = _head(f"POST {EVENTS_PATH} HTTP/1.0", [*headers, length]) + content
    return Request(signing, sent, closes=True)


def _expecting(
    chance: random.Random, signing: Signing, headers: list[tuple[str, str]], content: bytes
) -> Request:
    """The body is sent without waiting for the 100."""
    more = [("Content-Length", str(len(content))), ("Expect", chance.choice(("100-continue", "magic")))]
    sent = _head(f"POST {EVENTS_PATH} HTTP/1.1", [*headers, *more]) + content
    return Request(signing, sent, closes=True)


def _chunked(
    chance: random.Random, signing: Signing, headers: list[tuple[str, str]], content: bytes
) -> Request:
    cut = chance.randint(0, len(content))
    parts = [part for part in (content[:cut], content[cut:]) if part]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    head = _head(f"POST {EVENTS_PATH} HTTP/1.1", [*headers, ("Transfer-Encoding", "chunked")])
    return Request(signing, head + chunks + b"0\r\n\r\n")


def _pipelined(
    chance: random.Random, signing: Signing, headers: list[tuple[str, str]], content: bytes
) -> Request:
    one = _plain(chance, signing, headers, content)
    return Request(signing, one.content * 3, answers=3)


def _no_http(
    chance: random.Random, signing: Signing, headers: list[tuple[str, str]], content: bytes
) -> Request:
    """Framed wrong, or not HTTP at all."""
    length = ("Content-Length", str(len(content)))
    path = EVENTS_PATH
    sent = chance.choice(
        (
            _head(f"POST {path} HTTP/1.1", [*headers, ("Content-Length", "-1")]) + content,
            _head(f"POST {path} HTTP/1.1", [*headers, ("Content-Length", "ten")]) + content,
            _head(f"POST {path} HTTP/1.1", [*headers, length, ("Content-Length", "7")]) + content,
            _head(f"POST {path} HTTP/1.1", [*headers, length, ("Transfer-Encoding", "chunked")]) + content,
            _head(f"POST {path} HTTP/1.1", [*headers, ("Transfer-Encoding", "chunked")])
            + b"zz\r\n"
            + content,
            _head(f"POST {path} HTTP/1.1", [*headers, ("X-Long", "x" * 40_000), length]) + content,
            _head(f"POST {path} HTTP/1.1", [*headers, *[("X-Many", "1")] * 3000, length]) + content,
            _head(f"POST {path} HTTP/1.1", [*headers, ("X-\0", "1"), length]) + content,
            _head(f"POST {path} HTTP/9.9", [*headers, length]) + content,
            _head(f"BREW {path} HTTP/1.1", [*headers, length]) + content,
            _head(f"POST {path}/../..%00 HTTP/1.1", [*headers, length]) + content,
            _head(f"POST http://elsewhere{path} HTTP/1.1", [*headers, length]) + content,
            _head("OPTIONS * HTTP/1.1", headers),
            _head("CONNECT slack.com:443 HTTP/1.1", headers),
            _head(f"GET {path} HTTP/1.1", [*headers, ("Upgrade", "websocket"), ("Connection", "Upgrade")]),
            _head("GET /healthz HTTP/1.1", headers),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
            + bytes(chance.randrange(256) for _ in range(200)),
            b"\n\n\nPOST\n\n",
            bytes(chance.randrange(256) for _ in range(chance.randint(1, 300))) + b"\r\n\r\n",
            _head(f"POST {path} HTTP/1.1", [*headers, ("Content-Encoding", "gzip"), length]) + content,
        )
    )
    return Request(signing, sent, closes=True)


_ODD: tuple[_Framed, ...] = (_of_before, _expecting, _chunked, _pipelined, _no_http)


def slow(chance: random.Random, secret: str, body: Body) -> bytes:
    """Begins a request, and never ends it."""
    headers = [("Host", "desk"), *_headers(chance, Signing.RIGHT, secret, body)]
    first = f"POST {EVENTS_PATH} HTTP/1.1"
    return chance.choice(
        (
            b"",
            b"POST ",
            _head(first, headers)[:-2] + b"X-More: ",
            _head(first, [*headers, ("Content-Length", str(len(body.content) + 9))]) + body.content,
            _head(first, [*headers, ("Transfer-Encoding", "chunked")]) + b"5\r\nhello\r\n",
            _head(first, [*headers, ("Content-Length", "9"), ("Expect", "100-continue")]),
        )
    )


@dataclass(slots=True)
class Client:
    """One connection, made again where it was closed."""

    port: int
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def send(self, request: Request) -> list[int]:
        """Return the statuses of its answers; CLOSED in place of those that did not come. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await self._open()
            statuses = []
            try:
                writer.write(request.content)
                if request.closes and writer.can_write_eof():
                    writer.write_eof()
                statuses = [await status(reader) for _ in range(request.answers)]
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
                statuses.append(CLOSED)
        if request.closes or CLOSED in statuses or reader.at_eof() or min(statuses) >= 400:
            await self.close()
        return statuses

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self._reader, self._writer

    async def close(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


async def status(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end; a 100 is none yet."""
    head = await reader.readuntil(b"\r\n\r\n")
    code = int(head.split(None, 2)[1])
    if code == 100:
        return await status(reader)
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    await reader.readexactly(length)
    return code
