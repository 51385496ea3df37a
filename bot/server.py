"""The HTTP server: Slack's requests with size and time limits, the health routes, and a stop that drains."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot import meters
from bot.aio.connections import GuardedSite, counting_logger, why_not
from bot.aio.tasks import Draining
from bot.domain.errors import CannotStart
from bot.listeners import shape
from bot.services.refused import RefusedFor, RefusedRequests

log = structlog.get_logger(__name__)

EVENTS_PATH = "/slack/events"
#: Bytes of a request. A view has 250 kB at most (docs.slack.dev: views), and its state comes with it.
MAX_BODY = 512 * 1024
#: Seconds a request's body may take to arrive; Slack itself gives up after three.
BODY_S = 3.0
#: Seconds in which a connection must bring the head of its first request.
HEADERS_S = 5.0
#: Seconds that a signature's time may be off (docs.slack.dev: verifying-requests-from-slack).
SIGNATURE_S = 300
#: Connections at once; Slack itself opens a few dozen.
MOST_CONNECTIONS = 1000
#: Fields of a form; Slack's have some twenty.
MOST_FIELDS = 200
# Signatures live on real time.
REAL_TIME: Callable[[], float] = time.time  # noqa: TID251
#: Seconds that acknowledged work may take when the desk stops; Heroku kills the process after thirty.
DRAIN_S = 25.0
#: Seconds for a request that arrives after that on an open connection; its acknowledgement is ready by then.
LAST_ANSWER_S = 2.0

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


#: Seconds that the last write of the ledger may be old.
READY_WITHIN_S = 5.0


class CannotListen(CannotStart):
    """The address is in use, or is not one of this machine."""

    words = "HOST, PORT: cannot listen there ({0}). Stop what does, or choose another PORT."


class Readiness(StrEnum):
    """What `/readyz` answers, in one word; balancers and people look for it."""

    READY = "ready"
    #: It was told to stop.
    DRAINING = "draining"
    #: This instance has not written the ledger lately.
    LEDGER = "ledger"


def _most_connections() -> int:
    """Half of what the process may open: the rest is for the database, Slack and the engine."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, max(soft // 2, 8))


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True, kw_only=True)
class HttpServer:
    """Serves until `stop`; `port` 0 takes any free port."""

    bolt: AsyncApp
    work: Draining
    #: Seconds since this instance wrote the ledger; None before it did.
    ledger_age_s: Callable[[], float | None]
    host: str
    port: int
    #: Empty where no request comes in here.
    signing_secret: str = field(default="", repr=False)
    #: Whether Slack's requests arrive here; with Socket Mode they do not.
    takes_requests: bool = True
    refused: RefusedRequests = field(default_factory=lambda: RefusedRequests(monotonic=time.monotonic))
    #: Real time in seconds since 1970: signatures live on it, whatever clock people see.
    now: Callable[[], float] = REAL_TIME
    most_connections: int = field(default_factory=_most_connections)
    headers_s: float = HEADERS_S
    _draining: bool = field(init=False, default=False)
    _runner: web.AppRunner | None = field(init=False, default=None)
    #: How many of Slack's requests are not answered yet, and an event that is set while there are none.
    _requests: int = field(init=False, default=0)
    _quiet: asyncio.Event = field(init=False, default_factory=_set)

    async def start(self) -> None:
        app = web.Application(client_max_size=MAX_BODY)
        if self.takes_requests:
            app.router.add_post(EVENTS_PATH, self._on_slack)
        app.router.add_get("/healthz", self._on_healthz)
        app.router.add_get("/readyz", self._on_readyz)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=counting_logger(self._refuse_early),
            shutdown_timeout=LAST_ANSWER_S,
        )
        await self._runner.setup()
        try:
            await self._site(self._runner).start()
        except OSError as err:
            raise CannotListen(why_not(err)) from None
        self.port = self._runner.addresses[0][1]
        log.info("serving", host=self.host, port=self.port)

    def _site(self, runner: web.AppRunner) -> GuardedSite:
        return GuardedSite(
            runner,
            self.host,
            self.port,
            most=self.most_connections,
            headers_s=self.headers_s,
            refused=self._refuse_early,
        )

    def _refuse_early(self, why: str) -> None:
        """What is refused before there is a request."""
        self.refused.refuse(RefusedFor(why))

    def drain(self) -> None:
        """Make `/readyz` answer 503, so that the load balancer sends no more requests."""
        self._draining = True

    async def stop(self) -> None:
        """Take no new connection, finish the requests that came in, and close. A second call does nothing."""
        self.drain()
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in list(runner.sites):
            await site.stop()
        loop = asyncio.get_running_loop()
        end = loop.time() + DRAIN_S
        # Requests come first: no listener runs yet for one whose body still arrives, and aiohttp 3.14 stops reading
        # the body when it closes. Bolt answers or gives up within three seconds after the body.
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self._quiet.wait()
        finished = await self.work.drain(end - loop.time())
        await runner.cleanup()
        finished = finished and await self.work.drain(end - loop.time())
        log.info("stopped", finished=finished)

    async def _on_slack(self, request: web.Request) -> web.StreamResponse:
        self._requests += 1
        self._quiet.clear()
        try:
            response = await self._answer(request)
        finally:
            self._requests -= 1
            if not self._requests:
                self._quiet.set()
        if self._draining:
            response.force_close()
        return response

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """The signature is verified before anything is parsed."""
        headers = request.headers
        if not _well_formed(headers):
            return self._refuse(RefusedFor.NO_SIGNATURE, 401)
        off_s = int(self.now()) - int(headers["X-Slack-Request-Timestamp"])
        if abs(off_s) > SIGNATURE_S:
            return self._refuse(RefusedFor.CLOCK_OFF, 401, off_s=off_s)
        body = await self._body(request)
        if isinstance(body, web.Response):
            return body
        if not _signed(headers, body, self.signing_secret):
            return self._refuse(RefusedFor.WRONG_SIGNATURE, 401)
        return await self._dispatched(request, body)

    async def _body(self, request: web.Request) -> bytes | web.Response:
        """Return the body, or the answer where it is refused."""
        try:
            async with asyncio.timeout(BODY_S):
                return await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._refuse(RefusedFor.TOO_LARGE, 413)
        except web.RequestPayloadError:
            return self._refuse(RefusedFor.NO_HTTP, 400)
        except TimeoutError:
            return self._refuse(RefusedFor.TOO_SLOW, 408)

    async def _dispatched(self, request: web.Request, body: bytes) -> web.StreamResponse:
        try:
            heard = AsyncBoltRequest(
                body=_text(body), query=request.query_string, headers=_kept(request.headers)
            )
            with meters.ACKNOWLEDGED.time():
                answer = await self.bolt.async_dispatch(heard)
        except Exception as err:  # noqa: BLE001 - listeners raise nothing: Bolt could not read what was signed
            return self._refuse(RefusedFor.MALFORMED, 400, error=type(err).__name__)
        self.refused.accepted += 1
        return await to_aiohttp_response(answer)

    def _refuse(self, why: RefusedFor, status: int, **facts: int | str) -> web.Response:
        self.refused.refuse(why, **facts)
        return web.Response(status=status)

    async def _on_healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def _on_readyz(self, _: web.Request) -> web.Response:
        word = self._readiness()
        return web.Response(text=word.value, status=200 if word is Readiness.READY else 503)

    def _readiness(self) -> Readiness:
        """
        Judged by what was written last, so that a probe is answered at once, whatever the database does.

        Slack and the engine never make it unready: `/status` tells of them.
        """
        if self._draining:
            return Readiness.DRAINING
        age_s = self.ledger_age_s()
        return Readiness.READY if age_s is not None and age_s < READY_WITHIN_S else Readiness.LEDGER


