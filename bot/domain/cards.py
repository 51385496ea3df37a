"""
What one answer in Slack shows, as it was read. A view draws a card as a whole.

`id` is the look-up's opaque id in the card's buttons; `as_of` is when the engine was asked, by the desk's clock.
"""

from __future__ import annotations

from datetime import datetime

from bot.aio.frozen import frozen
from bot.domain.case import Case
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, Use, same_code
from bot.domain.finding import CouponFinding
from bot.domain.history import History
from bot.domain.lookup import HistoryLookUp, LookUp, LookUpId, PromotionLookUp
from bot.domain.pause import Pause
from bot.domain.promotions import Promotions
from bot.domain.redemption import Redemption, State


@frozen(kw_only=True)
class PageCard:
    """A page of a customer's coupons."""

    id: LookUpId
    look_up: LookUp
    page: CouponPage
    as_of: datetime
    #: Whether its reader seems to be one who may redeem; the press decides.
    may_redeem: bool = False
    #: The customer's requests that are open, and those that redeemed something, the latest first.
    requests: tuple[Redemption, ...] = ()
    #: That of everything that sends or approves; None if there is none.
    pause: Pause | None = None

    def requests_for(self, coupon: CouponCode) -> tuple[Redemption, ...]:
        return tuple(row for row in self.requests if same_code(row.terms.code, coupon))


@frozen(kw_only=True)
class FindingCard:
    """One coupon of a customer."""

    id: LookUpId
    look_up: LookUp
    finding: CouponFinding
    as_of: datetime
    #: Whether its reader seems to be one who may redeem; the press decides.
    may_redeem: bool = False
    #: The customer's requests that are open, and those that redeemed something, the latest first.
    requests: tuple[Redemption, ...] = ()
    #: That of everything that sends or approves; None if there is none.
    pause: Pause | None = None

    def requests_for(self, coupon: CouponCode) -> tuple[Redemption, ...]:
        return tuple(row for row in self.requests if same_code(row.terms.code, coupon))


Card = PageCard | FindingCard


@frozen(kw_only=True)
class CodeCard:
    """
    One coupon that was looked up by its code alone.

    Attributes:
        record: None if there is no such coupon.
        check: for its owner; None if it has none or the engine did not answer.
        uses: all of them; None if it has no owner or they could not be read completely.
        requests: for it from here that are open or have redeemed something, the latest first.

    """

    code: CouponCode
    record: CouponRecord | None
    as_of: datetime
    check: Redeemability | None = None
    uses: tuple[Use, ...] | None = None
    requests: tuple[Redemption, ...] = ()


@frozen(kw_only=True)
class HistoryCard:
    """What a customer redeemed."""

    id: LookUpId
    look_up: HistoryLookUp
    history: History
    as_of: datetime


@frozen(kw_only=True)
class PromotionCard:
    """What was redeemed of cart promotions."""

    id: LookUpId
    look_up: PromotionLookUp
    promotions: Promotions
    as_of: datetime


@frozen(kw_only=True)
class CaseNow:
    """
    A case and its coupon as of now.

    Attributes:
        finding: None if the case names no coupon or the engine did not answer.
        as_of: when the engine was asked; None if it gave nothing.
        in_the_way: as of an answer (`CaseAnswer.in_the_way`); read for the form only.

    """

    case: Case
    finding: CouponFinding | None = None
    as_of: datetime | None = None
    in_the_way: State | None = None
