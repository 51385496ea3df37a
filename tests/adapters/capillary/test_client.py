"""Whose coupons they are: every way to name a customer, and what it means when nobody is listed."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.adapters.capillary.client import CapillaryEngine
from bot.aio.tasks import TaskSet
from bot.domain.coupon import CouponPage
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind, by_id, parse_identifier
from bot.domain.errors import EngineUnreadable, SeveralCustomers, UnknownCustomer
from bot.domain.lookup import Filter
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from bot.services.lookup import Caching, LookUpCoupons
from bot.services.ports import PageQuery
from tests.adapters.capillary.wired import NEWEST, engine_of, json_answer, mobile

ASHA = CustomerId("700000001")
RAVI = CustomerId("700000002")


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    """Numbers of several countries, country code first."""
    number = draw(st.from_regex(r"91[6-9][0-9]{9}|1984509[0-9]{4}|4477009[0-9]{5}", fullmatch=True))
    assume(phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}")))
    return number


BOTH: tuple[Literal["error", "empty"], ...] = ("error", "empty")


def external(value: str) -> Identifier:
    return Identifier(kind=IdentifierKind.EXTERNAL_ID, value=value)


def email(value: str) -> Identifier:
    return Identifier(kind=IdentifierKind.EMAIL, value=value)


def query(chosen: Filter = Filter.ALL, *, oldest_first: bool = False, offset: int = 0) -> PageQuery:
    return PageQuery(filter=chosen, oldest_first=oldest_first, offset=offset)


@pytest.mark.parametrize(
    "asked",
    [
        mobile("919845012345", national="9845012345"),
        email("asha.menon@example.com"),
        email("ASHA.Menon@example.com"),
        by_id(ASHA),
        external("E-1001"),
    ],
    ids=lambda asked: asked.kind.value,
)
async def test_a_customer_is_found_however_they_are_named(client: CapillaryEngine, asked: Identifier) -> None:
    page = await client.coupons(asked, NEWEST)

    assert page.customer == Customer(
        id=ASHA,
        name="Asha Menon",
        mobile="919845012345",
        email="asha.menon@example.com",
        external_id="E-1001",
    )
    assert (page.total, len(page.coupons)) == (9, 9)
    assert await client.customer_id(asked) == ASHA


async def test_an_external_id_is_turned_into_the_id_first(
    engine: SandboxEngine, client: CapillaryEngine
) -> None:
    """C11: the page spells it three ways."""
    await client.coupons(external("E-1001"), NEWEST)
    look_up, page = engine.calls

    assert look_up.query == {
        "source": "INSTORE",
        "identifierName": "externalId",
        "identifierValue": "E-1001",
    }
    assert page.query["id"] == ASHA


async def test_50_equal_look_ups_at_one_moment_are_one_call(
    engine: SandboxEngine, client: CapillaryEngine
) -> None:
    tasks, slow = TaskSet(), faults.Hang(asyncio.Event())
    look_up = LookUpCoupons(
        client, lambda: datetime(2026, 6, 1, tzinfo=UTC), Caching(tasks.spawn, 30.0, time.monotonic)
    )
    engine.faults.add(slow, path=capillary.COUPONS)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_shown(look_up)) for _ in range(50)]
        await slow.arrived.wait()
        slow.event.set()
    await tasks.close()

    assert {task.result() for task in asked} == {9}
    assert engine.count(capillary.COUPONS) == 1


async def _shown(look_up: LookUpCoupons) -> int:
    return len((await look_up(by_id(ASHA), NEWEST)).facts.coupons)


async def test_an_id_needs_no_look_up(engine: SandboxEngine, client: CapillaryEngine) -> None:
    assert await client.customer_id(by_id(ASHA)) == ASHA
    assert engine.calls == []


@pytest.mark.parametrize("unknown", BOTH)
async def test_a_mobile_is_tried_without_its_country_code(
    engine: SandboxEngine, client: CapillaryEngine, unknown: Literal["error", "empty"]
) -> None:
    engine.quirks.unknown_customer = unknown
    engine.customers.add_customer("2025550123", customer_id=42)
    asked = mobile("12025550123", national="2025550123")
    page = await client.coupons(asked, NEWEST)

    assert page.customer is not None
    assert page.customer.id == await client.customer_id(asked) == "42"


@pytest.mark.parametrize("unknown", BOTH)
@pytest.mark.parametrize("holds", ["coupons", "nothing"])
@pytest.mark.parametrize(
    ("typed", "region", "forms"),
    [
        ("+1 984 509 8450", "IN", {"19845098450"}),
        # The desk's region is not the engine's.
        ("984 509 8450", "US", {"19845098450", "9845098450"}),
    ],
)
async def test_a_stranger_whose_number_ends_alike_is_not_found(
    engine: SandboxEngine,
    client: CapillaryEngine,
    unknown: Literal["error", "empty"],
    holds: str,
    typed: str,
    region: str,
    forms: set[str],
) -> None:
    engine.quirks.unknown_customer = unknown
    stranger = engine.customers.add_customer("919845098450")
    if holds == "coupons":
        engine.customers.add_coupon(stranger, "NOT-YOURS")
    asked = parse_identifier(typed, region=region)
    for look_up in (client.coupons(asked, NEWEST), client.customer_id(asked)):
        with pytest.raises(UnknownCustomer):
            await look_up

    named = [call.query.get("mobile", call.query.get("identifierValue")) for call in engine.calls]
    assert {one for one in named if one} == forms


@given(number=mobiles(), base=st.sampled_from(["91", "1", "44", ""]), region=st.sampled_from(["IN", "US"]))
def test_whom_an_engine_finds_by_the_end_of_a_number_is_not_shown(
    number: str, base: str, region: str
) -> None:
    """Whatever the engine takes for the number asked for, the customer shown has that number."""
    asked = parse_identifier(f"+{number}", region=region)
    stored = base + number[-10:]
    customer = {"id": 5, "mobile": stored, "coupons": [{"code": "A"}]}
    engine = engine_of(lambda _: json_answer({"entity": {"customers": [customer]}}))
    try:
        page = asyncio.run(engine.coupons(asked, NEWEST))
    except UnknownCustomer:
        assert stored != number
    else:
        assert page.customer is not None
        assert page.customer.mobile == number == stored


@pytest.mark.parametrize("told", [{"mobile": "919845012345"}, {"mobile": None}, {}])
async def test_a_number_without_its_country_code_finds_nobody_whose_number_is_not_told(
    told: dict[str, str | None],
) -> None:
    """The look-up gives an id only; it is the history that names the number."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == capillary.HISTORY:
            return json_answer({"response": {"status": {"code": 200}, "customer": told}})
        if request.url.path == capillary.COUPONS:
            return json_answer({"entity": {"pagination": {"total": 0}, "customers": []}})
        if request.url.params.get("identifierValue") == "2025550123":
            return json_answer({"entity": 5})
        return json_answer({"errors": [{"code": 8015}]})

    for look_up in ("coupons", "customer_id"):
        engine, asked = engine_of(answer), mobile("12025550123", national="2025550123")
        with pytest.raises(UnknownCustomer):
            await (engine.coupons(asked, NEWEST) if look_up == "coupons" else engine.customer_id(asked))


