"""The use cases that only read the engine; equal look-ups share one call."""

from __future__ import annotations

from bot.bootstrap.ports import Ports
from bot.domain.customer import CustomerId
from bot.services.history import LookUpHistory
from bot.services.lookup import Caching, FindCoupon, LookUpCoupons
from bot.services.promotions import LookUpPromotions


class Reads:
    def __init__(self, ports: Ports, cache_s: float) -> None:
        caching = Caching(ports.spawn, cache_s, ports.monotonic)
        self.coupons = LookUpCoupons(ports.engine, ports.now, caching)
        self.find = FindCoupon(ports.engine, ports.now, caching)
        self.history = LookUpHistory(ports.engine, ports.history, ports.now, caching)
        self.promotions = LookUpPromotions(ports.history, ports.now, caching)

    def forget(self, customer: CustomerId) -> None:
        """Drop the cached answers about a customer, because something has changed."""
        self.coupons.forget(customer)
        self.find.forget(customer)
        self.history.forget(customer)
