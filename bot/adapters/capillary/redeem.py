"""The redeem call, and reading uses back (`services.ports.RedeemEngine`)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date

import httpx

from bot.adapters.capillary import decode
from bot.adapters.capillary.client import CapillaryEngine
from bot.adapters.capillary.customer_uses import PAGES, ROWS, coupon_page, history_rows, use_of
from bot.adapters.capillary.faults import json_of, translated
from bot.adapters.capillary.transport import Transport
from bot.adapters.capillary.verdict import meaning
from bot.aio.frozen import part
from bot.aio.together import both
from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.coupon import Coupon, CouponCode, CouponRecord, Use, same_code
from bot.domain.customer import Customer, CustomerId, IdentifierKind, by_id
from bot.domain.errors import (
    EngineBusy,
    EngineDenied,
    EngineError,
    EngineTimedOut,
    EngineUnreachable,
    EngineUnreadable,
    SeveralCustomers,
    UserError,
)
from bot.domain.lookup import Filter
from bot.domain.redemption import Doubt, Stop
from bot.services.ports import Order, PageQuery

PATH = "/v2/coupon/redeem"
#: Keys by which the call names the customer (docs: redeem-single-coupon); only the bulk page lists an id.
USER_KEYS = {
    IdentifierKind.MOBILE: "mobile",
    IdentifierKind.EXTERNAL_ID: "externalId",
    IdentifierKind.EMAIL: "email",
}
NEWEST = PageQuery(filter=Filter.ALL, oldest_first=False, offset=0)
#: Ids that are not of a redemption (docs: redeem-bulk-coupons, get-coupon-detail).
NO_ID = frozenset({"-1", "0"})


@dataclass(slots=True)
class _Course:
    """How far a redeem call has got, which decides what a failure means."""

    late: Answer
    begun: bool = False


@part
class CapillaryRedeeming:
    """
    Redeems, each time on a new connection from `connect`; reads go through the transport.

    `till` is the attribution till, else the till of Basic credentials; None if the OAuth client's default till is
    used.
    """

    engine: CapillaryEngine
    connect: Callable[[], httpx.AsyncClient]
    till: str | None

    async def customer(self, customer: CustomerId) -> Customer:
        try:
            # An empty list does not say who the customer is, so it raises.
            page = await self.engine.coupons(replace(by_id(customer), known=False), NEWEST)
        except SeveralCustomers:
            raise EngineUnreadable("several customers of one id") from None
        if page.customer is None:
            raise EngineUnreadable("no customer")
        return page.customer

    # The call

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        """See the port."""
        began = self._transport.monotonic()
        answer = await self._answer(order, begin_within_s)
        self._transport.heard(_understood(answer))
        outcome = type(answer).__name__
        self._transport.report(PATH, began, outcome, status=answer.status, code=_code(answer))
        return answer

    @property
    def _transport(self) -> Transport:
        return self.engine.transport

    async def _answer(self, order: Order, begin_within_s: float) -> Answer:
        if order.named.kind not in USER_KEYS:
            return NotSent(stop=Stop.NO_IDENTIFIER)
        course = _Course(late=NotSent(stop=Stop.BUSY))
        try:
            async with AsyncExitStack() as stack:
                headers, http = await self._made_ready(stack, course, begin_within_s)
                async with asyncio.timeout(self._transport.limits.call_s):
                    await self._send(http, headers, order, course)
        except TimeoutError:
            pass
        except EngineError as err:
            return _interrupted(err) if course.begun else _not_begun(err)
        return course.late

    async def _made_ready(
        self, stack: AsyncExitStack, course: _Course, within_s: float
    ) -> tuple[Mapping[str, str], httpx.AsyncClient]:
        """
        A place that reads cannot take, credentials, and a client without a connection yet.

        Raises TimeoutError where that takes longer: then nothing is sent. Credentials are asked for over the
        connections for reads.
        """
        began = self._transport.monotonic()
        async with asyncio.timeout(within_s):
            await stack.enter_async_context(self._transport.redeem_place())
            course.late = NotSent(stop=Stop.NOT_CONNECTED)
            headers = await self._transport.credentials.headers(self._transport.http)
            http = await stack.enter_async_context(self.connect())
        if self._transport.monotonic() - began > within_s:
            # The process was frozen: what it waited for was there before its own time-out could come.
            raise TimeoutError
        return headers, http

    async def _send(
        self, http: httpx.AsyncClient, headers: Mapping[str, str], order: Order, course: _Course
    ) -> None:
        """Once, on a fresh connection, and never again: a 401 is an answer too."""
        course.begun, course.late = True, Unclear(doubt=Doubt.TIMED_OUT)
        with translated():
            response = await http.post(PATH, content=_body(order), headers=_typed(headers))
        body = hashlib.sha256(response.content).hexdigest()
        course.late = replace(meaning(response.status_code, json_of(response), order), body=body)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            # Forget the token, so that the next call, whatever it is, fetches another.
            self._transport.credentials.rejected(headers)

    # What was redeemed

    async def uses(
        self,
        customer: CustomerId,
        code: CouponCode,
        *,
        since: date,
        single: bool,
        listed: bool = False,
    ) -> tuple[Use, ...]:
        """See the port. Usually two calls, at most seven, however many coupons the customer has."""
        try:
            if listed:
                found = await self._of_customer(customer, code, since)
            else:
                found = await self._found(customer, code, since, single=single)
        except UserError:
            raise EngineUnreadable("not one customer of that id") from None
        return _named([use for use in found if self._counts(use, since)])

    async def _found(self, customer: CustomerId, code: CouponCode, since: date, *, single: bool) -> list[Use]:
        if single:
            return _last(await self._record(code, known=True))
        record, own = await both(self._record(code, known=False), self._of_customer(customer, code, since))
        return _last(record) + own

    async def _record(self, code: CouponCode, *, known: bool) -> CouponRecord | None:
        record = await self.engine.coupon_record(code)
        if record is None and known:
            raise EngineUnreadable("no record of the coupon")
        return record

    async def _of_customer(self, customer: CustomerId, code: CouponCode, since: date) -> list[Use]:
        rows = await self._history(customer, code, since)
        own = await self._listed(customer, code) if rows is None else rows
        return [replace(use, by=customer) for use in own]

    def _counts(self, use: Use, since: date) -> bool:
        """Whether the use is not before `since`; one without a time is counted."""
        return use.at is None or use.at.astimezone(self.engine.zone).date() >= since

    async def _history(self, customer: CustomerId, code: CouponCode, since: date) -> list[Use] | None:
        """Return the coupon's rows of the customer's history; None if there may be more rows."""
        told = await history_rows(self._transport, customer, since)
        if told.cut:
            return None
        if any(row.code is None for row in told.rows):
            raise EngineUnreadable("a redemption of no coupon")
        return [use_of(row, self.engine.zone) for row in told.rows if same_code(row.code or "", code)]

    async def _listed(self, customer: CustomerId, code: CouponCode) -> list[Use]:
        """Return the coupon's uses from the list of coupons, where a place may be a store (C22)."""
        for page in range(PAGES):
            coupons = await coupon_page(self._transport, customer, page * ROWS)
            for one in coupons:
                if same_code(one.code, code):
                    return _all_uses(decode.coupon(one, self.engine.zone))
            if len(coupons) < ROWS:
                break
        raise EngineUnreadable("the coupon is not on the pages read")


