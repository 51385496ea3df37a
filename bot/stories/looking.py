"""Looking up: coupons, history, promotions."""

from __future__ import annotations

from bot.listeners.history import HistoryListeners, PromotionListeners
from bot.listeners.lookup import CouponListeners
from bot.services.history import DrawHistory, DrawPromotions
from bot.services.lookup_card import DrawCard
from bot.services.lookup_details import ShowDetails
from bot.stories.parts import Shared


def coupons(of: Shared) -> CouponListeners:
    return CouponListeners(
        draw=DrawCard(of.authorize, of.cards, of.reads.coupons, of.reads.find),
        details=ShowDetails(of.cards, of.reads.coupons, of.reads.find),
        replies=of.replies,
        now=of.now,
        display=of.display,
        region=of.settings.default_region,
    )


def history(of: Shared) -> HistoryListeners:
    return HistoryListeners(
        draw=DrawHistory(of.authorize, of.cards, of.reads.history),
        replies=of.replies,
        display=of.display,
        region=of.settings.default_region,
    )


def promotions(of: Shared) -> PromotionListeners:
    return PromotionListeners(
        draw=DrawPromotions(of.authorize, of.cards, of.reads.promotions),
        replies=of.replies,
        display=of.display,
    )
