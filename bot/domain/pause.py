"""A pause of everything that sends or approves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: Characters of the reason.
LONGEST_WHY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """
    Sending is paused.

    Attributes:
        why: as whoever paused it wrote it.
        at: by the database's clock.

    """

    why: str
    by: str
    at: datetime
