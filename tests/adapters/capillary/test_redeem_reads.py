"""What each read of a coupon's uses asks for, and every field that it takes from the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import httpx
import pytest

from bot.adapters.capillary.customer_uses import PAGES, ROWS
from bot.adapters.capillary.redeem import CapillaryRedeeming, _understood
from bot.adapters.capillary.verdict import BY_BOTH, BY_CODE, BY_STATUS, meaning
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.coupon import CouponCode, Place, Use
from bot.domain.errors import EngineUnreadable
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal
from tests.adapters.capillary.redeeming import ASHA, answer, item, order, redeeming_of, said
from tests.adapters.capillary.test_redeem_uses import FULL, page_of, record, row
from tests.adapters.capillary.wired import KOLKATA, json_answer, transport_of
from tests.tables import table

WELCOME, TODAY = CouponCode("WELCOME250"), date(2025, 9, 1)
HISTORY_QUERY = {
    "id": ASHA,
    "start_date": "2025-09-01",
    "coupons_limit": "100",
    "points_limit": "1",
    "order": "desc",
    "format": "json",
}
PAGE_QUERY = {"id": ASHA, "limit": "100", "sort_order": "DESC", "coupon_code_case": "AS_IT_IS"}


class Engine:
    """Answers in turn, and what it was asked for."""

    def __init__(self, *answers: dict[str, Any], status: int = 200) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        left = list(answers)

        def handler(request: httpx.Request) -> httpx.Response:
            self.asked.append((request.url.path, dict(request.url.params)))
            return json_answer(left.pop(0), status)

        self.redeeming: CapillaryRedeeming = redeeming_of(
            transport_of(handler), lambda _: httpx.Response(500)
        )

    async def uses(self, *, single: bool = False, listed: bool = False) -> tuple[Use, ...]:
        return await self.redeeming.uses(ASHA, WELCOME, since=TODAY, single=single, listed=listed)


ROW = row(
    1,
    redeemed_till={"code": "t.1"},
    redeemed_store={"code": "s.1", "name": "MG Road"},
    redeemed_time="2025-09-01 12:00:00",
)
USE = Use(
    id="1",
    at=datetime(2025, 9, 1, 12, tzinfo=KOLKATA),
    bill="B-1",
    place=Place(code="s.1", name="MG Road"),
    till="t.1",
    by=ASHA,
)


async def test_the_history_of_the_customer_is_asked_for_and_read_in_full() -> None:
    engine = Engine(record(None), page_of([ROW]))

    assert await engine.uses() == (USE,)
    assert [query for path, query in engine.asked if path.endswith("redemptions")] == [HISTORY_QUERY]
    assert len(engine.asked) == 2


async def test_what_is_listed_under_the_customer_needs_no_record() -> None:
    engine = Engine(page_of([ROW]))

    assert await engine.uses(listed=True) == (USE,)
    assert len(engine.asked) == 1


async def test_what_the_record_shows_comes_first_and_the_lists_row_says_more() -> None:
    """The same use in both is one, as the customer's own list has it."""
    told = {"redeemed": "true", "id": "1", "redeemed_on": "2025-09-01 12:00:00", "redeemed_at": "till"}

    assert await Engine(record(told), page_of([ROW])).uses() == (USE,)
    assert [use.id for use in await Engine(record(told), page_of([row(2)])).uses()] == ["1", "2"]


async def test_a_coupon_without_a_record_may_still_be_in_the_history() -> None:
    no_record = record(None)
    no_record["response"]["coupons"]["coupon"]["item_status"] = {"success": "false", "code": 702}

    assert await Engine(no_record, page_of([ROW])).uses() == (USE,)


def coupon(code: str, *, number: int = 1, used: int = 1) -> dict[str, Any]:
    return {
        "id": number,
        "code": code,
        "redemptionCount": used,
        "redemptions": [{"id": "1", "date": "2025-09-01T12:00:00+05:30", "transactionNumber": "B-1"}] * used,
    }


def listed(*coupons: dict[str, Any], customer: Any = ASHA) -> dict[str, Any]:
    return {"entity": {"customers": [{"id": customer, "coupons": list(coupons)}]}, "success": True}


async def test_pages_of_the_list_are_asked_for_one_after_another() -> None:
    many = [coupon(f"OTHER{number}", number=number, used=0) for number in range(ROWS)]
    engine = Engine(record(None), FULL, listed(*many), listed(coupon("OTHER", used=0)))
    with pytest.raises(EngineUnreadable):
        await engine.uses()

    pages = [query for path, query in engine.asked if path.endswith("customers/coupons")]
    assert pages == [{**PAGE_QUERY, "offset": "0"}, {**PAGE_QUERY, "offset": "100"}]
    assert (ROWS, PAGES) == (100, 5)


