"""What the services need from outside, with the promises each side keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from bot.domain.coupon import CouponCode, CouponPage, CouponRecord, Redeemability
from bot.domain.customer import CustomerId, Identifier
from bot.domain.history import History, HistoryQuery
from bot.domain.look_up import AnyLookUp, Filter, LookUpId
from bot.domain.person import Actor
from bot.domain.promotion import Mode, PromoCode, PromotionUse

T = TypeVar("T")


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, aware, UTC."""
        ...


class Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start work that goes on when nobody waits for it any more; it is ended when the desk closes."""
        ...


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

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> tuple[PromotionUse, ...]:
        """Redemptions of these codes in this mode; none is an answer too."""
        ...

    async def till_name(self, till: str) -> str | None:
        """None when there is no such till, or it has no name."""
        ...


class LookUps(Protocol):
    """What look-ups were, for a day."""

    async def remember(self, look_up: AnyLookUp) -> LookUpId:
        """Keep it under a new opaque id."""
        ...

    async def recall(self, look_up_id: LookUpId) -> AnyLookUp | None:
        """None when it is unknown or a day has passed."""
        ...


class Rights(Protocol):
    """Who may do what, as Slack knows people and groups."""

    async def admit(self, actor: Actor, groups: frozenset[str] | None) -> None:
        """
        Let through full members of the workspace who are in one of `groups`.

        None stands for every full member, an empty set for nobody. What it judges by was read
        by calls that began after this one.

        Raises NotAllowed, or CouldNotVerify when the check itself failed.
        """
        ...
