"""App Homes are brought to show what the ledger holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import aiohttp
import pytest

from bot.adapters.slack.home_publisher import HOLD_S, HomePublisher
from bot.adapters.slack.web import posting_client
from bot.domain.errors import CouldNotVerify, Denial, LedgerUnavailable, NotAllowed
from bot.domain.home import Concern, HomePage, May, Page, Part, Places
from bot.domain.limits import Limits, Usage
from bot.domain.person import PersonId
from bot.sandbox.slack.server import SandboxSlack
from bot.services.home_subscribers import LOOKS_FOR_S, HomeSubscribers
from tests.adapters.ledger.facts import Clock as DeskClock
from tests.adapters.slack.conftest import NOON
from tests.fakes.homes import FakeHomes
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
def desk_clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def homes(desk_clock: DeskClock) -> FakeHomes:
    return FakeHomes(desk_clock)


@pytest.fixture
def draw() -> Draw:
    return Draw()


@pytest.fixture
def home_subscribers(homes: FakeHomes) -> HomeSubscribers:
    return HomeSubscribers(homes=homes, wake=_nobody_waits)


@pytest.fixture
def publisher(
    homes: FakeHomes,
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
    publisher: HomePublisher, homes: FakeHomes, draw: Draw, slack: SandboxSlack
) -> None:
    await homes.show_page(AGENT, Part.REQUESTS, 2)

    assert await publisher() == 1

    assert draw.asked == [{Part.REQUESTS: 2}]
    assert "Waiting for you" in shown(slack, AGENT)
    assert (homes.due, homes.groups) == ([], {AGENT: AGENTS})
    assert await publisher() == 0


async def test_what_was_noted_is_spread_first(
    publisher: HomePublisher, homes: FakeHomes, home_subscribers: HomeSubscribers
) -> None:
    concern = Concern(people=frozenset({AGENT}))
    home_subscribers.changed(concern)

    await publisher()

    assert homes.touched == [(concern, LOOKS_FOR_S)]


async def test_a_guest_reads_that_guests_are_not_allowed(
    publisher: HomePublisher, homes: FakeHomes, draw: Draw, slack: SandboxSlack
) -> None:
    draw.wrong[AGENT] = NotAllowed(Denial.GUEST)
    await homes.opened(AGENT)

    await publisher()

    assert "guests cannot" in shown(slack, AGENT)
    assert homes.groups == {AGENT: frozenset()}


@pytest.mark.parametrize("why", [Denial.OUTSIDE, Denial.DEACTIVATED, Denial.BOT])
async def test_whoever_is_not_of_this_workspace_is_shown_nothing(
    publisher: HomePublisher, homes: FakeHomes, draw: Draw, slack: SandboxSlack, why: Denial
) -> None:
    draw.wrong[AGENT] = NotAllowed(why)
    await homes.opened(AGENT)

    await publisher()

    assert slack.calls.count("views.publish") == 0
    assert homes.due == []


async def test_whoever_cannot_be_verified_reads_so(
    publisher: HomePublisher, homes: FakeHomes, draw: Draw, slack: SandboxSlack
) -> None:
    draw.wrong[AGENT] = CouldNotVerify()
    await homes.opened(AGENT)

    await publisher()

    assert "could not verify" in shown(slack, AGENT)


async def test_what_slack_does_not_take_is_dropped(
    publisher: HomePublisher, homes: FakeHomes, slack: SandboxSlack
) -> None:
    slack.fail("views.publish", error="not_enabled")
    await homes.opened(AGENT)

    await publisher()

    assert homes.due == []


async def test_what_slack_wants_later_is_kept_for_later(
    publisher: HomePublisher, homes: FakeHomes, desk_clock: DeskClock, slack: SandboxSlack
) -> None:
    slack.fail("views.publish", retry_after=30, times=1)
    await homes.opened(AGENT)

    await publisher()
    assert homes.due == [AGENT]

    desk_clock.at += timedelta(seconds=HOLD_S)
    await publisher()
    assert "Waiting for you" in shown(slack, AGENT)


async def test_a_ledger_that_is_away_for_one_stops_no_other(
    publisher: HomePublisher, homes: FakeHomes, draw: Draw, slack: SandboxSlack
) -> None:
    draw.wrong[AGENT] = LedgerUnavailable("away")
    await homes.opened(AGENT)
    await homes.opened(MANAGER)

    await publisher()

    assert homes.due == [AGENT]
    assert "Waiting for you" in shown(slack, MANAGER)