@pytest.mark.parametrize("unknown", BOTH)
@pytest.mark.parametrize(
    "asked",
    [
        mobile("919000000000", national="9000000000"),
        mobile("919000000000"),
        email("nobody@example.com"),
        Identifier(kind=IdentifierKind.ID, value="999"),
        external("E-0"),
    ],
    ids=str,
)
@pytest.mark.parametrize("chosen", [Filter.ALL, Filter.REDEEMABLE])
async def test_nobody_is_an_unknown_customer(
    engine: SandboxEngine,
    client: CapillaryEngine,
    asked: Identifier,
    unknown: Literal["error", "empty"],
    chosen: Filter,
) -> None:
    engine.quirks.unknown_customer = unknown
    with pytest.raises(UnknownCustomer) as caught:
        await client.coupons(asked, query(chosen))

    assert caught.value.hint in {asked.hint, ""}


@pytest.mark.parametrize("code", [8015, 8013, 8065, 1011, 1012, 816, 701])
@pytest.mark.parametrize("status", [200, 404, 500])
async def test_every_code_for_nobody_is_understood(
    engine: SandboxEngine, client: CapillaryEngine, code: int, status: int
) -> None:
    engine.faults.add(faults.Code(code, "Customer not found", status=status), path=capillary.COUPONS)

    with pytest.raises(UnknownCustomer):
        await client.coupons(by_id(ASHA), NEWEST)


@pytest.mark.parametrize("unknown", BOTH)
async def test_a_customer_without_coupons_is_not_unknown(
    engine: SandboxEngine, client: CapillaryEngine, unknown: Literal["error", "empty"]
) -> None:
    engine.quirks.unknown_customer = unknown
    page = await client.coupons(mobile("919845000000"), NEWEST)

    assert page.customer is not None
    assert (page.customer.name, page.coupons, page.total) == ("Ravi Kumar", (), 0)


