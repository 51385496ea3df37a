"""Credentials for the engine: OAuth (preferred) or a till's Basic credentials."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

import httpx

from bot.adapters.capillary.faults import HTTP_SERVER_FAULT, body_of, translated
from bot.adapters.capillary.wire import TokenAnswer, parse
from bot.aio.frozen import frozen, part
from bot.domain.errors import EngineDenied, EngineFault, EngineUnreadable

TOKEN_PATH = "/v3/oauth/token/generate"  # noqa: S105 - a path
#: A token is renewed after this share of its life, so that none expires during a call.
RENEW_AFTER_SHARE = 0.8


class Credentials(Protocol):
    """Makes the headers that authenticate a call."""

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:
        """Return the headers. Raises EngineError if none can be got."""
        ...

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Note that a call with these headers got a 401; returns whether new headers may help."""
        ...


@part
class Basic:
    """`till:md5(password)` in base64 (docs: basic-authentication)."""

    till: str
    password: str

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:  # noqa: ARG002 - see Credentials
        # The engine's scheme requires MD5; TLS protects it.
        digest = hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()
        pair = base64.b64encode(f"{self.till}:{digest}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def rejected(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - see Credentials
        return False


@frozen
class _Token:
    value: str
    renew_at: float


class OAuth:
    """
    A token that is renewed ahead of time (docs: oauth; there is no refresh token).

    One caller renews it while the others wait. Redemptions are booked on `attribution_till` if given, else on the
    client's default till.
    """

    def __init__(
        self,
        key: str,
        secret: str,
        *,
        monotonic: Callable[[], float],
        attribution_till: str | None = None,
    ) -> None:
        self._body = {"key": key, "secret": secret}
        self._monotonic = monotonic
        self._attribution = _attribution(attribution_till)
        self._token: _Token | None = None
        self._renewing = asyncio.Lock()

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:
        token = self._fresh()
        if token is None:
            async with self._renewing:
                # While this caller waited for the lock, another one may have fetched a token.
                token = self._fresh() or await self._renew(http)
        return {"X-CAP-API-OAUTH-TOKEN": token.value, **self._attribution}

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Forget the token, unless another caller has renewed it since."""
        if self._token is not None and self._token.value == headers.get("X-CAP-API-OAUTH-TOKEN"):
            self._token = None
        return True

    def _fresh(self) -> _Token | None:
        token = self._token
        return token if token is not None and self._monotonic() < token.renew_at else None

    async def _renew(self, http: httpx.AsyncClient) -> _Token:
        asked_at = self._monotonic()
        with translated():
            response = await http.post(TOKEN_PATH, json=self._body)
        answer = parse(TokenAnswer, body_of(response), status=response.status_code)
        value = answer.data.access_token if answer.data else None
        if answer.data is None or value is None:
            if response.status_code >= HTTP_SERVER_FAULT:
                raise EngineFault(status=response.status_code)
            raise EngineDenied("no token was given", status=response.status_code)
        if not (value.isascii() and value.isprintable()):
            raise EngineUnreadable("a token that no header can carry", status=response.status_code)
        life_s = float(answer.data.ttl_s or 0)
        self._token = _Token(value, asked_at + life_s * RENEW_AFTER_SHARE)
        return self._token


def _attribution(till: str | None) -> dict[str, str]:
    if till is None:
        return {}
    return {"X-CAP-API-ATTRIBUTION-ENTITY-TYPE": "TILL", "X-CAP-API-ATTRIBUTION-ENTITY-CODE": till}
