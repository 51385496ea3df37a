"""Daily limits of a requester, and what is used of them."""

from __future__ import annotations

from decimal import Decimal

from bot.aio.frozen import frozen


@frozen(kw_only=True)
class Limits:
    """Per requester and day; None is no limit."""

    count: int | None = None
    value: Decimal | None = None


@frozen(kw_only=True)
class Usage:
    """What a requester has used of today's limits."""

    count: int = 0
    value: Decimal = Decimal(0)


@frozen(kw_only=True)
class AtLimit:
    """
    The figures of a limit that was reached.

    Attributes:
        used: what the requester's other requests have taken.
        worth: of the request that was refused.

    """

    limits: Limits
    used: Usage
    worth: Decimal
