"""Rights, groups and channels, as Slack knows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from bot.aio.frozen import frozen
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.redemption import Trouble


class Rights(Protocol):
    """Checks people by their account and user groups in Slack."""

    async def admit(
        self, actor: Actor, groups: frozenset[str] | None, *, freshness: Freshness = Freshness.LIVE
    ) -> Admission:
        """
        Admit a full member of the workspace who is in one of `groups`.

        None admits every full member, an empty set nobody. With Freshness.LIVE everything is read by calls that began
        after this one; with RECENT an earlier reading may be used.

        Raises NotAllowed, or CouldNotVerify if the check itself fails.
        """
        ...

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        """
        As `admit`, live, for a person who was admitted earlier.

        `after`: the admission that this follows from; its reading of the groups is used again.
        """
        ...

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        """For drawing only: whether they are in one of the groups, by a reading of the last minute or a new one."""
        ...

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        """
        Whether anybody in these groups, other than this person, may act at all; by a recent reading.

        Raises CouldNotVerify.
        """
        ...


@frozen(kw_only=True)
class Reading:
    """
    The members of every user group, by one call to Slack.

    Attributes:
        lease: the number of the lease under which the call was made.
        members: by group id, every group that could be read.
        read_at: when the call began, by the desk's clock.
        unread: groups that the policy names and of which Slack did not tell who is in them.

    """

    lease: int
    members: Mapping[str, frozenset[str]]
    read_at: datetime
    unread: frozenset[str] = frozenset()

    def groups_of(self, person: PersonId) -> frozenset[str]:
        return frozenset(group for group, members in self.members.items() if person in members)

    def people_in(self, groups: frozenset[str]) -> frozenset[PersonId]:
        return frozenset(PersonId(one) for group in groups for one in self.members.get(group, ()))


@frozen(kw_only=True)
class Lease:
    """
    The answer to asking for a lease.

    Attributes:
        number: of the latest lease that any instance took; numbers only rise.
        ours: whether it is ours, so that the call may begin.
        wait_s: seconds after which to ask again; 0 if it is ours.
        reading: another instance's reading, if it was asked for and there is one.

    """

    number: int
    ours: bool
    wait_s: float = 0.0
    reading: Reading | None = None


class Leases(Protocol):
    """
    Leases to read the user groups; every method raises LedgerUnavailable.

    Slack limits the token, so all instances on one ledger take leases and share what they read.
    """

    async def take(self, *, later_than: int | None = None) -> Lease:
        """Take a lease if Slack's limit allows one now; else return the wait, and any reading `later_than` that lease."""
        ...

    async def publish(self, reading: Reading) -> None:
        """Share a reading with the other instances, unless they have a later one."""
        ...


class RecentMembership(Protocol):
    """Which groups a person is in, for drawing only."""

    async def of(self, person: PersonId) -> frozenset[str] | None:
        """
        Return their groups, by a reading of the last minute; None if Slack cannot be asked.

        Raises NotAllowed for a person who may never act here, CouldNotVerify if their account cannot be read.
        """
        ...


class Channels(Protocol):
    """Checks channels."""

    async def trouble(self, channel: str) -> Trouble | None:
        """Return why nothing can or may be posted there; None if no reason is known."""
        ...