def _well_formed(headers: Mapping[str, str]) -> bool:
    """False for a timestamp that is no number or a signature that is not ASCII: Bolt 1.30 answers 500 to these."""
    timestamp = headers.get("X-Slack-Request-Timestamp", "")
    signature = headers.get("X-Slack-Signature", "")
    return bool(_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature))


def _signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """docs.slack.dev: verifying-requests-from-slack."""
    base = b"v0:%s:%s" % (headers["X-Slack-Request-Timestamp"].encode(), body)
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={digest}", headers["X-Slack-Signature"])


def _text(body: bytes) -> str:
    """
    As Bolt may read it. Raises ValueError where it is none of Slack's bodies.

    Bolt 1.30 takes what is parsed for an object, and looks no further.
    """
    text = body.decode()
    if text.lstrip()[:1] in {"{", "["}:
        told = [text]
    else:
        form = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_FIELDS)
        told = form.get("payload", [])
        if "command" in form and not shape.is_command({name: values[-1] for name, values in form.items()}):
            raise ValueError("no command")
    for one in told:
        payload = json.loads(one)
        if not isinstance(payload, dict) or not shape.is_slacks(payload):
            raise ValueError("no body of Slack's")
    return text


def _kept(headers: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """Drop the headers that Bolt itself obeys: the signature does not cover them, and Slack never sends them."""
    return {name: value for name, value in headers.items() if not name.lower().startswith("x-slack-bolt-")}
