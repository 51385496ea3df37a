"""Look up where a cart promotion was redeemed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace

import structlog

from bot.aio.clock import Clock
from bot.aio.coalescing import CoalescingCache
from bot.aio.frozen import part
from bot.domain.cards import PromotionCard
from bot.domain.errors import EngineError
from bot.domain.lookup import AsOf, LookUpId, PromotionLookUp
from bot.domain.person import Actor, Admission
from bot.domain.promotions import SHOWN, Mode, PromotionQuestion, PromotionRecords, Promotions
from bot.services import counted
from bot.services.lookup import KEPT, Caching
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import HistoryEngine

log = structlog.get_logger(__name__)

#: Seconds; tills are seldom renamed.
TILL_NAMES_KEPT_S = 24 * 60 * 60


class TillNames:
    """Names of tills, each read once a day; a name that cannot be read is missing."""

    def __init__(self, engine: HistoryEngine, caching: Caching) -> None:
        self._engine = engine
        self._names: CoalescingCache[str, str | None] = replace(caching, keep_s=TILL_NAMES_KEPT_S).shared(
            KEPT, "tills"
        )

    async def of(self, tills: Iterable[str]) -> Mapping[str, str]:
        wanted = sorted(set(tills))
        names = await asyncio.gather(*(self._name(till) for till in wanted))
        return {till: name for till, name in zip(wanted, names, strict=True) if name}

    async def _name(self, till: str) -> str | None:
        try:
            return await self._names.get(till, lambda: self._engine.till_name(till))
        except EngineError as err:
            log.warning("till_not_named", error=type(err).__name__)
            return None


class LookUpPromotions:
    """Redemptions of promotions by their codes. Raises EngineError."""

    def __init__(self, engine: HistoryEngine, now: Clock, caching: Caching) -> None:
        self._engine = engine
        self._now = now
        self._tills = TillNames(engine, caching)
        self._kept: CoalescingCache[PromotionQuestion, AsOf[Promotions]] = caching.shared(KEPT, "promotions")

    async def __call__(self, question: PromotionQuestion, *, fresh: bool = False) -> AsOf[Promotions]:
        return await self._kept.get(question, lambda: self._read(question), fresh=fresh)

    async def _read(self, question: PromotionQuestion) -> AsOf[Promotions]:
        at = self._now()
        told = await self._told(question)
        other = question.respelt()
        if other is not None and not any(found.known or found.uses for found in told):
            told = await self._told(other)
        uses = [use for found in told for use in found.uses]
        # C2: the engine may ignore the mode, so the same redemption may come twice.
        unique = {use.id or id(use): use for use in uses}.values()
        ordered = sorted(unique, key=lambda use: use.at.timestamp() if use.at else 0.0, reverse=True)
        tills = await self._tills.of(use.till for use in ordered[:SHOWN] if use.till)
        known = frozenset(code for found in told for code in found.known)
        return AsOf(Promotions(uses=tuple(ordered), tills=tills, known=known), at)

    async def _told(self, question: PromotionQuestion) -> list[PromotionRecords]:
        return await asyncio.gather(*(self._of_mode(question, mode) for mode in question.modes))

    async def _of_mode(self, question: PromotionQuestion, mode: Mode) -> PromotionRecords:
        return await self._engine.promotion_uses(question.codes, mode)


@part
class DrawPromotions:
    """Makes the card of promotions' redemptions. Raises as `DrawCard` does, without the errors about customers."""

    cards: LookUpCards
    look_up: LookUpPromotions

    @counted.look_up("promotions")
    async def for_question(self, question: PromotionQuestion, *, by: Actor) -> PromotionCard:
        admitted = await self.cards.admit(by)
        return await self._card(by, admitted, question, await self.look_up(question))

    @counted.look_up("promotions")
    async def for_press(self, pressed: LookUpId, *, by: Actor) -> PromotionCard:
        """Read the pressed card's codes again."""
        kept, admitted = await self.cards.pressed(pressed, PromotionLookUp, by=by)
        return await self._card(by, admitted, kept.question, await self.look_up(kept.question, fresh=True))

    async def _card(
        self, by: Actor, admitted: Admission, question: PromotionQuestion, found: AsOf[Promotions]
    ) -> PromotionCard:
        look_up = PromotionLookUp(asker=by.id, question=question)
        kept = await self.cards.keep(look_up, admitted)
        return PromotionCard(id=kept, look_up=look_up, promotions=found.facts, as_of=found.at)
