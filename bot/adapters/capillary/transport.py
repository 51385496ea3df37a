"""Sends reads to the engine, with limits on time, concurrency and rate, and retries."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

import httpx
import stamina
import structlog

from bot import meters
from bot.adapters.capillary.auth import Credentials
from bot.adapters.capillary.codes import try_later
from bot.adapters.capillary.faults import HTTP_SERVER_FAULT, body_of, translated
from bot.aio.budget import BudgetSpent, Urgency, urgency
from bot.aio.frozen import frozen
from bot.domain.errors import (
    EngineBusy,
    EngineError,
    EngineFault,
    EngineInterrupted,
    EngineTimedOut,
    EngineUnreachable,
    EngineUnreadable,
    UserError,
)

log = structlog.get_logger(__name__)

#: HTTP statuses of a server that is briefly down (docs: Connect+ troubleshooting).
RETRIED_STATUSES = frozenset({502, 503, 504, 520})

#: Seconds after which a read that found no token is tried again: never, for nobody waits so long.
SPENT_S = 60.0

HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip"}

Query = Sequence[tuple[str, str]]
T = TypeVar("T")


@frozen(kw_only=True)
class CallLimits:
    """
    Limits on calls to the engine.

    Attributes:
        call_s: seconds that a call may take in all: waiting for a place, the token, every attempt.
        attempts: the most attempts of one read.
        at_once: reads on the wire at one moment.
        redeems_at_once: redeem calls on the wire at one moment, beside them.
        first_wait_s: seconds before the second attempt, before jitter; doubles after.

    """

    call_s: float = 10.0
    attempts: int = 3
    at_once: int = 8
    redeems_at_once: int = 8
    first_wait_s: float = 0.2


@frozen
class HttpAnswer:
    """A JSON answer and its HTTP status, which is only for logs: the body decides."""

    status: int
    body: Any


@frozen
class _Read(Generic[T]):
    path: str
    query: Query
    usable: Callable[[HttpAnswer], T]
    absent: frozenset[int]
    retried: frozenset[int]


async def _at_any_rate() -> None:
    """For tests of what has nothing to do with it."""


@dataclass(slots=True)
class Transport:
    """
    Sends reads. Raises only EngineError and what the caller's `usable` raises.

    `heard` is called after every call with whether the engine was reached and understood; `take` takes a token of
    the budget that all calls share, and raises BudgetSpent.
    """

    http: httpx.AsyncClient
    credentials: Credentials
    monotonic: Callable[[], float]
    limits: CallLimits = field(default_factory=CallLimits)
    heard: Callable[[bool], None] = lambda _: None
    take: Callable[[], Awaitable[None]] = _at_any_rate
    _places: asyncio.Semaphore = field(init=False)
    _redeem_places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.limits.at_once)
        self._redeem_places = asyncio.Semaphore(self.limits.redeems_at_once)

    async def get(
        self,
        path: str,
        query: Query,
        *,
        usable: Callable[[HttpAnswer], T],
        absent: frozenset[int] = frozenset(),
        retried: frozenset[int] = frozenset(),
    ) -> T:
        """
        GET and return what `usable` makes of the answer; `usable` raises EngineError for a failure.

        A read has no effect, so it is retried after connection errors, 429, 502 to 504, 520, the statuses in `retried`
        and the engine's "try later", within `call_s` in all. An HTTP status in `absent` means that there is nothing,
        whatever the body is.
        """
        began = self.monotonic()
        read = _Read(path, query, usable, absent, RETRIED_STATUSES | retried)
        try:
            result = await self._within_limit(read, began)
        except EngineError as err:
            self.heard(isinstance(err, EngineBusy) or err.code is not None)
            self._report(path, began, err)
            raise
        except UserError:
            # This is an answer too: there is no such customer, or more than one.
            self.heard(True)
            self._report(path, began, None)
            raise
        self.heard(True)
        self._report(path, began, None)
        return result

    @asynccontextmanager
    async def redeem_place(self) -> AsyncIterator[None]:
        """A place for a redeem call, which reads never take, and its token. Raises TimeoutError."""
        async with self._redeem_places:
            with urgency(Urgency.REDEEM):
                await self.take()
            yield

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the places on the wire, for a call that keeps to the budget. Raises EngineBusy."""
        async with self._places:
            try:
                await self.take()
            except BudgetSpent as err:
                # Whoever waited so long does not wait once more.
                raise EngineBusy("our own budget", retry_after_s=max(SPENT_S, err.wait_s)) from None
            yield

    def report(self, path: str, began: float, outcome: str, *, status: int | None, code: int | None) -> None:
        """Log and time a finished call, without what was asked or answered."""
        meters.ENGINE_CALLS.labels(_call(path), outcome).observe(self.monotonic() - began)
        log.info(
            "engine_call",
            path=path,
            duration_ms=round((self.monotonic() - began) * 1000),
            outcome=outcome,
            http_status=status,
            engine_status=code,
        )

    async def _within_limit(self, read: _Read[T], began: float) -> T:
        last: EngineError | None = None
        try:
            async with asyncio.timeout(self.limits.call_s):
                async for attempt in self._attempts(read.retried, began):
                    with attempt:
                        try:
                            return _used(await self._once(read), read.usable)
                        except EngineError as err:
                            last = err
                            raise
        except TimeoutError:
            # The error of an earlier attempt says more than a time-out.
            raise last or EngineTimedOut from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _attempts(self, retried: frozenset[int], began: float) -> Any:
        def again(err: Exception) -> bool | float:
            left_s = began + self.limits.call_s - self.monotonic()
            return _worth_another_read(err, retried, left_s)

        return stamina.retry_context(
            on=again,
            attempts=self.limits.attempts,
            timeout=None,
            wait_initial=self.limits.first_wait_s,
            wait_max=2.0,
            wait_jitter=self.limits.first_wait_s,
        )

    async def _once(self, read: _Read[Any]) -> HttpAnswer:
        async with self.place():
            headers = await self.credentials.headers(self.http)
            response = await self._send(read, headers)
            if response.status_code == httpx.codes.UNAUTHORIZED and self.credentials.rejected(headers):
                response = await self._send(read, await self.credentials.headers(self.http))
            if response.status_code in read.absent:
                return HttpAnswer(response.status_code, None)
            return HttpAnswer(response.status_code, body_of(response))

    async def _send(self, read: _Read[Any], headers: Mapping[str, str]) -> httpx.Response:
        with translated():
            return await self.http.get(read.path, params=list(read.query), headers=dict(headers))

    def _report(self, path: str, began: float, err: EngineError | None) -> None:
        outcome = type(err).__name__ if err else "ok"
        self.report(path, began, outcome, status=err.status if err else None, code=err.code if err else None)


