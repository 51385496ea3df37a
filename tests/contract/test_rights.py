"""What `Rights`, `RecentMembership`, `Channels` and `Permalinks` promise, of the fakes and against the sandbox Slack."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.accounts import Workspace, denial
from bot.adapters.slack.channels import SlackChannels
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.permalinks import SlackPermalinks
from bot.adapters.slack.recent_membership import SlackRecentMembership
from bot.adapters.slack.rights import SlackRights
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.domain.redemption import Trouble
from bot.sandbox.slack.people import OTHER_TEAM, TEAM, Directory
from bot.sandbox.slack.server import SandboxSlack
from bot.services.ports import Channels, Permalinks, RecentMembership, Rights
from tests.adapters.slack.conftest import (
    NOON,
    accounts,
    client,
    clock,
    groups,
    heard,
    leases,
    rights,
    session,
    shared_accounts,
    slack,
)
from tests.fakes.reads import Read
from tests.fakes.rights import FakeChannels, FakePermalinks, FakeRights

# The fixtures of the real ones.
__all__ = [
    "accounts",
    "client",
    "clock",
    "groups",
    "heard",
    "leases",
    "rights",
    "session",
    "shared_accounts",
    "slack",
]

NISHA, VIKRAM, MEERA = PersonId("U0AGENT"), PersonId("U0SENIOR"), PersonId("U0MANAGER1")
GUEST, GONE = PersonId("U0GUEST"), PersonId("U0GONE")
AGENTS, SENIORS, MANAGERS = frozenset({"S0AGENTS"}), frozenset({"S0SENIORS"}), frozenset({"S0MANAGERS"})


class Workplace(Protocol):
    """The workspace of the sandbox, and what a test does to it."""

    @property
    def rights(self) -> Rights: ...

    @property
    def recent_membership(self) -> RecentMembership: ...

    @property
    def channels(self) -> Channels: ...

    @property
    def permalinks(self) -> Permalinks: ...

    def empties(self, group: str) -> None: ...

    def deactivates(self, person: PersonId) -> None: ...

    def tells_of_a_change(self) -> None:
        """Slack tells the desk that the groups and Nisha's account have changed."""
        ...

    def groups_fail(self) -> None:
        """From now on Slack does not tell the groups."""
        ...

    def accounts_fail(self) -> None:
        """From now on it tells nobody's account."""
        ...

    async def posts(self, channel: str) -> str:
        """Post something; returns its `ts`."""
        ...


PEOPLE = Directory()


def _fake_rights() -> FakeRights:
    """The people and groups of the sandbox."""
    accounts = {user.id: denial(user.payload(), Workspace(team=TEAM)) for user in PEOPLE.users.values()}
    groups = {one.id: one.users for one in PEOPLE.groups.values() if not one.date_delete}
    return FakeRights(
        groups={group: {PersonId(user) for user in users} for group, users in groups.items()},
        unfit={PersonId(user): why for user, why in accounts.items() if why is not None},
        now=lambda: NOON,
    )


def _fake_channels() -> FakeChannels:
    return FakeChannels({"C0SHARED": Trouble.CHANNEL_SHARED, "C0RANDOM": Trouble.CHANNEL_UNREACHABLE})


@dataclass(slots=True)
class Fake:
    rights: FakeRights = field(default_factory=_fake_rights)
    channels: FakeChannels = field(default_factory=_fake_channels)
    permalinks: FakePermalinks = field(default_factory=FakePermalinks)

    @property
    def recent_membership(self) -> RecentMembership:
        return self.rights

    def empties(self, group: str) -> None:
        self.rights.groups[group].clear()

    def deactivates(self, person: PersonId) -> None:
        self.rights.deactivated.add(person)

    def tells_of_a_change(self) -> None:
        self.rights.forget()

    def groups_fail(self) -> None:
        self.rights.unreadable.add(Read.GROUPS)

    def accounts_fail(self) -> None:
        self.rights.unread_people |= {PersonId(user) for user in PEOPLE.users}

    async def posts(self, channel: str) -> str:
        self.permalinks.posted.add((channel, "17.1"))
        return "17.1"


