"""What stands on a person's App Home."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.case import Case, CaseId
from bot.domain.coupon import CouponCode
from bot.domain.errors import Denial, NotAllowed
from bot.domain.home import Page, Part, may
from bot.domain.limits import Limits, Usage
from bot.domain.person import PersonId
from bot.domain.policy import Escalations, Policy, Redeeming, Rule
from bot.domain.redemption import Redemption, RequestId
from bot.domain.worth import Worth
from bot.services.configuration import DeskConfiguration
from bot.services.home import DrawHome
from tests.views.asking import OPEN
from tests.views.redeeming import ROW, TERMS

AGENT = PersonId("U0AGENT")
#: A quarter past midnight in the engine's zone; still the day before in UTC.
NOW = datetime(2026, 6, 1, 18, 45, tzinfo=UTC)
YESTERDAY, TODAY = date(2026, 6, 1), date(2026, 6, 2)
AGENTS, MANAGERS = frozenset({"S0AGENTS"}), frozenset({"S0MANAGERS"})
OPS = frozenset({"S0STOREOPS"})
LIMITS = Limits(count=20, value=Decimal(10000))
POLICY = Policy(
    redeem=Redeeming(
        groups=frozenset({"S0AGENTS"}),
        rules=(Rule(name="rest", approvals=1, approvers=frozenset({"S0MANAGERS"})),),
    ),
    limits=LIMITS,
    escalations=Escalations(channel="C0STOREOPS", groups=OPS),
)
CONFIGURATION = DeskConfiguration(
    policy=POLICY, zone=ZoneInfo("Asia/Kolkata"), region="IN", currency="INR", decimals=2, till=None
)
FULL: Page[Redemption] = Page(entries=(ROW,), total=1)


@dataclass
class Lists:
    """One entry wherever it is asked; which lists were, and for whom (`services.ports.HomeLists`)."""

    asked: list[object] = field(default_factory=list)

    async def waiting(self, person: PersonId, groups: frozenset[str], page: int) -> Page[Redemption]:
        self.asked.append(("waiting", person, groups, page))
        return FULL

    async def asked_by(self, person: PersonId, page: int) -> Page[Redemption]:
        self.asked.append(("asked_by", person, page))
        return FULL

    async def unknown(self, but: PersonId, page: int) -> Page[Redemption]:
        self.asked.append(("unknown", but, page))
        return FULL


@dataclass
class RecentMembership:
    groups: frozenset[str] | Denial | None

    async def of(self, person: PersonId) -> frozenset[str] | None:  # noqa: ARG002 - see the port
        if isinstance(self.groups, Denial):
            raise NotAllowed(self.groups)
        return self.groups


@dataclass
class Cases:
    many: int

    async def of(self, person: PersonId) -> Sequence[Case]:  # noqa: ARG002 - see the port
        return [replace(OPEN, id=CaseId(f"theirs {number}")) for number in range(self.many)]

    async def untaken(self, but: PersonId) -> Sequence[Case]:
        return [replace(OPEN, id=CaseId(f"not of {but}"))]


@pytest.fixture
def lists() -> Lists:
    return Lists()


@pytest.fixture
async def requests(sqlite: str) -> AsyncIterator[LedgerRequests]:
    database = Database.open(sqlite)
    yield LedgerRequests(database)
    await database.close()


@pytest.fixture
def draw(lists: Lists, requests: LedgerRequests) -> Callable[..., DrawHome]:
    def with_(groups: frozenset[str] | Denial | None, cases: int = 0) -> DrawHome:
        return DrawHome(
            configuration=CONFIGURATION,
            lists=lists,
            requests=requests,
            cases=Cases(cases),
            recent_membership=RecentMembership(groups),
            now=lambda: NOW,
        )

    return with_


async def test_an_agent_sees_their_own_requests_and_nothing_of_unknown_outcomes(
    draw: Callable[..., DrawHome], lists: Lists
) -> None:
    page = await draw(AGENTS)(AGENT, {})

    assert page.requests == FULL
    assert page.attention == Page()
    assert page.may == may(POLICY, AGENTS)
    assert ("unknown", AGENT, 0) not in lists.asked


async def test_a_manager_sees_what_others_wait_for_and_what_is_unknown(draw: Callable[..., DrawHome]) -> None:
    page = await draw(MANAGERS)(AGENT, {})

    assert (page.waiting, page.attention) == (FULL, FULL)


async def test_a_request_waits_for_the_groups_that_it_names_itself_whatever_the_policy_says_now(
    draw: Callable[..., DrawHome], lists: Lists
) -> None:
    former = frozenset({"S0FORMER"})

    assert (await draw(former)(AGENT, {})).waiting == FULL
    assert ("waiting", AGENT, former, 0) in lists.asked


async def test_nothing_waits_for_a_person_in_no_group(draw: Callable[..., DrawHome], lists: Lists) -> None:
    page = await draw(frozenset())(AGENT, {})

    assert (page.waiting, page.attention) == (Page(), Page())
    assert lists.asked == [("asked_by", AGENT, 0)]


async def test_without_groups_only_lists_that_need_none_are_shown(
    draw: Callable[..., DrawHome], lists: Lists
) -> None:
    page = await draw(None)(AGENT, {})

    assert (page.may, page.waiting, page.to_take, page.attention) == (None, None, None, None)
    assert page.requests == FULL
    assert lists.asked == [("asked_by", AGENT, 0)]


async def test_each_part_is_shown_at_its_own_page(draw: Callable[..., DrawHome], lists: Lists) -> None:
    places = {Part.WAITING: 1, Part.REQUESTS: 2, Part.ATTENTION: 3, Part.CASES: 1}

    page = await draw(MANAGERS, cases=6)(AGENT, places)

    assert set(lists.asked) == {
        ("waiting", AGENT, MANAGERS, 1),
        ("asked_by", AGENT, 2),
        ("unknown", AGENT, 3),
    }
    assert [case.id for case in page.cases.entries] == ["theirs 5"]


async def test_cases_to_take_are_those_of_others_and_for_store_ops_alone(
    draw: Callable[..., DrawHome],
) -> None:
    assert (await draw(AGENTS | MANAGERS)(AGENT, {})).to_take == Page()

    shown = (await draw(OPS)(AGENT, {})).to_take

    assert shown is not None
    assert [case.id for case in shown.entries] == ["not of U0AGENT"]


async def test_the_limits_are_those_of_the_day_in_the_desks_zone(
    draw: Callable[..., DrawHome], requests: LedgerRequests
) -> None:
    for number, day in enumerate([YESTERDAY, TODAY]):
        terms = replace(TERMS, code=CouponCode(f"C{number}"), worth=Worth(amount=Decimal(100 + number)))
        request_id = RequestId(f"request-{number}")
        await requests.make(request_id, terms, made_at=NOW, day=day, limits=LIMITS, begin_in_s=60.0)

    page = await draw(AGENTS)(AGENT, {})

    assert (page.limits, page.used) == (LIMITS, Usage(count=1, value=Decimal(101)))
    assert page.as_of == NOW


async def test_whoever_may_never_act_here_is_drawn_nothing(
    draw: Callable[..., DrawHome], lists: Lists
) -> None:
    with pytest.raises(NotAllowed):
        await draw(Denial.GUEST)(AGENT, {})

    assert lists.asked == []
