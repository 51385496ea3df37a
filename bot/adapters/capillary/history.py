"""A customer's redemptions (v1.1), cart promotions' redemptions (gateway), and tills' names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.adapters.capillary import decode, lenient, wire, wire_history
from bot.adapters.capillary.codes import CUSTOMER, error_for
from bot.adapters.capillary.transport import HttpAnswer, Query, Transport
from bot.aio.frozen import part
from bot.domain.coupon import CouponCode, Discount, Place
from bot.domain.customer import Customer, CustomerId, by_id
from bot.domain.errors import EngineFault, EngineRefused, EngineUnreadable, UnknownCustomer
from bot.domain.history import LATEST, CouponUse, History, HistoryKind, HistoryQuery, PointsUse, Reversal
from bot.domain.promotions import Mode, PromoCode, PromotionRecords, PromotionUse, Scope
from bot.domain.refusal import Refusal

HISTORY = "/v1.1/customer/redemptions"
PROMOTIONS = "/api_gateway/v1/promotions/redemptions"
MODES = {Mode.DISCOUNT: "DISCOUNT", Mode.PAYMENT: "PAYMENT_VOUCHER"}
SCOPES = {"CART": Scope.CART, "LINEITEM": Scope.LINE_ITEM, "PAYMENT_VOUCHER": Scope.PAYMENT_VOUCHER}
#: Customer id of an anonymous redemption (docs: get-cart-promotion-redemptions).
ANONYMOUS = "-1"
NOT_FOUND = 404
#: The page lists the first and the last of these without a body. C18: it is unclear which credentials it wants.
PROMOTION_REFUSALS = {
    400: Refusal.BAD_REQUEST,
    401: Refusal.PROMOTIONS_OFF,
    403: Refusal.PROMOTIONS_OFF,
    405: Refusal.PROMOTIONS_OFF,
}
#: "Retry the request after a short delay" (docs: get-cart-promotion-redemptions).
RETRIED = frozenset({500})


U = TypeVar("U", CouponUse, PointsUse)


@part
class CapillaryHistory:
    """`zone` is the zone of the engine's times without an offset."""

    transport: Transport
    zone: ZoneInfo

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        return await self.transport.get(
            HISTORY,
            _history_query(customer, query, now, self.zone),
            usable=lambda answer: self._history(answer, customer, query, now),
        )

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> PromotionRecords:
        query: list[tuple[str, str]] = [("codes", code) for code in codes]
        query += [("mode", MODES[mode]), ("includeRedemptions", "true")]
        return await self.transport.get(
            PROMOTIONS,
            query,
            usable=lambda answer: _promotion_records(answer, codes),
            absent=frozenset({NOT_FOUND, *PROMOTION_REFUSALS}),
            retried=RETRIED,
        )

    async def till_name(self, till: str) -> str | None:
        if not (till.isascii() and till.isdigit()):
            # The id goes into a path, so only digits are allowed: tills are numbers (docs: get-till-id-details).
            return None
        return await self.transport.get(
            f"/v2/organization/till/{till}", [], usable=_till_name, absent=frozenset({NOT_FOUND})
        )

    def _history(self, answer: HttpAnswer, asked: CustomerId, query: HistoryQuery, now: datetime) -> History:
        body = wire.parse(wire_history.HistoryResponse, wire.unwrapped(answer.body), status=answer.status)
        raise_for_status(body, asked, answer.status)
        if body.customer is None:
            raise EngineUnreadable("no customer", status=answer.status)
        told = body.customer.redemptions
        coupons = told.coupons.coupon if told and told.coupons else []
        points = told.points.point if told and told.points else []
        return History(
            customer=_customer(body.customer, asked),
            coupons=within(
                query, [self._coupon_use(row) for row in coupons], HistoryKind.POINTS, now, self.zone
            ),
            points=within(
                query, [self._points_use(row) for row in points], HistoryKind.COUPONS, now, self.zone
            ),
            cut=len(coupons) + len(points) >= LATEST,
        )

    def _coupon_use(self, row: wire_history.CouponRow) -> CouponUse:
        return CouponUse(
            id=row.id,
            at=decode.local_time(row.redeemed_time, self.zone),
            code=CouponCode(row.code) if row.code else None,
            description=row.description,
            discount=_discount(row),
            bill=decode.bill(row.transaction_number),
            place=_place(row.redeemed_store, row.redeemed_at),
        )

    def _points_use(self, row: wire_history.PointsRow) -> PointsUse:
        return PointsUse(
            id=row.redemption_id or row.id,
            at=decode.local_time(row.redeemed_time, self.zone),
            points=row.points_redeemed,
            bill=decode.bill(row.transaction_number),
            place=_place(row.redeemed_store, row.redeemed_at),
            reversals=tuple(
                Reversal(
                    id=one.reversal_id,
                    points=one.points_reversed,
                    at=decode.local_time(one.reversal_time, self.zone),
                )
                for one in row.reversals
            ),
        )


def within(
    query: HistoryQuery, uses: list[U], left_out_by: HistoryKind, now: datetime, zone: ZoneInfo
) -> tuple[U, ...]:
    """Return the rows of the period, sorted; a row whose time cannot be read is kept."""
    if query.kind is left_out_by:
        return ()
    days = query.period.days(now, zone)
    wanted = [
        use
        for use in uses
        if days is None or use.at is None or days[0] <= use.at.astimezone(zone).date() <= days[1]
    ]
    # The engine may ignore the limits (docs: get-customer-redemptions), and a card shows only a few.
    wanted.sort(key=lambda use: use.at.timestamp() if use.at else 0.0, reverse=not query.oldest_first)
    return tuple(wanted[:LATEST])


