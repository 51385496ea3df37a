"""Groups of a person, for drawing only."""

from __future__ import annotations

import pytest

from bot.adapters.slack.accounts import SlackAccounts
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.recent_membership import SlackRecentMembership
from bot.adapters.slack.rights import SlackRights
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import PersonId
from bot.sandbox.slack.server import SandboxSlack
from tests.fakes.instances import FakeLeases

AGENT = PersonId("U0AGENT")


@pytest.fixture
def recent_membership(rights: SlackRights, groups: Groups) -> SlackRecentMembership:
    return SlackRecentMembership(rights=rights, groups=groups, limit_s=30.0)


async def test_a_full_member_is_seen_in_their_groups(recent_membership: SlackRecentMembership) -> None:
    assert await recent_membership.of(PersonId("U0SENIOR")) == frozenset({"S0AGENTS", "S0SENIORS"})


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ("U0GUEST", Denial.GUEST),
        ("U0MULTIGUEST", Denial.GUEST),
        ("U0GONE", Denial.DEACTIVATED),
        ("U0OUTSIDE", Denial.OUTSIDE),
        ("U0OTHERBOT", Denial.BOT),
    ],
)
async def test_whoever_may_never_act_here_is_told_apart_each_time(
    recent_membership: SlackRecentMembership, person: str, why: Denial
) -> None:
    for _ in range(2):
        with pytest.raises(NotAllowed) as denied:
            await recent_membership.of(PersonId(person))

        assert denied.value.why is why


async def test_an_account_is_read_once(
    recent_membership: SlackRecentMembership, accounts: SlackAccounts, slack: SandboxSlack
) -> None:
    await accounts.exchange()
    await recent_membership.of(AGENT)
    await recent_membership.of(AGENT)

    assert slack.calls.count("users.info") == 1


async def test_an_account_that_could_not_be_read_is_asked_again(
    recent_membership: SlackRecentMembership, slack: SandboxSlack
) -> None:
    slack.fail("users.info", status=500)
    with pytest.raises(CouldNotVerify):
        await recent_membership.of(AGENT)

    slack.heal()
    assert await recent_membership.of(AGENT) == frozenset({"S0AGENTS"})


async def test_groups_that_cannot_be_read_are_not_taken_for_none(
    recent_membership: SlackRecentMembership, slack: SandboxSlack
) -> None:
    slack.fail("usergroups.list", status=500)

    assert await recent_membership.of(AGENT) is None


async def test_groups_that_take_too_long_are_not_waited_for(
    rights: SlackRights, groups: Groups, leases: FakeLeases
) -> None:
    leases.free = 0
    recent_membership = SlackRecentMembership(rights=rights, groups=groups, limit_s=0.01)

    assert await recent_membership.of(AGENT) is None
