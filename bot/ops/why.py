"""`coupon-desk why`: what happened to a request or a case, in sentences, from the ledger alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.adapters.ledger.audit import append
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.stories import LedgerStories
from bot.domain.audit_entry import AuditEntry
from bot.domain.case import Case
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.redemption import Redemption
from bot.ops import case_story, request_story
from bot.ops.ledger import display_of, open_ledger, operator
from bot.ops.sentences import line, looked
from bot.services.ports import AuditEvent
from bot.settings import Settings
from bot.views.text import Display

#: Exit codes.
FINE, FAILED = 0, 1
#: Fewer characters of a reference name too many requests.
SHORTEST = 4

Say = Callable[[str], None]


async def run(settings: Settings, about: str, *, unmask: bool, say: Say) -> int:
    """
    Tell the story of `about`: a reference, `customer:<id>` or `code:<code>`. Returns the exit code.

    Raises LedgerUnavailable.
    """
    async with open_ledger(settings) as database:
        why = _Why(database=database, display=display_of(settings), unmask=unmask, say=say)
        return await why(about.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Why:
    database: Database
    display: Display
    unmask: bool
    say: Say

    async def __call__(self, about: str) -> int:
        kind, _, rest = about.partition(":")
        match kind:
            case "customer" if rest:
                return await self._customer(CustomerId(rest))
            case "code" if rest:
                return await self._code(CouponCode(rest))
            case _:
                return await self._reference(about)

    @property
    def _stories(self) -> LedgerStories:
        return LedgerStories(self.database)

    async def _reference(self, reference: str) -> int:
        if len(reference) < SHORTEST:
            return self._none(f"{reference!r} is too short: give the reference as the message shows it.")
        found: list[Redemption | Case] = [
            *await self._stories.requests(reference),
            *await self._stories.cases(reference),
        ]
        if len(found) > 1:
            self.say(f"{len(found)} references begin so; give more of one of these ids:")
            for one in found:
                self.say(
                    f"  {one.id}  {'request' if isinstance(one, Redemption) else 'case'}  {one.state.value}"
                )
            return FAILED
        if found:
            await self._tell(found[0])
            return FINE
        return self._none(f"No request and no case here has the reference {reference}.")

    async def _tell(self, found: Redemption | Case) -> None:
        """An unmasked story is in the audit log before it is shown."""
        if self.unmask:
            await self._record(found)
        entries = await self._stories.entries(found.id)
        lines = (
            request_story.story(found, entries, self.display, unmask=self.unmask)
            if isinstance(found, Redemption)
            else case_story.story(found, entries, self.display, unmask=self.unmask)
        )
        for one in lines:
            self.say(one)

    async def _record(self, found: Redemption | Case) -> None:
        is_request = isinstance(found, Redemption)
        async with self.database.transaction() as connection:
            await append(
                connection,
                AuditEvent.DETAILS_SHOWN if is_request else AuditEvent.CASE_SHOWN,
                by=operator(),
                request_id=found.id if isinstance(found, Redemption) else None,
                case_id=found.id if isinstance(found, Case) else None,
                why={"at": "why"},
            )

    async def _customer(self, customer: CustomerId) -> int:
        looked_up = await self._stories.looked_up(customer)
        requests = await self._stories.requests_of_customer(customer)
        self._looked(looked_up)
        if looked_up and not requests:
            self.say("No request was ever made here for them.")
            return FINE
        return self._listed(requests, "Nothing is known here of that customer id.")

    async def _code(self, code: CouponCode) -> int:
        looked_at = await self._stories.looked_at(code)
        requests = await self._stories.requests_of_code(code)
        self._looked(looked_at)
        if looked_at and not requests:
            self.say("No request was ever made here for that coupon.")
            return FINE
        return self._listed(requests, "Nothing is known here of that coupon code.")

    def _looked(self, entries: Sequence[AuditEntry]) -> None:
        """Who saw what; those with a request are in its story."""
        for entry in entries:
            if entry.request_id is None:
                self.say(line(entry, [looked(entry)], self.display))

    def _listed(self, requests: Sequence[Redemption], nothing: str) -> int:
        if not requests:
            return self._none(nothing)
        for row in requests:
            self.say(request_story.summary(row, self.display))
        self.say(f"For the story of one: coupon-desk why {requests[-1].reference}")
        return FINE

    def _none(self, sentence: str) -> int:
        self.say(sentence)
        return FAILED
