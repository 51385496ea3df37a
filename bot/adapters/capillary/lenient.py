"""
Single values of the engine's JSON, read leniently: what cannot be read is missing.

Numbers arrive as strings, one-element lists as objects, nothing as null, "" or "NULL" (docs:
get-customer-redemptions, get-coupon-detail; every sample differs).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator

MAX_DIGITS = 40
#: Powers of ten: no amount and no count is larger, or smaller, than this.
MAX_MAGNITUDE = 20
#: These years stand for "never" and "always", and have no equivalent in every zone.
EDGE_YEARS = frozenset({1, 9999})
#: Where a list or an object should stand.
NOTHING = frozenset({None, "NULL"})


def text(value: Any) -> str | None:
    """A string as it is, a number as its digits, everything else nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return None
    written = str(value).strip()
    return written or None


def number(value: Any) -> Decimal | None:
    written = text(value)
    if written is None or len(written) > MAX_DIGITS:
        return None
    try:
        parsed = Decimal(written)
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() and abs(parsed.adjusted()) <= MAX_MAGNITUDE else None


def whole(value: Any) -> int | None:
    parsed = number(value)
    if parsed is None or parsed != parsed.to_integral_value():
        return None
    return int(parsed)


def flag(value: Any) -> bool | None:
    """`true`, `"true"`, `1`: yes. `false`, `"false"`, `0`: no. Anything else says nothing."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get((text(value) or "").lower())


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time with its offset; one without names no moment and is missing."""
    try:
        parsed = datetime.fromisoformat(text(value) or "")
    except ValueError:
        return None
    return within_reach(parsed) if parsed.tzinfo is not None else None


def within_reach(at: datetime) -> datetime | None:
    """Nothing for a moment of an edge year: 9999-12-31 names no end that could be drawn."""
    return None if at.year in EDGE_YEARS else at


def items(value: Any) -> Any:
    """A list as it is, one object as a list of it, nothing as an empty list."""
    if isinstance(value, list):
        return [item for item in value if item is not None]
    if isinstance(value, dict):
        return [value]
    return [] if text(value) in NOTHING else value


Text = Annotated[str | None, BeforeValidator(text)]
Name = Annotated[str, BeforeValidator(text)]
Number = Annotated[Decimal | None, BeforeValidator(number)]
Whole = Annotated[int | None, BeforeValidator(whole)]
Flag = Annotated[bool | None, BeforeValidator(flag)]
Moment = Annotated[datetime | None, BeforeValidator(moment)]
