"""Who may do what, by what Slack says at this moment (`services.ports.Rights`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import SLACK_TROUBLE, Groups, slack_error
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor

log = structlog.get_logger(__name__)

#: Seconds after which an unanswered check is a failed one.
LIMIT_S = 8.0


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
    limit_s: float = LIMIT_S

    async def admit(self, actor: Actor, groups: frozenset[str] | None) -> None:
        """See the port. What cannot be read denies."""
        self._refuse_outsider(actor)
        try:
            async with asyncio.timeout(self.limit_s):
                await self._check(actor, groups)
        except TimeoutError:
            log.warning("rights_not_verified", error="timeout")
            raise CouldNotVerify from None

    async def _check(self, actor: Actor, groups: frozenset[str] | None) -> None:
        if not groups:
            await self._refuse_unfit(actor)
            if groups is not None:
                raise NotAllowed(Denial.GROUP)
            return
        _, members = await asyncio.gather(self._refuse_unfit(actor), self.groups.read())
        if not any(actor.id in members.get(group, frozenset()) for group in groups):
            raise NotAllowed(Denial.GROUP)

    def _refuse_outsider(self, actor: Actor) -> None:
        same_team = actor.team is not None and actor.team == self.home.team
        same_enterprise = actor.enterprise is not None and actor.enterprise == self.home.enterprise
        if not (same_team or same_enterprise):
            raise NotAllowed(Denial.OUTSIDE)

    async def _refuse_unfit(self, actor: Actor) -> None:
        try:
            answer = await self.client.users_info(user=actor.id)
        except SLACK_TROUBLE as err:
            log.warning("person_not_read", error=slack_error(err))
            raise CouldNotVerify from None
        user = answer.get("user")
        if not isinstance(user, dict) or user.get("id") != actor.id:
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
