"""App Homes in memory; `tests/contract/test_homes.py` compares them with the real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.errors import LedgerUnavailable
from bot.domain.home import Concern, Page, Part, Places, page_of
from bot.domain.looks import can_be_settled
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State
from bot.services.ports import Tab
from tests.fakes.requests import FakeRequests

NOON = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class _Home:
    opened_at: datetime
    places: Places
    wanted: int = 0
    drawn: int = 0
    groups: frozenset[str] = frozenset()
    held_until: datetime | None = None


@dataclass
class FakeHomes:
    """
    `services.ports.Homes`.

    Attributes:
        broken: whether touching fails.
        touched: what was touched, with the seconds in which a tab must have been opened.

    """

    now: Callable[[], datetime] = lambda: NOON
    broken: bool = False
    touched: list[tuple[Concern, float]] = field(default_factory=list)
    homes: dict[PersonId, _Home] = field(default_factory=dict)

    @property
    def due(self) -> list[PersonId]:
        """Whose tabs are due, taken or not."""
        return [person for person, home in self.homes.items() if home.drawn < home.wanted]

    @property
    def groups(self) -> dict[PersonId, frozenset[str]]:
        """The groups that each person was in when theirs was drawn."""
        return {person: home.groups for person, home in self.homes.items()}

    async def opened(self, person: PersonId) -> None:
        self._looks(person, places={})

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        home = self.homes.get(person)
        self._looks(person, places={**(home.places if home else {}), part: page})

    async def pressed(self, person: PersonId) -> None:
        self._looks(person)

    async def touch(self, concern: Concern, *, within_s: float) -> None:
        if self.broken:
            raise LedgerUnavailable("away")
        self.touched.append((concern, within_s))
        since = self.now() - timedelta(seconds=within_s)
        for person, home in self.homes.items():
            theirs = person in concern.people or not concern.groups.isdisjoint(home.groups)
            if person in concern.pressed or (theirs and home.opened_at > since):
                home.wanted += 1

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:
        now = self.now()
        due = [
            (person, home)
            for person, home in sorted(self.homes.items())
            if home.drawn < home.wanted and (home.held_until is None or home.held_until <= now)
        ]
        due.sort(key=lambda one: one[1].opened_at, reverse=True)
        for _, home in due[:at_most]:
            home.held_until = now + timedelta(seconds=hold_s)
        return [Tab(person=one, places=home.places, wanted=home.wanted) for one, home in due[:at_most]]

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None:
        home = self.homes[tab.person]
        if home.wanted < tab.wanted:
            return
        home.drawn, home.held_until, home.groups = tab.wanted, None, groups

    def _looks(self, person: PersonId, places: Places | None = None) -> None:
        home = self.homes.setdefault(person, _Home(self.now(), {}))
        home.opened_at, home.wanted = self.now(), home.wanted + 1
        home.places = home.places if places is None else places


@dataclass
class FakeHomeLists:
    """`services.ports.HomeLists` of these requests; `asked` is which lists were asked for, and how."""

    requests: FakeRequests
    asked: list[object] = field(default_factory=list)

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        self.asked.append(("waiting", person, groups, page))
        found = [
            one for one in self._others(State.WAITING, person) if not groups.isdisjoint(one.terms.approvers)
        ]
        return page_of(sorted(found, key=lambda one: (_known(one.asked_at), one.id)), page)

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        self.asked.append(("asked_by", person, page))
        found = [one for one in self.requests.rows.values() if one.terms.requester == person]
        found.sort(key=lambda one: one.id)
        return page_of(sorted(found, key=lambda one: one.made_at, reverse=True), page)

    async def to_settle(self, but: PersonId, page: int) -> Page[Redemption]:
        self.asked.append(("to_settle", but, page))
        rows = self.requests.rows.values()
        found = [one for one in rows if can_be_settled(one) and one.terms.requester != but]
        return page_of(sorted(found, key=lambda one: (_known(one.ended_at or one.unknown_at), one.id)), page)

    def _others(self, state: State, but: PersonId) -> list[Redemption]:
        rows = self.requests.rows.values()
        return [one for one in rows if one.state is state and one.terms.requester != but]


def _known(at: datetime | None) -> Any:
    """A request without a time comes first, as in SQL on SQLite."""
    return at or datetime.min.replace(tzinfo=UTC)
