"""The v1.1 APIs of the sandbox engine: a call and the state in, an answer out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from bot.sandbox.engine import wire_v11
from bot.sandbox.engine.customers import Customers, SandboxCustomer
from bot.sandbox.engine.exchange import Asked, Json, Quirks, SandboxAnswer
from bot.sandbox.engine.wire import cased

DEFAULT_LIMIT = 10
#: More silently becomes this (docs: get-customer-redemptions).
MOST_POINTS = 500
IDENTIFIERS = {"mobile": "mobile", "email": "email", "id": "id", "external_id": "externalId"}

#: A row and its time.
Row = tuple[datetime, Json]


class V11:
    def __init__(self, customers: Customers, quirks: Quirks) -> None:
        self._customers = customers
        self._quirks = quirks

    # GET /v1.1/coupon/get

    def coupon(self, asked: Asked) -> SandboxAnswer:
        code = asked.one("code")
        if code is None:
            return self._no(400, "Coupon code is missing")
        case = asked.one("coupon_code_case")
        with self._customers.hidden.during_a_read():
            items = [item for each in code.split(",") for item in self._items(each, case)]
        body = wire_v11.coupons(items, self._quirks)
        good = body["response"]["status"]["success"] == "true"
        return SandboxAnswer(body, 200 if good else self._quirks.v11_no_status)

    def _items(self, code: str, case: str | None) -> list[Json]:
        held = self._customers.coupon(code)
        if held is None:
            return [wire_v11.unknown_coupon(cased(code, case))]
        owner = self._customers.by_id(held.owner) if held.owner is not None else None
        item = wire_v11.coupon(held, owner, case=case, zone=self._customers.zone)
        # The vendor's sample for LOWER shows each coupon twice, the second time as unknown.
        lower = (case or "").upper() == "LOWER"
        return [item, wire_v11.unknown_coupon(code)] if lower else [item]

    # GET /v1.1/customer/redemptions

    def history(self, asked: Asked) -> SandboxAnswer:
        customer = self._who(asked)
        if customer is None:
            return self._no(1012, "Customer not found for the given identifier")
        kind = (asked.one("type") or "BOTH").upper()
        try:
            with self._customers.hidden.during_a_read():
                coupons, points = self._rows(customer, asked, kind)
        except ValueError:
            return self._no(400, "Invalid date, limit or type")
        return SandboxAnswer(wire_v11.history(customer, coupons, points, self._quirks))

    def _who(self, asked: Asked) -> SandboxCustomer | None:
        given = ((kind, value) for name, kind in IDENTIFIERS.items() if (value := asked.one(name)))
        kind, value = next(given, ("id", ""))
        return self._customers.find(kind, value)

    def _rows(
        self, customer: SandboxCustomer, asked: Asked, kind: str
    ) -> tuple[list[Json] | None, list[Json] | None]:
        if kind not in {"BOTH", "COUPONS", "POINTS"}:
            raise ValueError(kind)
        coupons_limit, points_limit = _limits(asked)
        newest_first = (asked.one("order") or "desc").lower() != "asc"
        coupons = self._coupons(customer, asked, newest_first=newest_first)
        points = self._points(customer, asked, newest_first=newest_first)
        rows = list(islice(coupons, coupons_limit)), list(islice(points, points_limit))
        left, right = _cut(*rows, asked, newest_first=newest_first)
        return (None if kind == "POINTS" else left), (None if kind == "COUPONS" else right)

    def _coupons(self, customer: SandboxCustomer, asked: Asked, *, newest_first: bool) -> Iterator[Row]:
        start, end = self._period(asked)
        for held, booked in customer.wallet.redemptions(newest_first=newest_first):
            if booked.at < start if newest_first else booked.at >= end:
                return
            if start <= booked.at < end and booked.by in {None, customer.id}:
                yield booked.at, wire_v11.coupon_row(held, booked, self._customers.zone)

    def _points(self, customer: SandboxCustomer, asked: Asked, *, newest_first: bool) -> Iterator[Row]:
        start, end = self._period(asked)
        found = sorted(customer.points, key=lambda booked: booked.at, reverse=newest_first)
        kept = [booked for booked in found if start <= booked.at < end]
        for number, booked in enumerate(kept, start=1):
            yield booked.at, wire_v11.points_row(number, booked, self._customers.zone)

    def _period(self, asked: Asked) -> tuple[datetime, datetime]:
        start = self._moment(asked.one("start_date") or "1970-01-02")
        given = asked.one("end_date") or "9000-01-01"
        whole_day = self._quirks.end_date_inclusive and len(given) == len("2025-01-01")
        return start, self._moment(given) + (timedelta(days=1) if whole_day else timedelta())

    def _moment(self, given: str) -> datetime:
        """A date, or a date and a time, both local to the engine; raises ValueError."""
        shape = "%Y-%m-%d" if len(given) == len("2025-01-01") else "%Y-%m-%d %H:%M:%S"
        return datetime.strptime(given, shape).replace(tzinfo=self._customers.zone)

    def _no(self, code: int, message: str) -> SandboxAnswer:
        return SandboxAnswer(wire_v11.failure(code, message), self._quirks.v11_no_status)


def _limits(asked: Asked) -> tuple[int, int]:
    """How many rows of each: with a `type` the limits do not hold (docs: get-customer-redemptions)."""
    if asked.one("type") is not None:
        return DEFAULT_LIMIT, DEFAULT_LIMIT
    general = asked.number("limit", DEFAULT_LIMIT)
    coupons, points = asked.number("coupons_limit", general), asked.number("points_limit", general)
    return coupons, min(points, MOST_POINTS)


def _cut(
    coupons: list[Row], points: list[Row], asked: Asked, *, newest_first: bool
) -> tuple[list[Json], list[Json]]:
    """Keep as many rows as `limit` says in all, where it says so."""
    rows = sorted(
        [(at, 0, row) for at, row in coupons] + [(at, 1, row) for at, row in points],
        key=lambda row: row[0],
        reverse=newest_first,
    )
    total = asked.one("limit") if asked.one("type") is None else None
    kept = rows if total is None else rows[: int(total)]
    return [row for _, kind, row in kept if kind == 0], [row for _, kind, row in kept if kind == 1]
