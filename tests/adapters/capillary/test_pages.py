"""A customer's coupons, page by page, from the sandbox engine over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.capillary.client import CapillaryEngine
from bot.domain.customer import CustomerId, by_id
from bot.domain.errors import EngineError, EngineFault
from bot.domain.lookup import Filter
from bot.sandbox.engine import capillary, faults
from bot.sandbox.engine.capillary import SandboxEngine
from bot.services.ports import PageQuery
from tests.adapters.capillary.wired import ANYBODY, NEWEST, engine_of, json_answer, mobile, saying

ASHA = CustomerId("700000001")


def query(chosen: Filter = Filter.ALL, *, oldest_first: bool = False, offset: int = 0) -> PageQuery:
    return PageQuery(filter=chosen, oldest_first=oldest_first, offset=offset)


async def test_the_page_and_its_order_are_asked_of_the_engine(
    engine: SandboxEngine, client: CapillaryEngine
) -> None:
    await client.coupons(by_id(ASHA), query(Filter.REDEEMABLE, oldest_first=True, offset=20))

    assert [call.query for call in engine.calls] == [
        {
            "id": ASHA,
            "limit": "10",
            "offset": "20",
            "sort_order": "ASC",
            "coupon_code_case": "AS_IT_IS",
            "include_reversed_redemptions": "true",
            "status": "REDEEMABLE",
        }
    ]


@pytest.mark.parametrize(
    ("chosen", "status"),
    [
        (Filter.ALL, None),
        (Filter.REDEEMABLE, "REDEEMABLE"),
        (Filter.ACTIVE, "ACTIVE"),
        (Filter.REDEEMED, "REDEEMED"),
        (Filter.EXPIRED, "EXPIRED"),
    ],
)
async def test_a_filter_is_the_engines_status(
    engine: SandboxEngine, client: CapillaryEngine, chosen: Filter, status: str | None
) -> None:
    await client.coupons(by_id(ASHA), query(chosen))
    (call,) = engine.calls

    assert (call.query.get("status"), call.query["sort_order"]) == (status, "DESC")


@pytest.mark.parametrize("offset", [0, 10, 50_000, 99_990])
async def test_any_page_of_a_lakh_of_coupons_costs_one_call(
    engine: SandboxEngine, client: CapillaryEngine, offset: int
) -> None:
    page = await client.coupons(mobile("919845100000"), query(offset=offset))

    assert [coupon.code for coupon in page.coupons] == [f"LK{offset + i:06d}" for i in range(10)]
    assert (page.offset, page.total) == (offset, 100_000)
    assert [call.path for call in engine.calls] == [capillary.COUPONS]


async def test_oldest_first_turns_the_list_round(client: CapillaryEngine) -> None:
    newest = await client.coupons(by_id(ASHA), NEWEST)
    oldest = await client.coupons(by_id(ASHA), query(oldest_first=True))

    assert [coupon.code for coupon in oldest.coupons] == [coupon.code for coupon in newest.coupons][::-1]


# When it fails


@pytest.mark.parametrize("code", [500, 730, 123456])
async def test_a_failure_in_the_envelope_is_no_empty_page(
    engine: SandboxEngine, client: CapillaryEngine, code: int
) -> None:
    engine.faults.add(faults.Code(code, "failed"), path=capillary.COUPONS)

    with pytest.raises(EngineFault):
        await client.coupons(by_id(ASHA), NEWEST)


@pytest.mark.parametrize(
    "body",
    [
        {"entity": {"customers": []}, "success": False},
        {"entity": {"customers": []}, "errors": [{"message": "no code"}]},
        {"entity": None, "success": True},
        {"entity": {"customers": [{"coupons": []}]}},
        {"entity": {"customers": [{"id": 5, "coupons": [{"id": 1}]}]}},
        {"entity": {"customers": "nobody"}},
        {},
    ],
)
async def test_half_an_answer_is_none(body: Any) -> None:
    """A page that silently lacks a row would be wrong."""
    with pytest.raises(EngineError):
        await engine_of(lambda _: json_answer(body)).coupons(by_id(CustomerId("5")), NEWEST)


async def test_a_longer_list_than_was_asked_for_is_cut_to_the_page() -> None:
    rows = [{"code": f"C{number}", "id": number} for number in range(24)]
    customer = {"id": 5, "coupons": rows}
    body = {"entity": {"pagination": {"total": 90}, "customers": [customer]}, "success": True, "errors": []}
    page = await engine_of(saying(body)).coupons(ANYBODY, NEWEST)

    assert [coupon.code for coupon in page.coupons] == [f"C{number}" for number in range(10)]
