"""The App Home: its lists and their pages, and what a person may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from bot.aio.frozen import frozen
from bot.domain.case import Case
from bot.domain.customer import CustomerId
from bot.domain.limits import Limits, Usage
from bot.domain.looks import is_to_be_named
from bot.domain.lookup import LookUpId
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.policy import NOBODY, Groups, Policy, Rule
from bot.domain.redemption import Redemption, State

T = TypeVar("T")

#: Entries on one page of a part.
PAGE_SIZE = 5


class Part(StrEnum):
    """Lists on the App Home. Values are stored."""

    WAITING = "waiting"
    TO_TAKE = "to_take"
    REQUESTS = "requests"
    ATTENTION = "attention"
    CASES = "cases"


#: The page that is shown of each part, counted from 0; a part that is missing shows page 0.
Places = Mapping[Part, int]


@frozen(kw_only=True)
class Page(Generic[T]):
    """
    One page of a list.

    Attributes:
        number: counted from 0.
        total: entries on all pages.
        more: whether the list goes on after the last page.

    """

    entries: tuple[T, ...] = ()
    number: int = 0
    total: int = 0
    more: bool = False

    @property
    def first(self) -> int:
        """Position of its first entry in the whole list, counted from 1."""
        return self.number * PAGE_SIZE + 1

    @property
    def is_last(self) -> bool:
        return (self.number + 1) * PAGE_SIZE >= self.total


def page_of(entries: Sequence[T], wanted: int) -> Page[T]:
    """Return one page of a complete list."""
    number = nearest_page(wanted, len(entries))
    start = number * PAGE_SIZE
    return Page(entries=tuple(entries[start : start + PAGE_SIZE]), number=number, total=len(entries))


def nearest_page(wanted: int, total: int) -> int:
    """Return the wanted page or, if the list has become shorter, the last one."""
    return max(0, min(wanted, (total - 1) // PAGE_SIZE))


@frozen(kw_only=True)
class May:
    """
    What somebody in certain groups may do.

    Attributes:
        rules: the policy's rules that can apply to their redemptions, in order.
        lookers: groups whose members may look up; empty if every full member of the workspace may, or nobody.
        redeemers: groups whose members may redeem.

    """

    look_up: bool
    redeem: bool
    lookers: Groups = NOBODY
    redeemers: Groups = NOBODY
    rules: tuple[Rule, ...] = ()
    approve: bool = False
    answer: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.look_up or self.redeem or self.approve or self.answer)


def may(policy: Policy, groups: Groups) -> May:
    redeem = bool(groups & policy.redeem.groups)
    rules = [one for one in policy.redeem.rules if one.groups is None or groups & one.groups]
    return May(
        look_up=policy.lookup_groups is None or bool(groups & policy.lookup_groups),
        redeem=redeem,
        lookers=policy.lookup_groups or NOBODY,
        redeemers=policy.redeem.groups,
        rules=tuple(rules) if redeem else (),
        approve=bool(groups & policy.settlers),
        answer=bool(groups & policy.escalations.groups),
    )


@frozen(kw_only=True)
class RecentCustomer:
    """
    A customer that somebody looked up in the last day.

    Attributes:
        look_up: the stored look-up, which the button names.
        at: when they were last looked up, by the desk's clock.

    """

    customer: CustomerId
    look_up: LookUpId
    at: datetime


@frozen(kw_only=True)
class HomePage:
    """
    One person's App Home.

    Attributes:
        groups: their user groups; None if Slack could not be asked.
        person: whose it is.
        may, waiting, to_take, attention: None if the groups are not known.
        to_take: cases without an answer that this person may take: those that nobody has first; empty for people
            outside store ops.
        cases: cases that they asked or took and that are not answered yet.
        recent: customers that they looked up last, the latest first; empty for people who may not look up.
        used: what is used of today's limits.
        pause: of everything that sends or approves; None if there is none.

    """

    person: PersonId
    groups: frozenset[str] | None
    may: May | None
    waiting: Page[Redemption] | None
    to_take: Page[Case] | None
    requests: Page[Redemption]
    attention: Page[Redemption] | None
    cases: Page[Case]
    recent: tuple[RecentCustomer, ...] = ()
    limits: Limits
    used: Usage
    pause: Pause | None = None
    as_of: datetime


@frozen(kw_only=True)
class Concern:
    """
    The people whose App Home shows something that has changed.

    Attributes:
        people: by id.
        groups: all members of these user groups.
        pressed: people whose own press made the change.

    """

    people: frozenset[PersonId] = frozenset()
    groups: Groups = NOBODY
    pressed: frozenset[PersonId] = frozenset()

    def __or__(self, other: Concern) -> Concern:
        return Concern(
            people=self.people | other.people,
            groups=self.groups | other.groups,
            pressed=self.pressed | other.pressed,
        )


#: A move to one of these states adds a request to the approvers' lists or removes it.
_DECIDED_ON = frozenset({State.WAITING, State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED})
#: The same for those who settle unknown outcomes.
_CLOSED = frozenset({State.UNKNOWN, State.REDEEMED, State.NOT_REDEEMED})


def concern(row: Redemption, by: PersonId | None, settlers: Groups) -> Concern:
    """Return whose App Home changes when a request has just been moved to this state."""
    groups = frozenset(row.terms.approvers) if row.state in _DECIDED_ON else NOBODY
    if (row.unknown_at is not None and row.state in _CLOSED) or _is_named(row):
        groups |= settlers
    decided = {row.decided.by} if row.decided else set()
    return Concern(
        people=frozenset({row.terms.requester, *decided}),
        groups=groups,
        pressed=frozenset({by} if by else ()),
    )


def _is_named(row: Redemption) -> bool:
    """Whether a person has to name its use, or has named it."""
    return is_to_be_named(row) or (row.state is State.REDEEMED and row.outcome.by is not None)


def concern_of_case(case: Case, by: PersonId | None, answerers: Groups) -> Concern:
    """Return whose App Home changes: the asker, the owner, the owner before, and store ops, who see it listed."""
    people = frozenset(one for one in (case.asker, case.owner, case.before) if one)
    return Concern(people=people, groups=answerers, pressed=frozenset({by} if by else ()))