@dataclass(slots=True)
class Real:
    slack: SandboxSlack
    client: AsyncWebClient
    rights: SlackRights
    recent_membership: SlackRecentMembership
    channels: SlackChannels
    permalinks: SlackPermalinks

    def empties(self, group: str) -> None:
        self.slack.change_group(group, users=())

    def deactivates(self, person: PersonId) -> None:
        self.slack.change_user(person, deleted=True)

    def tells_of_a_change(self) -> None:
        self.rights.groups.forget()
        self.rights.accounts.changed(NISHA)

    def groups_fail(self) -> None:
        self.slack.fail("usergroups.list", status=500)

    def accounts_fail(self) -> None:
        self.slack.fail("users.info", status=500)

    async def posts(self, channel: str) -> str:
        return str((await self.client.chat_postMessage(channel=channel, text="Hello"))["ts"])


@pytest.fixture
def real(slack: SandboxSlack, client: AsyncWebClient, rights: SlackRights, groups: Groups) -> Real:
    membership = SlackRecentMembership(rights=rights, groups=groups)
    channels = SlackChannels(client, rights.monotonic)
    return Real(slack, client, rights, membership, channels, SlackPermalinks(client))


@pytest.fixture(params=["fake", "slack"])
def workplace(request: pytest.FixtureRequest) -> Workplace:
    if request.param == "fake":
        return Fake()
    real: Real = request.getfixturevalue("real")
    return real


def actor(person: PersonId, team: str = TEAM) -> Actor:
    return Actor(id=person, team=team)


async def refusal(admission: Awaitable[object]) -> NotAllowed:
    with pytest.raises(NotAllowed) as refused:
        await admission
    return refused.value


# Rights


@pytest.mark.parametrize("freshness", Freshness)
async def test_a_member_is_let_in_with_every_group_that_they_are_in(
    workplace: Workplace, freshness: Freshness
) -> None:
    admitted = await workplace.rights.admit(actor(VIKRAM), AGENTS, freshness=freshness)

    assert admitted == Admission(person=VIKRAM, groups=AGENTS | SENIORS, read_at=NOON, lease=1)


async def test_each_live_check_is_a_reading_of_its_own(workplace: Workplace) -> None:
    first = await workplace.rights.admit(actor(NISHA), AGENTS)
    second = await workplace.rights.admit_again(NISHA, AGENTS)

    assert (first.lease, second.lease) == (1, 2)


async def test_where_no_group_is_asked_for_none_is_read(workplace: Workplace) -> None:
    workplace.groups_fail()

    admitted = await workplace.rights.admit(actor(NISHA), None)

    assert admitted == Admission(person=NISHA, groups=frozenset(), read_at=NOON)


async def test_whoever_is_in_none_of_the_groups_is_told_those_they_are_in(workplace: Workplace) -> None:
    pressed = await refusal(workplace.rights.admit(actor(NISHA), SENIORS))
    later = await refusal(workplace.rights.admit_again(NISHA, MANAGERS))

    for refused in (pressed, later):
        assert (refused.why, refused.groups, refused.read_at) == (Denial.GROUP, AGENTS, NOON)


async def test_an_empty_set_of_groups_lets_nobody_in(workplace: Workplace) -> None:
    refused = await refusal(workplace.rights.admit(actor(NISHA), frozenset()))

    assert (refused.why, refused.groups) == (Denial.GROUP, None)


@pytest.mark.parametrize(("person", "why"), [(GUEST, Denial.GUEST), (GONE, Denial.DEACTIVATED)])
async def test_who_is_no_full_member_is_refused_whatever_group_they_are_in(
    workplace: Workplace, person: PersonId, why: Denial
) -> None:
    assert (await refusal(workplace.rights.admit(actor(person), AGENTS))).why is why
    assert (await refusal(workplace.rights.admit(actor(person), None))).why is why
    assert (await refusal(workplace.rights.admit_again(person, AGENTS))).why is why
    assert (await refusal(workplace.recent_membership.of(person))).why is why


async def test_somebody_of_another_workspace_is_refused(workplace: Workplace) -> None:
    assert (await refusal(workplace.rights.admit(actor(NISHA, OTHER_TEAM), None))).why is Denial.OUTSIDE
    assert not await workplace.rights.seems_in(actor(NISHA, OTHER_TEAM), AGENTS)


async def test_what_follows_from_a_press_is_judged_by_what_was_read_for_it(workplace: Workplace) -> None:
    pressed = await workplace.rights.admit(actor(NISHA), AGENTS)
    workplace.empties("S0AGENTS")
    workplace.deactivates(NISHA)

    again = await workplace.rights.admit_again(NISHA, AGENTS, after=pressed)

    assert (again.groups, again.lease) == (AGENTS, pressed.lease)
    assert (await refusal(workplace.rights.admit_again(NISHA, AGENTS))).why is Denial.DEACTIVATED


