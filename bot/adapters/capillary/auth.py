"""How the desk proves to the engine who it is: OAuth (preferred) or a till's Basic credentials."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from bot.adapters.capillary.faults import HTTP_SERVER_FAULT, body_of, translated
from bot.adapters.capillary.wire import TokenAnswer, parse
from bot.domain.errors import EngineDenied, EngineFault, EngineUnreadable

TOKEN_PATH = "/v3/oauth/token/generate"  # noqa: S105 - a path
#: A token is renewed when this share of its life is over, so that no call meets its end.
RENEW_AFTER_SHARE = 0.8


class Credentials(Protocol):
    """What a call carries to be let in."""

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:
        """Raises EngineError when none can be had."""
        ...

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Told that a call with these headers got a 401. True when asking for headers again may help."""
        ...


@dataclass(frozen=True, slots=True)
class Basic:
    """`till:md5(password)` in base64 (docs: basic-authentication)."""

    till: str
    password: str

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:  # noqa: ARG002 - see Credentials
        # The engine's own scheme asks for MD5; TLS is what protects it.
        digest = hashlib.md5(self.password.encode(), usedforsecurity=False).hexdigest()
        pair = base64.b64encode(f"{self.till}:{digest}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def rejected(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - see Credentials
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    renew_at: float


class OAuth:
    """
    A token that is renewed ahead of time (docs: oauth; there is no refresh token).

    One caller renews while the others wait for that same token. Redemptions are booked on
    `attribution_till` when one is given, else on the client's default till.
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
                # Whoever waited for the lock finds what the one before has fetched.
                token = self._fresh() or await self._renew(http)
        return {"X-CAP-API-OAUTH-TOKEN": token.value, **self._attribution}

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Forget the token, unless another caller has renewed it since (C17)."""
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
