"""A proxy that asks for a password, and opens tunnels to the hosts that it knows."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

LOGIN = "desk:secret"


@dataclass(slots=True, kw_only=True)
class Proxy:
    """
    Attributes:
        hosts: the port on this machine that each host with its port stands for.
        opened: tunnels by host and port, in order; others were refused.

    """

    hosts: Mapping[str, int]
    url: str = ""
    opened: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._tunnel(reader, writer)
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = first.split()
        login = f"proxy-authorization: basic {base64.b64encode(LOGIN.encode()).decode()}".lower()
        port = self.hosts.get(target)
        if method != "CONNECT" or port is None or login not in [line.lower() for line in headers]:
            self.refused.append(target)
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        self.opened.append(target)
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(_passed(reader, there_writer), _passed(there_reader, writer))
        finally:
            there_writer.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def running_proxy(hosts: Mapping[str, int]) -> AsyncIterator[Proxy]:
    proxy = Proxy(hosts=hosts)
    server = await asyncio.start_server(proxy.on_connection, "127.0.0.1", 0)
    proxy.url = f"http://{LOGIN}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