async def test_a_page_of_another_customer_is_no_answer() -> None:
    with pytest.raises(EngineUnreadable) as err:
        await Engine(record(None), FULL, listed(coupon("WELCOME250", used=0), customer="1")).uses()

    assert err.value.status == 200


UNREADABLE: Mapping[str, dict[str, Any]] = {
    "nobody": {"response": {"status": {"success": True, "code": 200}}},
    "no redemptions": {"response": {"status": {"success": True, "code": 200}, "customer": {}}},
    "fewer than counted": page_of([ROW], coupons_count=2),
}


@pytest.mark.parametrize("history", UNREADABLE.values(), ids=UNREADABLE)
async def test_an_answer_that_does_not_tell_all_keeps_its_status(history: dict[str, Any]) -> None:
    with pytest.raises(EngineUnreadable) as err:
        await Engine(record(None), history).uses()

    assert err.value.status == 200


# What decides what an answer means


def test_calls_that_were_turned_away_before_they_were_processed() -> None:
    """docs: authorisation, rate-limits, errors-and-warnings."""
    assert BY_STATUS == {401: Stop.NOT_ACCEPTED, 403: Stop.NOT_ACCEPTED, 429: Stop.BUSY}
    assert BY_CODE == {517: Stop.BUSY, 521: Stop.BUSY}
    assert BY_BOTH == {(503, 4001): Stop.BUSY, (403, 4000): Stop.NOT_ACCEPTED}


@table("status", [200, 403, 429, 500, 503])
@table("code", [517, 521, 4000, 4001, 4002])
@table("inside", [None, 200, 403, 503])
def test_a_code_of_the_gateway_with_its_status(status: int, code: int, inside: int | None) -> None:
    """The gateway repeats its status in the body, or the body alone has it; the answer's own status is told."""
    body = {"code": code, **({"HttpStatusCode": inside} if inside else {})}
    found = meaning(status, body, order())
    by_both = {(503, 4001): Stop.BUSY, (403, 4000): Stop.NOT_ACCEPTED}
    stop = (
        {517: Stop.BUSY, 521: Stop.BUSY}.get(code)
        or by_both.get((status, code))
        or by_both.get((inside or status, code))
        or {403: Stop.NOT_ACCEPTED, 429: Stop.BUSY}.get(status)
    )
    if stop is not None:
        assert found == NotSent(stop=stop, code=code, status=status)
    else:
        assert isinstance(found, Unclear)
        assert (found.code, found.status) == (code, status)


@pytest.mark.parametrize("status", [200, 500])
def test_what_an_answer_says_is_told_with_its_status(status: int) -> None:
    refused = {"redemption": [], "errors": [said(711, good=False)]}

    assert meaning(status, refused, order()) == Refused(refusal=Refusal.ALREADY_USED, code=711, status=status)
    yes = Redeemed(redemption_id="501", status=200)
    unclear = Unclear(doubt=Doubt.CONTRADICTING, code=None, status=500)
    assert meaning(status, answer(), order()) == (yes if status == 200 else unclear)


@pytest.mark.parametrize("name", ["", "NULL", None])
def test_a_yes_without_a_redemptions_id_names_none(name: str | None) -> None:
    assert meaning(200, answer(item(redemptionId=name)), order()) == Redeemed(redemption_id=None, status=200)


@table("body", [None, "text", 5, [], {}])
@table(("status", "doubt"), [(200, Doubt.UNREADABLE), (500, Doubt.ENGINE_FAILED)])
def test_an_answer_that_says_nothing_is_unclear(body: Any, status: int, doubt: Doubt) -> None:
    assert meaning(status, body, order()) == Unclear(doubt=doubt, status=status)


#: Whether the engine was reached and answered in its own format.
UNDERSTOOD: list[tuple[Answer, bool]] = [
    (Redeemed(redemption_id=None), True),
    (Refused(refusal=Refusal.WRONG_STORE), True),
    (NotSent(stop=Stop.BUSY, status=429), True),
    (NotSent(stop=Stop.BUSY), False),
    (NotSent(stop=Stop.NOT_ACCEPTED, status=401), False),
    (NotSent(stop=Stop.NOT_ACCEPTED, status=401, code=4000), True),
    *((Unclear(doubt=doubt, code=683), True) for doubt in Doubt),
    *((Unclear(doubt=doubt), doubt in {Doubt.CONTRADICTING, Doubt.ANOTHER_CUSTOMER}) for doubt in Doubt),
]


@table(("told", "understood"), UNDERSTOOD)
def test_whether_the_engine_answered_in_its_own_format(told: Answer, understood: bool) -> None:
    assert _understood(told) is understood
