"""Whose App Home is drawn again: people who open it or press on it, and people with it open whom a change concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.case import Case
from bot.domain.errors import LedgerUnavailable
from bot.domain.home import Concern, Part, concern, concern_of_case
from bot.domain.person import PersonId
from bot.domain.policy import NOBODY, Groups
from bot.domain.redemption import Redemption
from bot.services.ports import Homes

#: Seconds for which a tab counts as open after somebody opened it.
LOOKS_FOR_S = 600.0
_NOBODY = Concern()


class LedgerChanges:
    """Passes what the ledger has written on to the home subscribers, once they are set, and to whoever asks."""

    def __init__(self) -> None:
        self._subscribers: HomeSubscribers | None = None
        self._of_requests: list[Callable[[Redemption, PersonId | None], None]] = []

    def tell(self, subscribers: HomeSubscribers) -> None:
        """Pass every later change to these subscribers."""
        self._subscribers = subscribers

    def tell_of_requests(self, told: Callable[[Redemption, PersonId | None], None]) -> None:
        """Pass every later request that was made or moved; `told` never raises, so no redemption can fail by it."""
        self._of_requests.append(told)

    def request(self, row: Redemption, by: PersonId | None) -> None:
        if self._subscribers is not None:
            self._subscribers.told(row, by)
        for told in self._of_requests:
            told(row, by)

    def case(self, case: Case, by: PersonId | None) -> None:
        if self._subscribers is not None:
            self._subscribers.told_of_case(case, by)


@dataclass(slots=True, kw_only=True)
class HomeSubscribers:
    """
    Notes which tabs are due; `bot.adapters.slack.home_publisher` draws them.

    Attributes:
        settlers: groups whose members may settle an unknown outcome.
        answerers: groups whose members may take and answer cases.
        wake: called when there is something to draw.

    """

    homes: Homes
    wake: Callable[[], None]
    settlers: Groups = NOBODY
    answerers: Groups = NOBODY
    _noted: Concern = field(default=_NOBODY, init=False)

    async def opened(self, person: PersonId) -> None:
        """Note that a person opened the tab. This and the next two raise LedgerUnavailable."""
        await self.homes.opened(person)
        self.wake()

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        await self.homes.show_page(person, part, page)
        self.wake()

    async def pressed(self, person: PersonId) -> None:
        await self.homes.pressed(person)
        self.wake()

    def told(self, row: Redemption, by: PersonId | None) -> None:
        """Note that a request was made or moved. It never raises, so no redemption can fail by it."""
        self.changed(concern(row, by, self.settlers))

    def told_of_case(self, case: Case, by: PersonId | None) -> None:
        """Note that a case was made or moved."""
        self.changed(concern_of_case(case, by, self.answerers))

    def changed(self, concerned: Concern) -> None:
        """Note whose tabs a change concerns that the ledger has written."""
        self._noted |= concerned
        self.wake()

    async def spread(self) -> None:
        """Mark the noted tabs as due in the ledger. Raises LedgerUnavailable; they then stay noted."""
        noted, self._noted = self._noted, _NOBODY
        if noted == _NOBODY:
            return
        try:
            await self.homes.touch(noted, within_s=LOOKS_FOR_S)
        except LedgerUnavailable:
            self._noted |= noted
            raise
