"""Look up what a customer redeemed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from bot.aio.clock import Clock
from bot.aio.coalescing import CoalescingCache
from bot.aio.frozen import part
from bot.domain.cards import HistoryCard
from bot.domain.customer import CustomerId, Identifier, by_id
from bot.domain.errors import UnknownCustomer
from bot.domain.history import History, HistoryQuery, HistoryQuestion
from bot.domain.lookup import AsOf, HistoryLookUp, LookUpId
from bot.domain.person import Actor, Admission
from bot.services import counted
from bot.services.lookup import KEPT, Caching
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import HistoryEngine

log = structlog.get_logger(__name__)


class Identify(Protocol):
    """The part of the engine port that finds a customer's id."""

    async def customer_id(self, customer: Identifier) -> CustomerId:
        """Raises UnknownCustomer."""
        ...


class LookUpHistory:
    """A customer's redemptions. Raises UnknownCustomer, EngineError."""

    def __init__(self, who: Identify, engine: HistoryEngine, now: Clock, caching: Caching) -> None:
        self._who = who
        self._engine = engine
        self._now = now
        self._kept: CoalescingCache[tuple[Identifier, HistoryQuery], AsOf[History]] = caching.shared(
            KEPT, "history"
        )

    async def __call__(
        self, customer: Identifier, query: HistoryQuery, *, fresh: bool = False
    ) -> AsOf[History]:
        if fresh:
            # Else the same customer, typed in another way, would be answered from an older cache entry.
            self._forget_older(customer)
        return await self._kept.get((customer, query), lambda: self._read(customer, query), fresh=fresh)

    def forget(self, customer: CustomerId) -> None:
        """As `LookUpCoupons.forget`."""
        self._kept.drop(lambda history: history.facts.customer.id == customer)

    def _forget_older(self, customer: Identifier) -> None:
        """Drop the answers about a customer named by id; whom a mobile or e-mail names, only the engine knows."""
        asked = customer.customer_id
        self._kept.drop(lambda history: history.facts.customer.id == asked, running=False)

    async def _read(self, customer: Identifier, query: HistoryQuery) -> AsOf[History]:
        at = self._now()
        found = await self._who.customer_id(customer)
        history = await self._engine.history(found, query, at)
        if not customer.may_be(history.customer.mobile):
            raise UnknownCustomer(customer.hint)
        return AsOf(history, at)


@part
class DrawHistory:
    """Makes the card of a customer's redemptions. Raises as `DrawCard` does."""

    cards: LookUpCards
    look_up: LookUpHistory

    @counted.look_up("history")
    async def for_question(self, question: HistoryQuestion, *, by: Actor) -> HistoryCard:
        admitted = await self.cards.admit(by)
        return await self._card(
            by, admitted, await self.look_up(question.customer, question.query), question.query
        )

    @counted.look_up("history")
    async def for_press(
        self,
        pressed: LookUpId,
        changed: Callable[[HistoryQuery], HistoryQuery],
        *,
        by: Actor,
        fresh: bool = False,
    ) -> HistoryCard:
        """Read the pressed card's customer again, with the query that `changed` makes of the card's."""
        kept, admitted = await self.cards.pressed(pressed, HistoryLookUp, by=by)
        query = changed(kept.query)
        return await self._card(
            by, admitted, await self.look_up(by_id(kept.customer), query, fresh=fresh), query
        )

    async def _card(
        self, by: Actor, admitted: Admission, found: AsOf[History], query: HistoryQuery
    ) -> HistoryCard:
        look_up = HistoryLookUp(customer=found.facts.customer.id, asker=by.id, query=query)
        kept = await self.cards.keep(look_up, admitted)
        return HistoryCard(id=kept, look_up=look_up, history=found.facts, as_of=found.at)
