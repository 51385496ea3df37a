"""Which groups a person is in, for drawing only (`services.ports.RecentMembership`)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from cachetools import TTLCache

from bot.adapters.slack.groups import KEPT_S, Groups
from bot.adapters.slack.rights import LIMIT_S, SlackRights
from bot.domain.errors import Denial, NotAllowed
from bot.domain.person import PersonId

#: People in the cache.
REMEMBERED = 1000


class SlackRecentMembership:
    """Reads nobody's account more than once a minute: App Homes are redrawn after every change."""

    def __init__(
        self,
        *,
        rights: SlackRights,
        groups: Groups,
        monotonic: Callable[[], float],
        limit_s: float = LIMIT_S,
    ) -> None:
        self._rights = rights
        self._groups = groups
        self._limit_s = limit_s
        self._accounts: TTLCache[PersonId, Denial | None] = TTLCache(REMEMBERED, KEPT_S, monotonic)

    async def of(self, person: PersonId) -> frozenset[str] | None:
        """See the port. A failure to read is not cached."""
        denial = await self._denied(person)
        if denial is not None:
            raise NotAllowed(denial)
        reading = await self._groups.lately(within_s=self._limit_s)
        return None if reading is None else reading.groups_of(person)

    async def _denied(self, person: PersonId) -> Denial | None:
        with suppress(KeyError):
            return self._accounts[person]
        found = self._accounts[person] = await self._read(person)
        return found

    async def _read(self, person: PersonId) -> Denial | None:
        try:
            await self._rights.account(person)
        except NotAllowed as err:
            return err.why
        return None
