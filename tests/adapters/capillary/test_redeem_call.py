"""The redeem call on the wire: one POST whatever happens, bounded, and told for what it was."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from bot.adapters.capillary.auth import Basic, Credentials, OAuth
from bot.adapters.capillary.redeem import CapillaryRedeeming
from bot.adapters.capillary.transport import CallLimits, Transport, fresh_clients
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.customer import CustomerId, Identifier, IdentifierKind
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import AIRPORT
from tests.adapters.capillary.redeeming import answer, order, redeeming_at, redeeming_of
from tests.adapters.capillary.wired import QUICK, json_answer, spent, transport_of

#: Seconds within which a call must begin.
BEGIN_S = 5.0
#: Only a test that fails waits so many seconds.
PATIENCE_S = 5.0
PATH = capillary.REDEEM
HURRIED = replace(QUICK, call_s=0.3)


def under(redeeming: CapillaryRedeeming, limits: CallLimits, **change: Any) -> CapillaryRedeeming:
    """The same under other limits, which hold for the connection too."""
    transport = replace(redeeming.engine.transport, limits=limits, **change)
    connect = fresh_clients(str(transport.http.base_url), limits)
    return replace(redeeming, engine=replace(redeeming.engine, transport=transport), connect=connect)


@pytest.fixture
def redeeming(engine: SandboxEngine, transport: Transport) -> CapillaryRedeeming:
    return redeeming_at(engine, transport)


def uses(engine: SandboxEngine, code: str = "WELCOME250") -> int:
    coupon = engine.customers.coupon(code)
    return len(coupon.redemptions) if coupon else 0


# What is sent


async def test_a_coupon_is_redeemed_once_and_the_redemption_named(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    got = await redeeming.redeem(order(), begin_within_s=BEGIN_S)
    coupon = engine.customers.coupon("WELCOME250")

    assert coupon is not None
    assert got == Redeemed(redemption_id=str(coupon.redemptions[0].id), status=200)
    assert (coupon.redemptions[0].bill, engine.count(PATH)) == ("CD-1", 1)


async def test_the_call_carries_the_code_the_bill_and_the_customer_and_no_more(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    await redeeming.redeem(replace(order(), bill=Decimal("1E+3")), begin_within_s=BEGIN_S)
    (call,) = engine.calls

    assert (call.method, call.query) == ("POST", {})
    assert call.headers["content-type"] == "application/json"
    assert call.body == {
        "redemptionRequestList": [{"code": "WELCOME250"}],
        "transactionNumber": "CD-1",
        "billAmount": "1000",
        "user": {"mobile": "919845012345"},
    }


@pytest.mark.parametrize(
    ("kind", "value", "user"),
    [
        (IdentifierKind.EXTERNAL_ID, "E-1001", {"externalId": "E-1001"}),
        (IdentifierKind.EMAIL, "asha.menon@example.com", {"email": "asha.menon@example.com"}),
    ],
)
async def test_a_customer_may_be_named_another_way(
    engine: SandboxEngine,
    redeeming: CapillaryRedeeming,
    kind: IdentifierKind,
    value: str,
    user: dict[str, str],
) -> None:
    got = await redeeming.redeem(order(named=Identifier(kind=kind, value=value)), begin_within_s=BEGIN_S)

    assert isinstance(got, Redeemed)
    assert engine.calls[0].body["user"] == user


async def test_a_customer_without_such_a_name_is_not_sent(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    got = await redeeming.redeem(
        order(named=Identifier(kind=IdentifierKind.ID, value="700000001")), begin_within_s=BEGIN_S
    )

    assert got == NotSent(stop=Stop.NO_IDENTIFIER)
    assert engine.count() == 0


async def test_the_answer_carries_the_digest_of_its_body(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    body = '{"status": {"code": 500}}'
    engine.faults.add(faults.Status(500, body), path=capillary.REDEEM)

    got = await redeeming.redeem(order(), begin_within_s=BEGIN_S)

    assert got.body == hashlib.sha256(body.encode()).hexdigest()


async def test_a_code_that_no_encoding_can_carry_is_sent_and_refused(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    got = await redeeming.redeem(order("WELCOME\ud800"), begin_within_s=BEGIN_S)

    assert isinstance(got, Refused)
    assert engine.calls[0].body["redemptionRequestList"] == [{"code": "WELCOME\ud800"}]


async def test_each_call_has_a_connection_of_its_own(redeeming: CapillaryRedeeming) -> None:
    made: list[httpx.AsyncClient] = []

    def connect() -> httpx.AsyncClient:
        made.append(redeeming.connect())
        return made[-1]

    fresh = replace(redeeming, connect=connect)
    await fresh.redeem(order(), begin_within_s=BEGIN_S)
    await fresh.redeem(order("GOLD5000"), begin_within_s=BEGIN_S)

    assert len({id(client) for client in made}) == 2
    assert all(client.is_closed for client in made)


# What comes back: the engine's own words


@pytest.mark.parametrize("redeem_no", ["status", "errors"])
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_an_ordinary_no_is_one_whatever_its_shape_and_status(
    engine: SandboxEngine, redeeming: CapillaryRedeeming, redeem_no: Any, status: int
) -> None:
    engine.quirks.redeem_no, engine.quirks.no_status = redeem_no, status

    assert await redeeming.redeem(order("THANKS500"), begin_within_s=BEGIN_S) == Refused(
        refusal=Refusal.ALREADY_USED, code=711, status=status
    )


async def test_a_no_under_a_yes_is_unclear(engine: SandboxEngine, redeeming: CapillaryRedeeming) -> None:
    engine.quirks.redeem_no = "item"

    assert await redeeming.redeem(order("THANKS500"), begin_within_s=BEGIN_S) == Unclear(
        doubt=Doubt.CONTRADICTING, code=711, status=200
    )


async def test_an_older_engine_names_no_redemption(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    engine.quirks.redemption_id = False

    assert await redeeming.redeem(order(), begin_within_s=BEGIN_S) == Redeemed(redemption_id=None, status=200)


async def test_a_redemption_for_somebody_else_is_unclear(redeeming: CapillaryRedeeming) -> None:
    got = await redeeming.redeem(order(customer=CustomerId("700000002")), begin_within_s=BEGIN_S)

    assert got == Unclear(doubt=Doubt.ANOTHER_CUSTOMER, status=200)


# What comes back: faults


@pytest.mark.parametrize(
    ("fault", "expected", "booked"),
    [
        (faults.Drop(), Unclear(doubt=Doubt.INTERRUPTED), 0),
        (faults.DropAfter(), Unclear(doubt=Doubt.INTERRUPTED), 1),
        (faults.Html(), Unclear(doubt=Doubt.UNREADABLE, status=200), 0),
        (faults.Unreadable(), Unclear(doubt=Doubt.UNREADABLE, status=200), 1),
        (faults.Status(500), Unclear(doubt=Doubt.ENGINE_FAILED, status=500), 0),
        (faults.Status(502, "<bad gateway>"), Unclear(doubt=Doubt.ENGINE_FAILED, status=502), 0),
        (faults.Status(503), Unclear(doubt=Doubt.ENGINE_FAILED, status=503), 0),
        (
            faults.Status(307, headers={"Location": PATH}),
            Unclear(doubt=Doubt.UNREADABLE, status=307),
            0,
        ),
        (
            faults.Status(200, "not gzip", {"Content-Encoding": "gzip"}),
            Unclear(doubt=Doubt.UNREADABLE),
            0,
        ),
        (faults.TooMany("0"), NotSent(stop=Stop.BUSY, code=429, status=429), 0),
        (faults.Unauthorized(), NotSent(stop=Stop.NOT_ACCEPTED, code=401, status=401), 0),
        (faults.Status(403), NotSent(stop=Stop.NOT_ACCEPTED, status=403), 0),
        (faults.Code(4001, "try", status=503), NotSent(stop=Stop.BUSY, code=4001, status=503), 0),
        (faults.Code(521, "concurrent"), NotSent(stop=Stop.BUSY, code=521, status=200), 0),
        (faults.Code(517, "rate", status=500), NotSent(stop=Stop.BUSY, code=517, status=500), 0),
        (faults.Code(748, "timed out"), Unclear(doubt=Doubt.ENGINE_FAILED, code=748, status=200), 0),
        (faults.Code(791, "later", 500), Unclear(doubt=Doubt.ENGINE_FAILED, code=791, status=500), 0),
        (
            faults.Code(713, "expired", status=500),
            Refused(refusal=Refusal.COUPON_EXPIRED, code=713, status=500),
            0,
        ),
    ],
    ids=repr,
)
async def test_whatever_goes_wrong_one_call_was_made(
    engine: SandboxEngine, redeeming: CapillaryRedeeming, fault: faults.Fault, expected: Answer, booked: int
) -> None:
    engine.faults.add(fault, path=PATH)
    got = await redeeming.redeem(order(), begin_within_s=BEGIN_S)

    assert got == expected
    assert (engine.count(), uses(engine)) == (1, booked)


async def test_a_slow_engine_is_waited_for(engine: SandboxEngine, redeeming: CapillaryRedeeming) -> None:
    engine.faults.add(faults.Slow(0.1, after=True), path=PATH)

    assert isinstance(await redeeming.redeem(order(), begin_within_s=BEGIN_S), Redeemed)
    assert (engine.count(), uses(engine)) == (1, 1)


@pytest.mark.parametrize("after", [False, True])
async def test_a_hanging_engine_is_left_after_the_limit(
    engine: SandboxEngine, redeeming: CapillaryRedeeming, after: bool
) -> None:
    hang = faults.Hang(asyncio.Event(), after=after)
    engine.faults.add(hang, path=PATH, times=None)
    async with asyncio.timeout(30):
        got = await under(redeeming, replace(QUICK, call_s=2.0)).redeem(order(), begin_within_s=BEGIN_S)

    assert got == Unclear(doubt=Doubt.TIMED_OUT)
    assert (engine.count(), uses(engine)) == (1, int(after))


class Trickle(httpx.AsyncByteStream):
    """An answer that never stops and never is one."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0)
            yield b" "


