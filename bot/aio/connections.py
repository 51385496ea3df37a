"""Connections that a server lets in: so many at most, and each must bring a request in time."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError


def why_not(err: OSError) -> str:
    """The system's own words; of a name that is not known they stand only in the error (Python: socket.gaierror)."""
    return str(err.strerror) if isinstance(err, socket.gaierror) else os.strerror(err.errno or 0)


class GuardedSite(web.TCPSite):
    """
    Listens as aiohttp does, which by itself waits for ever for a first request (aiohttp 3.14).

    `refused` hears "too_many_connections" and "too_slow", once for each connection that was closed.
    """

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        *,
        most: int,
        headers_s: float,
        refused: Callable[[str], None],
    ) -> None:
        super().__init__(runner, host, port)
        self._where = host, port
        self._most, self._headers_s, self._refused = most, headers_s, refused
        #: Those that have brought a request.
        self._heard: set[Any] = set()

    async def start(self) -> None:
        await web.BaseSite.start(self)
        server = self._runner.server
        if server is None:
            raise AssertionError("the runner was set up")
        make = server.request_factory

        def heard(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
            self._heard.add(protocol)
            return make(message, payload, protocol, writer, task)

        server.request_factory = heard
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: self._let_in(server), *self._where, backlog=128)

    def _let_in(self, server: web.Server) -> asyncio.Protocol:
        if len(server.connections) >= self._most:
            self._refused("too_many_connections")
            return _Refusing()
        handler = server()
        asyncio.get_running_loop().call_later(self._headers_s, self._look, handler)
        return handler

    def _look(self, handler: Any) -> None:
        """It is gone, has brought a request, or is closed now."""
        if handler in self._heard:
            self._heard.discard(handler)
        elif handler.transport is not None:
            self._refused("too_slow")
            handler.transport.abort()


def counting_logger(refused: Callable[[str], None]) -> logging.Logger:
    """
    Return the logger for a server: what is no HTTP is heard by `refused` as "no_http", and logged by nobody.

    aiohttp 3.14 logs a traceback for each such request, and anybody can send them.
    """
    # One for each server: filters of a shared one would add up.
    logger = logging.Logger("aiohttp.server")  # noqa: LOG001
    logger.parent = logging.getLogger("aiohttp.server")

    def heard(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | web.RequestPayloadError):
            refused("no_http")
            return False
        # Whoever asked is gone, and nobody can take the answer.
        return not isinstance(error, ConnectionError)

    logger.addFilter(heard)
    return logger


class _Refusing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()
