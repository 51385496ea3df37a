"""Leases of Slack's rate limit, shared by all instances on one ledger (`services.ports.Leases`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import clock_s
from bot.adapters.ledger.tables import leases
from bot.aio.frozen import part
from bot.services.ports import Lease, Reading

#: usergroups.* allow 20 calls a minute to one app in one workspace (docs.slack.dev/apis/web-api/rate-limits,
#: tier 2). Five at once and one every four seconds keep to that, and a single press need not wait.
BURST = 5
EACH_S = 4.0
#: Seconds between checks whether another instance has read.
LOOK_S = 0.5
GROUPS = "usergroups.list"
#: Where the ids of groups stand that could not be read; no group has this id (stored).
UNREAD = "?"


@part
class LedgerLeases:
    """
    One row holds up to when leases are taken, by the database's clock.

    Each lease moves `free_at` on by `each_s`, from now or from its value if that is later. A lease is free until
    `free_at` is a whole burst ahead (the generic cell rate algorithm).

    Attributes:
        burst: how many leases may be taken at once after a pause.
        each_s: seconds after which one more is free.

    """

    database: Database
    burst: int = BURST
    each_s: float = EACH_S

    async def take(self, *, later_than: int | None = None) -> Lease:
        """See the port."""
        async with self.database.transaction() as connection:
            taken = (
                await connection.execute(_taking(self._now, self._refill_s, self.each_s))
            ).scalar_one_or_none()
            if taken is not None:
                return Lease(number=taken, ours=True)
            row = (await connection.execute(_looking(self._now))).one()
            reading = await self._reading(connection, later_than)
        return Lease(number=row.number, ours=False, wait_s=self._wait_s(row), reading=reading)

    async def publish(self, reading: Reading) -> None:
        """
        See the port. On SQLite there is one instance, so nothing is written.

        A standby that took over may not know the reading's lease, and gives its number again: later presses would take
        the reading for one of after them.
        """
        if self._alone:
            return
        members = {group: sorted(people) for group, people in reading.members.items()}
        if reading.unread:
            members[UNREAD] = sorted(reading.unread)
        async with self.database.transaction() as connection:
            await connection.execute(
                update(leases)
                .where(
                    leases.c.name == GROUPS,
                    leases.c.read_in < reading.lease,
                    leases.c.number >= reading.lease,
                )
                .values(read_in=reading.lease, read_at=reading.read_at, members=members)
            )

    async def _reading(self, connection: AsyncConnection, later_than: int | None) -> Reading | None:
        if later_than is None:
            return None
        wanted = select(leases).where(leases.c.name == GROUPS, leases.c.read_in > later_than)
        row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        members = {group: frozenset(people) for group, people in row.members.items()}
        unread = members.pop(UNREAD, frozenset())
        return Reading(lease=row.read_in, members=members, read_at=row.read_at, unread=unread)

    def _wait_s(self, row: Row[Any]) -> float:
        """Return the seconds until a lease is free or, with other instances, until the next check."""
        free_in_s = max(0.0, float(row.ahead) - (self._refill_s - self.each_s))
        return free_in_s if self._alone else min(free_in_s, LOOK_S)

    @property
    def _refill_s(self) -> float:
        return self.burst * self.each_s

    @property
    def _alone(self) -> bool:
        return self.database.engine.dialect.name == "sqlite"

    @property
    def _now(self) -> ColumnElement[float]:
        return clock_s(self.database.engine.dialect.name)


def _taking(now: ColumnElement[float], refill_s: float, each_s: float) -> ReturningUpdate[int]:
    ahead = leases.c.free_at - now
    # If `free_at` is further ahead than leases can move it, the database's clock was set back.
    none_free = (ahead > refill_s - each_s) & (ahead <= refill_s + each_s)
    free_at = case((ahead.between(0.0, refill_s - each_s), leases.c.free_at), else_=now) + each_s
    return (
        update(leases)
        .where(leases.c.name == GROUPS, not_(none_free))
        .values(number=leases.c.number + 1, free_at=free_at)
        .returning(leases.c.number)
    )


def _looking(now: ColumnElement[float]) -> Select[tuple[int, float]]:
    return select(leases.c.number, (leases.c.free_at - now).label("ahead")).where(leases.c.name == GROUPS)
