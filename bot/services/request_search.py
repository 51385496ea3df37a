"""Look up what was redeemed or asked for from here, by its reference or bill number."""

from __future__ import annotations

from collections.abc import Sequence

from bot.aio.frozen import part
from bot.domain.person import Actor
from bot.domain.redemption import Redemption
from bot.domain.request_query import SHOWN, RequestKey, RequestQuery
from bot.services.audit import AuditLog, judged_by
from bot.services.lookup_cards import LookUpCards
from bot.services.ports import AuditEvent, RequestSearch


@part(kw_only=True)
class FindRequests:
    """
    For people who may look up; which requests they were shown is recorded before.

    Raises NotAllowed, CouldNotVerify, LedgerUnavailable.
    """

    cards: LookUpCards
    audit: AuditLog
    search: RequestSearch

    async def __call__(self, query: RequestQuery, *, by: Actor) -> Sequence[Redemption]:
        """Return the latest requests first, one more than `SHOWN` if there are more."""
        admitted = await self.cards.admit(by)
        found = await self._found(query)
        shown = [row.reference for row in found[:SHOWN]]
        await self.audit.tell(
            AuditEvent.REQUESTS_SHOWN, by=by.id, key=query.key, requests=shown, **judged_by(admitted)
        )
        return found

    async def _found(self, query: RequestQuery) -> Sequence[Redemption]:
        if query.key is RequestKey.REFERENCE:
            return await self.search.by_reference(query.value, SHOWN + 1)
        return await self.search.by_bill_number(query.value, SHOWN + 1)
