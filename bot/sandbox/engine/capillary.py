"""The sandbox engine: an HTTP server with Capillary's wire format, whose state redeeming changes."""

import asyncio
import base64
import hashlib
import json
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.sandbox.engine import faults, promotions, wire, wire_v11
from bot.sandbox.engine.api_v2 import V2
from bot.sandbox.engine.api_v11 import V11
from bot.sandbox.engine.coupons import DESK
from bot.sandbox.engine.customers import Customers, RefusedError, till_by_code
from bot.sandbox.engine.exchange import Asked, Json, Quirks, SandboxAnswer
from bot.sandbox.engine.seed_data import populate

TOKEN = "/v3/oauth/token/generate"
COUPONS = "/v2/customers/coupons"
LOOKUP = "/v2/customers/lookup"
IS_REDEEMABLE = "/v2/coupon/is_redeemable"
REDEEM = "/v2/coupon/redeem"
TILL = "/v2/organization/till/"
COUPON = "/v1.1/coupon/get"
HISTORY = "/v1.1/customer/redemptions"
PROMOTIONS = "/api_gateway/v1/promotions/redemptions"


@dataclass(frozen=True, slots=True)
class Call:
    """A call that arrived; repeated parameters are joined by commas."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    #: None until it is answered; stays None if the connection was dropped.
    status: int | None = None
    #: By lower-case name.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class SandboxEngine:
    """
    The engine. `now` is the clock for validity and generated dates; tokens expire by real time.

    `quirks` choose what the vendor's pages leave open; `faults` are planned failures.
    """

    def __init__(self, *, now: Callable[[], datetime], timezone: str = "Asia/Kolkata") -> None:
        zone = ZoneInfo(timezone)
        self.url = ""
        self.key = "sandbox-key"
        self.secret = "sandbox-secret"
        self.till = DESK.code
        self.till_password = "sandbox-password"
        self.token_lifetime_s = 300
        self.calls: list[Call] = []
        self.faults = faults.Faults()
        self.quirks = Quirks()
        self.customers = Customers(now=now, zone=zone)
        populate(self.customers)
        self.promotions = promotions.SandboxPromotions(self.customers.now)
        self._tokens: dict[str, float] = {}
        self._runner: web.AppRunner | None = None
        self._v2 = V2(self.customers, self.quirks)
        self._routes = self._surface()

    def _surface(self) -> dict[str, tuple[str, Callable[[Asked], SandboxAnswer]]]:
        v2, v11 = self._v2, V11(self.customers, self.quirks)
        return {
            TOKEN: ("POST", self._token),
            COUPONS: ("GET", v2.customer_coupons),
            LOOKUP: ("GET", v2.lookup),
            IS_REDEEMABLE: ("GET", v2.is_redeemable),
            REDEEM: ("POST", v2.redeem),
            TILL: ("GET", v2.till),
            COUPON: ("GET", v11.coupon),
            HISTORY: ("GET", v11.history),
            PROMOTIONS: ("GET", self.promotions.redemptions),
        }

    # Life

    async def start(self, port: int = 0, *, tls: ssl.SSLContext | None = None) -> None:
        """With `tls` by https, by the certificate of that."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    # What tests look at

    def count(self, path: str | None = None) -> int:
        """Return the number of calls to this path; without a path, all but those for a token."""
        return sum(call.path == path if path else call.path != TOKEN for call in self.calls)

    def revoke_tokens(self) -> None:
        self._tokens.clear()

    # One call

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = await _call(request)
        self.calls.append(call)
        fault = self.faults.take(call.path, token=call.path == TOKEN)
        response = await self._meet(fault, request, call)
        if response is None:
            return _dropped(request)
        self._settle(call, response.status)
        response.headers["X-Cap-Requestid"] = secrets.token_hex(8)
        return response

    def _settle(self, call: Call, status: int) -> None:
        for index, other in enumerate(self.calls):
            if other is call:
                self.calls[index] = replace(call, status=status)

    async def _meet(
        self, fault: faults.Fault | None, request: web.Request, call: Call
    ) -> web.Response | None:
        """Return the answer or what the fault makes of it; None closes the connection."""
        if isinstance(fault, faults.Slow | faults.Hang):
            early = self._work(request, call) if fault.after else None
            await _wait(fault)
            return early or self._work(request, call)
        match fault:
            case faults.Drop() | faults.DropAfter():
                if isinstance(fault, faults.DropAfter):
                    self._work(request, call)
                return None
            case faults.Unreadable():
                text = self._work(request, call).text or ""
                return web.Response(text=text[: len(text) // 2], content_type="application/json")
            case None | faults.Twice() | faults.WithoutId():
                return self._worked(fault, request, call)
            case faults.Code():
                return _json(self._ordinary_no(call, fault), fault.status)
            case _:
                return _instead(fault, call.path)

    def _worked(
        self, fault: faults.Twice | faults.WithoutId | None, request: web.Request, call: Call
    ) -> web.Response:
        if isinstance(fault, faults.Twice):
            self._work(request, call)
        if isinstance(fault, faults.WithoutId):
            with self.quirks.without_id():
                return self._work(request, call)
        return self._work(request, call)

    def _ordinary_no(self, call: Call, no: faults.Code) -> Json:
        if no.code in {4000, 4001}:
            # Docs: authorisation; no envelope there.
            return {"HttpStatusCode": no.status, "errorMessage": no.message, "errorCode": no.code}
        if call.path == REDEEM:
            return self._v2.refuse(call.body, RefusedError(no.code, no.message))
        if call.path == IS_REDEEMABLE:
            return wire.outcome([], no.code, no.message, None)
        return _no(call.path, no.code, no.message)

    def _work(self, request: web.Request, call: Call) -> web.Response:
        if call.path != TOKEN and not self._known(request.headers):
            return _unauthorized(call.path)
        asked = self._asked(request, call)
        name = TILL if call.path.startswith(TILL) else call.path
        method, answer = self._routes.get(name, (call.method, _nowhere))
        if call.method != method:
            return _json(_no(call.path, 405, "Operation not supported"), 405)
        given = answer(asked)
        if call.path.startswith("/v1.1/") and not asked.json:
            # Docs: api-reference-guide; without `format=json` the answer is XML.
            return web.Response(text="<?xml version='1.0'?><response/>", content_type="application/xml")
        return _json(given.body, given.status)

    def _asked(self, request: web.Request, call: Call) -> Asked:
        code = request.headers.get("X-CAP-API-ATTRIBUTION-ENTITY-CODE", "")
        accepted = "application/json" in request.headers.get("Accept", "")
        return Asked(
            path=call.path,
            query={name: request.query.getall(name) for name in request.query},
            body=call.body,
            till=till_by_code(code) or DESK,
            json=accepted or call.query.get("format") == "json",
        )

    # Who may

    def _token(self, asked: Asked) -> SandboxAnswer:
        body = asked.body if isinstance(asked.body, dict) else {}
        if (body.get("key"), body.get("secret")) != (self.key, self.secret):
            return SandboxAnswer(
                {"data": None, "errors": [wire.error(401, "Invalid client key or secret")]}, 401
            )
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + self.token_lifetime_s
        return SandboxAnswer(
            {"data": {"accessToken": token, "ttlSeconds": self.token_lifetime_s}, "errors": None}
        )

    def _known(self, headers: Mapping[str, str]) -> bool:
        token = headers.get("X-CAP-API-OAUTH-TOKEN")
        if token is not None:
            return time.monotonic() < self._tokens.get(token, 0.0)
        return secrets.compare_digest(headers.get("Authorization", "").encode(), self._basic().encode())

    def _basic(self) -> str:
        """Docs: basic-authentication; the password goes as its MD5, in hexadecimal."""
        digest = hashlib.md5(self.till_password.encode(), usedforsecurity=False).hexdigest()
        return "Basic " + base64.b64encode(f"{self.till}:{digest}".encode()).decode()


async def _call(request: web.Request) -> Call:
    text = await request.text()
    try:
        body = json.loads(text) if text else None
    except ValueError:
        body = text
    query = {name: ",".join(request.query.getall(name)) for name in request.query}
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Call(request.method, request.path, query, body, headers=headers)


async def _wait(fault: faults.Slow | faults.Hang) -> None:
    if isinstance(fault, faults.Slow):
        await asyncio.sleep(fault.seconds)
        return
    fault.arrived.set()
    await fault.event.wait()


def _instead(fault: faults.Fault, path: str) -> web.Response:
    """Return what comes in place of an answer when no work is done."""
    match fault:
        case faults.Html():
            return web.Response(
                text="<html><body><form>Log in</form></body></html>", content_type="text/html"
            )
        case faults.TooMany(retry_after=wait):
            headers = {} if wait is None else {"Retry-After": wait}
            return _json(_no(path, 429, "Too many requests"), 429, headers)
        case faults.Status(status=status, body=body, headers=headers):
            return web.Response(status=status, text=body, headers=headers)
        case _:
            return _unauthorized(path)


def _unauthorized(path: str) -> web.Response:
    return _json(_no(path, 401, "Authentication failed"), 401)


def _nowhere(asked: Asked) -> SandboxAnswer:
    return SandboxAnswer(_no(asked.path, 404, "No such resource"), 404)


def _no(path: str, code: int, message: str) -> Json:
    """Return a no in the envelope of the API family."""
    if path.startswith("/v1.1/"):
        return wire_v11.failure(code, message)
    if path.startswith(("/api_gateway/", "/v3/")):
        return promotions.failure(code, message)
    return wire.failure(code, message)


def _json(body: Json, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)


def _dropped(request: web.Request) -> web.StreamResponse:
    """Close the connection; the returned response is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
