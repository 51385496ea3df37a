"""What was looked up: the words after a command, and the page a card stands on."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Generic, NewType, TypeVar

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId, Identifier, names_somebody_first, parse_identifier
from bot.domain.errors import CardExpired, NotUnderstood
from bot.domain.history import HistoryQuery
from bot.domain.person import PersonId
from bot.domain.promotions import PromotionQuestion

#: Opaque: says nothing of the customer.
LookUpId = NewType("LookUpId", str)

T = TypeVar("T")

PAGE_SIZE = 10
MAX_CODE = 100


class Filter(StrEnum):
    """The words people type and choose; the same on the command and on the card. Values are stored: add, never rename."""

    ALL = "all"
    REDEEMABLE = "redeemable"
    ACTIVE = "active"
    REDEEMED = "redeemed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """
    What a card shows, and to whom; kept so that its buttons still work after a restart.

    Attributes:
        offset: coupons before the page, 0 on the first.
        code: set when the card is about one coupon; the paging fields then mean nothing.
        shown: the coupons on the page, in its order: a press on one names its place here.

    """

    customer: CustomerId
    asker: PersonId
    filter: Filter = Filter.ALL
    oldest_first: bool = False
    offset: int = 0
    code: CouponCode | None = None
    shown: tuple[CouponCode, ...] = ()

    def next_page(self) -> LookUp:
        return replace(self, offset=self.offset + PAGE_SIZE)

    def previous_page(self) -> LookUp:
        return replace(self, offset=max(0, self.offset - PAGE_SIZE))

    def coupon_in(self, place: int) -> CouponCode | None:
        """
        The coupon in this place of the page, counted from 0; below 0 the one that the whole card is about.

        None when the card is about a page. Raises CardExpired.
        """
        if place < 0:
            return self.code
        if place >= len(self.shown):
            raise CardExpired
        return self.shown[place]

    def filtered(self, chosen: Filter) -> LookUp:
        return replace(self, filter=chosen, offset=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLookUp:
    """What a card of redemptions shows, and to whom."""

    customer: CustomerId
    asker: PersonId
    query: HistoryQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionLookUp:
    """What a card of promotions' redemptions shows, and to whom."""

    asker: PersonId
    question: PromotionQuestion


AnyLookUp = LookUp | HistoryLookUp | PromotionLookUp


@dataclass(frozen=True, slots=True)
class AsOf(Generic[T]):
    """
    Facts, and the moment they were asked for: nothing on a card is older than that.

    Attributes:
        at: aware; when the call to the engine began.

    """

    facts: T
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponQuestion:
    """`/coupons` as it was typed."""

    customer: Identifier
    filter: Filter = Filter.ALL
    oldest_first: bool = False
    code: CouponCode | None = None


#: What people put around a code; no code has it at its ends.
_QUOTES = "\"'`"
_CODE = re.compile(r"(?<!\S)code\s*:\s*(\S*)", re.IGNORECASE)


def parse_coupon_question(text: str, *, region: str) -> CouponQuestion:
    """
    Read `<customer> [filter] [oldest] [code:ABC123]` in any order.

    `text` is plain text (no mark-up of Slack's). Raises NotUnderstood.
    """
    code, rest = _take_code(text)
    words = [word for word in rest.split() if _is_option(word)]
    names = [word for word in rest.split() if not _is_option(word)]
    if not names:
        raise NotUnderstood("Whose coupons? Type a mobile number or an e-mail address after the command.")
    chosen = _one_filter([word.lower() for word in words])
    return CouponQuestion(
        customer=_customer(names, region),
        filter=chosen,
        oldest_first="oldest" in (word.lower() for word in words),
        code=code,
    )


def _take_code(text: str) -> tuple[CouponCode | None, str]:
    found = [code.strip(_QUOTES) for code in _CODE.findall(text)]
    if not found:
        return None, text
    if len(found) > 1 or not found[0] or "," in found[0] or len(found[0]) > MAX_CODE:
        raise NotUnderstood("After `code:` comes one coupon code, for example `code:ABC123`.")
    return CouponCode(found[0]), _CODE.sub(" ", text)


def _is_option(word: str) -> bool:
    return word.lower() in {*Filter, "oldest", "newest"}


def _one_filter(words: list[str]) -> Filter:
    filters = {word for word in words if word in set(Filter)}
    if len(filters) > 1:
        raise NotUnderstood("Use one filter at a time: " + ", ".join(f"`{word}`" for word in Filter) + ".")
    return Filter(filters.pop()) if filters else Filter.ALL


def _customer(names: list[str], region: str) -> Identifier:
    try:
        return parse_identifier(" ".join(names), region=region)
    except NotUnderstood as err:
        told = _nearest_option(names) or (_AFTER if names_somebody_first(names, region) else None)
        raise NotUnderstood(told or err.sentence) from None


#: The customer can be read; what stands after it cannot.
_AFTER = (
    "The word after the customer could not be read. For one coupon type `code:ABC123`; the filters are "
    + ", ".join(f"`{word}`" for word in Filter)
    + "."
)


def _nearest_option(names: list[str]) -> str | None:
    """A misspelt filter beside a customer is named, instead of blaming the customer's number."""
    options = [*Filter, "oldest"]
    for word in names:
        near = difflib.get_close_matches(word.lower(), options, n=1, cutoff=0.75)
        if near and word.isalpha():
            return f"The word after the customer could not be read. Did you mean `{near[0]}`?"
    return None
