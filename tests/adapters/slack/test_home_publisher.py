"""App Homes are brought to show what the ledger holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import aiohttp
import pytest

from bot.adapters.slack.home_publisher import HomePublisher
from bot.adapters.slack.web import posting_client
from bot.domain.errors import CouldNotVerify, Denial, LedgerUnavailable, NotAllowed
from bot.domain.home import Concern, HomePage, May, Page, Part, Places
from bot.domain.limits import Limits, Usage
from bot.domain.person import PersonId
from bot.sandbox.slack.server import SandboxSlack
from bot.services.home_subscribers import HomeSubscribers
from bot.services.ports import Tab
from tests.adapters.slack.conftest import NOON
from tests.views.redeeming import DISPLAY

AGENT, MANAGER = PersonId("U0AGENT"), PersonId("U0MANAGER1")
AGENTS = frozenset({"S0AGENTS"})
PAGE = HomePage(
    person=AGENT,
    groups=AGENTS,
    may=May(look_up=True, redeem=False),
    waiting=Page(),
    to_take=Page(),
    requests=Page(),
    attention=Page(),
    cases=Page(),
    limits=Limits(count=20, value=Decimal(10000)),
    used=Usage(),
    as_of=NOON,
)


@dataclass
class Homes:
    """Tabs in memory that are due until they are drawn (`services.ports.Homes`)."""

    due: list[Tab] = field(default_factory=list)
    touched: list[Concern] = field(default_factory=list)
    seen_in: dict[PersonId, frozenset[str]] = field(default_factory=dict)

    async def opened(self, person: PersonId) -> None:
        self.due.append(Tab(person=person, places={}, wanted=1))

    async def show_page(self, person: PersonId, part: Part, page: int) -> None:
        self.due.append(Tab(person=person, places={part: page}, wanted=1))

    async def pressed(self, person: PersonId) -> None:
        await self.opened(person)

    async def touch(self, concern: Concern, *, within_s: float) -> None:  # noqa: ARG002 - see the port
        self.touched.append(concern)

    async def take(self, at_most: int, *, hold_s: float) -> Sequence[Tab]:  # noqa: ARG002 - see the port
        return self.due[:at_most]

    async def drawn(self, tab: Tab, groups: frozenset[str]) -> None:
        self.due.remove(tab)
        self.seen_in[tab.person] = groups


@dataclass
class Draw:
    """Draws the same page for everybody, or raises for some."""

    wrong: dict[PersonId, Exception] = field(default_factory=dict)
    asked: list[Places] = field(default_factory=list)

    async def __call__(self, person: PersonId, places: Places) -> HomePage:
        self.asked.append(places)
        if person in self.wrong:
            raise self.wrong[person]
        return PAGE


def _nobody_waits() -> None:
    """The test runs the publisher."""


@pytest.fixture
def homes() -> Homes:
    return Homes()


@pytest.fixture
def draw() -> Draw:
    return Draw()


@pytest.fixture
def home_subscribers(homes: Homes) -> HomeSubscribers:
    return HomeSubscribers(homes=homes, wake=_nobody_waits)


@pytest.fixture
def publisher(
    homes: Homes,
    draw: Draw,
    home_subscribers: HomeSubscribers,
    slack: SandboxSlack,
    session: aiohttp.ClientSession,
) -> HomePublisher:
    client = posting_client(slack.bot_token, slack.api_url, session)
    return HomePublisher(
        home_subscribers=home_subscribers, homes=homes, draw=draw, client=client, display=DISPLAY
    )


def shown(slack: SandboxSlack, person: PersonId) -> str:
    home = slack.workspace.views.homes.get(person)
    return str(home.blocks) if home else ""


async def test_a_tab_is_drawn_at_its_pages_and_its_groups_are_kept(
    publisher: HomePublisher, homes: Homes, draw: Draw, slack: SandboxSlack
) -> None:
    await homes.show_page(AGENT, Part.REQUESTS, 2)

    assert await publisher() == 1

    assert draw.asked == [{Part.REQUESTS: 2}]
    assert "Waiting for you" in shown(slack, AGENT)
    assert (homes.due, homes.seen_in) == ([], {AGENT: AGENTS})
    assert await publisher() == 0


async def test_what_was_noted_is_spread_first(
    publisher: HomePublisher, homes: Homes, home_subscribers: HomeSubscribers
) -> None:
    concern = Concern(people=frozenset({AGENT}))
    home_subscribers.changed(concern)

    await publisher()

    assert homes.touched == [concern]


async def test_a_guest_reads_that_guests_are_not_allowed(
    publisher: HomePublisher, homes: Homes, draw: Draw, slack: SandboxSlack
) -> None:
    draw.wrong[AGENT] = NotAllowed(Denial.GUEST)
    await homes.opened(AGENT)

    await publisher()

    assert "guests cannot" in shown(slack, AGENT)
    assert homes.seen_in == {AGENT: frozenset()}


@pytest.mark.parametrize("why", [Denial.OUTSIDE, Denial.DEACTIVATED, Denial.BOT])
async def test_whoever_is_not_of_this_workspace_is_shown_nothing(
    publisher: HomePublisher, homes: Homes, draw: Draw, slack: SandboxSlack, why: Denial
) -> None:
    draw.wrong[AGENT] = NotAllowed(why)
    await homes.opened(AGENT)

    await publisher()

    assert slack.calls.count("views.publish") == 0
    assert homes.due == []


async def test_whoever_cannot_be_verified_reads_so(
    publisher: HomePublisher, homes: Homes, draw: Draw, slack: SandboxSlack
) -> None:
    draw.wrong[AGENT] = CouldNotVerify()
    await homes.opened(AGENT)

    await publisher()

    assert "could not verify" in shown(slack, AGENT)


async def test_what_slack_does_not_take_is_dropped(
    publisher: HomePublisher, homes: Homes, slack: SandboxSlack
) -> None:
    slack.fail("views.publish", error="not_enabled")
    await homes.opened(AGENT)

    await publisher()

    assert homes.due == []


async def test_what_slack_wants_later_is_kept_for_later(
    publisher: HomePublisher, homes: Homes, slack: SandboxSlack
) -> None:
    slack.fail("views.publish", retry_after=30, times=1)
    await homes.opened(AGENT)

    await publisher()
    assert [tab.person for tab in homes.due] == [AGENT]

    await publisher()
    assert "Waiting for you" in shown(slack, AGENT)


async def test_a_ledger_that_is_away_for_one_stops_no_other(
    publisher: HomePublisher, homes: Homes, draw: Draw, slack: SandboxSlack
) -> None:
    draw.wrong[AGENT] = LedgerUnavailable("away")
    await homes.opened(AGENT)
    await homes.opened(MANAGER)

    await publisher()

    assert [tab.person for tab in homes.due] == [AGENT]
    assert "Waiting for you" in shown(slack, MANAGER)
