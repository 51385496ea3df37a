"""Who somebody is, for drawing only."""

from __future__ import annotations

import pytest

from bot.adapters.slack.groups import KEPT_S, Groups
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.sight import SlackSight
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.person import PersonId
from bot.sandbox.slack import SandboxSlack
from tests.adapters.slack.conftest import Clock, Turns

AGENT = PersonId("U0AGENT")


@pytest.fixture
def sight(rights: SlackRights, groups: Groups, clock: Clock) -> SlackSight:
    return SlackSight(rights=rights, groups=groups, monotonic=clock, limit_s=30.0)


async def test_a_full_member_is_seen_in_their_groups(sight: SlackSight) -> None:
    assert await sight.of(PersonId("U0SENIOR")) == frozenset({"S0AGENTS", "S0SENIORS"})


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
    sight: SlackSight, person: str, why: Denial
) -> None:
    for _ in range(2):
        with pytest.raises(NotAllowed) as denied:
            await sight.of(PersonId(person))

        assert denied.value.why is why


async def test_an_account_is_read_once_a_minute(sight: SlackSight, slack: SandboxSlack, clock: Clock) -> None:
    await sight.of(AGENT)
    await sight.of(AGENT)
    assert slack.calls.count("users.info") == 1

    slack.change_user(AGENT, is_restricted=True)
    clock.passed_s += KEPT_S
    with pytest.raises(NotAllowed):
        await sight.of(AGENT)


async def test_an_account_that_could_not_be_read_is_asked_again(
    sight: SlackSight, slack: SandboxSlack
) -> None:
    slack.fail("users.info", status=500)
    with pytest.raises(CouldNotVerify):
        await sight.of(AGENT)

    slack.heal()
    assert await sight.of(AGENT) == frozenset({"S0AGENTS"})


async def test_groups_that_cannot_be_read_are_not_taken_for_none(
    sight: SlackSight, slack: SandboxSlack
) -> None:
    slack.fail("usergroups.list", status=500)

    assert await sight.of(AGENT) is None


async def test_groups_that_take_too_long_are_not_waited_for(
    rights: SlackRights, groups: Groups, clock: Clock, turns: Turns
) -> None:
    turns.free = 0
    sight = SlackSight(rights=rights, groups=groups, monotonic=clock, limit_s=0.01)

    assert await sight.of(AGENT) is None
