"""The engine's ports, imported and made at the first call: that takes a tenth of a second, and no start makes a call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from bot.domain.customer import CustomerId
from bot.domain.history import History, HistoryQuery
from bot.domain.promotions import Mode, PromoCode, PromotionRecords
from bot.services.ports import Engine, RedeemEngine
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.adapters.capillary.transport import Transport
    from bot.bootstrap.engine import EnginePorts


class LateEngine:
    """
    A `HistoryEngine` itself; it returns the other two for those who hold them.

    `transport` opens the line to the engine; it is called once.
    """

    def __init__(self, settings: Settings, transport: Callable[[], Transport]) -> None:
        self._settings = settings
        self._transport = transport

    def engine(self) -> Engine:
        return self._made.engine

    def redeeming(self) -> RedeemEngine:
        return self._made.redeeming

    async def history(self, customer: CustomerId, query: HistoryQuery, now: datetime) -> History:
        return await self._made.history.history(customer, query, now)

    async def promotion_uses(self, codes: tuple[PromoCode, ...], mode: Mode) -> PromotionRecords:
        return await self._made.history.promotion_uses(codes, mode)

    async def till_name(self, till: str) -> str | None:
        return await self._made.history.till_name(till)

    @cached_property
    def _made(self) -> EnginePorts:
        from bot.bootstrap.engine import engine_ports  # noqa: PLC0415 - see above

        return engine_ports(self._transport(), self._settings)


def warm_up() -> None:
    """Import and load what the first call would wait for. Raises what a broken installation raises."""
    from bot.bootstrap.engine import load_certificates  # noqa: PLC0415 - see above

    load_certificates()
