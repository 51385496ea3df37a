"""Turns HTTP errors and failed answers into EngineErrors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from bot.adapters.capillary.codes import TRANSPORT, error_for
from bot.adapters.capillary.lenient import whole
from bot.domain.errors import (
    EngineBusy,
    EngineDenied,
    EngineError,
    EngineFault,
    EngineInterrupted,
    EngineTimedOut,
    EngineUnreachable,
    EngineUnreadable,
)

#: The nearest base class of an exception decides. EngineUnreachable only if no byte can have been sent.
HTTPX_ERRORS: dict[type[Exception], type[EngineError]] = {
    httpx.ConnectError: EngineUnreachable,
    httpx.ConnectTimeout: EngineUnreachable,
    httpx.PoolTimeout: EngineUnreachable,
    # httpcore 1.0 raises it where a proxy opens no tunnel, before the call; the engine is never spoken to in the clear.
    httpx.ProxyError: EngineUnreachable,
    httpx.UnsupportedProtocol: EngineUnreachable,
    httpx.InvalidURL: EngineUnreachable,
    httpx.ReadTimeout: EngineTimedOut,
    httpx.WriteTimeout: EngineTimedOut,
    httpx.TimeoutException: EngineTimedOut,
    httpx.DecodingError: EngineUnreadable,
    httpx.TooManyRedirects: EngineUnreadable,
    httpx.StreamError: EngineInterrupted,
    httpx.CookieConflict: EngineUnreadable,
    httpx.HTTPError: EngineInterrupted,
}

HTTP_BUSY = frozenset({429, 461})
HTTP_DENIED = frozenset({401, 403})
HTTP_SERVER_FAULT = 500
HTTP_FAILED = 400


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever httpx raises into an EngineError, without the request's address."""
    try:
        yield
    except tuple(HTTPX_ERRORS) as err:
        ours = next(HTTPX_ERRORS[kind] for kind in type(err).__mro__ if kind in HTTPX_ERRORS)
        raise ours(type(err).__name__) from None


def body_of(response: httpx.Response) -> Any:
    """
    Return the answer's JSON, numbers with a point as Decimal.

    Raises EngineBusy, EngineDenied, EngineFault or EngineUnreadable if status or body show that the call was not
    processed.
    """
    body = json_of(response)
    _raise_for_transport(response, body)
    if body is None:
        raise _without_body(response.status_code)
    return body


def json_of(response: httpx.Response) -> Any:
    """Return the answer's JSON, numbers with a point as Decimal; None if it is not JSON."""
    try:
        return json.loads(
            response.content,
            parse_float=Decimal,
            parse_constant=lambda _: None,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError, InvalidOperation):
        # The last of these: an exponent that is out of range for a Decimal.
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises ValueError for a key with two values: nobody knows which one the engine means."""
    found = dict(pairs)
    if len(found) < len(pairs) and any(found[key] != value for key, value in pairs):
        raise ValueError
    return found


def raise_for_failed(status: int) -> None:
    """Raise for a status of failure beside a body that tells of none: only a no comes with one (docs: redeem-coupon)."""
    if status >= HTTP_FAILED:
        raise EngineFault(status=status)


def _raise_for_transport(response: httpx.Response, body: Any) -> None:
    status = response.status_code
    code = _top_code(body)
    if status in HTTP_BUSY:
        raise EngineBusy(status=status, code=code, retry_after_s=_retry_after(response))
    if status in HTTP_DENIED:
        raise EngineDenied(status=status, code=code)
    error = error_for(code, TRANSPORT, status=status) if code in TRANSPORT else None
    if isinstance(error, EngineBusy):
        raise EngineBusy(status=status, code=code, retry_after_s=_retry_after(response))
    if isinstance(error, EngineDenied):
        raise error


def _without_body(status: int) -> EngineError:
    return EngineFault(status=status) if status >= HTTP_SERVER_FAULT else EngineUnreadable(status=status)


def _top_code(body: Any) -> int | None:
    """Return the gateway's `errorCode`, or `code` of a body without `id` (docs: authorisation)."""
    if not isinstance(body, dict):
        return None
    # A till's `code` is no status code and may be any number.
    return whole(body.get("errorCode")) or (None if "id" in body else whole(body.get("code")))


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of Retry-After; its date form is ignored."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
