"""A redemption that is being asked for, from the press on Redeem to Redeem now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.domain.coupon import CouponCode, Use
from bot.domain.customer import CustomerId
from bot.domain.limits import Limits, Usage
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in the form, as it was typed; the note is masked before it is kept."""

    bill: str = ""
    bill_number: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    One form that was opened.

    Attributes:
        id: becomes the request's.
        generated_number: the bill number that is used when none is typed; the same at every review.
        review: counts the reviews; a confirmation names the one it was shown for.
        terms: what the latest review showed; None before the first and after one that said no.

    """

    id: RequestId
    requester: PersonId
    customer: CustomerId
    code: CouponCode
    generated_number: str
    typed: Typed = Typed()
    review: int = 0
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """
    What is confirmed, and what helps to decide.

    Attributes:
        draft: its terms are there.
        used: of today's limits, before this one.
        lately: the latest redemption of this coupon from here in the last day; None when there is none.
        recent: uses of this coupon since the day before, wherever they were made.
        till: code of the till it is booked on; None when the engine's own default counts.
        as_of: when the engine was asked.

    """

    draft: Draft
    limits: Limits
    used: Usage
    lately: Redemption | None
    recent: tuple[Use, ...] = ()
    till: str | None
    as_of: datetime


class Field(StrEnum):
    """The inputs of the form."""

    BILL = "bill"
    BILL_NUMBER = "bill_number"
    REASON = "reason"
    NOTE = "note"


class FormFaults(Exception):
    """Some inputs cannot be used."""

    def __init__(self, faults: Mapping[Field, str]) -> None:
        super().__init__(", ".join(faults))
        #: A sentence for each: what is wrong and what to type.
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """
    The form, read.

    Attributes:
        bill: in the desk's currency, more than 0.
        bill_number: None when none was typed.

    """

    bill: Decimal
    bill_number: str | None
    reason: str
    note: str
