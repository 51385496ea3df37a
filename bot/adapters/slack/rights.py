"""Checks people's accounts and user groups at Slack (`services.ports.Rights`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import SLACK_TROUBLE, Groups, slack_error
from bot.aio.clock import Clock
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.services.ports import Reading

log = structlog.get_logger(__name__)

#: Members whose accounts are read at most to find one who may act.
ASKED_AT_MOST = 10
#: Seconds after which a check without an answer has failed.
LIMIT_S = 8.0
#: Seconds that a card may wait to learn which buttons to draw.
DRAWING_S = 1.0


@dataclass(frozen=True, slots=True)
class Workspace:
    """
    Where this app is installed, as auth.test names it.

    Attributes:
        enterprise: None outside an Enterprise organisation.

    """

    team: str
    enterprise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackRights:
    client: AsyncWebClient
    groups: Groups
    home: Workspace
    now: Clock
    limit_s: float = LIMIT_S
    drawing_s: float = DRAWING_S

    async def admit(
        self,
        actor: Actor,
        groups: frozenset[str] | None,
        *,
        freshness: Freshness = Freshness.LIVE,  # noqa: ARG002 - so far everything is read live, which is fresh enough for both
    ) -> Admission:
        """See the port. If something cannot be read, raises CouldNotVerify."""
        if not self._here(actor):
            raise NotAllowed(Denial.OUTSIDE)
        return await self._verified(actor.id, groups)

    async def admit_again(
        self, person: PersonId, groups: frozenset[str], *, after: Admission | None = None
    ) -> Admission:
        """See the port. There is no payload, so the account must show that it is of our workspace."""
        return await self._verified(person, groups, after)

    async def seems_in(self, actor: Actor, groups: frozenset[str]) -> bool:
        """See the port. Never later than `drawing_s`."""
        if not groups or not self._here(actor):
            return False
        reading = await self.groups.lately(within_s=self.drawing_s)
        return reading is not None and not groups.isdisjoint(reading.groups_of(actor.id))

    async def account(self, person: PersonId) -> None:
        """Raises NotAllowed for whoever may never act here, by their account alone; or CouldNotVerify."""
        await self._verified(person, None)

    async def members(self, groups: frozenset[str], *, but: PersonId) -> bool:
        """See the port. Guests and deactivated people in a group do not count."""
        try:
            async with asyncio.timeout(self.limit_s):
                reading = await self.groups.lately(within_s=self.limit_s)
                if reading is None:
                    raise CouldNotVerify
                people = reading.people_in(groups) - {but}
                return await self._any_fit(sorted(people)[:ASKED_AT_MOST])
        except TimeoutError:
            raise CouldNotVerify from None

    async def _any_fit(self, people: Sequence[PersonId]) -> bool:
        """Whether one of them may act. Raises CouldNotVerify if none is found and somebody could not be read."""
        unread = False
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
        try:
            await self._refuse_unfit(person)
        except NotAllowed:
            return False
        return True

    async def _verified(
        self, person: PersonId, groups: frozenset[str] | None, after: Admission | None = None
    ) -> Admission:
        try:
            async with asyncio.timeout(self.limit_s):
                return await self._check(person, groups, after)
        except TimeoutError:
            log.warning("rights_not_verified", error="timeout")
            raise CouldNotVerify from None

    async def _check(
        self, person: PersonId, groups: frozenset[str] | None, after: Admission | None
    ) -> Admission:
        if not groups:
            await self._refuse_unfit(person)
            if groups is not None:
                raise NotAllowed(Denial.GROUP)
            return Admission(person=person, groups=frozenset(), read_at=self.now())
        _, reading = await asyncio.gather(self._refuse_unfit(person), self._read(after))
        found = reading.groups_of(person)
        if groups.isdisjoint(found):
            raise NotAllowed(Denial.GROUP, groups=found, read_at=reading.read_at)
        return Admission(person=person, groups=found, read_at=reading.read_at, lease=reading.lease)

    async def _read(self, after: Admission | None) -> Reading:
        """Read the groups, or use the reading of `after`: a press's reading also serves the spend that follows."""
        lease = after.lease if after is not None else None
        kept = self.groups.since(lease) if lease is not None else None
        return kept or await self.groups.read()

    def _here(self, actor: Actor) -> bool:
        same_team = actor.team is not None and actor.team == self.home.team
        same_enterprise = actor.enterprise is not None and actor.enterprise == self.home.enterprise
        return same_team or same_enterprise

    async def _refuse_unfit(self, person: PersonId) -> None:
        try:
            answer = await self.client.users_info(user=person)
        except SLACK_TROUBLE as err:
            log.warning("person_not_read", error=slack_error(err))
            raise CouldNotVerify from None
        user = answer.get("user")
        if not isinstance(user, dict) or user.get("id") != person:
            raise CouldNotVerify
        why = denial(user, self.home)
        if why is not None:
            raise NotAllowed(why)


def denial(user: dict[str, Any], home: Workspace) -> Denial | None:
    """Why this person may never act here; None for a full member (docs.slack.dev: users.info)."""
    if user.get("deleted"):
        return Denial.DEACTIVATED
    if user.get("is_bot") or user.get("is_app_user"):
        return Denial.BOT
    if user.get("is_stranger") or not _ours(user, home):
        return Denial.OUTSIDE
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return Denial.GUEST
    return None


def _ours(user: dict[str, Any], home: Workspace) -> bool:
    if user.get("team_id") == home.team:
        return True
    teams = (user.get("enterprise_user") or {}).get("teams") or []
    return home.team in teams
