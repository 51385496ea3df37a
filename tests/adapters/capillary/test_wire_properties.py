"""Whatever the engine sends, people get a card that Slack takes or a sentence that says why not."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.capillary import lenient
from bot.adapters.capillary.client import CapillaryEngine
from bot.domain.cards import FindingCard, PageCard
from bot.domain.coupon import CouponCode, CouponPage
from bot.domain.customer import CustomerId, Identifier, IdentifierKind, by_id
from bot.domain.errors import EngineError, SeveralCustomers, UnknownCustomer
from bot.domain.finding import judge
from bot.domain.lookup import Filter, LookUp, LookUpId
from bot.domain.person import PersonId
from bot.services.ports import PageQuery
from bot.views.kit import Message
from bot.views.lookup import page_card
from bot.views.lookup_finding import finding_card
from bot.views.text import Display
from tests.adapters.capillary import odd_json
from tests.adapters.capillary.wired import ANYBODY, KOLKATA, NEWEST, engine_of, mobile, saying_text
from tests.fewer import HALF

NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
ZONES = [ZoneInfo("UTC"), KOLKATA, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")]
FIVE = CustomerId("5")
ABC = CouponCode("ABC")

Read = Callable[[CapillaryEngine], Awaitable[Any]]
READS: dict[str, tuple[list[dict[str, Any]], Read]] = {
    "coupons": (odd_json.LISTS, lambda engine: engine.coupons(ANYBODY, NEWEST)),
    "by mobile": (
        odd_json.LISTS,
        lambda engine: engine.coupons(mobile("919845012345", "9845012345"), NEWEST),
    ),
    "filtered": (
        odd_json.LISTS,
        lambda engine: engine.coupons(
            by_id(FIVE), PageQuery(filter=Filter.EXPIRED, oldest_first=True, offset=10)
        ),
    ),
    "customer_id": (
        [odd_json.LOOKUP],
        lambda engine: engine.customer_id(Identifier(kind=IdentifierKind.EXTERNAL_ID, value="E-1")),
    ),
    "redeemability": ([odd_json.CHECK], lambda engine: engine.redeemability(FIVE, ABC)),
    "coupon_record": ([odd_json.RECORD], lambda engine: engine.coupon_record(ABC)),
}
statuses = st.sampled_from([200, 200, 200, 201, 400, 404, 500])
zones = st.sampled_from(ZONES)


async def outcome(read: Read, text: str, status: int, zone: ZoneInfo = ZONES[0]) -> Any:
    """What the read gives; None for the errors that a read may raise. Any other error goes on."""
    try:
        return await read(engine_of(saying_text(text, status), zone=zone))
    except (UnknownCustomer, SeveralCustomers, EngineError):
        return None


@pytest.mark.parametrize("name", READS)
@HALF
@given(document=odd_json.documents, status=statuses)
async def test_any_json_is_an_answer_or_an_error_of_ours(name: str, document: Any, status: int) -> None:
    await outcome(READS[name][1], odd_json.written(document), status)


@pytest.mark.parametrize("name", READS)
@HALF
@given(text=odd_json.nests | st.text(st.characters(codec="utf-8")), status=statuses)
async def test_any_text_is_an_answer_or_an_error_of_ours(name: str, text: str, status: int) -> None:
    await outcome(READS[name][1], text, status)


@pytest.mark.parametrize("name", READS)
@HALF
@given(data=st.data(), status=statuses, zone=zones)
async def test_a_spoiled_sample_is_an_answer_or_an_error_of_ours(
    name: str, data: st.DataObject, status: int, zone: ZoneInfo
) -> None:
    samples, read = READS[name]
    document = data.draw(odd_json.spoiled(samples))

    await outcome(read, odd_json.written(document), status, zone)


# The lenient parsers


class Strange:
    """Nothing that JSON knows."""


values = st.one_of(
    odd_json.documents,
    st.decimals(),
    st.binary(),
    st.builds(Strange),
    st.integers(min_value=10**39),
    st.datetimes().map(str),
)


@given(values)
@example(10**5_000)
@example(Decimal("sNaN"))
@example(Decimal("1E+999999"))
@example("1e999999999999999999999")
@example("9999-12-31T23:59:59Z")
@example("0001-01-01T00:00:00+14:00")
def test_the_lenient_parsers_never_raise(value: Any) -> None:
    parsed = lenient.number(value)
    count, at = lenient.whole(value), lenient.moment(value)

    assert parsed is None or abs(parsed.adjusted()) <= 20
    assert count is None or abs(count) < 10**21
    assert lenient.flag(value) in {True, False, None}
    assert at is None or all(at.astimezone(zone) == at for zone in ZONES)
    assert lenient.text(value) != ""
    assert not isinstance(lenient.items(value), dict | type(None))


@given(st.integers(-(10**20), 10**20))
def test_a_whole_number_is_read_in_every_spelling(value: int) -> None:
    spellings = [value, str(value), f" {value} ", f"{value}.0", Decimal(value)]

    assert {lenient.whole(spelling) for spelling in spellings} == {value}


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_an_amount_is_read_to_its_last_digit(value: Decimal) -> None:
    assert lenient.number(str(value)) == lenient.number(value)
    assert lenient.number(value) in {value, None if abs(value.adjusted()) > 20 else value}


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones))  # noqa: DTZ001 - the bounds
def test_a_moment_is_read_with_its_offset(at: datetime) -> None:
    assert lenient.moment(at.isoformat()) == datetime.fromisoformat(at.isoformat())
    assert lenient.moment(at.replace(tzinfo=None).isoformat()) is None


# What is drawn

_OURS = re.compile(r"<!date\^-?\d+\^[^|<>]*\|[^<>]*>")


def assert_slack_takes(message: Message) -> None:
    """Slack's limits (docs.slack.dev: section block, chat.update), and nothing from outside that is mark-up."""
    assert 0 < len(message.text) <= 4000
    assert len(message.blocks) <= 50
    for text in [message.text, *_mrkdwn(message.blocks)]:
        assert 0 < len(text) <= 3000 or text == message.text
        assert "<" not in _OURS.sub("", text)
        assert text.encode()


