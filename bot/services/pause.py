"""Whether redeeming is paused, for what is only shown: whatever approves or sends is checked by the ledger itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.domain.pause import Pause

#: Seconds for which an answer is shown: every instance reads one row a second at most, however many look up.
KEPT_S = 1.0


@dataclass(slots=True)
class ReadPause:
    """Returns the pause, None if there is none; `fresh` reads it now. Raises LedgerUnavailable."""

    read: Callable[[], Awaitable[Pause | None]]
    monotonic: Callable[[], float]
    _kept: Pause | None = field(init=False, default=None)
    _until: float = field(init=False, default=float("-inf"))

    async def __call__(self, *, fresh: bool = False) -> Pause | None:
        now = self.monotonic()
        if fresh or now >= self._until:
            self._kept, self._until = await self.read(), now + KEPT_S
        return self._kept
