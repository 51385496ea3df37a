"""The requests that a card is drawn from: read by an index, or known where this process is the only writer (SQLite)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import TTLCache
from sqlalchemy import or_, select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.rows import from_row
from bot.adapters.ledger.tables import IS_OPEN, redemptions
from bot.domain.customer import CustomerId
from bot.domain.redemption import Redemption, State

#: Requests of one customer at most, the latest first.
OF_CUSTOMER = 100
#: Customers whose requests are kept at most, and for how many seconds: a bound on what a second process, which should
#: not be there, can make untrue.
AT_MOST = 500
KEPT_S = 30.0
#: Seconds after a write that failed in which nothing is kept: it may still be committed.
DOUBTED_S = 10.0

Read = Callable[[CustomerId], Coroutine[Any, Any, Sequence[Redemption]]]


async def concerning(database: Database, customer: CustomerId) -> Sequence[Redemption]:
    """By the index of customer and coupon; see `services.ports.Requests`."""
    wanted = (
        select(redemptions)
        .where(
            redemptions.c.customer_id == customer,
            or_(IS_OPEN, redemptions.c.state == State.REDEEMED.value),
        )
        .order_by(redemptions.c.made_at.desc())
        .limit(OF_CUSTOMER)
    )
    return [from_row(row) for row in await database.rows(wanted)]


@dataclass(slots=True)
class KnownRequests:
    """The requests of customers who were looked up, until one of them is written."""

    monotonic: Callable[[], float]
    _kept: TTLCache[CustomerId, Sequence[Redemption]] = field(init=False)
    _writes: int = field(init=False, default=0)
    _doubted_until: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        self._kept = TTLCache(AT_MOST, KEPT_S, self.monotonic)

    async def get(self, customer: CustomerId, read: Read) -> Sequence[Redemption]:
        """Return them as they stand; they are read where they are not known."""
        kept = self._kept.get(customer)
        if kept is not None:
            return kept
        writes = self._writes
        found = await read(customer)
        # Else it may have been read before what was written meanwhile.
        if writes == self._writes and self.monotonic() >= self._doubted_until:
            self._kept[customer] = found
        return found

    def written(self, row: Redemption) -> None:
        """A request was made or moved."""
        self._writes += 1
        self._kept.pop(row.terms.customer, None)

    def failed(self) -> None:
        """A write failed, and nobody knows whether it was made."""
        self._writes += 1
        self._kept.clear()
        self._doubted_until = self.monotonic() + DOUBTED_S