def _history_query(customer: CustomerId, query: HistoryQuery, now: datetime, zone: ZoneInfo) -> Query:
    """
    Return the query. It has no `type`, because with it the limits do not hold; of an unwanted kind one row is asked for.

    C14: it is unclear whether the end date is included, so one day more is asked for and cut off here.
    """
    asked = [
        ("id", customer),
        ("coupons_limit", str(1 if query.kind is HistoryKind.POINTS else LATEST)),
        ("points_limit", str(1 if query.kind is HistoryKind.COUPONS else LATEST)),
        ("order", "asc" if query.oldest_first else "desc"),
        ("format", "json"),
    ]
    days = query.period.days(now, zone)
    if days is not None:
        asked += [
            ("start_date", days[0].isoformat()),
            ("end_date", (days[1] + timedelta(days=1)).isoformat()),
        ]
    return asked


def told_mobile(answer: HttpAnswer, asked: CustomerId) -> str | None:
    """Return the mobile of the history's customer; None if the engine does not give it."""
    body = wire.parse(wire_history.HistoryResponse, wire.unwrapped(answer.body), status=answer.status)
    raise_for_status(body, asked, answer.status)
    return body.customer.mobile if body.customer else None


def raise_for_status(body: wire_history.HistoryResponse, asked: CustomerId, status: int) -> None:
    """Raise if the call failed, by the item's code rather than the call's 500 (docs: redeem-coupon; C25)."""
    told = [body.customer.item_status if body.customer else None, body.item_status, body.status]
    for code in decode.codes_of(told):
        error = error_for(code, CUSTOMER, status=status)
        if isinstance(error, EngineRefused) and error.refusal is Refusal.NO_SUCH_CUSTOMER:
            raise UnknownCustomer(by_id(asked).hint)
        if error is not None:
            raise error
    if any(one is not None and one.positive is False for one in told):
        raise EngineFault(status=status)


def _customer(of: wire_history.HistoryCustomer, asked: CustomerId) -> Customer:
    return Customer(
        id=asked,
        name=" ".join(part for part in (of.firstname, of.lastname) if part) or None,
        mobile=of.mobile,
        email=of.email,
        external_id=of.external_id,
    )


def _discount(row: wire_history.CouponRow) -> Discount:
    return decode.discount(row.discount_type, row.discount_value, None)


def _place(store: wire.WirePlace | None, redeemed_at: str | None) -> Place | None:
    """Return the store if it is named, else the till."""
    return decode.place(store) or (Place(code=redeemed_at) if redeemed_at else None)


def _promotion_records(answer: HttpAnswer, codes: tuple[PromoCode, ...]) -> PromotionRecords:
    if answer.status == NOT_FOUND:
        return PromotionRecords()
    if answer.status in PROMOTION_REFUSALS:
        raise EngineRefused(PROMOTION_REFUSALS[answer.status], status=answer.status)
    body = wire.parse(wire_history.PromotionsAnswer, answer.body, status=answer.status)
    if answer.status >= 400 or body.errors:  # noqa: PLR2004 - the gateway's own words are not documented
        raise EngineFault(status=answer.status, code=next(iter(decode.codes_of(body.errors)), None))
    if "data" not in body.model_fields_set:
        raise EngineUnreadable("no data", status=answer.status)
    asked = {code.casefold() for code in codes}
    # C2: an engine that ignores `codes` answers with all redemptions.
    ours = [row for row in body.data if (_code_of(row) or codes[0]).casefold() in asked]
    # C2: a record of a code has no such key. A row whose time cannot be read is still a redemption.
    uses = [row for row in ours if "redemption_date" in row.model_fields_set]
    return PromotionRecords(uses=tuple(_promotion_use(row) for row in uses), known=_known(ours, codes))


def _code_of(row: wire_history.PromotionRow) -> str | None:
    return row.promo_code or row.code


def _known(rows: Sequence[wire_history.PromotionRow], codes: tuple[PromoCode, ...]) -> frozenset[PromoCode]:
    """Return the codes that the rows are of; a row without a code may be of any."""
    named = {(_code_of(row) or "").casefold() for row in rows}
    return frozenset(code for code in codes if "" in named or code.casefold() in named)


def _promotion_use(row: wire_history.PromotionRow) -> PromotionUse:
    return PromotionUse(
        id=row.id,
        promotion=row.promotion_name,
        code=row.promo_code,
        at=_epoch(row.redemption_date),
        customer=None if row.customer_id in {None, ANONYMOUS} else CustomerId(row.customer_id or ""),
        receipt=row.transaction_number,
        till=row.redemption_till,
        discount=row.discount,
        amount=row.amount,
        scope=SCOPES.get((row.redemption_type or "").upper()),
        sku=row.sku,
    )


def _epoch(milliseconds: int | None) -> datetime | None:
    """Return the moment of a `redemptionDate`, which is in epoch milliseconds."""
    if milliseconds is None:
        return None
    try:
        return lenient.within_reach(datetime.fromtimestamp(milliseconds / 1000, tz=UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _till_name(answer: HttpAnswer) -> str | None:
    if answer.status == NOT_FOUND:
        return None
    till = wire.parse(wire_history.WireTill, answer.body, status=answer.status)
    if till.id is None:
        raise EngineUnreadable("no till", status=answer.status)
    return till.name or till.code