@pytest.mark.parametrize("unknown", BOTH)
async def test_a_filter_that_matches_none_is_not_an_unknown_customer(
    engine: SandboxEngine, client: CapillaryEngine, unknown: Literal["error", "empty"]
) -> None:
    engine.quirks.unknown_customer = unknown
    page = await client.coupons(by_id(RAVI), query(Filter.EXPIRED))

    assert page.customer is not None
    assert page.total == 0


class Bare:
    """An engine that lists no customer where it has no coupon to list (C15)."""

    def __init__(self, *, coupons: bool, known: bool) -> None:
        self._coupons, self._known = coupons, known
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(request.url.params))
        if request.url.path == capillary.LOOKUP:
            return json_answer({"entity": 5, "warnings": []} if self._known else {"errors": [{"code": 8015}]})
        listed = self._coupons and "status" not in request.url.params
        customer = {"id": 5, "firstname": "Asha", "coupons": [{"code": "A"}]}
        customers = [customer] if listed else []
        return json_answer({"entity": {"pagination": {"total": int(listed)}, "customers": customers}})


async def test_nobody_listed_under_a_filter_is_looked_for_without_it() -> None:
    page = await engine_of(Bare(coupons=True, known=True)).coupons(mobile("9198"), query(Filter.EXPIRED))

    assert page == CouponPage(
        customer=Customer(id=CustomerId("5"), name="Asha"), coupons=(), offset=0, total=0
    )


async def test_nobody_listed_at_all_is_looked_for_by_name() -> None:
    bare = Bare(coupons=False, known=True)
    page = await engine_of(bare).coupons(mobile("9198", national="98"), query(Filter.EXPIRED))

    assert page.customer == Customer(id=CustomerId("5"), mobile="9198")
    assert len(bare.asked) == 3


@pytest.mark.parametrize("asked", [by_id(CustomerId("5")), external("E-5")], ids=["id", "external"])
@pytest.mark.parametrize("chosen", [Filter.ALL, Filter.EXPIRED])
async def test_whom_the_engine_has_named_holds_nothing_and_is_not_unknown(
    asked: Identifier, chosen: Filter
) -> None:
    """Else Refresh on the card of somebody without coupons would know nobody."""
    page = await engine_of(Bare(coupons=False, known=True)).coupons(asked, query(chosen))

    assert page == CouponPage(customer=Customer(id=CustomerId("5")), coupons=(), offset=0, total=0)


@pytest.mark.parametrize("total", [10, None])
async def test_nobody_listed_past_the_end_leaves_the_total_as_it_was_told(total: int | None) -> None:
    """The customer is named on the first page alone."""
    customer = {"id": 5, "coupons": [{"code": f"A{number}"} for number in range(10)]}

    def answer(request: httpx.Request) -> httpx.Response:
        customers = [] if request.url.params["offset"] == "10" else [customer]
        return json_answer({"entity": {"pagination": {"total": total}, "customers": customers}})

    page = await engine_of(answer).coupons(mobile("9198"), query(offset=10))

    assert (page.customer and page.customer.id, page.coupons, page.total) == ("5", (), total)


async def test_nobody_anywhere_is_unknown() -> None:
    with pytest.raises(UnknownCustomer) as caught:
        await engine_of(Bare(coupons=False, known=False)).coupons(mobile("919845012345"), NEWEST)

    assert caught.value.hint == "…2345"


def _listed(*customers: Any) -> CapillaryEngine:
    body = {"entity": {"customers": list(customers)}, "success": True}
    return engine_of(lambda _: json_answer(body))


async def test_several_customers_are_not_mixed() -> None:
    with pytest.raises(SeveralCustomers):
        await _listed({"id": 5, "coupons": []}, {"id": 6, "coupons": []}).coupons(mobile("9198"), NEWEST)


async def test_another_customer_than_the_one_asked_for_is_not_shown() -> None:
    with pytest.raises(EngineUnreadable):
        await _listed({"id": 6, "coupons": []}).coupons(by_id(CustomerId("5")), NEWEST)


@pytest.mark.parametrize("entity", [0, -1, None, "", {}, "x", 1.5])
async def test_a_look_up_without_an_id_is_unreadable(entity: Any) -> None:
    engine = engine_of(lambda _: json_answer({"entity": entity, "warnings": []}))

    with pytest.raises(EngineUnreadable):
        await engine.customer_id(email("asha.menon@example.com"))
