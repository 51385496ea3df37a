"""A customer's redemptions of coupons and points, and parsing `/redemptions`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.aio.frozen import frozen
from bot.domain.coupon import CouponCode, Discount, Place
from bot.domain.customer import Customer, CustomerId, Identifier, names_somebody_first, parse_identifier
from bot.domain.errors import NotUnderstood
from bot.domain.options import oldest_first, told_apart
from bot.domain.period import EVER, Period, parse_period, periods_in
from bot.domain.typed import tidy

#: Rows of each kind on one card; the engine gives no total (docs: get-customer-redemptions).
LATEST = 10


class HistoryKind(StrEnum):
    """Values are stored: add, never rename."""

    BOTH = "both"
    POINTS = "points"
    COUPONS = "coupons"


@frozen(kw_only=True)
class Reversal:
    """
    Points given back.

    Attributes:
        at: aware; None when the engine gave no readable time.

    """

    id: str | None
    points: Decimal | None
    at: datetime | None


@frozen(kw_only=True)
class PointsUse:
    """
    One redemption of points.

    Attributes:
        id: the key that a reversal needs; six letters in recent answers (docs: get-customer-redemptions).

    """

    id: str | None
    at: datetime | None
    points: Decimal | None
    bill: str | None
    place: Place | None
    reversals: tuple[Reversal, ...] = ()


@frozen(kw_only=True)
class CouponUse:
    """One redemption of a coupon, as in the history, which has no reversals of coupons."""

    id: str | None
    at: datetime | None
    code: CouponCode | None
    description: str | None
    discount: Discount
    bill: str | None
    place: Place | None


@frozen(kw_only=True)
class HistoryQuery:
    """Which part of a customer's history is asked for."""

    kind: HistoryKind = HistoryKind.BOTH
    period: Period = EVER
    oldest_first: bool = False


@frozen(kw_only=True)
class HistoryQuestion:
    """A parsed `/redemptions` command."""

    customer: Identifier
    query: HistoryQuery


@frozen(kw_only=True)
class History:
    """
    A customer's redemptions, newest or oldest first.

    Attributes:
        cut: whether there may be more rows: the engine gave as many as it was asked for.

    """

    customer: Customer
    coupons: tuple[CouponUse, ...] = ()
    points: tuple[PointsUse, ...] = ()
    cut: bool = False

    @property
    def id(self) -> CustomerId:
        return self.customer.id


#: Shown if the customer can be parsed and the words after it cannot.
_AFTER = (
    "The word after the customer could not be read. Type `points` or `coupons`, "
    "a period like `30d`, `yesterday` or `2025-01-01..2025-03-31`, or `oldest`."
)


def parse_history_question(text: str, *, region: str) -> HistoryQuestion:
    """
    Parse `<customer> [points|coupons] [period] [oldest]` in any order.

    `text` is plain text. Raises NotUnderstood.
    """
    periods, pieces = periods_in(tidy(text))
    words = told_apart(pieces, _is_option)
    customer = _customer(words.names, region)
    if len(periods) > 1:
        raise NotUnderstood("Use one period at a time, for example `30d`.")
    query = HistoryQuery(
        kind=_kind(words.options),
        period=parse_period(periods[0]) if periods else EVER,
        oldest_first=oldest_first(words.options),
    )
    return HistoryQuestion(customer=customer, query=query)


def _kind(options: tuple[str, ...]) -> HistoryKind:
    """Return the kind that was typed; both if neither or both were."""
    kinds = set(options) & set(HistoryKind)
    return HistoryKind(kinds.pop()) if len(kinds) == 1 else HistoryKind.BOTH


def _customer(names: tuple[str, ...], region: str) -> Identifier:
    if not names:
        raise NotUnderstood("Whose redemptions? Type a mobile number or an e-mail address after the command.")
    if len(names) > 1:
        raise NotUnderstood(
            "It is not clear which words name the customer. "
            "Type the customer first, in one piece, for example `98450 12345 30d`."
        )
    try:
        return parse_identifier(names[0], region=region)
    except NotUnderstood:
        if names_somebody_first(names[0].split(), region):
            raise NotUnderstood(_AFTER) from None
        raise


def _is_option(word: str) -> bool:
    return word in {*HistoryKind, "oldest", "newest"}
