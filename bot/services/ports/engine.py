"""The loyalty engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from bot.domain.answer import Answer
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, Identifier
from bot.domain.history import History, HistoryQuery
from bot.domain.lookup import Filter
from bot.domain.promotions import Mode, PromoCode, PromotionRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """Which page of a customer's coupons."""

    filter: Filter
    oldest_first: bool
    offset: int


class Engine(Protocol):
    """
    The loyalty engine.

    Every call is bounded in time and raises EngineError when the engine gives no usable answer.
    """

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        """
        One page; the page's `customer` is known.

        Raises UnknownCustomer only when the engine says so, and SeveralCustomers.
        """
        ...

    async def customer_id(self, customer: Identifier) -> CustomerId:
        """Raises UnknownCustomer."""
        ...

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        """Ask whether this customer may redeem this coupon now. Changes nothing."""
        ...

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        """Find a coupon by its code alone, whoever's it is; None when there is no such coupon."""
        ...


class HistoryEngine(Protocol):
    """The loyalty engine's records of what was redeemed; bounded and failing as `Engine` does."""

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        """The latest, or the oldest, redemptions. `now` decides what "the last 30 days" are."""
        ...

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> PromotionRecords:
        """What there is on these codes, and on no other, in this mode; nothing is an answer too."""
        ...

    async def till_name(self, till: str) -> str | None:
        """None when there is no such till, or it has no name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """
    One redeem call.

    Attributes:
        customer: the answer must name this one.
        named: how the call names the customer: by mobile, external id or e-mail.

    """

    customer: CustomerId
    named: Identifier
    code: CouponCode
    bill: Decimal
    bill_number: str


class RedeemEngine(Protocol):
    """The loyalty engine, as far as redeeming goes."""

    @property
    def till(self) -> str | None:
        """Code of the till that redemptions are booked on; None when the engine's own default counts."""
        ...

    async def customer(self, customer: CustomerId) -> Customer:
        """As the engine knows them by id. Raises UnknownCustomer, EngineError."""
        ...

    async def uses(
        self,
        customer: CustomerId,
        code: CouponCode,
        *,
        since: date,
        single: bool,
        listed: bool = False,
    ) -> tuple[Use, ...]:
        """
        Every redemption of this coupon since that day (in the engine's zone), each with its id.

        `single`: the coupon had one use left and none behind it, so its record alone tells all. `listed`: only what
        the engine lists under this customer, for then it names whose it is.
        Raises EngineError when they cannot be read completely.
        """
        ...

    async def redeem(self, order: Order, *, begin_within_s: float) -> Answer:
        """
        Send one redeem call on a fresh connection, never a second one; never raises for what the engine does.

        It begins within so many seconds or not at all, and then has all of `CAPILLARY_TIMEOUT_SECONDS`.
        """
        ...
