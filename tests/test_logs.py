import ast
import asyncio
import io
import json
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import urlencode

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot import logs
from bot.logs import redaction, values
from tests.logged import logged

BOT = Path(logs.__file__).parents[1]

Lines = Callable[[], list[dict[str, Any]]]
log = structlog.get_logger("bot.tests")

#: Every pattern with texts that it hides, and what must not be read in them.
EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "slack token": [
        ("uses xoxb-1-2-abcDEF now", "abcDEF"),
        ("xoxp-1-2-abcDEF", "abcDEF"),
        ("xoxe-1-abcDEF", "abcDEF"),
        ("xoxe.xoxb-1-abcDEF", "abcDEF"),
        ("a_xapp-1-A0-1-abcDEF", "abcDEF"),
    ],
    "authorization": [("Authorization: Digest abc def", "def"), ("('authorization', 'Own abc')", "abc")],
    "scheme": [("sent Basic dXNlcjpwYXNz", "dXNl"), ("bearer abcdefgh.ij-k", "abcdefgh")],
    "jwt": [("got eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "c2ln")],
    "engine token": [
        ("X-CAP-API-OAUTH-TOKEN: abcdef", "abcdef"),
        ("(b'X-CAP-API-OAUTH-TOKEN', b'abcdef')", "abcdef"),
    ],
    "trigger id": [
        ("opened 123.456.0123456789abcdef", "abcdef"),
        ("13345224609.738474920.8088930838d8", "8088930838d8"),
    ],
    "response url": [
        ("to https://hooks.slack.com/commands/T0/1/abc", "abc"),
        ("hooks.slack-gov.com/actions/T0/abc", "abc"),
        ("http://127.0.0.1:1234/response/abc", "abc"),
    ],
    "url login": [("postgresql://user:hunter2@host/db", "hunter2"), ("https://u:hunt@er2@host", "er2")],
    "query": [
        ("GET https://eu.api.capillarytech.com/v2/coupon?SUMMER", "SUMMER"),
        ("GET /v2/coupon?mark=SUMMER&x=y", "SUMMER"),
        ("wss://wss-primary.slack.com/link/?ticket=abc", "abc"),
    ],
    "signature": [("v0=a2114d57b48eac39b9ad189dd8316235", "a2114d57")],
    "e-mail": [("of jane.doe+x@mail.example.com", "jane"), ("jane%40example.com", "jane")],
    "named": [
        ("Coupon(code='SUMMER')", "SUMMER"),
        ('{"couponCode": "SUMMER"}', "SUMMER"),
        ("token=abc", "abc"),
    ],
    "mobile": [
        ("called 9876543210", "543210"),
        ("called +919876543210.", "543210"),
        ("+91 98765 43210", "43210"),
        ("+91-98765-43210", "43210"),
        ("0091 (98765) 43210", "43210"),
        ("98765.432.10", "765.43"),
        ("tel9876543210x", "543210"),
        ("٩٨٧٦٥٤٣٢١٠", "٥٤٣٢"),
        ("0211706970002385", "970002385"),
    ],
}
ONE_EACH = [(name, text, secret) for name, examples in EXAMPLES.items() for text, secret in examples]


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What is written, as JSON lines; logging is as it was afterwards."""
    with logged("INFO") as stream:
        yield stream


@pytest.fixture
def lines(out: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


def _break(error: BaseException) -> None:
    """Log the exception as the boundary does."""
    try:
        raise error  # noqa: TRY301
    except BaseException:
        log.exception("broke")


@pytest.mark.parametrize("data", ["upstream connect error", ["odd"], b"page", None])
def test_an_answer_that_is_not_slacks_own_costs_no_line(lines: Lines, data: Any) -> None:
    """A gateway's; slack-sdk hands on what it made of it, or aiohttp's own response."""
    for answer in (data, SimpleNamespace(data=data), SimpleNamespace(status=503)):
        _break(SlackApiError("The request to the Slack API failed.", answer))

    assert [line["event"] for line in lines()] == ["broke"] * 3


def test_a_line_carries_when_what_where_and_for_which_request(lines: Lines) -> None:
    with logs.correlated("1a2b3c4d"):
        log.warning("engine_slow", status=503)
    (line,) = lines()

    assert list(line) == ["timestamp", "level", "event", "logger", "correlation_id", "status"]
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "warning",
        "event": "engine_slow",
        "logger": "bot.tests",
        "correlation_id": "1a2b3c4d",
        "status": 503,
    }


def test_the_lines_of_others_carry_the_same(lines: Lines) -> None:
    with logs.correlated("1a2b3c4d"):
        logging.getLogger("aiohttp.server").error("Error handling %s", "request")
    (line,) = lines()

    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "level": "error",
        "event": "Error handling request",
        "logger": "aiohttp.server",
        "correlation_id": "1a2b3c4d",
    }


def test_a_reference_is_eight_hex_digits_and_ends_with_its_block(lines: Lines) -> None:
    reference = logs.new_reference()
    with logs.correlated("outer"):
        with logs.correlated(reference):
            log.info("inside")
        log.info("outside")

    assert re.fullmatch("[0-9a-f]{8}", reference)
    assert [line["correlation_id"] for line in lines()] == [reference, "outer"]


async def test_every_task_writes_its_own_reference(lines: Lines) -> None:
    async def work(reference: str) -> None:
        with logs.correlated(reference):
            await asyncio.sleep(0)
            log.info("worked", of=reference)

    await asyncio.gather(*(work(f"task-{n}") for n in range(5)))

    assert all(line["correlation_id"] == line["of"] for line in lines())


def test_every_pattern_has_an_example() -> None:
    assert EXAMPLES.keys() == redaction.PATTERNS.keys()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("copy it from Basic Information.", "copy it from Basic Information."),
        ("under Basic Information, App-Level Tokens", "under Basic Information, App-Level Tokens"),
        ("sent Basic SW5mb3JtYXRpb246eA==", "sent Basic ***"),
        ("sent Basic Informationx", "sent Basic ***"),
        ("sent Basic Information+/=", "sent Basic ***"),
        ("sent Basic Information.abcdef", "sent Basic ***"),
    ],
)
def test_the_name_of_slacks_page_is_no_credentials(text: str, told: str) -> None:
    assert logs.redacted(text) == told


def test_nothing_that_operators_are_told_is_taken_for_a_secret() -> None:
    """Sentences of the commands and of log lines; those for people in Slack are never written there."""
    files = [
        file for room in ("ops", "adapters", "services", "settings") for file in (BOT / room).rglob("*.py")
    ]
    # The help of a command is only printed.
    flat = [file for file in BOT.glob("[!_]*.py") if file.name != "commands.py"]
    told = {text for file in [*files, *flat] for text in _sentences(file)}

    assert len(told) > 200
    assert [text for text in told if logs.redacted(text) != text] == []


def _sentences(file: Path) -> Iterator[str]:
    """Texts with a space, but for docstrings."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from [node.value] if " " in node.value else []


@pytest.mark.parametrize(("name", "text", "secret"), ONE_EACH)
def test_a_secret_is_hidden_wherever_it_stands(name: str, text: str, secret: str, out: io.StringIO) -> None:
    logging.getLogger("bot.stdlib").warning("said: %s", text)
    log.info(text, said=text, deep={"list": [{"more": (text,)}], text: 1}, raised=RuntimeError(text))
    error = ValueError(text)
    error.__cause__ = OSError(text)
    _break(error)
    logging.getLogger("other").error("broke: %s", text, exc_info=error)

    assert len(out.getvalue().splitlines()) == 4
    assert secret not in out.getvalue()
    assert secret not in json.dumps(
        [json.loads(line) for line in out.getvalue().splitlines()], ensure_ascii=False
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_pattern_is_idle(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "PATTERNS", {k: v for k, v in redaction.PATTERNS.items() if k != name})

    assert any(secret in logs.redacted(text) for text, secret in EXAMPLES[name])


@pytest.mark.parametrize(
    "text",
    [
        "U0123456789",
        "T0123456789 and C0123456789 and S0123456789",
        "1718000000.123456",
        "550e8400-e29b-41d4-a716-446655440000",
        "1a2b3c4d",
        "2026-06-11 10:30:00.123456+05:30",
        "2026-06-11T10:30:00Z",
        "192.168.100.200",
        "HTTP 404 after 10.2 s",
        "not_allowed",
    ],
)
def test_what_is_no_secret_stays_readable(text: str, lines: Lines) -> None:
    log.info("seen", it=text)

    assert lines()[0]["it"] == text


def test_our_figures_and_ids_stay_readable(lines: Lines) -> None:
    class State(StrEnum):
        SENDING = "SENDING"

    log.info(
        "redeemed",
        customer_id=919876543210,
        user="U0123456789",
        status=200,
        status_code=404,
        error_code=700,
        duration_ms=12.345678901234567,
        worth=Decimal("500.00"),
        waited=timedelta(seconds=1.5),
        at=datetime(2026, 6, 11, 10, 30, tzinfo=UTC),
        state=State.SENDING,
        done=True,
        none=None,
    )

    assert list(lines()[0].values())[5:] == [
        919876543210,
        "U0123456789",
        200,
        404,
        700,
        12.345678901234567,
        "500.00",
        1.5,
        "2026-06-11 10:30:00+00:00",
        "SENDING",
        True,
        None,
    ]


def test_a_customer_id_that_is_not_a_number_is_redacted(lines: Lines) -> None:
    log.info("seen", customer_id="+919876543210")

    assert lines()[0]["customer_id"] == "***"


@pytest.mark.parametrize(
    "key",
    [
        *(
            "code",
            "codes",
            "coupon",
            "coupon_code",
            "couponCode",
            "validation_code",
            "mobile",
            "customer_mobile",
        ),
        *(
            "phone",
            "email",
            "e_mail",
            "text",
            "token",
            "slack_bot_token",
            "secret",
            "password",
            "Authorization",
        ),
        *("trigger_id", "response_url", "body", "payload", "value", "values", "query", "headers", "params"),
        *("args", "kwargs", "X-CAP-API-OAUTH-TOKEN", "private_metadata", "name", "first_name"),
    ],
)
def test_some_fields_are_never_shown(key: str, lines: Lines) -> None:
    log.info("seen", **{key: "welcome"}, deep=[{key: ["welcome"]}])

    assert "welcome" not in json.dumps(lines())


def test_objects_are_named_not_shown(lines: Lines) -> None:
    @dataclass
    class Typed:
        words: str = "welcome"

    log.info("seen", it=Typed(), raw_bytes=b"welcome", more=bytearray(b"welcome"), of={Typed})

    assert "welcome" not in json.dumps(lines())
    assert "Typed" in lines()[0]["it"]


def test_a_long_text_is_cut_between_words(lines: Lines) -> None:
    log.info("seen", it="word " * 10_000)

    assert len(lines()[0]["it"]) < 5000
    assert lines()[0]["it"].endswith("word …")


def test_a_circle_is_told_to_an_end(lines: Lines) -> None:
    circle: list[object] = ["seen"]
    circle.append(circle)
    log.info("seen", it=circle)

    assert lines()[0]["it"][1][0] == "seen"


def test_a_mobile_as_a_number_is_hidden(lines: Lines) -> None:
    log.info("seen", it=919876543210, other=9876543210.0)

    assert (lines()[0]["it"], lines()[0]["other"]) == ("***", "***")


def test_what_came_from_outside_forges_no_line(out: io.StringIO) -> None:
    logs.configure(level="INFO", format="console", stream=out)
    _break(RuntimeError("one\r\x1b[31mtwo"))
    log.info("seen", it="one\n2026-01-01 [info] redeemed\x1b[31m", err="\u2028x")

    assert "\x1b" not in out.getvalue()
    assert "seen" in out.getvalue().splitlines()[-1]
    assert "redeemed" in out.getvalue().splitlines()[-1]


@pytest.mark.parametrize("form", ["json", "console"])
def test_both_formats_tell_the_same_and_hide_the_same(
    form: Literal["json", "console"], out: io.StringIO
) -> None:
    logs.configure(level="INFO", format=form, stream=out)
    with logs.correlated("1a2b3c4d"):
        logs.protect("welcome")
        log.info("seen", it="Welcome", status=500)
        _break(LookupError("no coupon welcome for 9876543210"))

    told = out.getvalue()
    assert all(
        word in told
        for word in ("broke", "bot.tests", "1a2b3c4d", "500", "LookupError: no coupon", "test_logs")
    )
    assert not re.search("welcome|9876543210", told, re.IGNORECASE)


# -- what is protected


def test_a_protected_value_is_hidden_everywhere_until_its_block_ends(lines: Lines) -> None:
    with logs.correlated("1a2b3c4d"):
        logs.protect("welcome")
        log.info("given welcome", it="is WELCOME?", deep={"welcome": ["/x/Welcome/y"]})
        logging.getLogger("foreign").warning("given welcome, Welcome")
    log.info("after", it="welcome")
    first, second, after = lines()

    assert "welcome" not in json.dumps([first, second]).lower()
    assert after["it"] == "welcome"


def test_a_short_protected_value_is_hidden_as_a_word_only(lines: Lines) -> None:
    with logs.correlated("1a2b3c4d"):
        logs.protect("ab", "", "  ", "-")
        log.info("seen", it="AB, able - cab")

    assert lines()[0]["it"] == "***, able - cab"


def test_a_block_within_a_block_hides_what_the_outer_one_protects(lines: Lines) -> None:
    with logs.correlated("outer"):
        logs.protect("welcome")
        with logs.correlated("inner"):
            log.info("seen", it="welcome")

    assert lines()[0]["it"] == "***"


def test_a_mark_between_its_neighbours_does_not_spell_a_value_anew(lines: Lines) -> None:
    with logs.correlated("1a2b3c4d"):
        logs.protect("a1***b2")
        log.info("seen", it="a1a1***b2b2")

    assert lines()[0]["it"] == "***"


def test_what_a_child_task_protects_is_hidden_when_its_parent_tells_of_the_failure(lines: Lines) -> None:
    async def child() -> None:
        logs.protect("welcome")
        raise RuntimeError("nothing for welcome")

    async def parent() -> None:
        with logs.correlated("1a2b3c4d"):
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(child())
            except* RuntimeError:
                log.exception("broke")

    asyncio.run(parent())

    assert "nothing for ***" in lines()[0]["exception"]


def test_what_one_request_protects_is_nothing_to_another(lines: Lines) -> None:
    async def request(reference: str, code: str) -> None:
        with logs.correlated(reference):
            logs.protect(code)
            await asyncio.sleep(0)
            log.info("seen", it="summer winter")

    async def both() -> None:
        await asyncio.gather(request("1", "summer"), request("2", "winter"))

    asyncio.run(both())

    assert [line["it"] for line in lines()] == ["*** winter", "summer ***"]


def test_protecting_outside_a_block_holds_too(lines: Lines) -> None:
    async def work() -> None:
        logs.protect("welcome")
        log.info("seen", it="welcome")

    asyncio.run(work())

    assert lines()[0]["it"] == "***"


_VALUES = st.text(min_size=4, max_size=20).filter(lambda v: len(re.findall(r"[^\W_]", v)) >= 4)


@given(value=_VALUES, before=st.text(max_size=9), after=st.text(max_size=9), as_typed=st.booleans())
def test_a_protected_value_never_appears(value: str, before: str, after: str, as_typed: bool) -> None:
    stream = io.StringIO()
    value = value.strip().strip("*")
    text = before + (value if as_typed else value.upper()) + after
    record = logging.LogRecord("bot", logging.INFO, "", 1, text, (), None)
    with logs.correlated("1a2b3c4d"):
        logs.protect(value)
        told = [redaction.one_line(text, own=own) for own in (True, False)]
        told += [
            logs.redacted(record.getMessage()),
            logs.traced(ValueError(text)),
            str(values.safe([text], own=True)),
        ]
    stream.write("\n".join(told))

    assert value not in stream.getvalue()
    assert value.upper() not in stream.getvalue()
    assert value.lower() not in stream.getvalue()


# -- exceptions


def _tell(error: BaseException, lines: Lines) -> str:
    _break(error)
    (line,) = lines()
    assert isinstance(line["exception"], str)
    return line["exception"]


def test_a_validation_error_tells_where_and_what_but_not_the_value(lines: Lines) -> None:
    class Wire(BaseModel):
        coupons: list[dict[str, int]]

    typed = {"coupons": [{"welcome1": "summer", "worth": "summer"}]}
    with pytest.raises(ValueError, match="validation error") as caught:
        Wire.model_validate(typed)
    told = _tell(caught.value, lines)

    assert "ValidationError: coupons.0.***: int_parsing; coupons.0.worth: int_parsing" in told
    assert not re.search("summer|welcome", told)


def test_an_httpx_error_does_not_tell_its_url(lines: Lines) -> None:
    request = httpx.Request("GET", "https://eu.api.capillarytech.com/v2/welcome?q=summer")
    with pytest.raises(httpx.HTTPStatusError) as caught:
        httpx.Response(404, request=request).raise_for_status()
    told = _tell(caught.value, lines)

    assert "HTTPStatusError" in told
    assert not re.search("welcome|summer", told)


def test_slack_s_error_is_told_by_its_name(lines: Lines) -> None:
    answer: dict[str, Any] = {"ok": False, "error": "channel_not_found", "needed": "summer"}
    error = SlackApiError("The request to the Slack API failed.", answer)
    told = _tell(error, lines)

    assert "SlackApiError: The request to the Slack API failed. [channel_not_found]" in told
    assert "summer" not in told


def test_what_an_exception_quotes_is_not_told(lines: Lines) -> None:
    assert _tell(KeyError(f"sum{'mer'}"), lines).endswith("KeyError: '***'")


def test_words_of_the_program_stay_in_an_exception(lines: Lines) -> None:
    assert "'NoneType' object has no attribute 'upper'" in _tell(
        AttributeError("'NoneType' object has no attribute 'upper'"), lines
    )


def test_causes_contexts_and_members_are_told_and_redacted(lines: Lines) -> None:
    error = ExceptionGroup("two", [ValueError("bad SUMMER25"), OSError(5, "SUMMER25")])
    error.__cause__ = KeyError("SUMMER25")
    told = _tell(error, lines)

    assert "SUMMER25" not in told
    assert [
        name in told for name in ("KeyError: '***'", "which led to", "ValueError: bad ***", "OSError")
    ] == [True] * 4


def test_the_lines_of_source_in_a_traceback_are_redacted(lines: Lines) -> None:
    try:
        int("9876543210x")
    except ValueError:
        log.exception("broke")
    [line] = lines()

    assert 'int("***x")' in line["exception"]
    assert "9876543210" not in json.dumps(line)


def test_an_exception_in_a_circle_is_told_to_an_end(lines: Lines) -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one

    assert _tell(one, lines).endswith("ValueError: one")


# -- others


def test_a_foreign_message_ends_where_a_payload_may_begin(lines: Lines) -> None:
    logging.getLogger("foreign").warning("Got {'a': 'welcome'}")
    logging.getLogger("foreign").warning("Got it\nwelcome")
    logging.getLogger("foreign").warning("Got it, body: note=welcome")

    assert "welcome" not in json.dumps(lines())


def test_a_foreign_message_loses_what_could_be_a_code(lines: Lines) -> None:
    logging.getLogger("foreign").warning("Tried (SUMMERTIME, sum-mer25, AB-CD-EF, note:ABC123) at once")

    assert lines()[0]["event"] == "Tried (***, ***, ***, note:***) at once"


def test_fields_of_foreign_events_are_treated_like_their_messages(lines: Lines) -> None:
    structlog.get_logger("stamina").warning(
        "retry", callable="x.y", caused_by="ValueError('SUMMER25')", args=("wel",)
    )

    assert (lines()[0]["caused_by"], lines()[0]["args"]) == ("ValueError('***')", "***")


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_others_never_speak_below_warning(level: str, out: io.StringIO) -> None:
    before = logging.getLogger("slack_bolt.MadeBefore")
    before.setLevel(logging.DEBUG)
    logs.configure(level=level, format="json", stream=out)
    before.setLevel(logging.DEBUG)  # as Bolt does from a root of that level
    for name in (
        "slack_bolt.MadeBefore",
        "slack_sdk.web.async_client",
        "httpx",
        "httpcore.http11",
        "root",
        "asyncio",
    ):
        logging.getLogger(name).info("welcome")
        logging.getLogger(name).debug("welcome")

    assert out.getvalue() == ""


def test_levels_that_others_were_given_before_are_forgotten(out: io.StringIO) -> None:
    logging.getLogger("httpx").setLevel(logging.DEBUG)
    logs.configure(level="DEBUG", format="json", stream=out)

    assert logging.getLogger("httpx").getEffectiveLevel() == logging.WARNING


def test_our_own_level_is_the_one_asked_for(out: io.StringIO, lines: Lines) -> None:
    logs.configure(level="debug", format="json", stream=out)
    log.debug("one")
    logs.configure(level="WARNING", format="json", stream=out)
    log.info("two")
    logging.getLogger("bot.x").warning("three")

    assert [line["event"] for line in lines()] == ["one", "three"]


def test_handlers_of_other_loggers_are_taken_away(out: io.StringIO, lines: Lines) -> None:
    aside = io.StringIO()
    stubborn = logging.getLogger("slack_bolt.Stubborn")
    stubborn.addHandler(logging.StreamHandler(aside))
    stubborn.propagate = False
    logs.configure(level="INFO", format="json", stream=out)
    stubborn.warning("once")

    assert aside.getvalue() == ""
    assert [line["event"] for line in lines()] == ["once"]


def test_warnings_of_python_go_the_same_way(out: io.StringIO, lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logs.configure(level="INFO", format="json", stream=out)
        warnings.warn("SUMMER25 is late", stacklevel=1)
        logging.captureWarnings(capture=False)

    assert lines()[0]["logger"] == "py.warnings"
    assert "SUMMER25" not in out.getvalue()


def test_a_line_that_cannot_be_written_is_missed_without_its_content(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(level="INFO", format="json", stream=out)  # pytest's own handlers would raise
    logging.getLogger("foreign").warning("%d", "welcome")

    assert out.getvalue() == ""
    assert "log_line_lost logger=foreign" in capsys.readouterr().err


# -- Slack's framework itself

_BODY = {
    "token": "abcdefghijklmnop",
    "team_id": "T0123456789",
    "user_id": "U0123456789",
    "user_name": "janedoe",
    "command": "/unheard-of",
    "text": "welcome 9876543210",
    "trigger_id": "13345224609.738474920.8088930838d88f008e0",
    "response_url": "https://hooks.slack.com/commands/T0/1/responsepath",
}
_SECRETS = re.compile(
    "abcdefghijk|janedoe|welcome|9876543210|8088930838|responsepath|v0=|hunter2|jane@", re.IGNORECASE
)


async def _authorize() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0123456789", bot_token="xoxb-hunter2")


def _app() -> AsyncApp:
    return AsyncApp(signing_secret="hunter2", authorize=_authorize, process_before_response=True)


def _request(body: str, kind: str, *, signed: bool = True) -> AsyncBoltRequest:
    made = SignatureVerifier("hunter2" if signed else "other").generate_signature
    timestamp = str(int(datetime.now(UTC).timestamp()))  # noqa: TID251 - Slack's verifier looks at the real clock
    headers: dict[str, str | Sequence[str]] = {
        "content-type": kind,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": made(timestamp=timestamp, body=body) or "",
    }
    return AsyncBoltRequest(body=body, headers=headers)


def _form(**changes: str) -> str:
    return urlencode({**_BODY, **changes})


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_a_request_with_a_bad_signature_leaves_nothing_of_its_body(
    level: str, out: io.StringIO
) -> None:
    logs.configure(level=level, format="json", stream=out)
    answer = await _app().async_dispatch(_request(_form(), "application/x-www-form-urlencoded", signed=False))

    assert answer.status == 401
    assert not _SECRETS.search(out.getvalue())


async def test_the_verifier_s_own_words_leave_nothing_even_when_they_are_let_through(
    out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure(level="INFO", format="json", stream=out)
    monkeypatch.setattr(logging.root.handlers[0], "filter", lambda _record: True)
    app = _app()
    logging.getLogger("slack_bolt.RequestVerification").setLevel(logging.DEBUG)
    await app.async_dispatch(_request(_form(), "application/x-www-form-urlencoded", signed=False))

    assert "Invalid request signature detected" in out.getvalue()
    assert not _SECRETS.search(out.getvalue())


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_an_unhandled_request_is_told_without_its_body(
    level: str, out: io.StringIO, lines: Lines
) -> None:
    logs.configure(level=level, format="json", stream=out)
    view = {
        "type": "modal",
        "callback_id": "unheard-of",
        "state": {"values": {"b": {"a": {"value": "welcome"}}}},
    }
    payload = {"type": "view_submission", "team": {"id": "T0"}, "user": {"id": "U0"}, "view": view, **_BODY}
    suggestion = {
        "type": "block_suggestion",
        "team": {"id": "T0"},
        "user": {"id": "U0"},
        "value": "welcome",
        **_BODY,
    }
    kind = "application/x-www-form-urlencoded"
    for body in (
        _form(),
        urlencode({"payload": json.dumps(payload)}),
        urlencode({"payload": json.dumps(suggestion)}),
    ):
        answer = await _app().async_dispatch(_request(body, kind))
        assert answer.status == 404

    assert [line["event"].startswith("Unhandled request") for line in lines()] == [True] * 3
    assert not _SECRETS.search(out.getvalue())


async def test_a_listener_that_breaks_is_told_without_what_it_had(out: io.StringIO, lines: Lines) -> None:
    app = _app()

    @app.command("/redeem")
    async def on_redeem(body: dict[str, Any], logger: logging.Logger) -> None:
        logger.warning(body)
        raise RuntimeError(f"cannot redeem {body}")

    await app.async_dispatch(_request(_form(command="/redeem"), "application/x-www-form-urlencoded"))

    assert any("RuntimeError: cannot redeem" in line.get("exception", "") for line in lines())
    assert any(":on_redeem" in line["logger"] for line in lines())
    assert not _SECRETS.search(out.getvalue())


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_slack_s_client_tells_neither_token_nor_parameters(level: str, out: io.StringIO) -> None:
    logs.configure(level=level, format="json", stream=out)
    client = AsyncWebClient("xoxb-hunter2", base_url="http://127.0.0.1:9/", retry_handlers=[])
    with suppress(OSError):
        await client.chat_postMessage(channel="C0123456789", text="welcome jane@example.com")

    assert not _SECRETS.search(out.getvalue())


async def test_every_logger_that_bolt_makes_speaks_through_the_one_handler(lines: Lines) -> None:
    app = _app()
    await app.async_dispatch(_request(_form(), "application/x-www-form-urlencoded"))
    made = [
        name for name in logging.root.manager.loggerDict if name.startswith(("slack_bolt.", f"{app.name}:"))
    ]
    before = len(lines())
    for name in made:
        logging.getLogger(name).warning("heard")

    assert len(made) > 3
    assert [line["logger"] for line in lines()[before:]] == made
