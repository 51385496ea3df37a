"""What stands on a person's App Home."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.domain.case import CaseId
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.errors import Denial, NotAllowed
from bot.domain.home import Page, Part, may
from bot.domain.limits import Limits, Usage
from bot.domain.lookup import LookUp, LookUpId
from bot.domain.pause import Pause
from bot.domain.person import PersonId
from bot.domain.policy import Escalations, Policy, Redeeming, Rule
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.worth import Worth
from bot.services.configuration import DeskConfiguration
from bot.services.home import DrawHome
from bot.services.pause import ReadPause
from tests.fakes.cases import FakeCases
from tests.fakes.homes import FakeHomeLists
from tests.fakes.kept import FakeLookUps, FakeRecentLookUps
from tests.fakes.reads import Read
from tests.fakes.requests import FakeRequests
from tests.fakes.rights import FakeRights
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
    lookup_groups=AGENTS,
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
#: Nisha asked for one; two of others wait for different groups, and of one the outcome is unknown.
OWN = ROW
OTHERS = replace(TERMS, requester=PersonId("U0AGENT2"))
WAITS, WAITS_FOR_FORMER = (
    replace(
        ROW,
        id=RequestId(f"waits for {group}"),
        state=State.WAITING,
        terms=replace(OTHERS, code=CouponCode(group), approvers=(group,)),
    )
    for group in ("S0MANAGERS", "S0FORMER")
)
UNKNOWN = replace(
    ROW,
    id=RequestId("unknown"),
    state=State.UNKNOWN,
    terms=replace(OTHERS, code=CouponCode("UNKNOWN")),
    unknown_at=NOW,
)


@pytest.fixture
def requests() -> FakeRequests:
    ledger = FakeRequests()
    for one in (OWN, WAITS, WAITS_FOR_FORMER, UNKNOWN):
        ledger.holds(one)
    return ledger


@pytest.fixture
def lists(requests: FakeRequests) -> FakeHomeLists:
    return FakeHomeLists(requests)


@pytest.fixture
def cases() -> FakeCases:
    return FakeCases()


def only(row: Redemption) -> Page[Redemption]:
    return Page(entries=(row,), total=1)


def looked_up() -> FakeRecentLookUps:
    """Nisha looked two customers up."""
    look_ups = FakeLookUps(lambda: NOW)
    for number in ("5", "6"):
        look_ups.holds(LookUpId(f"look-up {number}"), LookUp(customer=CustomerId(number), asker=AGENT))
    return FakeRecentLookUps(look_ups)


PAUSE = Pause(why="a wrong price list", by="console:x", at=NOW)


async def paused() -> Pause:
    return PAUSE


@pytest.fixture
def draw(lists: FakeHomeLists, requests: FakeRequests, cases: FakeCases) -> Callable[..., DrawHome]:
    def with_(groups: frozenset[str] | Denial | None) -> DrawHome:
        rights = FakeRights()
        if isinstance(groups, Denial):
            rights.unfit[AGENT] = groups
        elif groups is None:
            rights.unreadable.add(Read.GROUPS)
        else:
            rights.puts(AGENT, *groups)
        return DrawHome(
            configuration=CONFIGURATION,
            lists=lists,
            requests=requests,
            cases=cases,
            recent_look_ups=looked_up(),
            recent_membership=rights,
            pause=ReadPause(paused, lambda: 0.0),
            now=lambda: NOW,
        )

    return with_


async def test_an_agent_sees_their_own_requests_and_nothing_of_unknown_outcomes(
    draw: Callable[..., DrawHome], lists: FakeHomeLists
) -> None:
    page = await draw(AGENTS)(AGENT, {})

    assert page.requests == only(OWN)
    assert page.pause == PAUSE
    assert page.attention == Page()
    assert page.may == may(POLICY, AGENTS)
    assert ("to_settle", AGENT, 0) not in lists.asked


async def test_each_drawing_reads_a_pause_anew(draw: Callable[..., DrawHome]) -> None:
    """A Home that is drawn because it was resumed must not show what was read a moment before."""
    held: list[Pause] = []

    async def read() -> Pause | None:
        return held[0] if held else None

    home = replace(draw(AGENTS), pause=ReadPause(read, lambda: 0.0))
    assert (await home(AGENT, {})).pause is None

    held.append(PAUSE)
    assert (await home(AGENT, {})).pause == PAUSE


async def test_a_manager_sees_what_others_wait_for_and_what_is_unknown(draw: Callable[..., DrawHome]) -> None:
    page = await draw(MANAGERS)(AGENT, {})

    assert (page.waiting, page.attention) == (only(WAITS), only(UNKNOWN))


async def test_a_request_waits_for_the_groups_that_it_names_itself_whatever_the_policy_says_now(
    draw: Callable[..., DrawHome],
) -> None:
    assert (await draw(frozenset({"S0FORMER"}))(AGENT, {})).waiting == only(WAITS_FOR_FORMER)


async def test_nothing_waits_for_a_person_in_no_group(
    draw: Callable[..., DrawHome], lists: FakeHomeLists
) -> None:
    page = await draw(frozenset())(AGENT, {})

    assert (page.waiting, page.attention) == (Page(), Page())
    assert lists.asked == [("asked_by", AGENT, 0)]


async def test_without_groups_only_lists_that_need_none_are_shown(
    draw: Callable[..., DrawHome], lists: FakeHomeLists
) -> None:
    page = await draw(None)(AGENT, {})

    assert (page.may, page.waiting, page.to_take, page.attention) == (None, None, None, None)
    assert page.requests == only(OWN)
    assert lists.asked == [("asked_by", AGENT, 0)]


async def test_each_part_is_shown_at_its_own_page(
    draw: Callable[..., DrawHome], lists: FakeHomeLists, cases: FakeCases
) -> None:
    for number in range(6):
        cases.holds(replace(OPEN, id=CaseId(f"theirs {number}")))
    places = {Part.WAITING: 1, Part.REQUESTS: 2, Part.ATTENTION: 3, Part.CASES: 1}

    page = await draw(MANAGERS)(AGENT, places)

    assert set(lists.asked) == {
        ("waiting", AGENT, MANAGERS, 1),
        ("asked_by", AGENT, 2),
        ("to_settle", AGENT, 3),
    }
    assert [case.id for case in page.cases.entries] == ["theirs 5"]


async def test_cases_to_take_are_those_of_others_and_for_store_ops_alone(
    draw: Callable[..., DrawHome], cases: FakeCases
) -> None:
    cases.holds(OPEN)
    cases.holds(replace(OPEN, id=CaseId("of another"), asker=PersonId("U0AGENT2")))
    assert (await draw(AGENTS | MANAGERS)(AGENT, {})).to_take == Page()

    shown = (await draw(OPS)(AGENT, {})).to_take

    assert shown is not None
    assert [case.id for case in shown.entries] == ["of another"]


async def test_cases_that_nobody_has_come_first(draw: Callable[..., DrawHome], cases: FakeCases) -> None:
    of_another = replace(OPEN, asker=PersonId("U0AGENT2"))
    cases.holds(replace(of_another.taken(PersonId("U0OPS2"), NOW), id=CaseId("1 somebody has it")))
    for number in (2, 3):
        cases.holds(replace(of_another, id=CaseId(f"{number} nobody has it")))

    shown = (await draw(OPS)(AGENT, {})).to_take

    assert shown is not None
    assert [case.id[0] for case in shown.entries] == ["2", "3", "1"]


async def test_customers_looked_up_last_are_for_those_who_may_look_up(draw: Callable[..., DrawHome]) -> None:
    assert {one.customer for one in (await draw(AGENTS)(AGENT, {})).recent} == {"5", "6"}
    for groups in (MANAGERS, frozenset[str](), None):
        assert (await draw(groups)(AGENT, {})).recent == ()


async def test_the_limits_are_those_of_the_day_in_the_desks_zone(
    draw: Callable[..., DrawHome], requests: FakeRequests
) -> None:
    for number, day in enumerate([YESTERDAY, TODAY]):
        terms = replace(TERMS, code=CouponCode(f"C{number}"), worth=Worth(amount=Decimal(100 + number)))
        request_id = RequestId(f"request-{number}")
        await requests.make(request_id, terms, made_at=NOW, day=day, limits=LIMITS, begin_in_s=60.0)

    page = await draw(AGENTS)(AGENT, {})

    assert (page.limits, page.used) == (LIMITS, Usage(count=1, value=Decimal(101)))
    assert page.as_of == NOW


async def test_whoever_may_never_act_here_is_drawn_nothing(
    draw: Callable[..., DrawHome], lists: FakeHomeLists
) -> None:
    with pytest.raises(NotAllowed):
        await draw(Denial.GUEST)(AGENT, {})

    assert lists.asked == []
