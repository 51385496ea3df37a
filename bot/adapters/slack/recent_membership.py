"""Which groups a person is in, for drawing only (`services.ports.RecentMembership`)."""

from __future__ import annotations

from bot.adapters.slack.groups import Groups
from bot.adapters.slack.rights import LIMIT_S, SlackRights
from bot.aio.frozen import part
from bot.domain.person import PersonId


@part(kw_only=True)
class SlackRecentMembership:
    rights: SlackRights
    groups: Groups
    limit_s: float = LIMIT_S

    async def of(self, person: PersonId) -> frozenset[str] | None:
        """See the port."""
        await self.rights.account(person)
        reading = await self.groups.lately(within_s=self.limit_s)
        return None if reading is None else reading.groups_of(person)
