"""
Models of the engine's JSON: lenient in what they accept, strict in what they return.

A field that cannot be read is None. A record without its identifying field makes the whole answer unreadable,
because a page that silently lacks a row would be wrong.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.adapters.capillary.lenient import Flag, Id, Moment, Name, Number, OwnId, Text, Whole, items
from bot.domain.errors import EngineUnreadable

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Wire(BaseModel):
    """
    Ignores unknown keys. Errors never quote the input, which may be a customer's.

    A model is built at its first use: all of them together take as long as importing a library.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)


Items = Annotated[list[T], BeforeValidator(items), Field(default_factory=list)]


def _object(value: Any) -> Any:
    """Return an object, or None for an empty list or string, which v1.1 answers hold instead."""
    return value if isinstance(value, dict) else None


Part = Annotated[T | None, BeforeValidator(_object), Field(default=None)]


def parse(model: type[M], body: Any, *, status: int | None = None) -> M:
    """Parse the body. Raises only EngineUnreadable, whatever the body is."""
    try:
        return model.model_validate(body)
    except (ValidationError, RecursionError):
        raise EngineUnreadable(f"not a {model.__name__}", status=status) from None


class WireStatus(Wire):
    """The engine's status of a call or of one item; the same keys in v1.1 and v2."""

    success: Flag = None
    status: Flag = None
    is_success: Flag = Field(None, alias="isSuccess")
    code: Whole = None
    message: Text = None

    @property
    def positive(self) -> bool | None:
        """Whether all signs are positive: False if one is negative, None if there is none."""
        signs = [sign for sign in (self.success, self.status, self.is_success) if sign is not None]
        return all(signs) if signs else None


class Token(Wire):
    access_token: Text = Field(None, alias="accessToken")
    ttl_s: Number = Field(None, alias="ttlSeconds")


class TokenAnswer(Wire):
    """docs: oauth."""

    data: Part[Token]


class WirePlace(Wire):
    code: Text = None
    name: Text = None


class Property(Wire):
    name: Text = None
    value: Text = None


class WireCouponUse(Wire):
    """One of `redemptions` or `reversedRedemptions` (docs: get-customer-coupons-basic)."""

    id: Id = None
    date: Moment = None
    date_iso: Moment = Field(None, alias="dateISO")
    transaction_number: Text = Field(None, alias="transactionNumber")
    redeemed_at: Part[WirePlace] = Field(None, alias="redeemedAt")
    reversed_on: Moment = Field(None, alias="reversedOn")


class WireCoupon(Wire):
    """One of a customer's coupons (docs: get-customer-coupons-basic)."""

    code: Name
    id: Id = None
    series_id: Text = Field(None, alias="seriesId")
    description: Text = None
    valid_till: Text = Field(None, alias="validTill")
    valid_till_datetime: Moment = Field(None, alias="validTillDateTime")
    discount_type: Text = Field(None, alias="discountType")
    discount_value: Number = Field(None, alias="discountValue")
    discount_upto: Number = Field(None, alias="discountUpto")
    redemption_count: Whole = Field(None, alias="redemptionCount")
    redemptions_left: Whole = Field(None, alias="redemptionsLeft")
    created: Moment = Field(None, alias="createdDate")
    created_iso: Moment = Field(None, alias="createdDateISO")
    issued_at: Part[WirePlace] = Field(None, alias="issuedAt")
    custom_property: Items[Property] = Field(default_factory=list, alias="customProperty")
    redemptions: Items[WireCouponUse]
    reversed_redemptions: Items[WireCouponUse] = Field(default_factory=list, alias="reversedRedemptions")


class WireCustomer(Wire):
    id: OwnId
    firstname: Text = None
    lastname: Text = None
    email: Text = None
    mobile: Text = None
    external_id: Text = Field(None, alias="externalId")
    coupons: Items[WireCoupon]


class Pagination(Wire):
    total: Whole = None


class CouponsEntity(Wire):
    pagination: Part[Pagination]
    customers: Items[WireCustomer]


class Envelope(Wire):
    """Fields of every v2 answer (docs: errors-and-warnings)."""

    errors: Items[WireStatus]
    warnings: Items[WireStatus]
    success: Flag = None


class CouponsAnswer(Envelope):
    entity: Part[CouponsEntity]


class CustomerIdAnswer(Envelope):
    """docs: get-customer-id."""

    entity: Whole = None


class WireIdentifier(Wire):
    type: Text = None
    value: Text = None


class Profile(Wire):
    first_name: Text = Field(None, alias="firstName")
    last_name: Text = Field(None, alias="lastName")
    identifiers: Items[WireIdentifier]


class ProfiledCustomer(Wire):
    id: Id = None
    profiles: Items[Profile]


class WireSeries(Wire):
    description: Text = None


class Check(Wire):
    """One coupon of an is-redeemable answer (docs: check-if-coupon-is-redeemable)."""

    is_redeemable: Flag = Field(None, alias="isRedeemable")
    code: Text = None
    redemptions_left: Whole = Field(None, alias="redemptionsLeft")
    used_by_customer: Whole = Field(None, alias="numberOfRedemptionsByUser")
    discount_type: Text = Field(None, alias="discountType")
    discount_value: Number = Field(None, alias="discountValue")
    discount_upto: Number = Field(None, alias="discountUpto")
    redemption_status: Part[WireStatus] = Field(None, alias="redemptionStatus")
    warnings: Items[WireStatus]
    series: Part[WireSeries] = Field(None, alias="couponseries")


class CheckAnswer(Envelope):
    redemption: Items[Check]
    redemption_status: Part[WireStatus] = Field(None, alias="redemptionStatus")
    customer: Part[ProfiledCustomer]


class RecordOwner(Wire):
    id: Id = None
    name: Text = None
    mobile: Text = None
    email: Text = None
    external_id: Text = None


class RecordTransaction(Wire):
    bill_number: Text = None


class RecordUse(Wire):
    redeemed: Flag = None
    id: Id = None
    redeemed_on: Text = None
    redeemed_at: Text = None
    store: Part[WirePlace]
    transaction: Part[RecordTransaction]


class Record(Wire):
    """One coupon by its code (docs: get-coupon-detail); times carry no offset."""

    id: Id = None
    code: Text = None
    valid_till: Text = None
    is_absolute: Flag = None
    value: Number = None
    discount_upto: Number = None
    customer: Part[RecordOwner]
    issued_store: Part[WirePlace]
    redemption_info: Items[RecordUse]
    item_status: Part[WireStatus]


class Records(Wire):
    coupon: Items[Record]


class RecordResponse(Wire):
    status: Part[WireStatus]
    coupons: Part[Records]
    item_status: Part[WireStatus]


def unwrapped(body: Any) -> Any:
    """Return the content of a v1.1 answer, which may be wrapped in `response`."""
    return body["response"] if isinstance(body, dict) and isinstance(body.get("response"), dict) else body
