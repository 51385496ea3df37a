"""The form of a redemption, from the press on Redeem to Redeem now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.aio.frozen import frozen
from bot.domain.coupon import CouponCode, Use
from bot.domain.customer import CustomerId
from bot.domain.limits import Limits, Usage
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, Terms


@frozen(kw_only=True)
class Typed:
    """The form's inputs as typed; the note is masked before it is stored."""

    bill: str = ""
    bill_number: str = ""
    reason: str = ""
    note: str = ""


@frozen(kw_only=True)
class Draft:
    """
    One opened form.

    Attributes:
        id: becomes the request's id.
        generated_number: the bill number to use if none is typed; the same at every review.
        review: counts the reviews; a confirmation carries the number of the one that it shows.
        terms: what the latest review showed; None before the first review and after one that refused.

    """

    id: RequestId
    requester: PersonId
    customer: CustomerId
    code: CouponCode
    generated_number: str
    typed: Typed = Typed()
    review: int = 0
    terms: Terms | None = None


@frozen(kw_only=True)
class Review:
    """
    What the confirmation shows.

    Attributes:
        draft: with its terms set.
        used: what is used of today's limits, without this request.
        lately: the latest redemption of this coupon from this desk in the last day; None if there is none.
        recent: uses of this coupon since the day before, wherever they were made.
        till: code of the till it is booked on; None leaves it to the engine.
        as_of: when the engine was asked.
        pause: of everything that sends or approves; None if there is none.

    """

    draft: Draft
    limits: Limits
    used: Usage
    lately: Redemption | None
    recent: tuple[Use, ...] = ()
    till: str | None
    as_of: datetime
    pause: Pause | None = None


class Field(StrEnum):
    """The inputs of the form."""

    BILL = "bill"
    BILL_NUMBER = "bill_number"
    REASON = "reason"
    NOTE = "note"


class FormFaults(Exception):
    """Some inputs of the form cannot be used."""

    def __init__(self, faults: Mapping[Field, str]) -> None:
        super().__init__(", ".join(faults))
        #: By input: a sentence that says what is wrong and what to type.
        self.faults = faults


@frozen(kw_only=True)
class Filled:
    """
    The form's inputs, parsed.

    Attributes:
        bill: in the desk's currency, more than 0.
        bill_number: None when none was typed.

    """

    bill: Decimal
    bill_number: str | None
    reason: str
    note: str