async def test_once_slack_told_of_a_change_what_follows_is_read_anew(workplace: Workplace) -> None:
    pressed = await workplace.rights.admit(actor(NISHA), AGENTS)
    workplace.empties("S0AGENTS")
    workplace.tells_of_a_change()

    assert (await refusal(workplace.rights.admit_again(NISHA, AGENTS, after=pressed))).why is Denial.GROUP


async def test_once_slack_told_of_an_account_it_is_read_anew(workplace: Workplace) -> None:
    pressed = await workplace.rights.admit(actor(NISHA), AGENTS)
    workplace.deactivates(NISHA)
    workplace.tells_of_a_change()

    again = workplace.rights.admit_again(NISHA, AGENTS, after=pressed)
    assert (await refusal(again)).why is Denial.DEACTIVATED


async def test_a_reading_for_somebody_else_does_not_serve_for_an_account_that_has_changed(
    workplace: Workplace,
) -> None:
    pressed = await workplace.rights.admit(actor(NISHA), AGENTS)
    workplace.deactivates(NISHA)
    workplace.tells_of_a_change()
    await workplace.rights.admit_again(VIKRAM, AGENTS, after=pressed)

    again = workplace.rights.admit_again(NISHA, AGENTS, after=pressed)
    assert (await refusal(again)).why is Denial.DEACTIVATED


async def test_groups_that_are_not_told_leave_it_open(workplace: Workplace) -> None:
    workplace.groups_fail()

    for check in (workplace.rights.admit(actor(NISHA), AGENTS), workplace.rights.admit_again(NISHA, AGENTS)):
        with pytest.raises(CouldNotVerify):
            await check
    with pytest.raises(CouldNotVerify):
        await workplace.rights.members(AGENTS, but=NISHA)
    assert not await workplace.rights.seems_in(actor(NISHA), AGENTS)
    assert await workplace.recent_membership.of(NISHA) is None


async def test_an_account_that_is_not_told_leaves_it_open(workplace: Workplace) -> None:
    workplace.accounts_fail()

    for check in (
        workplace.rights.admit(actor(NISHA), None),
        workplace.rights.admit_again(NISHA, AGENTS),
        workplace.rights.members(AGENTS, but=NISHA),
        workplace.recent_membership.of(NISHA),
    ):
        with pytest.raises(CouldNotVerify):
            await check


async def test_a_button_is_drawn_by_the_groups_alone(workplace: Workplace) -> None:
    """Its press reads the account."""
    assert await workplace.rights.seems_in(actor(GONE), AGENTS)
    assert not await workplace.rights.seems_in(actor(NISHA), SENIORS)
    assert not await workplace.rights.seems_in(actor(NISHA), frozenset())


async def test_of_members_only_those_count_who_may_act(workplace: Workplace) -> None:
    assert await workplace.rights.members(MANAGERS, but=MEERA)
    assert not await workplace.rights.members(SENIORS, but=VIKRAM)
    workplace.deactivates(PersonId("U0MANAGER2"))

    assert not await workplace.rights.members(MANAGERS, but=MEERA)


async def test_the_groups_of_a_person_are_told_for_drawing(workplace: Workplace) -> None:
    assert await workplace.recent_membership.of(VIKRAM) == AGENTS | SENIORS


# Channels, and links to messages


@pytest.mark.parametrize(
    ("channel", "trouble"),
    [
        ("C0APPROVALS", None),
        ("C0SHARED", Trouble.CHANNEL_SHARED),
        ("C0RANDOM", Trouble.CHANNEL_UNREACHABLE),
    ],
)
async def test_why_nothing_may_be_posted_in_a_channel(
    workplace: Workplace, channel: str, trouble: Trouble | None
) -> None:
    assert await workplace.channels.trouble(channel) is trouble


async def test_a_message_that_was_posted_has_a_link_and_no_other_has(workplace: Workplace) -> None:
    ts = await workplace.posts("C0APPROVALS")

    link = f"https://coupon-desk.slack.com/archives/C0APPROVALS/p{ts.replace('.', '')}"
    assert await workplace.permalinks.of("C0APPROVALS", ts) == link
    assert await workplace.permalinks.of("C0APPROVALS", "18.1") is None
