from __future__ import annotations

import inspect
from typing import Any

import httpx
import pytest

from bot.adapters.capillary.faults import HTTPX_ERRORS, body_of, translated
from bot.domain import errors
from bot.domain.errors import (
    EngineBusy,
    EngineDenied,
    EngineError,
    EngineFault,
    EngineInterrupted,
    EngineRefused,
    EngineTimedOut,
    EngineUnreachable,
    EngineUnreadable,
    Repeat,
)
from tests.tables import table

#: Everything that httpx 0.28 raises. "Unreachable" is what cannot have sent a byte.
EXPECTED: dict[str, type[EngineError]] = {
    "ConnectError": EngineUnreachable,
    "ConnectTimeout": EngineUnreachable,
    "PoolTimeout": EngineUnreachable,
    "UnsupportedProtocol": EngineUnreachable,
    "InvalidURL": EngineUnreachable,
    "ProxyError": EngineUnreachable,
    "TimeoutException": EngineTimedOut,
    "ReadTimeout": EngineTimedOut,
    "WriteTimeout": EngineTimedOut,
    "HTTPError": EngineInterrupted,
    "HTTPStatusError": EngineInterrupted,
    "RequestError": EngineInterrupted,
    "TransportError": EngineInterrupted,
    "NetworkError": EngineInterrupted,
    "ReadError": EngineInterrupted,
    "WriteError": EngineInterrupted,
    "CloseError": EngineInterrupted,
    "ProtocolError": EngineInterrupted,
    "LocalProtocolError": EngineInterrupted,
    "RemoteProtocolError": EngineInterrupted,
    "StreamError": EngineInterrupted,
    "StreamConsumed": EngineInterrupted,
    "StreamClosed": EngineInterrupted,
    "RequestNotRead": EngineInterrupted,
    "ResponseNotRead": EngineInterrupted,
    "DecodingError": EngineUnreadable,
    "TooManyRedirects": EngineUnreadable,
    "CookieConflict": EngineUnreadable,
}

REPEATS: dict[type[EngineError], Repeat] = {
    EngineError: Repeat.CHECK_FIRST,
    EngineUnreachable: Repeat.SAFE,
    EngineInterrupted: Repeat.CHECK_FIRST,
    EngineTimedOut: Repeat.CHECK_FIRST,
    EngineBusy: Repeat.SAFE,
    EngineFault: Repeat.CHECK_FIRST,
    EngineUnreadable: Repeat.CHECK_FIRST,
    EngineDenied: Repeat.USELESS,
    EngineRefused: Repeat.USELESS,
}


def httpx_errors() -> dict[str, type[Exception]]:
    """What httpx exports and can be raised, as its own test of completeness finds it."""
    return {
        name: value
        for name, value in vars(httpx).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }


def test_everything_httpx_raises_is_expected_here() -> None:
    assert httpx_errors().keys() == EXPECTED.keys()


@table("name", EXPECTED)
def test_everything_httpx_raises_becomes_an_engine_error(name: str) -> None:
    kind = httpx_errors()[name]
    with pytest.raises(EngineError) as caught, translated():
        raise kind.__new__(kind)

    assert type(caught.value) is EXPECTED[name]


def test_the_table_names_nothing_but_what_httpx_raises() -> None:
    assert set(HTTPX_ERRORS) <= set(httpx_errors().values())


def test_a_translated_error_does_not_carry_the_address() -> None:
    request = httpx.Request("GET", "https://engine.example/v2/customers/coupons?mobile=919845012345")
    with pytest.raises(EngineError) as caught, translated():
        raise httpx.ReadError("while reading " + str(request.url), request=request)

    assert "919845012345" not in f"{caught.value!r}{caught.value}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_error_of_ours_passes_through_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), translated():
        raise ZeroDivisionError


def test_every_engine_error_says_whether_the_call_may_be_sent_again() -> None:
    kinds = {
        value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, EngineError)
    }

    assert {kind: kind.repeat for kind in kinds} == REPEATS


def response(status: int, body: Any = None, text: str = "", headers: Any = None) -> httpx.Response:
    if body is not None:
        return httpx.Response(status, json=body, headers=headers)
    return httpx.Response(status, text=text, headers=headers)


NOT_AUTHORIZED = {"HttpStatusCode": 403, "errorMessage": "Not authorized", "errorCode": 4000}
NO_STATUS = {"HttpStatusCode": 503, "errorMessage": "Authorization status unavailable", "errorCode": 4001}
PAGE = "<html><body>Log in</body></html>"


@table(
    ("answer", "error", "code"),
    [
        (response(401, {"errors": [{"code": 401}]}), EngineDenied, None),
        (response(401, text=PAGE), EngineDenied, None),
        (response(403, NOT_AUTHORIZED), EngineDenied, 4000),
        (response(200, NOT_AUTHORIZED), EngineDenied, 4000),
        (response(429, text=PAGE), EngineBusy, None),
        (response(461, {"code": 461}), EngineBusy, 461),
        (response(503, NO_STATUS), EngineBusy, 4001),
        (response(503, {"errorCode": "4001"}), EngineBusy, 4001),
        (response(200, {"code": 517}), EngineBusy, 517),
        (response(200, {"code": "521"}), EngineBusy, 521),
        (response(500, text=PAGE), EngineFault, None),
        (response(502, text="<bad gateway>"), EngineFault, None),
        (response(503), EngineFault, None),
        (response(200, text=PAGE), EngineUnreadable, None),
        (response(200, text='{"entity":{"pagination'), EngineUnreadable, None),
        (response(200, text="[" * 100_000), EngineUnreadable, None),
        (response(200, text="1" * 5_000), EngineUnreadable, None),
        (response(200, text="[1e99999999999999999999]"), EngineUnreadable, None),
        (response(200, text="null"), EngineUnreadable, None),
        (response(200), EngineUnreadable, None),
        (response(204), EngineUnreadable, None),
        (response(302, headers={"Location": "/login"}), EngineUnreadable, None),
        (httpx.Response(200, content=b'"\xff\xfe'), EngineUnreadable, None),
    ],
)
def test_what_is_no_answer_is_an_error(
    answer: httpx.Response, error: type[EngineError], code: int | None
) -> None:
    with pytest.raises(EngineError) as caught:
        body_of(answer)

    assert type(caught.value) is error
    assert (caught.value.status, caught.value.code) == (answer.status_code, code)


@pytest.mark.parametrize("status", [200, 201, 400, 404, 500])
def test_an_answer_in_json_is_read_whatever_its_status(status: int) -> None:
    """C25: an ordinary no may come as HTTP 500."""
    body = {"errors": [{"code": 719}], "success": False}

    assert body_of(response(status, body)) == body


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("", None),
        ("-1", None),
        ("soon", None),
        ("1.5", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
def test_a_busy_engine_may_name_the_seconds_to_wait(header: str, seconds: float | None) -> None:
    with pytest.raises(EngineBusy) as caught:
        body_of(response(429, headers={"Retry-After": header}))

    assert caught.value.retry_after_s == seconds
