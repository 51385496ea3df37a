"""What Slack says of people's accounts (`services.ports.Accounts`), in seconds by the database's clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import clock_s, insert_into
from bot.adapters.ledger.tables import accounts, heard_events
from bot.aio.frozen import frozen
from bot.domain.errors import Denial
from bot.domain.person import PersonId
from bot.services.ports import AccountRead, AccountSeen, AccountsNow

USER_CHANGE = "user_change"
#: Seconds for which what was read is of use to an instance that starts.
OF_USE_S = 3600.0
#: Seconds that are read once more: a transaction that began earlier may end later.
OVERLAP_S = 10.0
#: People that are read at once, the latest first.
AT_MOST = 5000


@frozen
class _Clock:
    """
    The database's clock beside the monotonic one.

    Attributes:
        now: by the database, somewhere between `before` and `after` by the monotonic clock.

    """

    now: float
    before: float
    after: float

    def earliest(self, moment: float) -> float:
        """By the database, never later than it was."""
        return moment + self.now - self.after

    def latest(self, moment: float) -> float:
        return moment + self.now - self.before

    def monotonic(self, at: float) -> float:
        """By the monotonic clock, never later than it was."""
        return at - self.now + self.before


@dataclass(slots=True)
class LedgerAccounts:
    database: Database
    monotonic: Callable[[], float]
    _heard: bool = field(init=False, default=False)
    _seen_until: float | None = field(init=False, default=None)

    async def exchange(self, read: Sequence[AccountRead], changed: Mapping[PersonId, float]) -> AccountsNow:
        """See the port."""
        async with self.database.transaction() as connection:
            clock = await self._clock(connection)
            if read:
                await _note(connection, clock, read)
            if changed:
                await _drop(connection, clock, changed)
            heard = self._heard or await _heard(connection, clock, now=bool(changed))
            since = self._seen_until - OVERLAP_S if self._seen_until is not None else clock.now - OF_USE_S
            seen = await _seen(connection, clock, since)
            await connection.execute(delete(accounts).where(accounts.c.noted_at < clock.now - 2 * OF_USE_S))
        self._heard, self._seen_until = heard, clock.now
        return AccountsNow(heard=heard, seen=seen)

    async def _clock(self, connection: AsyncConnection) -> _Clock:
        before = self.monotonic()
        now = (await connection.execute(select(clock_s(connection.dialect.name)))).scalar_one()
        return _Clock(now=float(now), before=before, after=self.monotonic())


async def _note(connection: AsyncConnection, clock: _Clock, read: Sequence[AccountRead]) -> None:
    # Always in the same order, so that two instances never wait for each other.
    rows = [
        {
            "person": one.person,
            "denial": one.denial,
            "read_at": clock.earliest(one.began),
            "noted_at": clock.now,
        }
        for one in sorted(read, key=lambda one: one.person)
    ]
    written = insert_into(connection, accounts).values(rows)
    new = written.excluded
    await connection.execute(
        written.on_conflict_do_update(
            index_elements=["person"],
            set_={"denial": new.denial, "read_at": new.read_at, "noted_at": new.noted_at},
            where=new.read_at > accounts.c.read_at,
        )
    )


async def _drop(connection: AsyncConnection, clock: _Clock, changed: Mapping[PersonId, float]) -> None:
    for person, moment in sorted(changed.items()):
        at = clock.latest(moment)
        unknown = or_(accounts.c.changed_at.is_(None), accounts.c.changed_at < accounts.c.read_at)
        await connection.execute(
            update(accounts)
            .where(accounts.c.person == person, accounts.c.read_at <= at, unknown)
            .values(changed_at=at, noted_at=clock.now)
        )


async def _heard(connection: AsyncConnection, clock: _Clock, *, now: bool) -> bool:
    if now:
        told = insert_into(connection, heard_events).values(event=USER_CHANGE, first_at=clock.now)
        await connection.execute(told.on_conflict_do_nothing())
        return True
    wanted = select(func.count()).where(heard_events.c.event == USER_CHANGE)
    return bool((await connection.execute(wanted)).scalar_one())


async def _seen(connection: AsyncConnection, clock: _Clock, since: float) -> list[AccountSeen]:
    wanted = select(accounts).where(accounts.c.noted_at > since)
    rows = await connection.execute(wanted.order_by(accounts.c.noted_at.desc()).limit(AT_MOST))
    return [
        AccountSeen(
            read=AccountRead(
                person=PersonId(row.person),
                denial=Denial(row.denial) if row.denial is not None else None,
                began=clock.monotonic(row.read_at),
            ),
            changed_at=row.changed_at,
            holds=row.changed_at is None or row.changed_at < row.read_at,
        )
        for row in rows
    ]
