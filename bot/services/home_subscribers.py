"""Whose App Home is drawn anew: whoever opens or presses it, and those whom a change concerns and who look at it."""

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

#: Seconds for which somebody who opened the tab is taken to look at it.
LOOKS_FOR_S = 600.0
_NOBODY = Concern()


class LedgerChanges:
    """What the ledger has written, told to the subscribers of App Homes as soon as there are any."""

    def __init__(self) -> None:
        self._subscribers: HomeSubscribers | None = None

    def tell(self, subscribers: HomeSubscribers) -> None:
        """From now on."""
        self._subscribers = subscribers

    def request(self, row: Redemption, by: PersonId | None) -> None:
        if self._subscribers is not None:
            self._subscribers.told(row, by)

    def case(self, case: Case, by: PersonId | None) -> None:
        if self._subscribers is not None:
            self._subscribers.told_of_case(case, by)


@dataclass(slots=True, kw_only=True)
class HomeSubscribers:
    """
    Notes it; `bot.adapters.slack.home_publisher` draws.

    Attributes:
        settlers: groups whose members may close an unknown outcome.
        answerers: groups whose members may take and answer cases.
        wake: called when there is something to draw.

    """

    homes: Homes
    wake: Callable[[], None]
    settlers: Groups = NOBODY
    answerers: Groups = NOBODY
    _noted: Concern = field(default=_NOBODY, init=False)

    async def opened(self, person: PersonId) -> None:
        """Raises LedgerUnavailable, as do the next two."""
        await self.homes.opened(person)
        self.wake()

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        await self.homes.show_page(person, part, page)
        self.wake()

    async def pressed(self, person: PersonId) -> None:
        await self.homes.pressed(person)
        self.wake()

    def told(self, row: Redemption, by: PersonId | None) -> None:
        """A request was written down or moved. Nothing waits for this, and no redemption can fail by it."""
        self.changed(concern(row, by, self.settlers))

    def told_of_case(self, case: Case, by: PersonId | None) -> None:
        """A case was written down or moved."""
        self.changed(concern_of_case(case, by, self.answerers))

    def changed(self, concerned: Concern) -> None:
        """Something that stands on these people's tabs has changed, and the ledger holds it."""
        self._noted |= concerned
        self.wake()

    async def spread(self) -> None:
        """Have all drawn anew that was noted. Raises LedgerUnavailable; then it stays noted."""
        noted, self._noted = self._noted, _NOBODY
        if noted == _NOBODY:
            return
        try:
            await self.homes.touch(noted, within_s=LOOKS_FOR_S)
        except LedgerUnavailable:
            self._noted |= noted
            raise
