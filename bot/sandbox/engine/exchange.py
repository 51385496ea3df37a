"""A call to the sandbox engine without HTTP, and the choices about answers (quirks)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.engine.coupons import SandboxTill

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Quirks:
    """Choices where the vendor's pages leave the answer open."""

    #: GET /v2/customers/coupons for an unknown customer: an error with code 8015, or an empty list of customers.
    unknown_customer: Literal["error", "empty"] = "error"
    #: How POST /v2/coupon/redeem says no: at the top and in the item, in `errors` alone, or in the item
    #: while the top says yes.
    redeem_no: Literal["status", "errors", "item"] = "status"
    #: HTTP statuses of an ordinary no. v1.1 is known to use 500 (docs: redeem-coupon).
    no_status: int = 200
    v11_no_status: int = 200
    #: Whether a redemption answers with its `redemptionId`: older answers do not.
    redemption_id: bool = True
    #: Whether dates are repeated in `…ISO` keys (docs: apis-updated-with-additional-timezone-fields).
    iso_fields: bool = False
    #: Whether v1.1 collapses a list of one into the one.
    single_as_object: bool = True
    #: Whether `end_date` of the history includes its day: the pages say both.
    end_date_inclusive: bool = False
    #: Reads that come before a redemption through the API shows in them: a replica that lags behind.
    hide_new_uses: int = 0
    #: Whether a redemption needs a bill number: an empty `transactionNumber` is then refused.
    needs_bill_number: bool = False

    @contextmanager
    def without_id(self) -> Iterator[None]:
        """For one answer."""
        told, self.redemption_id = self.redemption_id, False
        try:
            yield
        finally:
            self.redemption_id = told


@dataclass(frozen=True, slots=True)
class SandboxAnswer:
    body: Json
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call as it arrived, without HTTP around it."""

    path: str
    query: Mapping[str, Sequence[str]]
    body: Any
    #: The till that the credentials or the attribution headers name.
    till: SandboxTill
    #: Whether JSON was asked for, by `format` or `Accept`; v1.1 answers XML otherwise.
    json: bool = True

    def one(self, name: str) -> str | None:
        """Return the first value of a parameter; an empty one counts as missing."""
        return next((value for value in self.query.get(name, ()) if value), None)

    def number(self, name: str, default: int) -> int:
        """Return a parameter that must be 0 or more; raises ValueError."""
        value = self.one(name)
        if value is not None and not value.isdecimal():
            raise ValueError(name)
        return default if value is None else int(value)
