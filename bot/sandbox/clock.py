"""A clock that can be moved: times that people see follow it, signatures and time-outs do not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import utc_now


@dataclass(slots=True)
class MovableClock:
    #: How far it is ahead of real time.
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def move(self, by: timedelta) -> None:
        self.ahead += by

    def reset(self) -> None:
        self.ahead = timedelta()