def _mrkdwn(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        value = tuple(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _mrkdwn(inner)


def drawn(page: CouponPage, zone: ZoneInfo, chosen: Filter = Filter.ALL) -> Message:
    look_up = LookUp(customer=FIVE, asker=PersonId("U0AGENT"), filter=chosen, offset=page.offset)
    display = Display(currency="INR", zone=zone)
    return page_card(
        PageCard(id=LookUpId("0" * 32), look_up=look_up, page=page, as_of=NOON), now=NOON, display=display
    )


@HALF
@given(odd_json.spoiled(odd_json.LISTS), zones, zones, st.sampled_from(Filter))
async def test_a_page_that_could_be_read_can_be_drawn(
    document: Any, engines: ZoneInfo, desks: ZoneInfo, chosen: Filter
) -> None:
    page = await outcome(READS["coupons"][1], odd_json.written(document), 200, engines)

    if page is not None:
        assert_slack_takes(drawn(page, desks, chosen))


readable = odd_json.scalars.filter(lambda value: not isinstance(value, str) or value not in odd_json.BEYOND)
hostile = st.one_of(readable, st.text(st.sampled_from("<>&`*_~|!@#^ \n\u202e\ud83d🎟A"), max_size=400))
places = st.fixed_dictionaries({"code": hostile, "name": hostile})
uses = st.fixed_dictionaries(
    {
        "id": hostile,
        "date": hostile,
        "transactionNumber": hostile,
        "redeemedAt": places,
        "reversedOn": hostile,
    }
)
coupons = st.fixed_dictionaries(
    {
        "code": st.text(st.sampled_from("<>&`!@#^\u202e\ud83d🎟A"), min_size=1, max_size=200),
        "description": hostile,
        "validTill": hostile,
        "validTillDateTime": hostile,
        "discountType": st.sampled_from(["ABS", "PERC", "FLAT", "?"]),
        "discountValue": hostile,
        "discountUpto": hostile,
        "redemptionCount": hostile,
        "redemptionsLeft": hostile,
        "redemptions": st.lists(uses, max_size=2),
        "reversedRedemptions": st.lists(uses, max_size=2),
    }
)


@HALF
@given(
    customer=st.fixed_dictionaries({"firstname": hostile, "lastname": hostile, "mobile": hostile}),
    held=st.lists(coupons, max_size=10),
    total=hostile,
    zone=zones,
)
async def test_a_page_of_hostile_text_is_drawn_harmless(
    customer: dict[str, Any], held: list[Any], total: Any, zone: ZoneInfo
) -> None:
    entity = {"pagination": {"total": total}, "customers": [{**customer, "id": 5, "coupons": held}]}
    page = await outcome(READS["coupons"][1], odd_json.written({"entity": entity}), 200, zone)

    assert page is not None
    assert len(page.coupons) == len(held)
    assert_slack_takes(drawn(page, zone))


@HALF
@given(odd_json.spoiled([odd_json.CHECK]), odd_json.spoiled([odd_json.RECORD]), zones, zones)
async def test_a_finding_that_could_be_made_can_be_drawn(
    check: Any, record: Any, engines: ZoneInfo, desks: ZoneInfo
) -> None:
    checked = await outcome(READS["redeemability"][1], odd_json.written(check), 200, engines)
    found = await outcome(READS["coupon_record"][1], odd_json.written(record), 200, engines)

    if checked is not None:
        finding = judge(FIVE, ABC, checked, found)
        display = Display(currency="INR", zone=desks)
        look_up = LookUp(customer=FIVE, asker=PersonId("U0AGENT"), code=ABC)
        card = FindingCard(id=LookUpId("0" * 32), look_up=look_up, finding=finding, as_of=NOON)
        assert_slack_takes(finding_card(card, display=display))
