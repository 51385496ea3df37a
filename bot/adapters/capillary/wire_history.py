"""Models of the history of redemptions, of cart promotions' redemptions and of tills."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bot.adapters.capillary.lenient import NOTHING, Id, Number, Text, Whole, text
from bot.adapters.capillary.wire import Items, Part, Wire, WirePlace, WireStatus


class CouponRow(Wire):
    """A coupon's redemption (docs: get-customer-redemptions); `id` is the redemption's."""

    id: Id = None
    code: Text = None
    description: Text = None
    discount_type: Text = None
    discount_value: Number = None
    transaction_number: Text = None
    redeemed_time: Text = None
    redeemed_at: Text = None
    redeemed_store: Part[WirePlace]
    redeemed_till: Part[WirePlace]


class ReversalRow(Wire):
    reversal_id: Text = None
    points_reversed: Number = None
    reversal_time: Text = None


class PointsRow(Wire):
    """A redemption of points. In recent answers `id` is only a row number; `redemption_id` is the key."""

    id: Text = None
    redemption_id: Text = None
    points_redeemed: Number = None
    transaction_number: Text = None
    redeemed_time: Text = None
    redeemed_at: Text = None
    redeemed_store: Part[WirePlace]
    reversals: Items[ReversalRow]


class CouponRows(Wire):
    coupon: Items[CouponRow]


class PointsRows(Wire):
    point: Items[PointsRow]


def _rows(value: Any) -> Any:
    """Return an object as it is, and None for what says that there are none; anything else is no answer."""
    nothing = value in (None, []) or (isinstance(value, str) and text(value) in NOTHING)
    return None if nothing else value


class Redemptions(Wire):
    coupons: Annotated[CouponRows | None, BeforeValidator(_rows)] = None
    points: Part[PointsRows]


class HistoryCustomer(Wire):
    id: Id = None
    user_id: Id = None
    mobile: Text = None
    email: Text = None
    external_id: Text = None
    firstname: Text = None
    lastname: Text = None
    coupons_count: Whole = None
    redemptions: Part[Redemptions]
    item_status: Part[WireStatus]


class HistoryResponse(Wire):
    """The content of the v1.1 answer."""

    status: Part[WireStatus]
    customer: Part[HistoryCustomer]
    item_status: Part[WireStatus]


class PromotionRow(Wire):
    """A redemption or, without `redemptionDate`, a promotion's code (C2)."""

    id: Text = None
    promo_code: Text = Field(None, alias="promoCode")
    #: Set if the row is a promotion's code itself.
    code: Text = None
    promotion_name: Text = Field(None, alias="promotionName")
    customer_id: Text = Field(None, alias="customerId")
    redemption_date: Whole = Field(None, alias="redemptionDate")
    transaction_number: Text = Field(None, alias="transactionNumber")
    redemption_till: Text = Field(None, alias="redemptionTill")
    discount: Number = None
    amount: Number = None
    redemption_type: Text = Field(None, alias="redemptionType")
    sku: Text = None


class PromotionsAnswer(Wire):
    """docs: get-cart-promotion-redemptions."""

    data: Items[PromotionRow]
    errors: Items[WireStatus]


class WireTill(Wire):
    """docs: get-till-id-details."""

    id: Text = None
    name: Text = None
    code: Text = None
