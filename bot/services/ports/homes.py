"""Home tabs: which are due for drawing, and what they list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.aio.frozen import frozen
from bot.domain.home import Concern, Page, Part, Places
from bot.domain.person import PersonId
from bot.domain.redemption import (
    Redemption,
)


@frozen(kw_only=True)
class Tab:
    """
    An App Home that is due for drawing.

    Attributes:
        wanted: counts the changes that it must show.

    """

    person: PersonId
    places: Places
    wanted: int


class Homes(Protocol):
    """The open App Homes; every method raises LedgerUnavailable."""

    async def opened(self, person: PersonId) -> None:
        """Note that they opened it; every list shows its first page again."""
        ...

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        """Show another page of a list, until the tab is opened again."""
        ...

    async def pressed(self, person: PersonId) -> None:
        """Mark it as due after a press on it: what they saw may have been outdated."""
        ...

    async def touch(self, concern: Concern, *, within_s: float) -> None:
        """
        Mark the tabs of these people as due, if they opened theirs in the last `within_s` seconds.

        For people who pressed, that time does not matter. Nobody gets a tab who never opened it.
        """
        ...

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:
        """Return tabs that are due, the latest opened first; no other instance gets them for `hold_s` seconds."""
        ...

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None:
        """Note that it was drawn; `groups` are the groups that its person was in."""
        ...


class HomeLists(Protocol):
    """
    The lists of an App Home; every method raises LedgerUnavailable.

    A page after the last one returns the last one.
    """

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        """Return the requests that they may decide on, the longest waiting first; never their own."""
        ...

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        """Return their own requests, the latest first."""
        ...

    async def to_settle(self, but: PersonId, page: int) -> Page[Redemption]:
        """Return other people's requests that a person may settle, the longest unknown or redeemed first."""
        ...
