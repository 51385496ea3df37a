"""A TCP proxy before a database: a network that falls silent, drops its connections, or is late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit


@dataclass(slots=True)
class _Line:
    writers: list[asyncio.StreamWriter]
    silent: bool = False
    answered: bool = True


@dataclass(slots=True, kw_only=True)
class TcpProxy:
    """
    `url` is the database through it.

    Attributes:
        target: host and port, or the path of a socket; connections made from now on go there.
        silent: whether new connections get no answer.
        gone: whether new connections are closed at once.
        late_s: seconds by which every answer is late.
        turns: how often somebody sent something after an answer: round trips, where answers are late.

    """

    target: tuple[str, int] | str
    url: str = ""
    silent: bool = False
    gone: bool = False
    late_s: float = 0.0
    turns: int = 0
    handlers: set[asyncio.Task[None]] = field(default_factory=set)
    _lines: list[_Line] = field(default_factory=list)

    def silence(self) -> None:
        """Those that are open get no answer any more; nobody tells them so."""
        for line in self._lines:
            line.silent = True

    def reset(self) -> None:
        for line in self._lines:
            for writer in line.writers:
                writer.transport.abort()
        self._lines.clear()

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.gone:
            writer.close()
            return
        handler = asyncio.current_task()
        assert handler is not None
        self.handlers.add(handler)
        handler.add_done_callback(self.handlers.discard)
        try:
            there = await self._connected()
        except OSError:
            # Nobody listens there now: without this the client would wait for its own time limit.
            writer.close()
            return
        line = _Line([writer, there[1]], self.silent)
        self._lines.append(line)
        await asyncio.gather(
            self._pass_on(line, reader, there[1], back=False),
            self._pass_on(line, there[0], writer, back=True),
        )

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, str):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection(*self.target)

    async def _pass_on(
        self, line: _Line, from_: asyncio.StreamReader, to: asyncio.StreamWriter, *, back: bool
    ) -> None:
        try:
            while data := await from_.read(65536):
                if back and self.late_s:
                    await asyncio.sleep(self.late_s)
                self.turns += line.answered and not back
                line.answered = back
                if line.silent:
                    continue
                to.write(data)
                await to.drain()
        except OSError:
            pass
        finally:
            to.close()


@asynccontextmanager
async def proxied(server: str) -> AsyncIterator[TcpProxy]:
    """Before the database at that URL."""
    parts = urlsplit(server)
    proxy = TcpProxy(target=_target(server))
    listening = await asyncio.start_server(proxy.on_connection, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    netloc = f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}"
    proxy.url = urlunsplit(parts._replace(netloc=netloc, query=""))
    try:
        yield proxy
    finally:
        listening.close()
        while proxy.handlers:
            proxy.reset()
            await asyncio.wait(proxy.handlers, timeout=0.1)


def _target(server: str) -> tuple[str, int] | str:
    parts = urlsplit(server)
    folder = parse_qs(parts.query).get("host")
    if folder:
        return f"{folder[0]}/.s.PGSQL.{parts.port or 5432}"
    return parts.hostname or "127.0.0.1", parts.port or 5432
