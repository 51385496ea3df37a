"""Whatever the engine sends of redemptions, it becomes a card that Slack takes or an error of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.capillary.history import CapillaryHistory
from bot.domain.cards import HistoryCard, PromotionCard
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineError, UnknownCustomer
from bot.domain.history import HistoryKind, HistoryQuery
from bot.domain.lookup import HistoryLookUp, LookUpId, PromotionLookUp
from bot.domain.period import Period
from bot.domain.person import PersonId
from bot.domain.promotions import Mode, PromoCode, PromotionQuestion, Promotions
from bot.sandbox.engine.seed_data import seed
from bot.sandbox.slack.blockkit.rules import message_faults
from bot.views.history import history_card
from bot.views.kit import Message
from bot.views.promotions import promotion_card
from bot.views.text import Display
from tests.adapters.capillary import odd_json
from tests.adapters.capillary.test_history import COUPON_ROW, POINTS_ROW, page
from tests.adapters.capillary.wired import KOLKATA, saying_text, transport_of
from tests.fewer import HALF

NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
ZONES = [ZoneInfo("UTC"), KOLKATA, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")]
DISPLAY = Display(currency="INR", zone=KOLKATA)
ASKER = PersonId("U0AGENT")
CARD = LookUpId("card")
FIVE = CustomerId("5")
UQ38T = PromoCode("UQ38T")
QUERY = HistoryQuery(kind=HistoryKind.BOTH, period=Period("90d"))
REVERSED = {"reversal_id": 7, "points_reversed": 5, "reversal_time": "2025-03-11 09:00:00"}


async def history(engine: CapillaryHistory) -> Message:
    found = await engine.history(FIVE, QUERY, NOON)
    look_up = HistoryLookUp(customer=FIVE, asker=ASKER, query=QUERY)
    return history_card(HistoryCard(id=CARD, look_up=look_up, history=found, as_of=NOON), display=DISPLAY)


async def promotions(engine: CapillaryHistory) -> Message:
    found = await engine.promotion_uses((UQ38T,), Mode.DISCOUNT)
    look_up = PromotionLookUp(asker=ASKER, question=PromotionQuestion(codes=(UQ38T,)))
    told = Promotions(uses=found.uses, tills={}, known=found.known)
    return promotion_card(
        PromotionCard(id=CARD, look_up=look_up, promotions=told, as_of=NOON), display=DISPLAY
    )


async def till(engine: CapillaryHistory) -> str | None:
    return await engine.till_name("75197941")


Read = Callable[[CapillaryHistory], Awaitable[Message | str | None]]
SAMPLES: dict[str, tuple[list[dict[str, Any]], Read]] = {
    "history": (
        [
            page([COUPON_ROW] * 3, [{**POINTS_ROW, "reversals": [REVERSED] * 3}] * 2),
            page(COUPON_ROW, POINTS_ROW),
        ],
        history,
    ),
    "promotions": ([seed("get-cart-promotion-redemptions")], promotions),
    "till": ([{"id": 75197941, "code": "mg.1", "name": "MG Road", "type": "TILL"}], till),
}
statuses = st.sampled_from([200, 200, 200, 201, 400, 404, 405, 500])
zones = st.sampled_from(ZONES)


async def faults(read: Read, text: str, status: int, zone: ZoneInfo = ZONES[0]) -> list[str]:
    """What Slack would say of the card. Any error but the ones that a read may raise goes on."""
    try:
        drawn = await read(CapillaryHistory(transport_of(saying_text(text, status)), zone))
    except (UnknownCustomer, EngineError):
        return []
    return message_faults(drawn.payload()) if isinstance(drawn, Message) else []


@pytest.mark.parametrize("name", SAMPLES)
@HALF
@given(document=odd_json.documents, status=statuses)
async def test_any_json_is_a_card_or_an_error_of_ours(name: str, document: Any, status: int) -> None:
    assert await faults(SAMPLES[name][1], odd_json.written(document), status) == []


@pytest.mark.parametrize("name", SAMPLES)
@HALF
@given(text=odd_json.nests | st.text(st.characters(codec="utf-8")), status=statuses)
async def test_any_text_is_a_card_or_an_error_of_ours(name: str, text: str, status: int) -> None:
    assert await faults(SAMPLES[name][1], text, status) == []


@pytest.mark.parametrize("name", SAMPLES)
@HALF
@given(data=st.data(), status=statuses, zone=zones)
async def test_a_spoiled_sample_is_a_card_or_an_error_of_ours(
    name: str, data: st.DataObject, status: int, zone: ZoneInfo
) -> None:
    samples, read = SAMPLES[name]
    document = data.draw(odd_json.spoiled(samples))

    assert await faults(read, odd_json.written(document), status, zone) == []
