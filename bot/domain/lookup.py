"""Look-ups: parsing `/coupons`, and what a card shows."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Generic, NewType, TypeVar

from bot.aio.frozen import frozen
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId, Identifier, names_somebody_first, parse_identifier
from bot.domain.errors import CardExpired, NotUnderstood
from bot.domain.history import HistoryQuery
from bot.domain.options import oldest_first, told_apart
from bot.domain.person import PersonId
from bot.domain.promotions import PromotionQuestion
from bot.domain.typed import QUOTES, can_be_seen, tidy, usual_widths

#: Opaque id of a stored look-up.
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


@frozen(kw_only=True)
class LookUp:
    """
    What a card shows, and to whom. It is stored, so that the card's buttons work after a restart.

    Attributes:
        offset: coupons before the page; 0 on the first page.
        code: set if the card is about one coupon; the paging fields are then unused.
        shown: the coupons on the page, in order; a button names a coupon by its index here.

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
        Return the coupon at this index of the page, counted from 0; for a negative index the card's one coupon.

        None if the index is negative and the card shows a page. Raises CardExpired for an index beyond the page.
        """
        if place < 0:
            return self.code
        if place >= len(self.shown):
            raise CardExpired
        return self.shown[place]

    def filtered(self, chosen: Filter) -> LookUp:
        return replace(self, filter=chosen, offset=0)


@frozen(kw_only=True)
class HistoryLookUp:
    """What a card of redemptions shows, and to whom."""

    customer: CustomerId
    asker: PersonId
    query: HistoryQuery


@frozen(kw_only=True)
class PromotionLookUp:
    """What a card of promotions' redemptions shows, and to whom."""

    asker: PersonId
    question: PromotionQuestion


AnyLookUp = LookUp | HistoryLookUp | PromotionLookUp


@frozen
class AsOf(Generic[T]):
    """
    Facts, and when the engine was asked: nothing on the card is older than that.

    Attributes:
        at: aware; when the call to the engine began.

    """

    facts: T
    at: datetime


@frozen(kw_only=True)
class CouponQuestion:
    """A parsed `/coupons` command."""

    customer: Identifier
    filter: Filter = Filter.ALL
    oldest_first: bool = False
    code: CouponCode | None = None


_ORDERS = ("oldest", "newest")
_OPTIONS = frozenset((*Filter, *_ORDERS))
_CODE = re.compile(r"(?<![\w.@-])code\s*:\s*", re.IGNORECASE)
#: The words that end a code with spaces. The first word always belongs to the code.
_NEXT = re.compile(
    rf"\s+(?=(?:{'|'.join([*Filter, *_ORDERS])})(?!\S)|(?:id|ext|code)\s*:)",
    re.IGNORECASE,
)
#: Keyboards change quotes, so that any two of a kind are a pair. A single one may also stand inside, as an apostrophe.
_QUOTED = re.compile(r"\s*(?:[\"“”„‟«»][^\"“”„‟«»]+[\"“”„‟«»]|['‘’‚‛][^\"“”„‟«»`]+?['‘’‚‛]|`[^`]+`)(?!\S)")


@lru_cache(maxsize=500)
def parse_coupon_question(text: str, *, region: str) -> CouponQuestion:
    """
    Parse `<customer> [filter] [oldest] [code:ABC123]` in any order.

    A code goes on to the next option, spaces included, and is kept as it was typed. `text` is plain text
    (no mark-up of Slack's). Raises NotUnderstood.
    """
    typed, pieces = _take_code(text)
    words = told_apart(map(tidy, pieces), _is_option)
    code, names = _customer_behind(typed, region) if typed and not words.names else (typed, words.names)
    return CouponQuestion(
        customer=_customer(names, region),
        filter=_one_filter(words.options),
        oldest_first=oldest_first(words.options),
        code=code,
    )


