"""
Brings what a person did to the bot, signed, and waits three seconds for the acknowledgement.

docs.slack.dev: authentication/verifying-requests-from-slack, interactivity/handling-user-interaction.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp


class Kind(StrEnum):
    """The envelope types of Socket Mode."""

    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How the bot acknowledged."""

    #: HTTP status; 200 for an acknowledged envelope; None if no answer came in time or the bot was down.
    status: int | None
    body: str
    seconds: float
    #: Slack's word for what went wrong; None for a good acknowledgement.
    error: str | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    def payload(self) -> Any:
        """The body as JSON; its text where it is not JSON; None where it is empty."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return self.body


class Sockets(Protocol):
    def any_open(self) -> bool: ...

    async def send(self, kind: Kind, payload: Mapping[str, Any]) -> str:
        """The acknowledgement's payload as text."""


@dataclass(slots=True)
class Delivery:
    now: Callable[[], float]
    secret: str
    limit_s: float
    sockets: Sockets
    events_url: str | None = None
    session: aiohttp.ClientSession | None = None
    #: Changes of accounts and groups that the bot has not been told of yet: it knows before it hears a person.
    changes: list[Mapping[str, Any]] = field(default_factory=list)
    #: All that was sent, in order: a replay is one of these sent again.
    sent: list[tuple[Kind, Mapping[str, Any]]] = field(default_factory=list)

    async def send(self, kind: Kind, payload: Mapping[str, Any]) -> Ack:
        """Over an open socket if there is one; never sent a second time."""
        await self._tell_of_changes()
        self.sent.append((kind, payload))
        loop = asyncio.get_running_loop()
        begun = loop.time()
        status, body, error = None, "", None
        try:
            async with asyncio.timeout(self.limit_s):
                status, body = await self._carry(kind, payload)
        except TimeoutError:
            error = "operation_timeout"
        except (aiohttp.ClientError, OSError):
            error = "dispatch_failed"
        if status is not None and status != 200:
            error = "dispatch_failed"
        return Ack(status=status, body=body, seconds=loop.time() - begun, error=error)

    async def _tell_of_changes(self) -> None:
        """Nobody who is not there is told later; Slack does not promise that either."""
        changes, self.changes[:] = list(self.changes), []
        for change in changes:
            with suppress(TimeoutError, aiohttp.ClientError, OSError):
                async with asyncio.timeout(self.limit_s):
                    await self._carry(Kind.EVENT, change)

    async def _carry(self, kind: Kind, payload: Mapping[str, Any]) -> tuple[int, str]:
        if self.sockets.any_open():
            return 200, await self.sockets.send(kind, payload)
        if self.events_url is None or self.session is None:
            raise aiohttp.ClientConnectionError("nobody is connected")
        content_type, body = encoded(kind, payload)
        headers = self.signed(body) | {"Content-Type": content_type}
        async with self.session.post(self.events_url, data=body.encode(), headers=headers) as answer:
            return answer.status, await answer.text()

    def signed(self, body: str, *, at: float | None = None) -> dict[str, str]:
        """Return the headers that sign the body; `at` is the time of the signature, now by default."""
        timestamp = str(int(self.now() if at is None else at))
        base = f"v0:{timestamp}:{body}".encode()
        digest = hmac.new(self.secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def encoded(kind: Kind, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Content type and body as Slack sends them over HTTP."""
    form = "application/x-www-form-urlencoded"
    match kind:
        case Kind.COMMAND:
            return form, urlencode(payload)
        case Kind.INTERACTIVE:
            return form, urlencode({"payload": json.dumps(payload)})
        case Kind.EVENT:
            return "application/json", json.dumps(payload)
