"""
The answer to a redeem call, as models (docs: redeem-single-coupon; C7: how it says no is not documented).

Stricter than the reads' models: a sign that is there and cannot be read is never taken for a
missing one, because a missing sign does not speak against success.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from bot.adapters.capillary.lenient import NOTHING, Flag, Text, Whole, flag, text, whole
from bot.adapters.capillary.wire import Items, Part, Wire

T = TypeVar("T")

#: Stands for a code that cannot be read: no table knows it.
ODD_CODE = 0


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and text(value) in NOTHING)


def _sign(value: Any) -> bool | None:
    return None if _blank(value) else bool(flag(value))


def _code(value: Any) -> int | None:
    if _blank(value):
        return None
    read = whole(value)
    return ODD_CODE if read is None else read


def _one(value: Any) -> Any:
    """An object, alone or in a list of one; anything else makes the answer unreadable."""
    if isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else None
    return None if _blank(value) else value


def _all(value: Any) -> list[Any]:
    """Whatever stands there is an entry, also when it is no object."""
    if not value or _blank(value):
        return []
    listed = value if isinstance(value, list) else [value]
    return [entry if isinstance(entry, dict) else {} for entry in listed if entry is not None]


#: Positive, negative or not given; one that cannot be read is negative.
Sign = Annotated[bool | None, BeforeValidator(_sign)]
Code = Annotated[int | None, BeforeValidator(_code)]
One = Annotated[T | None, BeforeValidator(_one), Field(default=None)]
All = Annotated[list[T], BeforeValidator(_all), Field(default_factory=list)]


class WireRedeemed(Wire):
    """One verdict: an error, a warning, or what stands inside another."""

    success: Sign = None
    status: Sign = None
    is_success: Sign = Field(None, alias="isSuccess")
    code: Code = None

    @property
    def signs(self) -> tuple[bool, ...]:
        return tuple(sign for sign in (self.success, self.status, self.is_success) if sign is not None)


class WireVerdict(WireRedeemed):
    """`redemptionStatus`, of the call or of one coupon."""

    status_code: One[WireRedeemed] = Field(None, alias="statusCode")
    warnings: All[WireRedeemed]
    warnings_as_status_code: All[WireRedeemed] = Field(default_factory=list, alias="warningsAsStatusCode")


class RedeemedItem(Wire):
    """One coupon of the answer: `id` is the coupon's, and the redemption's own may be left out."""

    redemption_id: Text = Field(None, alias="redemptionId")
    code: Text = None
    appended_error: Text = Field(None, alias="appendedErrorMessage")
    redemption_status: One[WireVerdict] = Field(None, alias="redemptionStatus")
    warnings: All[WireRedeemed]
    errors: All[WireRedeemed]


class RedeemedFor(Wire):
    id: Text = None


class RedeemAnswer(Wire):
    """With the keys of the v2 envelope and of the gateway, which answer in its place (docs: authorisation)."""

    redemption: Items[RedeemedItem]
    redemption_status: One[WireVerdict] = Field(None, alias="redemptionStatus")
    customer: Part[RedeemedFor]
    errors: All[WireRedeemed]
    warnings: All[WireRedeemed]
    success: Sign = None
    status: Flag = None
    code: Code = None
    error_code: Code = Field(None, alias="errorCode")
    http_status: Whole = Field(None, alias="HttpStatusCode")
