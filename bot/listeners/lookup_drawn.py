"""Page cards as they were drawn: once for each answer of the engine and the readers who are shown the same."""

from __future__ import annotations

import json
import secrets
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from cachetools import LRUCache

from bot.aio.clock import Clock
from bot.aio.frozen import frozen
from bot.domain.cards import PageCard
from bot.domain.coupon import CouponPage
from bot.domain.lookup import LookUpId
from bot.views.coupon import NEAR
from bot.views.kit import Encoded
from bot.views.lookup import page_card
from bot.views.text import Display

#: Drawings in memory at most; one of ten coupons is some ten kilobytes.
AT_MOST = 500
#: What stands for the card's id in a drawing. Nobody can know it, so that no text from outside holds it.
PLACE = LookUpId(secrets.token_urlsafe(12))
_NEVER = datetime.max.replace(tzinfo=UTC)


@frozen
class _Drawing:
    """
    One card as JSON, with a place for its id.

    Attributes:
        page: what it was drawn from.
        until: when time itself changes what it says: a coupon expires, or will soon.

    """

    page: CouponPage
    until: datetime
    encoded: str


@dataclass(slots=True, kw_only=True)
class DrawnPages:
    """A drawing is kept by all that a card shows but the card's own id, which is filled in."""

    now: Clock
    display: Display
    _kept: LRUCache[Hashable, _Drawing] = field(init=False, default_factory=lambda: LRUCache(AT_MOST))

    def __call__(self, card: PageCard) -> Encoded:
        now, key = self.now(), version_of(card)
        drawing = self._kept.get(key)
        if drawing is None or drawing.page is not card.page or now >= drawing.until:
            drawing = self._kept[key] = self._drawn(card, now)
        return Encoded(drawing.encoded.replace(PLACE, card.id))

    def _drawn(self, card: PageCard, now: datetime) -> _Drawing:
        message = page_card(replace(card, id=PLACE), now=now, display=self.display)
        return _Drawing(card.page, _until(card.page, now), json.dumps(message.payload()))


def version_of(card: PageCard) -> Hashable:
    """
    Return what decides how a card is drawn, but its id: the engine's answer itself, the versions of the requests, and a pause.

    Who reads it decides only whether a request is theirs, and whether they may redeem.
    """
    look_up = card.look_up
    return (
        id(card.page),
        card.as_of,
        look_up.filter,
        look_up.oldest_first,
        card.may_redeem,
        tuple((row.id, row.version) for row in card.requests),
        look_up.asker if card.requests else None,
        card.pause,
    )


def _until(page: CouponPage, now: datetime) -> datetime:
    ends = [one.expires_at for one in page.coupons if one.expires_at is not None]
    return min((at for end in ends for at in (end - NEAR, end, end + NEAR) if at >= now), default=_NEVER)
