"""The v2 APIs of the sandbox engine: a call and the state in, an answer out."""

from collections.abc import Sequence
from typing import Any

from bot.sandbox.engine import wire
from bot.sandbox.engine.coupons import TILLS, SandboxCoupon
from bot.sandbox.engine.customers import Customers, RefusedError, SandboxCustomer
from bot.sandbox.engine.exchange import Asked, Json, Quirks, SandboxAnswer

#: Docs: get-customer-coupons-basic.
STATUSES = frozenset(
    {
        "REDEEMED",
        "UNREDEEMED",
        "ACTIVE",
        "EXPIRED",
        "ACTIVE_REDEEMED",
        "ACTIVE_UNREDEEMED",
        "EXPIRED_REDEEMED",
        "EXPIRED_UNREDEEMED",
        "REDEEMABLE",
    }
)
#: Docs: customer-lookup.
IDENTIFIERS = ("mobile", "email", "externalId")
SOURCES = frozenset(
    {"FACEBOOK", "WEB_ENGAGE", "WECHAT", "INSTORE", "MARTJACK", "TMALL", "TAOBAO", "JD"}
    | {"ECOMMERCE", "WEBSITE", "LINE", "ALL"}
)

#: What reading a body that is no redemption may raise.
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError)


class V2:
    def __init__(self, customers: Customers, quirks: Quirks) -> None:
        self._customers = customers
        self._quirks = quirks

    # GET /v2/customers/coupons

    def customer_coupons(self, asked: Asked) -> SandboxAnswer:
        try:
            limit, offset = asked.number("limit", 100), asked.number("offset", 0)
        except ValueError as wrong:
            return SandboxAnswer(wire.failure(400, f"Invalid value for {wrong}"), 400)
        statuses = [word.upper() for word in (asked.one("status") or "").split(",") if word]
        if not STATUSES.issuperset(statuses):
            return SandboxAnswer(wire.failure(400, "Invalid status"), 400)
        customer = self._who(asked, ("id", *IDENTIFIERS))
        if customer is None:
            return self._nobody(limit=limit, offset=offset)
        with self._customers.hidden.during_a_read():
            return self._page(customer, asked, statuses, limit=limit, offset=offset)

    def _page(
        self, customer: SandboxCustomer, asked: Asked, statuses: list[str], *, limit: int, offset: int
    ) -> SandboxAnswer:
        chosen = self._chosen(customer, statuses, ascending=(asked.one("sort_order") or "").upper() == "ASC")
        held = [
            customer.wallet.at(index).as_held_by(customer.id) for index in chosen[offset : offset + limit]
        ]
        page = [self._listed(coupon, asked) for coupon in held]
        return SandboxAnswer(wire.coupons_page(customer, page, limit=limit, offset=offset, total=len(chosen)))

    def _chosen(self, customer: SandboxCustomer, statuses: list[str], *, ascending: bool) -> Sequence[int]:
        now = self._customers.now()
        indices: Sequence[int] = range(len(customer.wallet))
        if statuses:
            indices = customer.wallet.indices(
                lambda coupon: any(coupon.has_status(status, now) for status in statuses)
            )
        return indices[::-1] if ascending else indices

    def _listed(self, coupon: SandboxCoupon, asked: Asked) -> Json:
        return wire.coupon(
            coupon,
            case=asked.one("coupon_code_case"),
            reversals=asked.one("include_reversed_redemptions") == "true",
            quirks=self._quirks,
        )

    def _nobody(self, *, limit: int, offset: int) -> SandboxAnswer:
        if self._quirks.unknown_customer == "empty":
            return SandboxAnswer(wire.no_customers(limit=limit, offset=offset))
        return self._no(8015, "Customer not found")

    # GET /v2/customers/lookup

    def lookup(self, asked: Asked) -> SandboxAnswer:
        name, value = asked.one("identifierName"), asked.one("identifierValue")
        source = (asked.one("source") or "").upper()
        if source not in SOURCES:
            return self._no(8011, "Invalid source or account id")
        if name not in IDENTIFIERS or value is None:
            return self._no(8013, "Invalid identifier")
        customer = self._customers.find(name, value)
        if customer is None:
            return self._no(8015, "Customer not found")
        if source not in {"INSTORE", "ALL"}:
            return self._no(8065, "Customer not found in the source")
        return SandboxAnswer({"entity": customer.id, "warnings": []})

    # GET /v2/coupon/is_redeemable

    def is_redeemable(self, asked: Asked) -> SandboxAnswer:
        customer = self._who(asked, ("id", *IDENTIFIERS))
        if customer is None:
            return self._outcome([], RefusedError(701, "Customer not found"), None)
        codes = (asked.one("code") or "").split(",")
        if codes == [""]:
            return self._outcome([], RefusedError(781, "Neither coupon id nor code given"), customer)
        with self._customers.hidden.during_a_read():
            return self._checked(customer, codes, details=asked.one("details") is not None)

    def _checked(self, customer: SandboxCustomer, codes: list[str], *, details: bool) -> SandboxAnswer:
        refusals = [self._customers.refusal(customer, code) for code in codes]
        items = [
            wire.check(code, self._own(customer, code), refusal, details=details)
            for code, refusal in zip(codes, refusals, strict=True)
        ]
        return self._outcome(items, next(filter(None, refusals), None), customer)

    def _own(self, customer: SandboxCustomer, code: str) -> SandboxCoupon | None:
        coupon = self._customers.coupon(code)
        if coupon is None or not coupon.may_be_of(customer.id):
            return None
        return coupon.as_held_by(customer.id)

    # POST /v2/coupon/redeem

    def redeem(self, asked: Asked) -> SandboxAnswer:
        try:
            codes, user, bill = _redemption_request(asked.body)
        except _MALFORMED:
            return self._redeemed([], RefusedError(629, "Invalid input"), None)
        found = (
            self._customers.find(kind, str(user[kind])) for kind in ("id", *IDENTIFIERS) if user.get(kind)
        )
        customer = next(found, None)
        if customer is None:
            return self._redeemed([], RefusedError(701, "Customer not found"), None)
        if not bill and self._quirks.needs_bill_number:
            return self._redeemed([], RefusedError(718, "Transaction number is required"), customer)
        done = [self._redeem(customer, code, bill, asked) for code in codes]
        return self._redeemed(
            [item for item, _ in done], next((no for _, no in done if no is not None), None), customer
        )

    def _redeem(
        self, customer: SandboxCustomer, code: str, bill: str, asked: Asked
    ) -> tuple[Json, RefusedError | None]:
        try:
            booked = self._customers.redeem(customer, code, bill=bill, till=asked.till)
        except RefusedError as refusal:
            return wire.refused(code, refusal, self._quirks), refusal
        coupon = self._customers.coupon(code)
        if coupon is None:
            raise AssertionError("what was redeemed is there")
        self._customers.hidden.hide(coupon, booked, reads=self._quirks.hide_new_uses)
        return wire.redeemed(code, coupon, booked, self._quirks), None

    def refuse(self, body: Any, refusal: RefusedError) -> Json:
        """Return how a redemption is refused, whatever the state says."""
        try:
            codes, _, _ = _redemption_request(body)
        except _MALFORMED:
            codes = []
        items = [wire.refused(code, refusal, self._quirks) for code in codes]
        return self._redeemed(items, refusal, None).body

    def _redeemed(
        self, items: list[Json], refusal: RefusedError | None, customer: SandboxCustomer | None
    ) -> SandboxAnswer:
        how = self._quirks.redeem_no
        if refusal is not None and how == "errors":
            return SandboxAnswer(
                {"errors": [wire.error(refusal.code, refusal.message)]}, self._quirks.no_status
            )
        if refusal is not None and how == "item" and items:
            return SandboxAnswer(wire.outcome(items, 700, wire.SUCCESS, customer))
        return self._outcome(items, refusal, customer)

    # A till by its id

    def till(self, asked: Asked) -> SandboxAnswer:
        number = asked.path.rsplit("/", 1)[-1]
        found = TILLS.get(int(number)) if number.isdecimal() else None
        if found is None:
            return SandboxAnswer(wire.failure(404, "Till not found"), 404)
        return SandboxAnswer(wire.till(found))

    # What they share

    def _who(self, asked: Asked, kinds: tuple[str, ...]) -> SandboxCustomer | None:
        given = ((kind, value) for kind in kinds if (value := asked.one(kind)))
        kind, value = next(given, ("id", ""))
        return self._customers.find(kind, value)

    def _no(self, code: int, message: str) -> SandboxAnswer:
        return SandboxAnswer(wire.failure(code, message), self._quirks.no_status)

    def _outcome(
        self, items: list[Json], refusal: RefusedError | None, customer: SandboxCustomer | None
    ) -> SandboxAnswer:
        if refusal is None:
            return SandboxAnswer(wire.outcome(items, 700, wire.SUCCESS, customer))
        body = wire.outcome(items, refusal.code, refusal.message, customer)
        return SandboxAnswer(body, self._quirks.no_status)


def _redemption_request(body: Any) -> tuple[list[str], dict[str, Any], str]:
    """Return codes, user and bill number; raises when the body is not a redemption (docs: redeem-single-coupon)."""
    codes = [str(item["code"]) for item in body["redemptionRequestList"]]
    float(body["billAmount"])
    # C5: one page calls it optional, the others do not; an empty one is in the samples.
    bill = body["transactionNumber"]
    if not codes or not all(codes) or not isinstance(bill, str):
        raise ValueError("code or bill number")
    return codes, dict(body["user"]), bill
