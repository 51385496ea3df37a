"""
Reads single values of the engine's JSON; a value that cannot be read counts as missing.

Numbers arrive as strings, lists of one as an object, missing values as null, "" or "NULL" (docs:
get-customer-redemptions, get-coupon-detail; every sample differs).
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator

MAX_DIGITS = 40
#: Power of ten: numbers with a larger or smaller exponent are not read.
MAX_MAGNITUDE = 20
#: Years that stand for "never" and "always"; they cannot be converted to every zone.
EDGE_YEARS = frozenset({1, 9999})
#: Values in place of a list or an object that mean that there is none.
NOTHING = frozenset({None, "NULL"})
#: Words that stand where there is no id.
NO_ID = frozenset({"null", "none", "nil", "nan", "undefined"})
_WHOLE = re.compile(r"(-?[0-9]+)\.0+")


def text(value: Any) -> str | None:
    """Return a string as it is and a number as its digits; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        return None
    written = str(value).strip()
    return written or None


def identity(value: Any) -> str | None:
    """
    Return an id in one spelling, whichever type an answer gives it: 501, "501" and 501.0 are the same.

    Else a use that is known under one spelling would count as a new one under another.
    """
    written = text(value)
    if written is None or written.casefold() in NO_ID:
        return None
    if isinstance(value, Decimal):
        read = whole(value)
        return None if read is None else str(read)
    spelt = _WHOLE.fullmatch(written)
    return spelt[1] if spelt else written


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
    """Return True for `true`, `"true"` and `1`, False for `false`, `"false"` and `0`, None for anything else."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get((text(value) or "").lower())


def moment(value: Any) -> datetime | None:
    """Parse an ISO 8601 time with an offset; None if it has none or cannot be read."""
    try:
        parsed = datetime.fromisoformat(text(value) or "")
    except ValueError:
        return None
    return within_reach(parsed) if parsed.tzinfo is not None else None


def within_reach(at: datetime) -> datetime | None:
    """Return the moment; None in an edge year: 9999-12-31 means that there is no end."""
    return None if at.year in EDGE_YEARS else at


def items(value: Any) -> Any:
    """Return a list as it is, one object as a list of one, and an empty list for a missing value."""
    if isinstance(value, list):
        return [item for item in value if item is not None]
    if isinstance(value, dict):
        return [value]
    return [] if text(value) in NOTHING else value


Text = Annotated[str | None, BeforeValidator(text)]
Name = Annotated[str, BeforeValidator(text)]
Id = Annotated[str | None, BeforeValidator(identity)]
OwnId = Annotated[str, BeforeValidator(identity)]
Number = Annotated[Decimal | None, BeforeValidator(number)]
Whole = Annotated[int | None, BeforeValidator(whole)]
Flag = Annotated[bool | None, BeforeValidator(flag)]
Moment = Annotated[datetime | None, BeforeValidator(moment)]