def parse_lone_code(text: str, *, region: str) -> CouponCode | None:
    """Return the code of `code:ABC123` without a customer; None if a customer is named. Raises NotUnderstood."""
    typed, pieces = _take_code(text)
    if typed is None or told_apart(map(tidy, pieces), _is_option).names:
        return None
    code, customer = _customer_behind(typed, region)
    return None if customer else code


def _take_code(text: str) -> tuple[CouponCode | None, list[str]]:
    """Return the code as typed, and the texts before and after it."""
    # `usual_widths` keeps every position, so the code can be cut out of the original text.
    plain = usual_widths(text)
    found = _CODE.search(plain)
    if not found:
        return None, [text]
    quoted, ended = _QUOTED.match(plain, found.end()), _NEXT.search(plain, found.end())
    end = quoted.end() if quoted else ended.end() if ended else len(text)
    if _CODE.search(plain, end):
        raise NotUnderstood(_ONE_CODE)
    return _one_code(text[found.end() : end]), [text[: found.start()], text[end:]]


def _one_code(typed: str) -> CouponCode:
    code = typed.strip().strip(QUOTES).strip()
    # The engine reads a comma as two codes (docs: get-coupon-detail).
    if not can_be_seen(code) or "," in code or len(code) > MAX_CODE:
        raise NotUnderstood(_ONE_CODE)
    return CouponCode(code)


def _customer_behind(code: CouponCode, region: str) -> tuple[CouponCode, tuple[str, ...]]:
    """Split the code from a customer that follows it, if there is only one way to do so."""
    parted = [(code[: gap.start()], code[gap.end() :]) for gap in re.finditer(r"\s+", code)]
    read = [(before, behind) for before, behind in parted if _reads(behind, region)]
    if len(read) > 1 and not read[0][1].startswith("+"):
        raise NotUnderstood(
            "It is not clear where the code ends and the customer begins. "
            "Type the customer first, for example `98450 12345 code:ABC123`."
        )
    return (CouponCode(read[0][0]), (read[0][1],)) if read else (code, ())


def _reads(text: str, region: str) -> bool:
    try:
        parse_identifier(text, region=region)
    except NotUnderstood:
        return False
    return True


def _is_option(word: str) -> bool:
    return word in _OPTIONS


def _one_filter(options: tuple[str, ...]) -> Filter:
    filters = set(options) & set(Filter)
    if len(filters) > 1:
        raise NotUnderstood("Use one filter at a time: " + ", ".join(f"`{word}`" for word in Filter) + ".")
    return Filter(filters.pop()) if filters else Filter.ALL


def _customer(names: tuple[str, ...], region: str) -> Identifier:
    if not names:
        raise NotUnderstood("Whose coupons? Type a mobile number or an e-mail address after the command.")
    if len(names) > 1:
        raise NotUnderstood(
            "It is not clear which words name the customer. "
            "Type the customer first, in one piece, for example `98450 12345 redeemable`."
        )
    try:
        return parse_identifier(names[0], region=region)
    except NotUnderstood as err:
        words = names[0].split()
        told = _nearest_option(words) or (_AFTER if names_somebody_first(words, region) else None)
        raise NotUnderstood(told or err.sentence) from None


#: Words among which a misspelt option is searched: comparing takes a while.
_SEARCHED = 30
_ONE_CODE = "After `code:` comes one coupon code, for example `code:ABC123`."
#: Shown if the customer can be parsed and the words after it cannot.
_AFTER = (
    "The word after the customer could not be read. For one coupon type `code:ABC123`; the filters are "
    + ", ".join(f"`{word}`" for word in Filter)
    + "."
)


def _nearest_option(names: list[str]) -> str | None:
    """Return a sentence that names the option a misspelt word is close to; None if there is none."""
    options = [*Filter, "oldest"]
    for word in names[:_SEARCHED]:
        near = difflib.get_close_matches(word.lower(), options, n=1, cutoff=0.75)
        if near and word.isalpha():
            return f"The word after the customer could not be read. Did you mean `{near[0]}`?"
    return None
