"""What the instances tell each other, in memory: leases to read the user groups, and people's accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.errors import LedgerUnavailable
from bot.domain.person import PersonId
from bot.services.ports import AccountRead, AccountSeen, AccountsNow, Lease, Reading

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(slots=True)
class FakeLeases:
    """
    `services.ports.Leases`.

    Attributes:
        free: how many can be taken.
        shared: the latest reading that was published, by this instance or another one.
        looked: set when a caller asked for a lease and got none.

    """

    number: int = 0
    free: int = 1_000_000
    shared: Reading | None = None
    broken: bool = False
    published: list[Reading] = field(default_factory=list)
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, *, later_than: int | None = None) -> Lease:
        self._reach()
        if self.free:
            self.free -= 1
            self.number += 1
            return Lease(number=self.number, ours=True)
        self.looked.set()
        wanted = self.shared is not None and later_than is not None and self.shared.lease > later_than
        return Lease(number=self.number, ours=False, wait_s=0.001, reading=self.shared if wanted else None)

    async def publish(self, reading: Reading) -> None:
        self._reach()
        self.published.append(reading)
        later = self.shared is None or self.shared.lease < reading.lease
        if later and reading.lease <= self.number:
            self.shared = reading

    def colleague_reads(self, members: Mapping[str, frozenset[str]]) -> Reading:
        """Another instance takes a lease, reads this in it and publishes it."""
        self.number += 1
        self.shared = Reading(lease=self.number, members=members, read_at=NOON)
        return self.shared

    def _reach(self) -> None:
        if self.broken:
            raise LedgerUnavailable("away")


@dataclass(slots=True)
class FakeAccounts:
    """
    `services.ports.Accounts`, of all instances at once.

    Attributes:
        told: what this instance wrote.
        changed: the people whose change it was told of, and when.
        seen: what comes back at each exchange.

    """

    heard: bool = False
    broken: bool = False
    told: list[AccountRead] = field(default_factory=list)
    changed: dict[PersonId, float] = field(default_factory=dict)
    seen: list[AccountSeen] = field(default_factory=list)

    async def exchange(self, read: Sequence[AccountRead], changed: Mapping[PersonId, float]) -> AccountsNow:
        if self.broken:
            raise LedgerUnavailable("away")
        self.told += read
        self.changed |= changed
        self.heard = self.heard or bool(changed)
        for one in read:
            self._note(one)
        for person, at in changed.items():
            self._drop(person, at)
        return AccountsNow(heard=self.heard, seen=list(self.seen))

    def _note(self, read: AccountRead) -> None:
        """A newer reading replaces an older one, never the other way."""
        known = self._of(read.person)
        if known is None or known.read.began < read.began:
            self._put(read, known.changed_at if known else None)

    def _drop(self, person: PersonId, at: float) -> None:
        known = self._of(person)
        if known is not None and known.holds and known.read.began <= at:
            self._put(known.read, at)

    def _of(self, person: PersonId) -> AccountSeen | None:
        return next((one for one in self.seen if one.read.person == person), None)

    def _put(self, read: AccountRead, changed_at: float | None) -> None:
        others = [one for one in self.seen if one.read.person != read.person]
        holds = changed_at is None or changed_at < read.began
        self.seen = [*others, AccountSeen(read=read, changed_at=changed_at, holds=holds)]
