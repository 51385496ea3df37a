"""Budgets of the token and the engine, leased from by all instances on one ledger (`bot.aio.budget.Supply`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import clock_s, insert_into, later
from bot.adapters.ledger.tables import leases
from bot.aio.budget import Bucket, Rate, Supplied, Supply, leased
from bot.domain.errors import LedgerUnavailable

log = structlog.get_logger(__name__)

#: The budget of the engine (stored).
ENGINE_BUDGET = "engine"
#: Instances that may go on without the ledger at once, each at its part of the rate.
INSTANCES = 4
#: Seconds that a lease may take: less than anybody waits for a token (`bot.aio.budget.WAITS`), and than a trigger lives.
LEASE_S = 1.5
#: Seconds for which the ledger is not asked again after it could not be used.
AWAY_S = 5.0


def supply(database: Database, name: str, rate: Rate, monotonic: Callable[[], float]) -> Supply:
    """On SQLite one process is all there is, and needs no ledger for it."""
    if database.engine.dialect.name == "sqlite":
        return Bucket(rate, monotonic)
    return LedgerSupply(database, name, rate, monotonic)


@dataclass(slots=True)
class LedgerSupply:
    """
    One row for each budget tells up to when its tokens are taken, by the database's clock.

    While the ledger is away an instance goes on with its part of the rate: what people are told then goes
    through Slack, too.

    Attributes:
        name: of the row, at most 40 characters (stored).

    """

    database: Database
    name: str
    rate: Rate
    monotonic: Callable[[], float]
    _away_until: float = field(init=False, default=float("-inf"))
    _alone: Bucket = field(init=False)

    def __post_init__(self) -> None:
        part = Rate(burst=max(1, self.rate.burst // INSTANCES), each_s=self.rate.each_s * INSTANCES)
        self._alone = Bucket(part, self.monotonic)

    async def lease(self, want: int) -> Supplied:
        """See `Supply`."""
        if self.monotonic() >= self._away_until:
            try:
                return await self._leased(want)
            except LedgerUnavailable as err:
                log.warning("budget_without_ledger", budget=self.name.partition(":")[0], error=str(err))
                self._away_until = self.monotonic() + AWAY_S
        return await self._alone.lease(want)

    async def _leased(self, want: int) -> Supplied:
        async with self.database.transaction(limit_s=LEASE_S) as connection:
            free_at = await self._free_at(connection)
            # Read when the row is ours, whoever held it before.
            now = (await connection.execute(select(clock_s(connection.dialect.name)))).scalar_one()
            supplied, free_at = leased(self.rate, free_at, float(now), want)
            if supplied.count:
                row = update(leases).where(leases.c.name == self.name).values(free_at=free_at)
                await later(connection, row)
        return supplied

    async def _free_at(self, connection: AsyncConnection) -> float:
        wanted = select(leases.c.free_at).where(leases.c.name == self.name).with_for_update()
        found = (await connection.execute(wanted)).scalar_one_or_none()
        if found is not None:
            return float(found)
        new = insert_into(connection, leases).values(name=self.name, number=0, free_at=0.0, read_in=0)
        await connection.execute(new.on_conflict_do_nothing())
        return float((await connection.execute(wanted)).scalar_one())
