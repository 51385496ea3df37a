"""How much somebody may redeem in a day, and how much of it is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Per requester and day; None is no limit."""

    count: int | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a requester has used of today's limits."""

    count: int = 0
    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLimit:
    """
    The figures by which one more redemption was too many, or too large.

    Attributes:
        used: by others than this one.
        worth: of this one.

    """

    limits: Limits
    used: Usage
    worth: Decimal
