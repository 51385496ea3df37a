"""What is asked for a customer's redemptions, and what is no answer to it (docs: get-customer-redemptions)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.adapters.capillary.history import CapillaryHistory
from bot.domain.errors import EngineDenied, EngineFault, EngineRefused, EngineUnreadable, UnknownCustomer
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.period import Period
from bot.domain.refusal import Refusal
from tests.adapters.capillary.test_history import EVERYTHING, FIVE, page, read
from tests.adapters.capillary.wired import KOLKATA, NOW, json_answer, transport_of


def no(code: Any, *, item: bool = False) -> dict[str, Any]:
    status = {"success": "false", "code": code, "message": "No"}
    if not item:
        return {"response": {"status": status}}
    failed = {"success": "false", "code": 500, "message": "All requests have failed"}
    return {"response": {"status": failed, "customer": {"mobile": "91", "item_status": status}}}


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("item", [False, True])
@pytest.mark.parametrize("code", [1011, 1012, 816, "1012", 701])
async def test_an_unknown_customer_is_no_customer_whatever_the_http_status(
    code: Any, item: bool, status: int
) -> None:
    with pytest.raises(UnknownCustomer) as unknown:
        await read(no(code, item=item), status=status)

    assert unknown.value.hint == "5"


@pytest.mark.parametrize("status", [200, 500])
async def test_an_identifier_that_the_engine_cannot_read_is_a_refusal(status: int) -> None:
    with pytest.raises(EngineRefused) as refused:
        await read(no(1015), status=status)

    assert refused.value.refusal is Refusal.BAD_IDENTIFIER


UNUSABLE: list[tuple[Any, int, type[Exception]]] = [
    (no(500), 200, EngineFault),
    (no(400), 200, EngineFault),
    (no(424242), 200, EngineFault),
    ({"response": {"status": {"success": "false"}}}, 200, EngineFault),
    (no(401), 200, EngineDenied),
    (page([], [])["response"]["status"], 200, EngineUnreadable),
    ({"response": {"status": {"success": True, "code": 200}}}, 200, EngineUnreadable),
    (page("rows", None), 200, EngineUnreadable),
    ([], 200, EngineUnreadable),
    ({}, 500, EngineFault),
]


@pytest.mark.parametrize(("body", "status", "error"), UNUSABLE)
async def test_what_is_no_page_is_never_an_empty_one(body: Any, status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await read(body, status=status)


# What is asked


async def asked(query: HistoryQuery) -> dict[str, str]:
    queries: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1.1/customer/redemptions"
        queries.append(dict(request.url.params))
        return json_answer(page(None, None))

    await CapillaryHistory(transport_of(answer), KOLKATA).history(FIVE, query, NOW)
    (only,) = queries
    return only


LIMITS = {"coupons_limit": "10", "points_limit": "10"}


@pytest.mark.parametrize(
    ("query", "params"),
    [
        (EVERYTHING, {**LIMITS, "order": "desc"}),
        (HistoryQuery(oldest_first=True), {**LIMITS, "order": "asc"}),
        (HistoryQuery(kind=HistoryKind.POINTS), {**LIMITS, "coupons_limit": "1", "order": "desc"}),
        (HistoryQuery(kind=HistoryKind.COUPONS), {**LIMITS, "points_limit": "1", "order": "desc"}),
        (
            HistoryQuery(period=Period("7d")),
            {**LIMITS, "order": "desc", "start_date": "2025-08-25", "end_date": "2025-09-02"},
        ),
        (
            HistoryQuery(period=Period("2025-01-01..2025-03-31")),
            {**LIMITS, "order": "desc", "start_date": "2025-01-01", "end_date": "2025-04-01"},
        ),
    ],
)
async def test_limits_hold_without_a_type_and_a_day_more_is_asked_for(
    query: HistoryQuery, params: dict[str, str]
) -> None:
    assert await asked(query) == {"id": "5", "format": "json", **params}
