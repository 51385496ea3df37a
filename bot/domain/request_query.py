"""Finding a request by what people quote: its reference or its bill number."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.aio.frozen import frozen
from bot.domain.errors import NotUnderstood
from bot.domain.typed import QUOTES, can_be_seen, tidy, usual_widths, without_unseen

#: Requests that are shown: a bill number may be used again in another store, or on another day.
SHOWN = 5
MAX_NUMBER = 100
_KEYED = re.compile(r"\s*(ref|reference|bill)\s*:(.*)", re.IGNORECASE | re.DOTALL)
_REFERENCE = re.compile(r"[A-Z2-7]{8,16}")


class RequestKey(StrEnum):
    """Values are stored: add, never rename."""

    REFERENCE = "ref"
    BILL = "bill"


@frozen(kw_only=True)
class RequestQuery:
    """
    What is looked for among the requests that were made from here.

    Attributes:
        value: a reference in capital letters, or a bill number as the form keeps it: as typed, with single spaces.

    """

    key: RequestKey
    value: str


def parse_request_query(text: str) -> RequestQuery | None:
    """Parse `ref:NWTUDXEH` or `bill:MG-88`; None if the text begins with neither. Raises NotUnderstood."""
    found = _KEYED.fullmatch(usual_widths(text))
    if not found:
        return None
    value = text[found.start(2) :].strip().strip(QUOTES).strip()
    if found[1].lower() == RequestKey.BILL:
        return RequestQuery(key=RequestKey.BILL, value=_number(value))
    return RequestQuery(key=RequestKey.REFERENCE, value=_reference(value))


def _number(value: str) -> str:
    number = " ".join(without_unseen(value).split())
    if not can_be_seen(number) or len(number) > MAX_NUMBER:
        raise NotUnderstood("After `bill:` comes one bill number, for example `bill:MG-88`.")
    return number


def _reference(value: str) -> str:
    reference = tidy(value).lstrip("#").rstrip(".,;:!?").upper()
    if not _REFERENCE.fullmatch(reference):
        raise NotUnderstood(
            "After `ref:` comes the reference that a message of Coupon Desk shows, for example `ref:NWTUDXEH`."
        )
    return reference
