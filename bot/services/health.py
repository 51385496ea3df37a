"""How the neighbours were last time; it never makes the desk unready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.aio.clock import Clock


@dataclass(slots=True)
class Pulse:
    """Whether one neighbour answered the last time it was called."""

    now: Clock
    answered: bool | None = None
    at: datetime | None = None

    def beat(self, answered: bool) -> None:  # noqa: FBT001 - it is the fact itself
        self.answered, self.at = answered, self.now()

    def report(self) -> dict[str, Any]:
        """`answered` is null before the first call."""
        return {"answered": self.answered, "at": self.at.isoformat() if self.at else None}
