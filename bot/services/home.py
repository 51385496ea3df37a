"""Collects what a person's App Home shows."""

from __future__ import annotations

from bot.aio.clock import Clock
from bot.aio.frozen import part
from bot.domain.case import Case
from bot.domain.home import HomePage, Page, Part, Places, RecentCustomer, may, page_of
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption
from bot.services.configuration import DeskConfiguration
from bot.services.pause import ReadPause
from bot.services.ports import HomeLists, OpenCases, RecentLookUps, RecentMembership, Requests

#: Customers looked up last that are shown.
RECENT = 5


@part(kw_only=True)
class DrawHome:
    """
    Collects what a person's App Home shows; the view draws it. Rights are checked again at each press.

    `places`: of each part, which page. Parts that need the person's groups are None where Slack cannot be asked. Raises
    NotAllowed, CouldNotVerify, LedgerUnavailable.
    """

    configuration: DeskConfiguration
    lists: HomeLists
    requests: Requests
    cases: OpenCases
    recent_look_ups: RecentLookUps
    recent_membership: RecentMembership
    pause: ReadPause
    now: Clock

    async def __call__(self, person: PersonId, places: Places) -> HomePage:
        groups = await self.recent_membership.of(person)
        at = self.now()
        return HomePage(
            person=person,
            groups=groups,
            may=None if groups is None else may(self.configuration.policy, groups),
            waiting=await self._waiting(person, groups, places),
            to_take=await self._to_take(person, groups, places),
            requests=await self.lists.asked_by(person, places.get(Part.REQUESTS, 0)),
            attention=await self._attention(person, groups, places),
            cases=page_of(await self.cases.of(person), places.get(Part.CASES, 0)),
            recent=await self._recent(person, groups),
            limits=self.configuration.policy.limits,
            used=await self.requests.usage(person, self.configuration.day(at)),
            # What is drawn because of a pause must show it.
            pause=await self.pause(fresh=True),
            as_of=at,
        )

    async def _waiting(
        self, person: PersonId, groups: frozenset[str] | None, places: Places
    ) -> Page[Redemption] | None:
        """Return what waits for them, by the approvers in each request's terms: the policy may have changed since."""
        if not groups:
            return None if groups is None else Page()
        return await self.lists.waiting(person, groups, places.get(Part.WAITING, 0))

    async def _to_take(
        self, person: PersonId, groups: frozenset[str] | None, places: Places
    ) -> Page[Case] | None:
        if groups is None:
            return None
        if not groups & self.configuration.policy.escalations.groups:
            return Page()
        cases = await self.cases.open_to(person)
        # Sorting keeps the oldest first among those that nobody has, and among the others.
        nobodys_first = sorted(cases, key=lambda case: case.owner is not None)
        return page_of(nobodys_first, places.get(Part.TO_TAKE, 0))

    async def _recent(self, person: PersonId, groups: frozenset[str] | None) -> tuple[RecentCustomer, ...]:
        if groups is None or not may(self.configuration.policy, groups).look_up:
            return ()
        return tuple(await self.recent_look_ups.of(person, RECENT))

    async def _attention(
        self, person: PersonId, groups: frozenset[str] | None, places: Places
    ) -> Page[Redemption] | None:
        if groups is None:
            return None
        if not groups & self.configuration.policy.settlers:
            return Page()
        return await self.lists.to_settle(person, places.get(Part.ATTENTION, 0))
