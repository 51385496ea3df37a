"""Checks people's accounts and user groups at Slack, live or as read lately (`services.ports.Rights`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.adapters.slack.accounts import SlackAccounts, Workspace
from bot.adapters.slack.groups import Groups
from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.aio.together import both
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.services.ports import AccountRead, Reading

log = structlog.get_logger(__name__)

#: Members whose accounts are read at most to find one who may act.
ASKED_AT_MOST = 10
#: Seconds after which a check without an answer has failed.
LIMIT_S = 8.0
#: Seconds that a card may wait to learn which buttons to draw.
DRAWING_S = 1.0


@part(kw_only=True)
class SlackRights:
    """Rights by one reader of accounts and one of groups."""

    accounts: SlackAccounts
    groups: Groups
    home: Workspace
    now: Clock
    monotonic: Callable[[], float]
    limit_s: float = LIMIT_S
    drawing_s: float = DRAWING_S

    async def admit(
        self,
        actor: Actor,
        groups: frozenset[str] | None,
        *,
        freshness: Freshness = Freshness.LIVE,
    ) -> Admission:
        """See the port. If something cannot be read, raises CouldNotVerify."""
        if not self._here(actor):
            raise NotAllowed(Denial.OUTSIDE)
        return await self._verified(actor.id, groups, freshness)

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        """See the port. There is no payload, so the account must show that it is of our workspace."""
        return await self._verified(person, groups, Freshness.LIVE, after)

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        """See the port. Never later than `drawing_s`."""
        if not groups or not self._here(actor):
            return False
        reading = await self.groups.lately(within_s=self.drawing_s)
        return reading is not None and not groups.isdisjoint(reading.groups_of(actor.id))

    async def account(self, person: PersonId) -> None:
        """Raises NotAllowed for whoever may never act here, by their recent account alone; or CouldNotVerify."""
        await self._verified(person, None, Freshness.RECENT)

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        """See the port. Guests and deactivated people in a group do not count."""
        try:
            async with asyncio.timeout(self.limit_s):
                reading = await self.groups.lately(within_s=self.limit_s)
                if reading is None:
                    raise CouldNotVerify
                people = reading.people_in(groups) - {but}
                return await self._any_fit(
                    sorted(people)[:ASKED_AT_MOST], told=groups.isdisjoint(reading.unread)
                )
        except TimeoutError:
            raise CouldNotVerify from None

    async def _any_fit(self, people: Sequence[PersonId], *, told: bool) -> bool:
        """One is enough; who cannot be read, or a group that is not `told`, leaves it open where nobody is found."""
        if any(self.accounts.known_fit(person) for person in people):
            return True
        unread = not told
        for person in people:
            try:
                if await self._fit(person):
                    return True
            except CouldNotVerify:
                unread = True
        if unread:
            raise CouldNotVerify
        return False

    async def _fit(self, person: PersonId) -> bool:
        return (await self.accounts.recent(person)).denial is None

    async def _verified(
        self,
        person: PersonId,
        groups: frozenset[str] | None,
        freshness: Freshness,
        after: Admission | None = None,
    ) -> Admission:
        try:
            async with asyncio.timeout(self.limit_s):
                return await self._check(person, groups, freshness, after)
        except TimeoutError:
            log.warning("rights_not_verified", error="timeout")
            raise CouldNotVerify from None

    async def _check(
        self, person: PersonId, groups: frozenset[str] | None, freshness: Freshness, after: Admission | None
    ) -> Admission:
        pressed = self.monotonic() if freshness is Freshness.LIVE else None
        if not groups:
            await self._refuse_unfit(person, freshness, after)
            if groups is not None:
                raise NotAllowed(Denial.GROUP)
            return Admission(person=person, groups=frozenset(), read_at=self.now(), pressed=pressed)
        fit, kept = self._refuse_unfit(person, freshness, after), self._kept_reading(freshness, after)
        if kept is None:
            _, reading = await both(fit, self.groups.read())
        else:
            await fit
            reading = kept
        _refuse_stranger(person, groups, reading)
        return Admission(
            person=person,
            groups=reading.groups_of(person),
            read_at=reading.read_at,
            lease=reading.lease,
            pressed=pressed,
        )

    def _kept_reading(self, freshness: Freshness, after: Admission | None) -> Reading | None:
        """The read made for a press serves what follows from it, too."""
        lease = after.lease if after is not None else None
        kept = self.groups.since(lease) if lease is not None else None
        if kept is None and freshness is Freshness.RECENT and self.accounts.current:
            kept = self.groups.recent()
        return kept

    async def _refuse_unfit(self, person: PersonId, freshness: Freshness, after: Admission | None) -> None:
        read = await self._account(person, freshness, after)
        if read.denial is not None:
            raise NotAllowed(read.denial)

    async def _account(self, person: PersonId, freshness: Freshness, after: Admission | None) -> AccountRead:
        if freshness is Freshness.RECENT:
            return await self.accounts.recent(person)
        pressed = after.pressed if after is not None else None
        kept = self.accounts.since(person, pressed) if pressed is not None else None
        return kept or await self.accounts.read(person)

    def _here(self, actor: Actor) -> bool:
        same_team = actor.team is not None and actor.team == self.home.team
        same_enterprise = actor.enterprise is not None and actor.enterprise == self.home.enterprise
        return same_team or same_enterprise


def _refuse_stranger(person: PersonId, groups: frozenset[str], reading: Reading) -> None:
    """Whoever is in none of the groups, as far as they could be read."""
    found = reading.groups_of(person)
    if not groups.isdisjoint(found):
        return
    if not groups.isdisjoint(reading.unread):
        raise CouldNotVerify
    raise NotAllowed(Denial.GROUP, groups=found, read_at=reading.read_at)
