"""A pause of everything that sends or approves."""

from __future__ import annotations

from datetime import datetime

from bot.aio.frozen import frozen

#: Characters of the reason.
LONGEST_WHY = 500


@frozen(kw_only=True)
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
