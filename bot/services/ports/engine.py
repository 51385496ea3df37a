"""The loyalty engine."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from bot.aio.frozen import frozen
from bot.domain.answer import Answer
from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability, Use
from bot.domain.customer import Customer, CustomerId, Identifier
from bot.domain.history import History, HistoryQuery
from bot.domain.lookup import Filter
from bot.domain.promotions import Mode, PromoCode, PromotionRecords


@frozen(kw_only=True)
class PageQuery:
    """Which page of a customer's coupons."""

    filter: Filter
    oldest_first: bool
    offset: int


class Engine(Protocol):
    """
    The loyalty engine.

    Every call has a time limit and raises EngineError if the engine gives no usable answer.
    """

    async def coupons(self, customer: Identifier, query: PageQuery) -> CouponPage:
        """
        Return one page.

        Raises UnknownCustomer only if the engine says so, and SeveralCustomers.
        """
        ...

    async def customer_id(self, customer: Identifier) -> CustomerId:
        """Raises UnknownCustomer."""
        ...

    async def redeemability(self, customer: CustomerId, code: CouponCode) -> Redeemability:
        """Ask whether this customer may redeem this coupon now. Changes nothing."""
        ...

    async def redeemability_as_named(self, customer: Identifier, code: CouponCode) -> Redeemability:
        """As `redeemability`, for a customer whose id is not known yet; the answer's customer says who was meant."""
        ...

    async def coupon_record(self, code: CouponCode) -> CouponRecord | None:
        """Return a coupon by its code alone, whoever owns it; None if there is none."""
        ...


class HistoryEngine(Protocol):
    """The loyalty engine's records of what was redeemed; limits and errors as in `Engine`."""

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        """Return the latest, or the oldest, redemptions; periods such as the last 30 days end at `now`."""
        ...

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> PromotionRecords:
        """Return the redemptions of exactly these codes in this mode; there may be none."""
        ...

    async def till_name(self, till: str) -> str | None:
        """Return the till's name; None if there is no such till or it has no name."""
        ...


@frozen(kw_only=True)
class Order:
    """
    One redeem call.

    Attributes:
        customer: the customer's id, which the answer must carry.
        named: how the call names the customer: mobile, external id or e-mail.

    """

    customer: CustomerId
    named: Identifier
    code: CouponCode
    bill: Decimal
    bill_number: str


class RedeemEngine(Protocol):
    """The part of the loyalty engine that redeeming needs."""

    @property
    def till(self) -> str | None:
        """Code of the till that redemptions are booked on; None leaves it to the engine."""
        ...

    async def customer(self, customer: CustomerId) -> Customer:
        """Read a customer by id. Raises UnknownCustomer, EngineError."""
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
