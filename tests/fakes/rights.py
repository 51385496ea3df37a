"""People's rights, groups and channels in memory; `tests/contract/test_rights.py` compares them with the real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.redemption import Trouble
from tests.fakes.reads import Read

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check that was asked for; `pressed` is whether it was `admit`."""

    person: PersonId
    groups: frozenset[str] | None
    freshness: Freshness
    pressed: bool
    after: Admission | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    lease: int
    read_at: datetime
    members: Mapping[str, frozenset[PersonId]]

    def of(self, person: PersonId) -> frozenset[str]:
        return frozenset(group for group, members in self.members.items() if person in members)


@dataclass
class FakeRights:
    """
    `services.ports.Rights` and `services.ports.RecentMembership`.

    Attributes:
        groups: the members of each user group.
        deactivated: people whose account is deactivated.
        unfit: people whom their account refuses for another reason.
        unreadable: with Read.GROUPS Slack does not tell the groups.
        unread_people: those whose account it does not tell.
        lets_in: whether everybody is let in whose account allows it, for callers who check the groups themselves.
        no: raised by each check, whatever the groups are.
        checks: every check that was asked for.

    """

    groups: dict[str, set[PersonId]] = field(default_factory=dict)
    deactivated: set[PersonId] = field(default_factory=set)
    unfit: dict[PersonId, Denial] = field(default_factory=dict)
    unreadable: set[Read] = field(default_factory=set)
    unread_people: set[PersonId] = field(default_factory=set)
    lets_in: bool = False
    no: Exception | None = None
    team: str = "T0DESK"
    now: Callable[[], datetime] = lambda: NOON
    checks: list[Check] = field(default_factory=list)
    _reading: _Reading | None = None
    _accounts: set[PersonId] = field(default_factory=set)
    _latest: int = 0

    def puts(self, person: PersonId, *groups: str) -> None:
        """From now on they are in these groups and no others."""
        for members in self.groups.values():
            members.discard(person)
        for group in groups:
            self.groups.setdefault(group, set()).add(person)

    def forget(self) -> None:
        """Slack tells of a change: what was read for a press does not serve what follows from it any more."""
        self._reading = None
        self._accounts.clear()

    def allowed(self, person: PersonId, groups: frozenset[str]) -> bool:
        return person not in self.deactivated and not groups.isdisjoint(self._groups_of(person))

    # The ports.

    async def admit(
        self, actor: Actor, groups: frozenset[str] | None, *, freshness: Freshness = Freshness.LIVE
    ) -> Admission:
        self.checks.append(Check(person=actor.id, groups=groups, freshness=freshness, pressed=True))
        if actor.team != self.team:
            raise NotAllowed(Denial.OUTSIDE)
        return self._admitted(actor.id, groups, None)

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        self.checks.append(
            Check(person=person, groups=groups, freshness=Freshness.LIVE, pressed=False, after=after)
        )
        return self._admitted(person, groups, after)

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        """By the groups alone, as the real one: an account is not read for drawing."""
        self.checks.append(Check(person=actor.id, groups=groups, freshness=Freshness.RECENT, pressed=False))
        here = actor.team == self.team and not self._unread
        return here and not groups.isdisjoint(self._groups_of(actor.id))

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        if self._unread:
            raise CouldNotVerify
        people = {one for group in groups for one in self.groups.get(group, ())} - {but}
        if any(self._denial(one) is None for one in people - self.unread_people):
            return True
        if people & self.unread_people:
            raise CouldNotVerify
        return False

    async def of(self, person: PersonId) -> frozenset[str] | None:
        self._refuse_unfit(person)
        return None if self._unread else self._groups_of(person)

    # What it stands on.

    def _admitted(
        self, person: PersonId, groups: frozenset[str] | None, after: Admission | None
    ) -> Admission:
        if self.no is not None:
            raise self.no
        if after is None or after.person != person or person not in self._accounts:
            self._refuse_unfit(person)
            self._accounts.add(person)
        if groups is None:
            return Admission(person=person, groups=frozenset(), read_at=self.now())
        if not groups and not self.lets_in:
            raise NotAllowed(Denial.GROUP)
        reading = self._read(after)
        found = reading.of(person)
        if groups.isdisjoint(found) and not self.lets_in:
            raise NotAllowed(Denial.GROUP, groups=found, read_at=reading.read_at)
        return Admission(person=person, groups=found, read_at=reading.read_at, lease=reading.lease)

    def _read(self, after: Admission | None) -> _Reading:
        """Read anew, or what was read for the press that this follows from."""
        kept, lease = self._reading, after.lease if after is not None else None
        if kept is not None and lease is not None and kept.lease >= lease:
            return kept
        if self._unread:
            raise CouldNotVerify
        members = {group: frozenset(people) for group, people in self.groups.items()}
        self._latest += 1
        self._reading = _Reading(self._latest, self.now(), members)
        return self._reading

    @property
    def _unread(self) -> bool:
        return Read.GROUPS in self.unreadable

    def _refuse_unfit(self, person: PersonId) -> None:
        if person in self.unread_people:
            raise CouldNotVerify
        if (why := self._denial(person)) is not None:
            raise NotAllowed(why)

    def _denial(self, person: PersonId) -> Denial | None:
        return Denial.DEACTIVATED if person in self.deactivated else self.unfit.get(person)

    def _groups_of(self, person: PersonId) -> frozenset[str]:
        return frozenset(group for group, members in self.groups.items() if person in members)


@dataclass
class FakeChannels:
    """`services.ports.Channels`; nothing is the matter with a channel that has no `troubles`."""

    troubles: dict[str, Trouble] = field(default_factory=dict)

    async def trouble(self, channel: str) -> Trouble | None:
        return self.troubles.get(channel)


@dataclass
class FakePermalinks:
    """`services.ports.Permalinks`; only these messages have a link."""

    posted: set[tuple[str, str]] = field(default_factory=set)

    async def of(self, channel: str, ts: str) -> str | None:
        if (channel, ts) not in self.posted:
            return None
        return f"https://coupon-desk.slack.com/archives/{channel}/p{ts.replace('.', '')}"
