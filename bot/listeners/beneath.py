"""The card that a redemption began on is drawn anew once its outcome is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.frozen import frozen
from bot.domain.errors import DeskError
from bot.domain.lookup import LookUpId
from bot.domain.person import Actor, PersonId
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import PASSING
from bot.listeners.lookup import CouponListeners
from bot.listeners.payloads import actor_of
from bot.listeners.replies import Replies
from bot.services.lookup_card import CardMove
from bot.services.ports import URL_LIFE_S

log = structlog.get_logger(__name__)

#: Seconds after Redeem now in which the outcome has to come.
WITHIN_S = 120.0
#: Cards in memory at most; the oldest goes first.
AT_MOST = 1000


@frozen
class _Beneath:
    """`url` is a secret: whoever has it can write there."""

    card: LookUpId
    by: Actor
    url: str = field(repr=False)
    at: float


@dataclass(slots=True, kw_only=True)
class CardsBeneath:
    """
    The cards whose Redeem opened a form, by the id of the request that it becomes.

    They are kept in this process's memory only. A response URL is used once and dropped: by the first move to a state that
    lasts, or two minutes after the request was made, whatever it is then.
    """

    coupons: CouponListeners
    replies: Replies
    monotonic: Callable[[], float]
    _kept: dict[RequestId, _Beneath] = field(init=False, default_factory=dict)

    def remember(self, args: AsyncArgs, request_id: RequestId, card: LookUpId) -> None:
        """Note the card that was pressed; one in a modal has no response URL."""
        url = args.body.get("response_url")
        if not url:
            return
        self._kept[request_id] = _Beneath(card, actor_of(args.body), str(url), self.monotonic())
        while len(self._kept) > AT_MOST:
            del self._kept[next(iter(self._kept))]

    def told(self, row: Redemption, by: PersonId | None) -> None:
        """A request was made or moved by this process. It never raises, so no redemption can fail by it."""
        del by
        if row.id not in self._kept:
            return
        if row.state is State.NEW:
            self.replies.spawn(self._drawn_later(row.id))
        elif row.state not in PASSING and row.state is not State.UNKNOWN:
            self.replies.spawn(self._drawn(row.id))

    async def _drawn_later(self, request_id: RequestId) -> None:
        await asyncio.sleep(WITHIN_S)
        await self._drawn(request_id)

    async def _drawn(self, request_id: RequestId) -> None:
        kept = self._kept.pop(request_id, None)
        if kept is None or self.monotonic() - kept.at > URL_LIFE_S:
            return
        try:
            card = await self.coupons.draw.for_press(kept.card, CardMove.AGAIN, by=kept.by)
        except DeskError as err:
            # Its Redeem is checked anew when it is pressed.
            log.info("card_not_redrawn", error=type(err).__name__)
            return
        await self.replies.urls.post(kept.url, self.coupons.drawn(card).replacing())
