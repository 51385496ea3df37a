"""What people's Home tabs show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.home import Concern, Page, Part, Places
from bot.domain.person import PersonId
from bot.domain.redemption import (
    Redemption,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """
    An App Home that does not show what it should.

    Attributes:
        wanted: counts what it was to be drawn for.

    """

    person: PersonId
    places: Places
    wanted: int


class Homes(Protocol):
    """Who looks at their App Home; everything raises LedgerUnavailable."""

    async def opened(self, person: PersonId) -> None:
        """They look at it from now on, at the first page of each part."""
        ...

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        """They want another page of a part. It stays on it until the tab is opened anew."""
        ...

    async def pressed(self, person: PersonId) -> None:
        """They pressed something on it: what they saw may have been old."""
        ...

    async def touch(self, concern: Concern, *, within_s: float) -> None:
        """
        Have those drawn anew whom something concerns, if they looked at theirs in the last `within_s` seconds.

        Whoever pressed is not asked for that; nobody gets one who never opened it.
        """
        ...

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:
        """Tabs to be drawn, the latest opened first, held from other instances for so many seconds."""
        ...

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None:
        """It shows what it should; `groups` are those that its person was seen in."""
        ...


class HomeLists(Protocol):
    """
    What stands on an App Home; everything raises LedgerUnavailable.

    A page past the last one is the last one.
    """

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        """What somebody in these groups may decide on, the longest waiting first; never their own."""
        ...

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        """Their own requests, the latest first."""
        ...

    async def unknown(self, but: PersonId, page: int) -> Page[Redemption]:
        """Unknown outcomes of what others asked for, the longest unknown first."""
        ...
