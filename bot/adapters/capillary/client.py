"""Reads customers and coupons from the engine (`services.ports.Engine`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.adapters.capillary import decode, wire
from bot.adapters.capillary.codes import COUPON, CUSTOMER, Table, error_for
from bot.adapters.capillary.faults import raise_for_failed
from bot.adapters.capillary.history import HISTORY, told_mobile
from bot.adapters.capillary.redeemability import redeemability_of
from bot.adapters.capillary.transport import HttpAnswer, Query, Transport
from bot.aio.frozen import part
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, same_code
from bot.domain.customer import Customer, CustomerId, Identifier, IdentifierKind, by_id
from bot.domain.errors import (
    EngineError,
    EngineFault,
    EngineRefused,
    EngineUnreadable,
    SeveralCustomers,
    UnknownCustomer,
)
from bot.domain.lookup import PAGE_SIZE, Filter
from bot.domain.refusal import Refusal
from bot.services.ports import PageQuery

#: C11: the v2 page spells the external id three ways, so such a customer is looked up first.
V2_NAMES = {IdentifierKind.MOBILE: "mobile", IdentifierKind.EMAIL: "email", IdentifierKind.ID: "id"}
LOOKUP_NAMES = {
    IdentifierKind.MOBILE: "mobile",
    IdentifierKind.EMAIL: "email",
    IdentifierKind.EXTERNAL_ID: "externalId",
}
#: One of them names the customer (docs: check-if-coupon-is-redeemable).
CHECK_NAMES = {**LOOKUP_NAMES, IdentifierKind.ID: "id"}
STATUSES = {
    Filter.REDEEMABLE: "REDEEMABLE",
    Filter.ACTIVE: "ACTIVE",
    Filter.REDEEMED: "REDEEMED",
    Filter.EXPIRED: "EXPIRED",
}


@part
class CapillaryEngine:
    """
    Reads from Capillary.

    `zone` is the zone of the engine's times without an offset.
    """

    transport: Transport
    zone: ZoneInfo

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        """See the port. A mobile typed without country code is also tried without (docs: redeem-single-coupon)."""
        if customer.kind is IdentifierKind.EXTERNAL_ID:
            found = await self.customer_id(customer)
            return await self._page(by_id(found), query)
        for spelling in _spellings(customer):
            try:
                page = await self._page(spelling, query)
            except UnknownCustomer:
                continue
            if page.customer is not None and customer.may_be(page.customer.mobile):
                return page
        raise UnknownCustomer(customer.hint)

    async def customer_id(self, customer: Identifier) -> CustomerId:
        if customer.customer_id is not None:
            return customer.customer_id
        for spelling in _spellings(customer):
            found = await self._look_up(spelling)
            if found is not None and (
                not _is_short(spelling) or customer.may_be(await self._mobile_of(found))
            ):
                return found
        raise UnknownCustomer(customer.hint)

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        check = await self._check("id", customer, code)
        if check.customer is not None and check.customer.id != customer:
            raise EngineUnreadable("another customer than the one asked for")
        return check

    async def redeemability_as_named(self, customer: Identifier, code: CouponCode) -> Redeemability:
        return await self._check(CHECK_NAMES[customer.kind], customer.value, code)

    async def _check(self, name: str, value: str, code: CouponCode) -> Redeemability:
        query = [(name, value), ("code", code), ("details", "true"), ("coupon_code_case", "AS_IT_IS")]
        return await self.transport.get(
            "/v2/coupon/is_redeemable", query, usable=lambda answer: redeemability_of(answer, code)
        )

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        query = [("code", code), ("coupon_code_case", "AS_IT_IS"), ("format", "json")]
        return await self.transport.get(
            "/v1.1/coupon/get", query, usable=lambda answer: self._record(answer, code)
        )

    async def _page(self, customer: Identifier, query: PageQuery) -> CouponPage:
        page = await self._listed(customer, query)
        if page.customer is not None:
            return page
        # An empty list may mean "no such customer" or "none under this filter" (C15), so the customer is looked up.
        known = await self._who(customer, query)
        return replace(page, customer=known, total=page.total if query.offset else 0)

    async def _who(self, customer: Identifier, query: PageQuery) -> Customer:
        if query.filter is not Filter.ALL or query.offset:
            everything = await self._listed(
                customer, PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)
            )
            if everything.customer is not None:
                return everything.customer
        if customer.customer_id is not None:
            if customer.known:
                return Customer(id=customer.customer_id)
            raise UnknownCustomer(customer.hint)
        found = await self._look_up(customer)
        if found is None:
            raise UnknownCustomer(customer.hint)
        if not _is_short(customer):
            return Customer(id=found, **_as_typed(customer))
        return Customer(id=found, mobile=await self._mobile_of(found))

    async def _listed(self, customer: Identifier, query: PageQuery) -> CouponPage:
        return await self.transport.get(
            "/v2/customers/coupons",
            _page_query(customer, query),
            usable=lambda answer: self._coupon_page(answer, customer, query),
        )

    async def _look_up(self, customer: Identifier) -> CustomerId | None:
        query = [
            ("source", "INSTORE"),
            ("identifierName", LOOKUP_NAMES[customer.kind]),
            ("identifierValue", customer.value),
        ]
        return await self.transport.get("/v2/customers/lookup", query, usable=_customer_id)

    async def _mobile_of(self, customer: CustomerId) -> str:
        """
        Return the mobile of a customer who was found without country code: the look-up gives only an id.

        Raises UnknownCustomer if the engine does not give it.
        """
        query = [("id", customer), ("coupons_limit", "1"), ("points_limit", "1"), ("format", "json")]
        mobile = await self.transport.get(HISTORY, query, usable=lambda answer: told_mobile(answer, customer))
        if mobile is None:
            raise UnknownCustomer
        return mobile

    def _coupon_page(self, answer: HttpAnswer, asked: Identifier, query: PageQuery) -> CouponPage:
        body = wire.parse(wire.CouponsAnswer, answer.body, status=answer.status)
        raise_for_envelope(body, CUSTOMER, answer.status)
        if body.entity is None:
            raise EngineUnreadable("no entity", status=answer.status)
        total = body.entity.pagination.total if body.entity.pagination else None
        if not body.entity.customers:
            return CouponPage(customer=None, coupons=(), offset=query.offset, total=total)
        if len(body.entity.customers) > 1:
            raise SeveralCustomers
        listed = body.entity.customers[0]
        if asked.kind is IdentifierKind.ID and listed.id != asked.value:
            raise EngineUnreadable("another customer than the one asked for", status=answer.status)
        coupons = tuple(
            decode.coupon(one, self.zone) for one in _of_page(listed.coupons, query.offset, total)
        )
        return CouponPage(customer=decode.customer(listed), coupons=coupons, offset=query.offset, total=total)

    def _record(self, answer: HttpAnswer, code: CouponCode) -> CouponRecord | None:
        body = wire.parse(wire.RecordResponse, wire.unwrapped(answer.body), status=answer.status)
        listed = body.coupons.coupon if body.coupons else []
        for one in listed:
            if one.code is not None and same_code(one.code, code):
                found = decode.record(one, self.zone)
                if found is not None:
                    raise_for_failed(answer.status)
                    return found
        codes = decode.codes_of([*(one.item_status for one in listed), body.item_status, body.status])
        _raise_unless_none_found(codes, answer.status)
        return None


def _of_page(listed: list[wire.WireCoupon], offset: int, total: int | None) -> list[wire.WireCoupon]:
    """
    Cut the page out of a longer list than was asked for (C12: it is not documented how far the limit holds).

    A list as long as the total is the complete one; then the offset was ignored as well.
    """
    start = offset if total is not None and len(listed) >= total and len(listed) > PAGE_SIZE else 0
    return listed[start : start + PAGE_SIZE]


def _spellings(customer: Identifier) -> Iterable[Identifier]:
    yield customer
    if customer.national not in {None, customer.value}:
        yield replace(customer, value=customer.national or "")


def _is_short(customer: Identifier) -> bool:
    """Whether the number is sent without its country code: the engine then accepts any country."""
    return customer.national == customer.value


def _as_typed(customer: Identifier) -> dict[str, str]:
    """Return what the typed identifier tells of a customer whose id is all that the engine gave."""
    return {customer.kind.value: customer.value} if customer.kind is not IdentifierKind.ID else {}


def _page_query(customer: Identifier, query: PageQuery) -> Query:
    """C12: no maximum page size is documented; a card needs ten. Without a flag the engine leaves out reversals."""
    asked = [
        (V2_NAMES[customer.kind], customer.value),
        ("limit", str(PAGE_SIZE)),
        ("offset", str(query.offset)),
        ("sort_order", "ASC" if query.oldest_first else "DESC"),
        ("coupon_code_case", "AS_IT_IS"),
        ("include_reversed_redemptions", "true"),
    ]
    if query.filter in STATUSES:
        asked.append(("status", STATUSES[query.filter]))
    return asked


def raise_for_envelope(body: wire.Envelope, table: Table, status: int) -> None:
    """Raise if the body says that the call failed, whatever the HTTP status is (C7, C25)."""
    for code in decode.codes_of(body.errors):
        error = error_for(code, table, status=status)
        if error is not None:
            raise _for_people(error)
    if body.errors or body.success is False:
        raise EngineFault(status=status)


def _for_people(error: EngineError) -> Exception:
    no_customer = isinstance(error, EngineRefused) and error.refusal is Refusal.NO_SUCH_CUSTOMER
    return UnknownCustomer() if no_customer else error


def _customer_id(answer: HttpAnswer) -> CustomerId | None:
    body = wire.parse(wire.CustomerIdAnswer, answer.body, status=answer.status)
    try:
        raise_for_envelope(body, CUSTOMER, answer.status)
    except UnknownCustomer:
        return None
    if body.entity is None or body.entity <= 0:
        raise EngineUnreadable("no customer id", status=answer.status)
    return CustomerId(str(body.entity))


def _raise_unless_none_found(codes: list[int], status: int) -> None:
    """Raise unless a code says that there is no such coupon: an empty answer alone means nothing."""
    errors = [error for code in codes if (error := error_for(code, COUPON, status=status))]
    refused = next((error for error in errors if isinstance(error, EngineRefused)), None)
    if refused is not None and refused.refusal is Refusal.NO_SUCH_COUPON:
        return
    raise refused or next(iter(errors), None) or EngineUnreadable("no coupon", status=status)