async def test_an_engine_that_trickles_is_left_after_the_limit(transport: Transport) -> None:
    """Each byte comes in time for itself; only the whole call is too long."""
    transport = replace(transport, limits=HURRIED)
    redeeming = redeeming_of(transport, lambda _: httpx.Response(200, stream=Trickle()))
    async with asyncio.timeout(PATIENCE_S):
        got = await redeeming.redeem(order(), begin_within_s=BEGIN_S)

    assert got == Unclear(doubt=Doubt.TIMED_OUT)


@dataclass
class Frozen:
    """Credentials; while they are made the process stands still, and its own time-outs with it."""

    stands_s: float
    monotonic: float = 0.0

    async def headers(self, http: httpx.AsyncClient) -> Mapping[str, str]:  # noqa: ARG002 - see Credentials
        self.monotonic += self.stands_s
        return {}

    def rejected(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - see Credentials
        return False


@pytest.mark.parametrize("stands_s", [BEGIN_S - 0.1, BEGIN_S + 0.1, 3600.0])
async def test_a_process_that_was_frozen_begins_no_call_past_its_time(stands_s: float) -> None:
    """By then others may have called the outcome unknown, and somebody may have redeemed it anew."""
    frozen, sent = Frozen(stands_s), list[httpx.Request]()
    transport = transport_of(lambda _: json_answer({}), credentials=frozen)
    transport = replace(transport, monotonic=lambda: frozen.monotonic)

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return json_answer(answer())

    got = await redeeming_of(transport, handler).redeem(order(), begin_within_s=BEGIN_S)

    assert (isinstance(got, Redeemed), len(sent)) == ((True, 1) if stands_s < BEGIN_S else (False, 0))
    assert isinstance(got, Redeemed) or got == NotSent(stop=Stop.NOT_CONNECTED)


async def test_a_port_where_nobody_listens_was_sent_nothing(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    await engine.close()

    assert await redeeming.redeem(order(), begin_within_s=BEGIN_S) == NotSent(stop=Stop.NOT_CONNECTED)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), NotSent(stop=Stop.NOT_CONNECTED)),
        (httpx.ConnectTimeout("slow"), NotSent(stop=Stop.NOT_CONNECTED)),
        (httpx.ReadTimeout("slow"), Unclear(doubt=Doubt.TIMED_OUT)),
        (httpx.WriteTimeout("slow"), Unclear(doubt=Doubt.TIMED_OUT)),
        (httpx.WriteError("broken"), Unclear(doubt=Doubt.INTERRUPTED)),
        (httpx.ReadError("dropped"), Unclear(doubt=Doubt.INTERRUPTED)),
        (httpx.RemoteProtocolError("dropped"), Unclear(doubt=Doubt.INTERRUPTED)),
        (httpx.LocalProtocolError("ours"), Unclear(doubt=Doubt.INTERRUPTED)),
        (httpx.ProxyError("proxy"), NotSent(stop=Stop.NOT_CONNECTED)),
    ],
    ids=repr,
)
async def test_only_a_connection_that_was_not_made_is_certain(
    transport: Transport, error: Exception, expected: Answer
) -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        raise error

    assert await redeeming_of(transport, handler).redeem(order(), begin_within_s=BEGIN_S) == expected
    assert len(calls) == 1


