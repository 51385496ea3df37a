"""`coupon-desk why`: what happened to a request or a case, in sentences, from the ledger alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger.audit import append
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.stories import LedgerStories
from bot.domain.audit_entry import AuditEntry
from bot.domain.case import Case
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.redemption import Redemption
from bot.ops import case_story, request_story
from bot.ops.ledger import display_of, open_ledger, operator
from bot.ops.now_sentences import headline
from bot.ops.rivals import with_rivals
from bot.ops.sentences import line, looked, zone_told
from bot.services.ports import AuditEvent
from bot.settings import Settings
from bot.views.case import STATE_WORDS as CASE_STATES
from bot.views.text import Display

#: Exit codes.
FINE, FAILED, USAGE = 0, 1, 2
#: Fewer characters of a reference name too many requests.
SHORTEST = 4

Say = Callable[[str], None]
Now = Callable[[AsyncConnection], Awaitable[datetime]]


async def run(settings: Settings, about: str, *, unmask: bool, say: Say, now: Now = read_now) -> int:
    """
    Tell the story of `about`: a reference, `customer:<id>` or `code:<code>`. Returns the exit code.

    `now` reads the clock that its deadlines are by: the database's.

    Raises LedgerUnavailable.
    """
    async with open_ledger(settings) as database:
        why = _Why(database=database, display=display_of(settings), unmask=unmask, say=say, now=now)
        return await why(about.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Why:
    database: Database
    display: Display
    unmask: bool
    say: Say
    now: Now

    async def __call__(self, about: str) -> int:
        kind, _, rest = about.partition(":")
        match kind:
            case "customer" if rest:
                return await self._customer(CustomerId(rest))
            case "code" if rest:
                return await self._code(CouponCode(rest))
            case "customer" | "code":
                # A colon after "code" would hide the next word, as of a code that is logged.
                self.say(
                    f"After {kind}, write what it is about: the engine's id of a customer, or the coupon's code."
                )
                return USAGE
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
                self.say(f"  {one.id}  {_kind_and_state(one)}")
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
        for one in await self._story(found, entries):
            self.say(one)

    async def _story(self, found: Redemption | Case, entries: Sequence[AuditEntry]) -> list[str]:
        async with self.database.transaction() as connection:
            at = await self.now(connection)
        if isinstance(found, Case):
            return case_story.story(found, entries, self.display, at=at, unmask=self.unmask)
        entries = await with_rivals(self._stories, found.id, entries)
        return request_story.story(found, entries, self.display, at=at, unmask=self.unmask)

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
            self.say(f"No request was ever made here for them. {zone_told(self.display)}")
            return FINE
        return self._listed(requests, "Nothing is known here of that customer id.")

    async def _code(self, code: CouponCode) -> int:
        looked_at = await self._stories.looked_at(code)
        requests = await self._stories.requests_of_code(code)
        self._looked(looked_at)
        if looked_at and not requests:
            self.say(f"No request was ever made here for that coupon. {zone_told(self.display)}")
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
        self.say(f"For the story of one: coupon-desk why {requests[-1].id}. {zone_told(self.display)}")
        return FINE

    def _none(self, sentence: str) -> int:
        self.say(sentence)
        return FAILED


def _kind_and_state(one: Redemption | Case) -> str:
    if isinstance(one, Case):
        return f"case  {CASE_STATES[one.state]}"
    return f"request  {headline(one)}"
