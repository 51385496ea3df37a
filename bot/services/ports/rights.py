"""Slack's people, groups and channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.redemption import Trouble


class Rights(Protocol):
    """Who may do what, as Slack knows people and groups."""

    async def admit(
        self, actor: Actor, groups: frozenset[str] | None, *, freshness: Freshness = Freshness.LIVE
    ) -> Admission:
        """
        Let through full members of the workspace who are in one of `groups`.

        None stands for every full member, an empty set for nobody. What it judges by was, where it must be
        live, read by calls that began after this one; what was read lately may serve where that is enough.

        Raises NotAllowed, or CouldNotVerify when the check itself failed.
        """
        ...

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        """
        As `admit`, live, for somebody who acted earlier and was admitted then.

        `after`: the admission that this follows from; what was read for it serves here, too.
        """
        ...

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        """For drawing only: by what was read in the last minute, else by a fresh read; False when that fails."""
        ...

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        """
        Whether anybody in these groups, beside this person, may act at all; by what was read lately.

        Raises CouldNotVerify.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    Who is in which user group, by one call to Slack.

    Attributes:
        lease: the number of the lease that the call was made in.
        members: by group id, every group there is.
        read_at: when the call began, by the desk's clock.

    """

    lease: int
    members: Mapping[str, frozenset[str]]
    read_at: datetime

    def groups_of(self, person: PersonId) -> frozenset[str]:
        return frozenset(group for group, members in self.members.items() if person in members)

    def people_in(self, groups: frozenset[str]) -> frozenset[PersonId]:
        return frozenset(PersonId(one) for group in groups for one in self.members.get(group, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """
    What came of asking for a lease.

    Attributes:
        number: of the latest lease that any instance took; numbers only rise.
        ours: it is ours, and the call may begin.
        wait_s: seconds after which to ask again; 0 when it is ours.
        reading: what another instance read meanwhile, if that was wanted and there is any.

    """

    number: int
    ours: bool
    wait_s: float = 0.0
    reading: Reading | None = None


class Leases(Protocol):
    """
    Whose lease it is to read the user groups; everything raises LedgerUnavailable.

    Slack's limit belongs to the token: all instances on one ledger take leases, and share what was read.
    """

    async def take(self, *, later_than: int | None = None) -> Lease:
        """Take a lease if Slack's limit allows one now; else wait, or use what was read in a lease `later_than` that."""
        ...

    async def publish(self, reading: Reading) -> None:
        """Let the other instances use it, unless they have a later one."""
        ...


class RecentMembership(Protocol):
    """Who somebody is, for drawing only."""

    async def of(self, person: PersonId) -> frozenset[str] | None:
        """
        Their groups, by what was read in the last minute; None when Slack does not tell.

        Raises NotAllowed for whoever may never act here, CouldNotVerify when that cannot be read.
        """
        ...


class Channels(Protocol):
    """Channels, as Slack knows them."""

    async def trouble(self, channel: str) -> Trouble | None:
        """Why nothing can or may be posted there; None when nothing is known against it."""
        ...