def _last(record: CouponRecord | None) -> list[Use]:
    return [record.last_use] if record is not None and record.last_use is not None else []


def _body(order: Order) -> str:
    """
    Return the body: one code (C8), bill number, amount as text (C5), no time of redemption (C4).

    It is escaped to ASCII, so that encoding it cannot fail, whatever the code holds.
    """
    return json.dumps(
        {
            "redemptionRequestList": [{"code": order.code}],
            "transactionNumber": order.bill_number,
            "billAmount": f"{order.bill:f}",
            "user": {USER_KEYS[order.named.kind]: order.named.value},
        }
    )


def _typed(headers: Mapping[str, str]) -> dict[str, str]:
    return {**headers, "Content-Type": "application/json"}


def _not_begun(err: EngineError) -> NotSent:
    """Return the answer for a call that was not begun, because there were no credentials."""
    stops = {EngineDenied: Stop.NOT_ACCEPTED, EngineBusy: Stop.BUSY}
    stop = next((stop for kind, stop in stops.items() if isinstance(err, kind)), Stop.NOT_CONNECTED)
    return NotSent(stop=stop, code=err.code, status=err.status)


def _interrupted(err: EngineError) -> NotSent | Unclear:
    if isinstance(err, EngineUnreachable):
        return NotSent(stop=Stop.NOT_CONNECTED)
    if isinstance(err, EngineTimedOut):
        return Unclear(doubt=Doubt.TIMED_OUT)
    return Unclear(doubt=Doubt.UNREADABLE if isinstance(err, EngineUnreadable) else Doubt.INTERRUPTED)


def _code(answer: Answer) -> int | None:
    return None if isinstance(answer, Redeemed) else answer.code


def _understood(answer: Answer) -> bool:
    """Whether the engine was reached and answered in its own format; "try later" counts as such an answer."""
    if isinstance(answer, Redeemed | Refused) or answer.code is not None:
        return True
    if isinstance(answer, NotSent):
        return answer.stop is Stop.BUSY and answer.status is not None
    return answer.doubt in {Doubt.CONTRADICTING, Doubt.ANOTHER_CUSTOMER}


def _named(uses: Sequence[Use]) -> tuple[Use, ...]:
    """
    Return each use once by its id, as its last row has it, with the till that any of its rows names.

    Raises EngineUnreadable for a use without an id. Rows of the list name no till (C22): without the one that the
    coupon's record names, a use at another till would pass for ours.
    """
    by_name: dict[str, Use] = {}
    for use in uses:
        if use.id is None or use.id in NO_ID:
            raise EngineUnreadable("a redemption without its id")
        before = by_name.get(use.id)
        by_name[use.id] = use if before is None else replace(use, till=use.till or before.till)
    return tuple(by_name.values())


def _all_uses(coupon: Coupon) -> list[Use]:
    if coupon.used is not None and coupon.used > len(coupon.uses):
        raise EngineUnreadable("fewer redemptions than the engine counts")
    return list(coupon.uses)
