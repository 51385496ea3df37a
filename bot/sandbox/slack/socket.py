"""
Socket Mode: envelopes go to any one of the open sockets and come back acknowledged by envelope_id.

docs.slack.dev: apis/events-api/using-socket-mode.
"""

import asyncio
import json
import secrets
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.slack.delivery import Kind
from bot.sandbox.slack.people import APP
from bot.sandbox.slack.workspace import SandboxWorkspace

MAX_SOCKETS = 10
#: What Slack tells in hello, in seconds.
CONNECTION_TIME_S = 18060


class SocketHub:
    def __init__(self, workspace: SandboxWorkspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        #: By envelope_id: an acknowledgement may arrive on another socket than its envelope left by.
        self._waiting: dict[str, asyncio.Future[str]] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/link", self._on_socket)]

    def any_open(self) -> bool:
        return bool(self._open)

    @property
    def count(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """An address for one connection."""
        made = secrets.token_urlsafe(12)
        self._tickets.add(made)
        return f"{self._workspace.base_url.replace('http', 'ws', 1)}/link?ticket={made}&app_id={APP}"

    async def send(self, kind: Kind, payload: Mapping[str, Any]) -> str:
        envelope_id = secrets.token_hex(8)
        envelope: dict[str, Any] = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind is not Kind.EVENT,
        }
        if kind is Kind.EVENT:
            envelope |= {"retry_attempt": 0, "retry_reason": ""}
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            await self._next().send_json(envelope)
            return await answer
        finally:
            del self._waiting[envelope_id]

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Tell the oldest socket to make way and close it, as Slack does every few hours."""
        socket = self._open[0]
        await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
        await self._gone(socket)
        await socket.close()

    async def close(self) -> None:
        for socket in [*self._open]:
            await socket.close()

    async def _on_socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=408, text="no such ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=30.0, timeout=0.5)
        await socket.prepare(request)
        if len(self._open) >= MAX_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._greet(socket)
        try:
            await self._listen(socket)
        finally:
            await self._gone(socket)
        return socket

    async def _greet(self, socket: web.WebSocketResponse) -> None:
        self._open.append(socket)
        hello = {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": APP},
            "debug_info": {"host": "sandbox", "approximate_connection_time": CONNECTION_TIME_S},
        }
        await socket.send_json(hello)
        await socket.ping(b"Ping from sandbox")
        await self._workspace.tell()

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._settle(message.data)
                await self._workspace.tell()

    def _settle(self, frame: str) -> None:
        try:
            said = json.loads(frame)
        except ValueError:
            self._workspace.faults.append("socket: a frame that is not JSON")
            return
        answer = self._waiting.get(str(said.get("envelope_id")))
        if answer is None or answer.done():
            self._workspace.faults.append("socket: an acknowledgement that nobody waits for (late, or twice)")
            return
        payload = said.get("payload")
        answer.set_result(payload if isinstance(payload, str) else json.dumps(payload) if payload else "")

    async def _gone(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
            await self._workspace.tell()

    def _next(self) -> web.WebSocketResponse:
        """Round robin: the one whose turn it is goes to the end of the line."""
        socket = self._open.pop(0)
        self._open.append(socket)
        return socket
