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
        draw=DrawCard(of.gate, of.reads.coupons, of.reads.find, of.settings.policy.redeem.groups),
        details=ShowDetails(of.gate, of.reads.coupons, of.reads.find),
        replies=of.replies,
        now=of.now,
        display=of.display,
        region=of.settings.default_region,
    )


def history(of: Shared) -> HistoryListeners:
    return HistoryListeners(
        draw=DrawHistory(of.gate, of.reads.history),
        replies=of.replies,
        display=of.display,
        region=of.settings.default_region,
    )


def promotions(of: Shared) -> PromotionListeners:
    return PromotionListeners(
        draw=DrawPromotions(of.gate, of.reads.promotions), replies=of.replies, display=of.display
    )
