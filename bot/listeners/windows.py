"""A confirmation's window: answered with the outcome where that comes in time, kept true by the outbox relay afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from slack_bolt.kwargs_injection.async_args import AsyncArgs

from bot.aio.frozen import frozen, part
from bot.domain.errors import LedgerUnavailable
from bot.domain.redemption import Redemption
from bot.listeners.replies import HANDED_OVER_S, Replies
from bot.services.ports import Outbox
from bot.views.kit import View

log = structlog.get_logger(__name__)


@frozen
class WindowOutcome:
    """
    What a window shows in the end.

    Attributes:
        row: the request as the ledger holds it; None if the ledger holds something else, which the outbox relay would draw.

    """

    view: View
    row: Redemption | None = None


@part
class Windows:
    """
    The ledger holds a new window back for a moment, so that nobody updates it while its form waits for an answer.

    `wake` is called when the outbox relay may update it.
    """

    outbox: Outbox
    replies: Replies
    wake: Callable[[], None]

    async def answer(
        self, args: AsyncArgs, made: Redemption, work: Coroutine[Any, Any, WindowOutcome], meanwhile: View
    ) -> None:
        """Acknowledge with the outcome of this new request, or with `meanwhile` and leave the outcome to the relay."""
        result = self.replies.spawn(work)
        if await self.replies.acknowledge(args, result, meanwhile, drawn=lambda outcome: outcome.view):
            await self._release(args, result.result().row or made)
            return
        # An update that arrives before the acknowledgement is lost.
        await asyncio.sleep(HANDED_OVER_S)
        await self._release(args, made)
        outcome = await result
        if outcome.row is None:
            await self.replies.show(args, outcome.view)

    async def _release(self, args: AsyncArgs, shown: Redemption) -> None:
        window = str(args.body["view"]["id"])
        try:
            await self.outbox.shown(shown.id, window, version=shown.version)
        except LedgerUnavailable:
            # The hold ends by itself, and the window is drawn once more.
            log.warning("window_not_noted", request=shown.reference)
        self.wake()
