"""
Models of the answer to a redeem call (docs: redeem-single-coupon; C7: how it refuses is not documented).

They are stricter than the models of reads: a sign that is present and cannot be read never counts as missing, because
a missing sign does not speak against success.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field

from bot.adapters.capillary.lenient import NOTHING, Flag, Id, Text, Whole, flag, text, whole
from bot.adapters.capillary.wire import Items, Part, Wire

T = TypeVar("T")

#: Replaces a code that cannot be read; no table has it.
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
    """Return an object that stands alone or in a list of one; anything else makes the answer unreadable."""
    if isinstance(value, list) and len(value) <= 1:
        value = value[0] if value else None
    return None if _blank(value) else value


def _all(value: Any) -> list[Any]:
    """Return the entries of a list; a value that is no object counts as an entry too."""
    if not value or _blank(value):
        return []
    listed = value if isinstance(value, list) else [value]
    return [entry if isinstance(entry, dict) else {} for entry in listed if entry is not None]


#: True, False, or None if not given; a value that cannot be read is False.
Sign = Annotated[bool | None, BeforeValidator(_sign)]
Code = Annotated[int | None, BeforeValidator(_code)]
One = Annotated[T | None, BeforeValidator(_one), Field(default=None)]
All = Annotated[list[T], BeforeValidator(_all), Field(default_factory=list)]


class WireRedeemed(Wire):
    """One status: an error, a warning, or one inside another."""

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
    """One coupon of the answer. `id` is the coupon's; the redemption's own id may be missing."""

    redemption_id: Id = Field(None, alias="redemptionId")
    code: Text = None
    appended_error: Text = Field(None, alias="appendedErrorMessage")
    redemption_status: One[WireVerdict] = Field(None, alias="redemptionStatus")
    warnings: All[WireRedeemed]
    errors: All[WireRedeemed]


class RedeemedFor(Wire):
    id: Id = None


class RedeemAnswer(Wire):
    """The answer; it also has the keys of the v2 envelope and of the gateway, which may answer instead (docs: authorisation)."""

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
