"""One look at the engine for evidence about a request."""

from __future__ import annotations

from datetime import datetime

from bot.aio.frozen import frozen


@frozen(kw_only=True)
class Look:
    """
    What one look found.

    Attributes:
        read: whether the engine could be read.
        uses: ids of the uses that it found to be new.

    """

    at: datetime
    read: bool
    uses: tuple[str, ...] = ()