def _call(path: str) -> str:
    """One label for all tills."""
    head, till, _ = path.partition("/till/")
    return head + till.rstrip("/")


def _used(answer: HttpAnswer, usable: Callable[[HttpAnswer], T]) -> T:
    """Read the answer; JSON of a failed server that is not in the engine's format raises EngineFault."""
    try:
        return usable(answer)
    except EngineUnreadable:
        if answer.status >= HTTP_SERVER_FAULT:
            raise EngineFault(status=answer.status) from None
        raise


def _worth_another_read(err: Exception, retried: frozenset[int], left_s: float) -> bool | float:
    """Return whether to retry: True after the usual wait, a number after so many seconds, as the engine asked."""
    if isinstance(err, EngineBusy):
        if err.retry_after_s is None:
            return True
        return err.retry_after_s if err.retry_after_s < left_s else False
    if isinstance(err, EngineTimedOut):
        return False
    if isinstance(err, EngineUnreachable | EngineInterrupted):
        return True
    return isinstance(err, EngineFault) and (err.status in retried or try_later(err.code))


def pooled_client(base_url: str, limits: CallLimits) -> httpx.AsyncClient:
    """Make the client for reads; it keeps connections open, and each phase is limited to `call_s`."""
    return httpx.AsyncClient(
        base_url=base_url,
        verify=load_certificates(),
        timeout=_phases(limits),
        limits=httpx.Limits(max_connections=limits.at_once, max_keepalive_connections=limits.at_once),
        headers=HEADERS,
    )


def fresh_clients(base_url: str, limits: CallLimits) -> Callable[[], httpx.AsyncClient]:
    """
    Return a function that makes a client for one write, on a new connection.

    The other side may close a connection that was kept open just when the call is sent; it is then unknown whether
    the call was processed. httpx neither retries nor follows redirects by default.
    """
    tls = load_certificates()
    return lambda: httpx.AsyncClient(
        base_url=base_url,
        verify=tls,
        timeout=_phases(limits),
        limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        headers={**HEADERS, "Connection": "close"},
    )


@cache
def load_certificates() -> ssl.SSLContext:
    """Load the certificates once: that takes longer than a call on loopback."""
    return httpx.create_ssl_context()


def _phases(limits: CallLimits) -> httpx.Timeout:
    return httpx.Timeout(limits.call_s, connect=min(3.0, limits.call_s))
