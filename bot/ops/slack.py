"""Slack as a command asks it, once: the token's workspace, its user groups, and whose account may act."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.accounts import Workspace, denial
from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error
from bot.adapters.slack.web import reading_client, shared_session
from bot.aio.causes import TRUST_STEP, is_untrusted
from bot.domain.errors import CannotStart, Denial
from bot.domain.person import PersonId
from bot.settings import Settings

#: People whose accounts are read by one command: Slack allows a hundred a minute.
MOST_ACCOUNTS = 40


class SlackUnreadable(CannotStart):
    """Slack does not answer what the command asks."""

    words = "Slack could not be read ({0}). Check SLACK_BOT_TOKEN, the app's scopes and the network, then try again."


class CertificateUntrusted(SlackUnreadable):
    """A certificate was shown for Slack that is not trusted."""

    words = f"Slack could not be read: the certificate that is shown for it is not trusted. {TRUST_STEP}"


def _unreadable(err: Exception) -> SlackUnreadable:
    return CertificateUntrusted(slack_error(err)) if is_untrusted(err) else SlackUnreadable(slack_error(err))


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """
    A user group.

    Attributes:
        enabled: a disabled one is empty to Slack, and to the desk.

    """

    id: str
    handle: str
    name: str
    enabled: bool
    people: frozenset[PersonId]


@dataclass(frozen=True, slots=True)
class SlackDirectory:
    """Every user group there is, by id."""

    groups: Mapping[str, UserGroup]

    def groups_of(self, person: PersonId) -> frozenset[str]:
        return frozenset(one.id for one in self.groups.values() if person in one.people)

    def people_in(self, groups: frozenset[str]) -> frozenset[PersonId]:
        return frozenset().union(*(self.groups[one].people for one in groups if one in self.groups))


@asynccontextmanager
async def open_slack(settings: Settings) -> AsyncIterator[AsyncWebClient]:
    async with shared_session(aiohttp.TraceConfig()) as session:
        yield reading_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session)


async def read_workspace(client: AsyncWebClient) -> Workspace:
    """Return the ids of the team and the enterprise that the token belongs to. Raises SlackUnreadable."""
    try:
        answer = await client.auth_test()
        return Workspace(team=str(answer["team_id"]), enterprise=answer.get("enterprise_id"))
    except (*SLACK_TROUBLE, KeyError) as err:
        raise _unreadable(err) from None


async def read_directory(client: AsyncWebClient) -> SlackDirectory:
    """Return every user group with its people; a disabled one is empty. Raises SlackUnreadable."""
    try:
        answer = await client.usergroups_list(include_users=True, include_count=True, include_disabled=True)
        found = [await _group(client, one) for one in answer["usergroups"]]
    except (*SLACK_TROUBLE, KeyError) as err:
        raise _unreadable(err) from None
    return SlackDirectory({group.id: group for group in found})


async def _group(client: AsyncWebClient, told: Mapping[str, Any]) -> UserGroup:
    enabled, users = not told.get("date_delete"), told.get("users")
    if enabled and (
        not isinstance(users, list) or str(told.get("user_count", len(users))) != str(len(users))
    ):
        users = (await client.usergroups_users_list(usergroup=told["id"]))["users"]
    return UserGroup(
        id=told["id"],
        handle=str(told.get("handle", "")),
        name=str(told.get("name", "")),
        enabled=enabled,
        people=frozenset(PersonId(one) for one in users or ()) if enabled else frozenset(),
    )


async def unfit(client: AsyncWebClient, person: PersonId, home: Workspace) -> Denial | None:
    """Why this person may never act here, by their account; None for a full member. Raises SlackUnreadable."""
    try:
        user = (await client.users_info(user=person))["user"]
    except (*SLACK_TROUBLE, KeyError) as err:
        raise _unreadable(err) from None
    return denial(user, home)


async def fit(client: AsyncWebClient, people: frozenset[PersonId], home: Workspace) -> tuple[PersonId, ...]:
    """Those who may act by their accounts, in the order of their ids; of the first forty. Raises SlackUnreadable."""
    asked = sorted(people)[:MOST_ACCOUNTS]
    return tuple([person for person in asked if await unfit(client, person, home) is None])
