"""What a request takes of a day's limits, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal

from bot.domain.person import PersonId
from bot.domain.redemption import Terms


@dataclass(frozen=True, slots=True)
class Share:
    """A request's share of a day's limits."""

    requester: PersonId
    day: date
    worth: Decimal
    taken: bool

    @property
    def count(self) -> int:
        return int(self.taken)

    @property
    def value(self) -> Decimal:
        return self.worth if self.taken else Decimal(0)


def counted(terms: Terms) -> Decimal:
    """What it takes of a limit: rounded up, so that no fraction passes it, and no more than the ledger can add."""
    units = terms.worth.amount.scaleb(4).to_integral_value(ROUND_CEILING)
    return min(units, Decimal(10**16)).scaleb(-4)
