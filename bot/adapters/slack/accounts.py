"""Who may act here at all, by their account: read live, or known from lately."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.trouble import SLACK_TROUBLE, slack_error, unverified
from bot.aio.frozen import frozen
from bot.aio.live import LiveReads
from bot.aio.tasks import Spawn
from bot.domain.errors import CouldNotVerify, Denial
from bot.domain.person import PersonId
from bot.services.ports import AccountRead, AccountSeen
from bot.services.ports import Accounts as SharedAccounts

log = structlog.get_logger(__name__)

#: Seconds for which an account may decide what is shown. Slack says when one changes, but delivery is not
#: guaranteed, and an app gets `user_change` only once its manifest asks for it.
RECENT_S = 3600.0
#: The same until this installation has received a first `user_change`.
UNHEARD_S = 600.0
#: The same for a no: whoever is let in by an administrator does not wait for an hour.
NO_S = 60.0
#: Seconds since the last look at what other instances heard, after which nothing is recent.
CURRENT_S = 3.0
#: Seconds for which a change is remembered: a call that was on its way then may end, and be written, after it.
CHANGE_S = 60.0
#: People whose account is remembered.
REMEMBERED = 5000


@frozen
class Workspace:
    """
    Where this app is installed, as auth.test names it.

    Attributes:
        enterprise: None outside an Enterprise organisation.

    """

    team: str
    enterprise: str | None = None


class SlackAccounts:
    """The one reader of accounts. Every read raises CouldNotVerify."""

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        home: Workspace,
        shared: SharedAccounts,
        spawn: Spawn,
        monotonic: Callable[[], float],
    ) -> None:
        self._client = client
        self._home = home
        self._shared = shared
        self._monotonic = monotonic
        self._reads: LiveReads[PersonId, AccountRead] = LiveReads(spawn)
        self._kept: TTLCache[PersonId, AccountRead] = TTLCache(REMEMBERED, RECENT_S, monotonic)
        self._unwritten: dict[PersonId, AccountRead] = {}
        #: Of whom this instance heard lately that they changed, and when.
        self._changed: TTLCache[PersonId, float] = TTLCache(REMEMBERED, CHANGE_S, monotonic)
        #: Changes that were known at the last exchange.
        self._known: dict[PersonId, float] = {}
        #: When something was last dropped, for calls that were on their way.
        self._dropped: TTLCache[PersonId, float] = TTLCache(REMEMBERED, CHANGE_S, monotonic)
        self._heard = False
        self._current_until = float("-inf")
        #: Set when there is something to tell the other instances at once.
        self.woken = asyncio.Event()

    async def read(self, person: PersonId) -> AccountRead:
        """By a call that begins from now on, shared with all who ask before it begins."""
        return await self._reads.get(person, lambda: self._call(person))

    async def recent(self, person: PersonId) -> AccountRead:
        """What is known from lately, else `read`."""
        return self._lately(person) or await self.read(person)

    def known_fit(self, person: PersonId) -> bool:
        """Whether they may act, as far as that is known without a call."""
        known = self._lately(person)
        return known is not None and known.denial is None

    def since(self, person: PersonId, pressed: float) -> AccountRead | None:
        """What was read by a call that began after that moment, if it was and still holds."""
        kept = self._kept.get(person)
        return kept if kept is not None and kept.began >= pressed else None

    @property
    def current(self) -> bool:
        """Whether what other instances heard is known; where it is not, nothing is recent."""
        return self._monotonic() < self._current_until

    def changed(self, person: PersonId) -> None:
        """Slack says that the account has changed."""
        self._changed[person] = self._monotonic()
        self._drop(person)
        self.woken.set()

    async def exchange(self) -> int:
        """Tell the other instances, and be told. Raises LedgerUnavailable; nothing is lost by that."""
        began, unwritten = self._monotonic(), dict(self._unwritten)
        now = await self._shared.exchange(list(unwritten.values()), dict(self._changed))
        for person, read in unwritten.items():
            if self._unwritten.get(person) is read:
                del self._unwritten[person]
        self._heard = self._heard or now.heard
        self._learn(now.seen)
        self._current_until = began + CURRENT_S
        return 0

    def _learn(self, seen: Sequence[AccountSeen]) -> None:
        known, self._known = self._known, {}
        for one in seen:
            person = one.read.person
            if one.changed_at is not None:
                self._known[person] = one.changed_at
                if known.get(person) != one.changed_at:
                    self._drop(person)
            # What this instance heard since it asked is not in the ledger yet.
            if one.holds and one.read.began > self._changed.get(person, float("-inf")):
                self._keep(one.read)

    def _lately(self, person: PersonId) -> AccountRead | None:
        kept = self._kept.get(person)
        if kept is None or not self.current:
            return None
        limit_s = NO_S if kept.denial is not None else RECENT_S if self._heard else UNHEARD_S
        return kept if self._monotonic() - kept.began < limit_s else None

    def _drop(self, person: PersonId) -> None:
        self._kept.pop(person, None)
        self._unwritten.pop(person, None)
        self._dropped[person] = self._monotonic()

    def _keep(self, read: AccountRead) -> None:
        kept = self._kept.get(read.person)
        if kept is None or kept.began < read.began:
            self._kept[read.person] = read

    async def _call(self, person: PersonId) -> AccountRead:
        began = self._monotonic()
        try:
            answer = await self._client.users_info(user=person)
        except SLACK_TROUBLE as err:
            log.warning("person_not_read", error=slack_error(err))
            raise CouldNotVerify(unverified(err)) from None
        user = answer.get("user")
        if not isinstance(user, dict) or user.get("id") != person:
            raise CouldNotVerify
        read = AccountRead(person=person, denial=denial(user, self._home), began=began)
        if began > self._dropped.get(person, float("-inf")):
            self._keep(read)
            self._unwritten[person] = read
        return read


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
