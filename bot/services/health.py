"""Whether Slack and the engine answered last time; this never makes the desk unready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.aio.clock import Clock
from bot.aio.frozen import frozen


@dataclass(slots=True)
class Pulse:
    """Whether Slack, or the engine, answered the last call."""

    now: Clock
    answered: bool | None = None
    at: datetime | None = None

    def beat(self, answered: bool) -> None:  # noqa: FBT001 - it is the fact itself
        self.answered, self.at = answered, self.now()

    def report(self) -> dict[str, Any]:
        """Return the state; `answered` is null before the first call."""
        return {"answered": self.answered, "at": self.at.isoformat() if self.at else None}


@frozen(kw_only=True)
class Pulses:
    """Of both neighbours."""

    slack: Pulse
    engine: Pulse
