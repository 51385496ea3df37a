"""What the engine's records show of one customer: what stands, what was undone, and whether that is all."""

from __future__ import annotations

from datetime import date

from bot.adapters.capillary.customer_uses import COUPONS, ROWS
from bot.adapters.capillary.engine_records import CapillaryRecords
from bot.adapters.capillary.transport import Transport
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.sandbox.engine.capillary import SandboxEngine
from bot.sandbox.engine.coupons import MG_ROAD
from tests.adapters.capillary.redeeming import ASHA
from tests.adapters.capillary.wired import KOLKATA

SINCE = date(2025, 8, 1)
RETURNED = CouponCode("Return400")


async def test_what_was_undone_is_told_apart_from_what_stands(
    engine: SandboxEngine, transport: Transport
) -> None:
    records = await CapillaryRecords(transport, KOLKATA).of(ASHA, SINCE, [RETURNED])
    returned = engine.customers.coupon(RETURNED)
    assert returned is not None

    assert records.reversed.keys() == {str(one.id) for one in returned.reversed}
    assert all(use.reversed_at is not None for use in records.reversed.values())
    assert {use.bill for use in records.uses.values()} >= {"MG-1042"}
    assert not records.uses.keys() & records.reversed.keys()
    assert not records.cut


async def test_as_many_as_a_page_holds_may_not_be_all(engine: SandboxEngine, transport: Transport) -> None:
    laksh = CustomerId("700100000")
    for number in range(ROWS):
        coupon = engine.customers.coupon(f"LK{number:06d}")
        assert coupon is not None
        engine.customers.book(coupon, bill=f"B-{number}", till=MG_ROAD)
    records = await CapillaryRecords(transport, KOLKATA).of(laksh, SINCE, [])

    assert (len(records.uses), records.cut) == (ROWS, True)


async def test_the_list_is_asked_for_with_what_was_undone(
    engine: SandboxEngine, transport: Transport
) -> None:
    await CapillaryRecords(transport, KOLKATA).of(ASHA, SINCE, [RETURNED])

    assert [call.query for call in engine.calls if call.path == COUPONS] == [
        {
            "id": ASHA,
            "limit": "100",
            "offset": "0",
            "sort_order": "DESC",
            "coupon_code_case": "AS_IT_IS",
            "include_reversed_redemptions": "true",
        }
    ]