# Credentials


def with_oauth(
    redeeming: CapillaryRedeeming, oauth: Credentials, limits: CallLimits = QUICK
) -> CapillaryRedeeming:
    return under(redeeming, limits, credentials=oauth)


def oauth_of(engine: SandboxEngine, till: str | None = None, secret: str | None = None) -> OAuth:
    return OAuth(engine.key, secret or engine.secret, monotonic=time.monotonic, attribution_till=till)


async def test_a_redemption_is_booked_on_the_attribution_till(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    await with_oauth(redeeming, oauth_of(engine, AIRPORT.code)).redeem(order(), begin_within_s=BEGIN_S)
    coupon = engine.customers.coupon("WELCOME250")

    assert coupon is not None
    assert coupon.redemptions[0].till.code == AIRPORT.code


async def test_a_token_that_is_no_longer_taken_costs_the_call_and_is_not_used_again(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    redeeming = with_oauth(redeeming, oauth_of(engine))
    await redeeming.redeem(order("GOLD5000"), begin_within_s=BEGIN_S)
    engine.revoke_tokens()
    first = await redeeming.redeem(order(), begin_within_s=BEGIN_S)
    calls = engine.count(PATH)
    second = await redeeming.redeem(order(), begin_within_s=BEGIN_S)

    assert (first, calls) == (NotSent(stop=Stop.NOT_ACCEPTED, code=401, status=401), 2)
    assert isinstance(second, Redeemed)


async def test_credentials_that_are_not_accepted_send_nothing(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    got = await with_oauth(redeeming, oauth_of(engine, secret="wrong")).redeem(
        order(), begin_within_s=BEGIN_S
    )

    assert isinstance(got, NotSent)
    assert got.stop is Stop.NOT_ACCEPTED
    assert engine.count(PATH) == 0


@pytest.mark.parametrize(
    ("fault", "stop", "status"),
    [
        (faults.Drop(), Stop.NOT_CONNECTED, None),
        (faults.Status(500), Stop.NOT_CONNECTED, 500),
        (faults.Html(), Stop.NOT_CONNECTED, 200),
        (faults.TooMany(), Stop.BUSY, 429),
        (faults.Status(403), Stop.NOT_ACCEPTED, 403),
    ],
    ids=repr,
)
async def test_without_a_token_nothing_is_sent(
    engine: SandboxEngine, redeeming: CapillaryRedeeming, fault: faults.Fault, stop: Stop, status: int | None
) -> None:
    engine.faults.add(fault, path=capillary.TOKEN)
    got = await with_oauth(redeeming, oauth_of(engine)).redeem(order(), begin_within_s=BEGIN_S)

    assert isinstance(got, NotSent)
    assert (got.stop, got.status) == (stop, status)
    assert engine.count(PATH) == 0


async def test_the_limit_holds_while_waiting_for_a_token(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    engine.faults.add(faults.Hang(asyncio.Event()), path=capillary.TOKEN)
    got = await with_oauth(redeeming, oauth_of(engine), HURRIED).redeem(order(), begin_within_s=BEGIN_S)

    assert got == NotSent(stop=Stop.NOT_CONNECTED)
    assert engine.count(PATH) == 0


# Beside the reads


async def test_a_call_that_finds_no_place_in_time_is_not_sent(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    redeeming = under(redeeming, replace(HURRIED, redeems_at_once=1))
    async with redeeming.engine.transport.redeem_place(), asyncio.timeout(PATIENCE_S):
        got = await redeeming.redeem(order(), begin_within_s=0.01)

    assert got == NotSent(stop=Stop.BUSY)
    assert engine.count() == 0


async def test_reads_take_no_place_of_a_redeem_call(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    redeeming = under(redeeming, CallLimits(at_once=1))
    async with redeeming.engine.transport.place():
        got = await redeeming.redeem(order(), begin_within_s=BEGIN_S)

    assert isinstance(got, Redeemed)
    assert engine.count(PATH) == 1


async def test_without_a_token_of_the_budget_nothing_is_sent(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    redeeming.engine.transport.take = spent

    assert await redeeming.redeem(order(), begin_within_s=BEGIN_S) == NotSent(stop=Stop.BUSY)
    assert engine.count() == 0


async def test_a_call_that_waited_for_its_place_has_its_whole_time_left(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    """The wait has a limit of its own; what is left of the call's time is never less than all of it."""
    redeeming = under(redeeming, CallLimits(call_s=2.0, redeems_at_once=1))
    for _ in range(2):
        engine.faults.add(faults.Slow(1.2), path=PATH)
    first, second = await asyncio.gather(
        redeeming.redeem(order(), begin_within_s=30.0),
        redeeming.redeem(order("GOLD5000"), begin_within_s=30.0),
    )

    assert isinstance(first, Redeemed)
    assert isinstance(second, Redeemed)


async def test_places_are_given_back(engine: SandboxEngine, redeeming: CapillaryRedeeming) -> None:
    redeeming = under(redeeming, replace(QUICK, redeems_at_once=1))
    for fault in (faults.Drop(), faults.Html(), faults.Unauthorized()):
        engine.faults.add(fault, path=PATH)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(30))
        got = [await redeeming.redeem(order(), begin_within_s=BEGIN_S) for _ in range(4)]

    assert [type(one) for one in got] == [Unclear, Unclear, NotSent, Redeemed]


# Told


@pytest.mark.parametrize(
    ("reply", "heard"),
    [
        (json_answer(answer()), True),
        (json_answer({"errors": [{"code": 711, "status": False}]}, 500), True),
        (json_answer({"errors": [{"code": 748, "status": False}]}, 500), True),
        (httpx.Response(429), True),
        (httpx.Response(401), False),
        (httpx.Response(500), False),
        (httpx.Response(200, text="<html>"), False),
        (httpx.ConnectError("refused"), False),
        (httpx.ReadError("dropped"), False),
    ],
    ids=repr,
)
async def test_whether_the_engine_answered_is_told_once(
    reply: httpx.Response | Exception, heard: bool
) -> None:
    pulse: list[bool] = []

    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    transport = replace(transport_of(handler), heard=pulse.append)
    await redeeming_of(transport, handler).redeem(order(), begin_within_s=BEGIN_S)

    assert pulse == [heard]


async def test_the_log_tells_of_the_call_and_of_nobody(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    with capture_logs() as lines:
        await redeeming.redeem(order(bill_number="BILL-77"), begin_within_s=BEGIN_S)
        engine.faults.add(faults.Code(748, "timed out", status=500), path=PATH)
        await redeeming.redeem(order("GOLD5000"), begin_within_s=BEGIN_S)

    assert [
        (line["event"], line["path"], line["outcome"], line["http_status"], line["engine_status"])
        for line in lines
    ] == [
        ("engine_call", PATH, "Redeemed", 200, None),
        ("engine_call", PATH, "Unclear", 500, 748),
    ]
    for secret in ("WELCOME250", "919845012345", "BILL-77", "GOLD5000", "700000001"):
        assert secret not in json.dumps(lines)


async def test_a_till_that_is_not_known_is_turned_away_and_not_asked_again(
    engine: SandboxEngine, redeeming: CapillaryRedeeming
) -> None:
    wrong = under(redeeming, QUICK, credentials=Basic(engine.till, "wrong"))

    assert await wrong.redeem(order(), begin_within_s=BEGIN_S) == NotSent(
        stop=Stop.NOT_ACCEPTED, code=401, status=401
    )
    assert engine.count(PATH) == 1
