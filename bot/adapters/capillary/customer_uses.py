"""A customer's redemptions as the engine's records list them: the history, and the list of coupons."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from bot.adapters.capillary import decode, wire, wire_history
from bot.adapters.capillary.client import raise_for_envelope
from bot.adapters.capillary.codes import CUSTOMER
from bot.adapters.capillary.faults import raise_for_failed
from bot.adapters.capillary.history import HISTORY, raise_for_status
from bot.adapters.capillary.transport import HttpAnswer as Reply
from bot.adapters.capillary.transport import Transport
from bot.aio.frozen import frozen
from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.errors import EngineUnreadable

COUPONS = "/v2/customers/coupons"
#: Rows of a page. C12: no maximum is documented; 100 is the list's default.
ROWS = 100
#: Pages of the list that are read at most.
PAGES = 5
#: Rows in all where the engine keeps to its default `limit`, whatever else was asked for (docs: get-customer-redemptions).
DEFAULT_ROWS = 10


@frozen
class HistoryRows:
    """`cut`: whether there may be more."""

    rows: list[wire_history.CouponRow]
    cut: bool


async def history_rows(transport: Transport, customer: CustomerId, since: date) -> HistoryRows:
    """
    The latest redemptions of coupons since that day, ROWS at most. Raises EngineError, UnknownCustomer.

    The query has no `type`, because with it the limits do not hold; at least one row of points must be asked for.
    """
    query = [
        ("id", customer),
        ("start_date", since.isoformat()),
        ("coupons_limit", str(ROWS)),
        ("points_limit", "1"),
        ("order", "desc"),
        ("format", "json"),
    ]
    return await transport.get(HISTORY, query, usable=lambda reply: _rows(reply, customer))


def use_of(row: wire_history.CouponRow, zone: ZoneInfo) -> Use:
    till = (row.redeemed_till.code if row.redeemed_till else None) or row.redeemed_at
    return Use(
        id=row.id,
        at=decode.local_time(row.redeemed_time, zone),
        bill=decode.bill(row.transaction_number),
        place=decode.place(row.redeemed_store),
        till=till,
    )


async def coupon_page(
    transport: Transport, customer: CustomerId, offset: int, *, reversals: bool = False
) -> list[wire.WireCoupon]:
    """One page of the list, newest first; with `reversals` it tells what was undone. Raises EngineError."""
    query = [
        ("id", customer),
        ("limit", str(ROWS)),
        ("offset", str(offset)),
        ("sort_order", "DESC"),
        ("coupon_code_case", "AS_IT_IS"),
    ]
    if reversals:
        query.append(("include_reversed_redemptions", "true"))
    return await transport.get(COUPONS, query, usable=lambda reply: _coupons(reply, customer))


def _rows(reply: Reply, customer: CustomerId) -> HistoryRows:
    body = wire.parse(wire_history.HistoryResponse, wire.unwrapped(reply.body), status=reply.status)
    raise_for_status(body, customer, reply.status)
    raise_for_failed(reply.status)
    if body.customer is not None and {body.customer.id, body.customer.user_id} - {None, customer}:
        raise EngineUnreadable("another customer than the one asked for", status=reply.status)
    told = body.customer.redemptions if body.customer is not None else None
    if body.customer is None or told is None or "coupons" not in told.model_fields_set:
        raise EngineUnreadable("no redemptions", status=reply.status)
    rows = told.coupons.coupon if told.coupons is not None else []
    if (body.customer.coupons_count or 0) > len(rows):
        raise EngineUnreadable("fewer redemptions than the engine counts", status=reply.status)
    points = told.points.point if told.points is not None else []
    return HistoryRows(rows, cut=len(rows) >= ROWS or len(rows) + len(points) == DEFAULT_ROWS)


def _coupons(reply: Reply, customer: CustomerId) -> list[wire.WireCoupon]:
    body = wire.parse(wire.CouponsAnswer, reply.body, status=reply.status)
    raise_for_envelope(body, CUSTOMER, reply.status)
    raise_for_failed(reply.status)
    listed = body.entity.customers if body.entity is not None else []
    if len(listed) != 1 or listed[0].id != customer:
        raise EngineUnreadable("not the customer asked for", status=reply.status)
    return listed[0].coupons
