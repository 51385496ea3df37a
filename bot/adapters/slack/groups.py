"""Reads the members of user groups, within Slack's rate limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import meters
from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error, unverified
from bot.aio.clock import Clock
from bot.aio.live import LiveReads
from bot.aio.tasks import Spawn
from bot.domain.errors import CouldNotVerify, LedgerUnavailable, RecordsNotRead, Unverified
from bot.services.ports import Lease, Leases, Reading

log = structlog.get_logger(__name__)

#: If Slack asks to wait longer than this, in seconds, a check fails at once.
PATIENCE_S = 8.0
#: Seconds for which a reading may decide what only shows.
KEPT_S = 60.0
#: Seconds that one group, whose members Slack's list does not tell, is waited for.
APART_S = 3.0
Members = Mapping[str, frozenset[str]]


@dataclass(slots=True, eq=False)
class _Asker:
    """
    A caller who waits for a reading.

    Attributes:
        asked_at: by the monotonic clock.
        since: the latest lease that was taken when this instance first checked after they asked. A reading under
            a later lease is live for them, whichever instance made it. None: not checked yet.

    """

    asked_at: float
    since: int | None = None
    reading: Reading | None = None
    failed: Unverified | None = None


class Groups:
    """
    The one reader of user groups.

    One call reads all groups. One call runs at a time, and only with a lease. A caller gets the first call that
    begins after they asked, and shares it with everybody who asked before it began.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        spawn: Spawn,
        leases: Leases,
        now: Clock,
        monotonic: Callable[[], float],
        asked_apart: frozenset[str] | None = None,
    ) -> None:
        """`asked_apart`: groups that are read by a call of their own if Slack's list is incomplete; None is all."""
        self._client = client
        self._asked_apart = asked_apart
        self._spawn = spawn
        self._leases = leases
        self._now = now
        self._monotonic = monotonic
        self._not_before = 0.0
        self._askers: set[_Asker] = set()
        self._round: asyncio.Task[None] | None = None
        self._kept: Reading | None = None
        self._kept_until = 0.0
        self._forgotten_at = float("-inf")
        self._refill: asyncio.Task[Reading] | None = None
        self._apart: LiveReads[str, frozenset[str]] = LiveReads(spawn)

    async def read(self) -> Reading:
        """Read all groups by calls that begin from now on. Raises CouldNotVerify."""
        listed = await self._listed()
        if not listed.unread:
            return listed
        whole = await self._whole(listed)
        if self._kept is listed:
            self._kept = whole
        return whole

    async def _listed(self) -> Reading:
        """By Slack's list alone."""
        asker = _Asker(asked_at=self._monotonic())
        self._askers.add(asker)
        try:
            while asker.reading is None:
                if self._round is None or self._round.done():
                    self._round = self._spawn(self._go_round())
                # Everybody waits for the running round; another one begins only if somebody still waits.
                await asyncio.shield(self._round)
                if asker.failed is not None:
                    raise CouldNotVerify(asker.failed)
            return asker.reading
        finally:
            self._askers.discard(asker)

    async def lately(self, *, within_s: float) -> Reading | None:
        """
        Return a reading for drawing: one from the last minute, else one that ends within `within_s` seconds.

        None if it takes longer; it goes on for the next caller.
        """
        if self.recent() is None:
            if self._refill is None or self._refill.done():
                self._refill = self._spawn(self.read())
            await asyncio.wait({self._refill}, timeout=within_s)
        return self.recent()

    def since(self, lease: int) -> Reading | None:
        """Return the reading under this lease or a later one; None if it was forgotten since."""
        return self._kept if self._kept is not None and self._kept.lease >= lease else None

    def forget(self) -> None:
        """Forget the reading, and do not draw by a call that began before now: the groups have changed."""
        self._kept = None
        self._forgotten_at = self._monotonic()

    def recent(self) -> Reading | None:
        """What was read in the last minute."""
        return self._kept if self._monotonic() < self._kept_until else None

    def _keep(self, reading: Reading, began_at: float) -> None:
        if began_at > self._forgotten_at:
            self._kept, self._kept_until = reading, began_at + KEPT_S

    async def _go_round(self) -> None:
        """Read if we get a lease, else use another instance's reading, else wait a little."""
        away_s = self._not_before - self._monotonic()
        if away_s > PATIENCE_S:
            raise CouldNotVerify
        await asyncio.sleep(max(0.0, away_s))
        looking = frozenset(self._askers)
        lease = await self._take_lease(looking)
        if lease.ours:
            await self._read(lease.number)
        elif not self._share(lease, looking):
            meters.BUDGET_WAITED.labels("usergroups.list").observe(lease.wait_s)
            await asyncio.sleep(lease.wait_s)

    async def _take_lease(self, looking: frozenset[_Asker]) -> Lease:
        since = [asker.since for asker in looking if asker.since is not None]
        try:
            return await self._leases.take(later_than=min(since, default=None))
        except LedgerUnavailable as err:
            log.warning("lease_not_taken", error=err.kind)
            raise RecordsNotRead(err.kind) from None

    def _share(self, lease: Lease, looking: frozenset[_Asker]) -> bool:
        """Give another instance's reading to the callers it is live for; returns whether there were any."""
        shared = False
        for asker in looking:
            if asker.since is None:
                asker.since = lease.number
            elif lease.reading is not None and lease.reading.lease > asker.since:
                asker.reading, shared = lease.reading, True
                self._keep(lease.reading, asker.asked_at)
        return shared

    async def _read(self, lease: int) -> None:
        # The call begins here: a press after this must not share it.
        served, began_at, read_at = frozenset(self._askers), self._monotonic(), self._now()
        try:
            members, unread = await self._call()
            reading = Reading(lease=lease, members=members, read_at=read_at, unread=unread)
        except SLACK_TROUBLE as err:
            self._heed(err)
            log.warning("groups_not_read", error=slack_error(err))
            for asker in served:
                asker.failed = unverified(err)
            return
        for asker in served:
            asker.reading = reading
        self._keep(reading, began_at)
        self._spawn(self._publish(reading))

    async def _publish(self, reading: Reading) -> None:
        try:
            await self._leases.publish(reading)
        except LedgerUnavailable as err:
            log.warning("groups_not_published", error=err.kind)

    async def _call(self) -> tuple[Members, frozenset[str]]:
        """Who is in which group, and the groups of which the list does not tell."""
        answer = await self._client.usergroups_list(include_users=True, include_count=True)
        told = {
            group["id"]: _members(group)
            for group in _list_of(answer, "usergroups")
            if isinstance(group, dict) and isinstance(group.get("id"), str)
        }
        unread = frozenset(group for group, members in told.items() if members is None)
        # Nothing depends on the others, and a workspace may have hundreds of them.
        asked = unread if self._asked_apart is None else unread & self._asked_apart
        return {group: members or frozenset() for group, members in told.items() if group not in asked}, asked

    async def _whole(self, listed: Reading) -> Reading:
        """
        With the groups that the list did not tell, each asked itself.

        One that Slack does not tell in time stands in the way of those only who depend on it.
        """
        calls = {self._spawn(self._members_apart(group)): group for group in sorted(listed.unread)}
        await asyncio.wait(calls, timeout=APART_S)
        read = {group: call.result() for call, group in calls.items() if call.done()}
        found = {group: members for group, members in read.items() if members is not None}
        return replace(listed, members={**listed.members, **found}, unread=listed.unread - found.keys())

    async def _members_apart(self, group: str) -> frozenset[str] | None:
        try:
            return await self._apart.get(group, lambda: self._call_apart(group))
        except SLACK_TROUBLE as err:
            log.warning("group_not_read", group=group, error=slack_error(err))
            return None

    async def _call_apart(self, group: str) -> frozenset[str]:
        return _people(_list_of(await self._client.usergroups_users_list(usergroup=group), "users"))

    def _heed(self, err: Exception) -> None:
        """Note how long a 429 asks to wait."""
        if not isinstance(err, SlackApiError):
            return
        wait = getattr(err.response, "headers", {}).get("Retry-After", "")
        if str(wait).isdecimal():
            self._not_before = max(self._not_before, self._monotonic() + float(wait))


def _members(group: dict[str, Any]) -> frozenset[str] | None:
    """A disabled group is empty; None where the list and its own count differ."""
    if group.get("date_delete"):
        return frozenset()
    users = group.get("users")
    if isinstance(users, list) and str(group.get("user_count", len(users))) == str(len(users)):
        return _people(users)
    return None


def _list_of(answer: AsyncSlackResponse, name: str) -> list[Any]:
    """Return the list in an answer; raises if it is missing: that does not mean that it is empty."""
    listed = answer.get(name)
    if not isinstance(listed, list):
        raise ValueError(f"no {name}")  # noqa: TRY004 - an answer, not a type of ours
    return listed


def _people(users: list[Any]) -> frozenset[str]:
    if not all(isinstance(user, str) for user in users):
        raise ValueError("no list of ids")
    return frozenset(users)
