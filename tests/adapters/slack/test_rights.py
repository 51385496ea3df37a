"""Full members of this workspace, in one of the groups, by what Slack says now; everybody else is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.adapters.slack.accounts import CURRENT_S, SlackAccounts, Workspace, denial
from bot.adapters.slack.groups import Groups
from bot.adapters.slack.rights import SlackRights
from bot.adapters.slack.web import reading_client
from bot.aio.tasks import TaskSet
from bot.domain.errors import CouldNotVerify, Denial, LedgerUnavailable, NotAllowed, Unverified
from bot.domain.person import Actor, Admission, Freshness, PersonId
from bot.sandbox.slack.people import OTHER_TEAM, TEAM
from bot.sandbox.slack.server import SandboxSlack
from tests.adapters.slack.conftest import NOON, Clock
from tests.fakes.instances import FakeAccounts, FakeLeases

AGENTS = frozenset({"S0AGENTS"})
HOME = Workspace(team=TEAM)


def actor(user: str, team: str | None = TEAM, enterprise: str | None = None) -> Actor:
    return Actor(id=PersonId(user), team=team, enterprise=enterprise)


Check = Callable[[SlackRights, str, frozenset[str]], Awaitable[Admission]]
#: Both checks, of a press and of a person who pressed earlier, must give the same result.
CHECKS: dict[str, Check] = {
    "admit": lambda rights, user, groups: rights.admit(actor(user), groups),
    "admit again": lambda rights, user, groups: rights.admit_again(PersonId(user), groups),
}
#: Only a test that fails waits so many seconds.
PATIENCE_S = 5.0
EACH_CHECK = pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)


async def refusal(admission: Awaitable[Admission]) -> Denial:
    with pytest.raises(NotAllowed) as refused:
        await admission
    return refused.value.why


async def why_not(rights: SlackRights, who: Actor, groups: frozenset[str] | None = AGENTS) -> Denial:
    return await refusal(rights.admit(who, groups))


@EACH_CHECK
async def test_a_member_of_a_group_is_let_in_by_one_call_each(
    slack: SandboxSlack, rights: SlackRights, check: Check
) -> None:
    await check(rights, "U0AGENT", AGENTS)

    assert sorted(call.method for call in slack.calls) == ["usergroups.list", "users.info"]


@EACH_CHECK
async def test_whoever_is_let_in_comes_with_evidence(
    slack: SandboxSlack, rights: SlackRights, check: Check
) -> None:
    """Every group they are in, not only those that were asked for; a disabled one is none."""
    slack.change_group("S0OLD", users=("U0SENIOR",))

    assert await check(rights, "U0SENIOR", AGENTS) == Admission(
        person=PersonId("U0SENIOR"), groups=frozenset({"S0AGENTS", "S0SENIORS"}), read_at=NOON, lease=1
    )


async def test_the_evidence_names_no_group_where_none_was_asked_for(rights: SlackRights) -> None:
    assert await rights.admit(actor("U0SENIOR"), None) == Admission(
        person=PersonId("U0SENIOR"), groups=frozenset(), read_at=NOON
    )


async def test_the_evidence_is_as_old_as_the_call_that_gave_it(
    slack: SandboxSlack, rights: SlackRights, groups: Groups, tasks: TaskSet
) -> None:
    """The time is when the call began, not when Slack answered."""
    time = [NOON]
    groups._now = lambda: time[-1]
    answer = asyncio.Event()
    slack.fail("usergroups.list", hang=answer, times=1)
    late = replace(rights, now=lambda: NOON + timedelta(seconds=7))
    admission = tasks.spawn(late.admit(actor("U0AGENT"), AGENTS))
    await slack.reached("usergroups.list")
    time.append(NOON + timedelta(seconds=7))
    answer.set()

    assert (await admission).read_at == NOON


async def test_what_is_asked_again_is_read_again(slack: SandboxSlack, rights: SlackRights) -> None:
    await rights.admit(actor("U0AGENT"), AGENTS)
    slack.change_group("S0AGENTS", users=("U0SENIOR",))

    assert await refusal(rights.admit_again(PersonId("U0AGENT"), AGENTS)) is Denial.GROUP


async def test_without_groups_every_full_member_is_let_in_and_no_group_is_read(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    await rights.admit(actor("U0NOBODY"), None)

    assert [call.method for call in slack.calls] == ["users.info"]


UNFIT = pytest.mark.parametrize(
    ("user", "why"),
    [
        ("U0GUEST", Denial.GUEST),
        ("U0MULTIGUEST", Denial.GUEST),
        ("U0GONE", Denial.DEACTIVATED),
        ("U0OUTSIDE", Denial.OUTSIDE),
        ("U0OTHERBOT", Denial.BOT),
        ("U0DESK", Denial.BOT),
    ],
)


@UNFIT
@EACH_CHECK
async def test_an_unfit_account_is_refused_also_in_the_group(
    slack: SandboxSlack, rights: SlackRights, check: Check, user: str, why: Denial
) -> None:
    """The payload's workspace alone admits nobody: users.info decides."""
    slack.change_group("S0AGENTS", users=tuple(slack.people))

    assert await refusal(check(rights, user, AGENTS)) is why


@UNFIT
async def test_an_unfit_account_is_refused_also_where_everybody_may(
    rights: SlackRights, user: str, why: Denial
) -> None:
    assert await why_not(rights, actor(user), None) is why


@pytest.mark.parametrize(
    "named", [frozenset(), frozenset({"S0GONE"}), frozenset({"S0OLD"}), frozenset({"S0SENIORS"})]
)
@EACH_CHECK
async def test_groups_that_are_empty_unknown_disabled_or_others_let_nobody_in(
    rights: SlackRights, check: Check, named: frozenset[str]
) -> None:
    assert await refusal(check(rights, "U0AGENT", named)) is Denial.GROUP


@pytest.mark.parametrize(
    "who",
    [actor("U0AGENT", OTHER_TEAM), actor("U0AGENT", None), actor("U0AGENT", OTHER_TEAM, "E0OTHER")],
)
async def test_somebody_of_elsewhere_is_refused_before_slack_is_asked(
    slack: SandboxSlack, rights: SlackRights, who: Actor
) -> None:
    assert await why_not(rights, who) is Denial.OUTSIDE
    assert slack.calls == []


async def test_nobody_is_of_our_organisation_where_there_is_none(
    rights: SlackRights, slack: SandboxSlack
) -> None:
    """No enterprise on both sides is not the same enterprise."""
    assert await why_not(rights, actor("U0OUTSIDE", OTHER_TEAM, None)) is Denial.OUTSIDE
    assert slack.calls == []


async def test_a_colleague_of_the_organisation_is_let_in_where_the_account_lists_our_workspace(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    slack.change_user("U0AGENT", team=OTHER_TEAM, enterprise_teams=(OTHER_TEAM, TEAM))
    grid = replace(rights, home=Workspace(team=TEAM, enterprise="E0DESK"))
    await grid.admit(actor("U0AGENT", OTHER_TEAM, "E0DESK"), AGENTS)
    slack.change_user("U0AGENT", team=OTHER_TEAM, enterprise_teams=(OTHER_TEAM,))

    assert await why_not(grid, actor("U0AGENT", OTHER_TEAM, "E0DESK")) is Denial.OUTSIDE


@EACH_CHECK
async def test_an_account_that_slack_does_not_know_is_not_verified(rights: SlackRights, check: Check) -> None:
    with pytest.raises(CouldNotVerify):
        await check(rights, "U0UNKNOWN", AGENTS)


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
@pytest.mark.parametrize("failure", [{"error": "fatal_error"}, {"status": 500}, {"retry_after": 30}])
@EACH_CHECK
async def test_what_cannot_be_read_is_not_verified(
    slack: SandboxSlack, rights: SlackRights, check: Check, method: str, failure: dict[str, int]
) -> None:
    slack.fail(method, **failure)  # type: ignore[arg-type]  # one of the switches, whichever

    with pytest.raises(CouldNotVerify):
        await check(rights, "U0AGENT", AGENTS)


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
@EACH_CHECK
async def test_a_slack_that_hangs_is_not_waited_for(
    slack: SandboxSlack, rights: SlackRights, check: Check, method: str
) -> None:
    answer = asyncio.Event()
    slack.fail(method, hang=answer)
    with pytest.raises(CouldNotVerify):
        # A call to Slack ends by itself after ten seconds.
        async with asyncio.timeout(PATIENCE_S):
            await check(replace(rights, limit_s=0.1), "U0AGENT", AGENTS)
    answer.set()


@EACH_CHECK
async def test_a_slack_that_is_down_is_not_verified(
    slack: SandboxSlack, rights: SlackRights, check: Check
) -> None:
    await slack.close()

    with pytest.raises(CouldNotVerify):
        await check(rights, "U0AGENT", AGENTS)


STRANGE = {
    "a page": ("<html>busy</html>", "text/html"),
    "a page that says JSON": ("<html>busy</html>", "application/json"),
    "a text": ("busy", "text/plain"),
    "nothing": ("", "application/json"),
    "a list": ("[]", "application/json"),
    "a word": ('"busy"', "application/json"),
    "a yes about nobody": ('{"ok": true}', "application/json"),
    "a yes about somebody else": (
        '{"ok": true, "user": {"id": "U0BOSS", "team_id": "T0DESK"}}',
        "application/json",
    ),
}


@pytest.fixture
async def odd(
    session: aiohttp.ClientSession, tasks: TaskSet, request: pytest.FixtureRequest
) -> AsyncIterator[SlackRights]:
    """Rights read from something that answers every call so, with the status 200 or another."""
    (text, kind), status = request.param

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind, status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = reading_client("xoxb-1", f"http://127.0.0.1:{runner.addresses[0][1]}/api/", session)
    yield SlackRights(
        accounts=SlackAccounts(
            client, home=HOME, shared=FakeAccounts(), spawn=tasks.spawn, monotonic=lambda: 0.0
        ),
        groups=Groups(
            client, spawn=tasks.spawn, leases=FakeLeases(), now=lambda: NOON, monotonic=lambda: 0.0
        ),
        home=HOME,
        now=lambda: NOON,
        monotonic=lambda: 0.0,
        limit_s=30.0,
    )
    await runner.cleanup()


@pytest.mark.parametrize(
    "odd",
    [(answer, status) for answer in STRANGE.values() for status in (200, 502)],
    ids=[f"{name}, {status}" for name in STRANGE for status in (200, 502)],
    indirect=True,
)
async def test_an_answer_that_is_none_of_slacks_is_not_verified(odd: SlackRights) -> None:
    with pytest.raises(CouldNotVerify):
        await odd.admit(actor("U0AGENT"), None)
    for check in CHECKS.values():
        with pytest.raises(CouldNotVerify):
            await check(odd, "U0AGENT", AGENTS)


YES = '{"ok": true, "user": {"id": "U0AGENT", "team_id": "T0DESK"}'
NO_GROUPS = {
    "left out": "}",
    "null": ', "usergroups": null}',
    "people that are none": ', "usergroups": [{"id": "S0AGENTS", "users": [{}], "user_count": 1}]}',
}


@pytest.mark.parametrize(
    "odd",
    [((f"{YES}{groups}", "application/json"), 200) for groups in NO_GROUPS.values()],
    ids=NO_GROUPS,
    indirect=True,
)
@EACH_CHECK
async def test_an_answer_without_groups_is_no_denial(odd: SlackRights, check: Check) -> None:
    with pytest.raises(CouldNotVerify):
        await check(odd, "U0AGENT", AGENTS)


LISTED = '"usergroups": [{"id": "S0AGENTS", "users": ["U0AGENT"], "user_count": 1, "date_delete": %d}]}'


@pytest.mark.parametrize(
    "odd", [((f"{YES}, {LISTED % 1_700_000_000}", "application/json"), 200)], ids=["disabled"], indirect=True
)
async def test_a_disabled_group_lets_nobody_in_also_when_slack_lists_its_members(odd: SlackRights) -> None:
    assert await why_not(odd, actor("U0AGENT")) is Denial.GROUP


@pytest.mark.parametrize(
    "odd", [((f"{YES}, {LISTED % 0}", "application/json"), 200)], ids=["in use"], indirect=True
)
async def test_the_same_group_in_use_lets_its_members_in(odd: SlackRights) -> None:
    await odd.admit(actor("U0AGENT"), AGENTS)


MANAGERS = frozenset({"S0MANAGERS"})


async def test_one_who_may_act_is_enough_and_nobody_else_is_asked_for(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    slack.change_group("S0MANAGERS", users=("U0MANAGER1", "U0MANAGER2"))
    assert await rights.members(MANAGERS, but=PersonId("U0AGENT"))
    assert slack.calls.count("users.info") == 1


async def test_one_who_cannot_be_read_stands_in_nobodys_way(slack: SandboxSlack, rights: SlackRights) -> None:
    slack.fail("users.info", error="user_not_found", times=1)

    assert await rights.members(MANAGERS, but=PersonId("U0AGENT"))


async def test_where_nobody_is_left_but_some_cannot_be_read_it_stays_open(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    slack.change_group("S0MANAGERS", users=("U0MANAGER1", "U0GUEST"))
    slack.fail("users.info", error="user_not_found", times=1)
    with pytest.raises(CouldNotVerify):
        await rights.members(MANAGERS, but=PersonId("U0MANAGER1"))

    assert not await rights.members(MANAGERS, but=PersonId("U0MANAGER1"))


async def test_members_are_not_waited_for_either(slack: SandboxSlack, rights: SlackRights) -> None:
    answer = asyncio.Event()
    slack.fail("users.info", hang=answer)
    with pytest.raises(CouldNotVerify):
        async with asyncio.timeout(PATIENCE_S):
            await replace(rights, limit_s=0.1).members(MANAGERS, but=PersonId("U0AGENT"))
    answer.set()


async def test_a_member_who_is_known_not_to_be_allowed_counts_for_nobody(
    slack: SandboxSlack, rights: SlackRights, accounts: SlackAccounts
) -> None:
    await accounts.exchange()
    await accounts.read(PersonId("U0GUEST"))
    slack.change_group("S0MANAGERS", users=("U0GUEST",))

    assert not await rights.members(MANAGERS, but=PersonId("U0AGENT"))


def test_a_full_member_has_no_denial() -> None:
    assert denial({"id": "U0AGENT", "team_id": TEAM}, HOME) is None


@pytest.mark.parametrize(
    "flag", ["deleted", "is_bot", "is_app_user", "is_restricted", "is_ultra_restricted", "is_stranger"]
)
def test_every_flag_alone_denies(flag: str) -> None:
    assert denial({"id": "U0AGENT", "team_id": TEAM, flag: True}, HOME) is not None


def test_an_account_without_a_workspace_is_not_ours() -> None:
    assert denial({"id": "U0AGENT"}, HOME) is Denial.OUTSIDE
    assert denial({"id": "U0AGENT", "enterprise_user": None}, HOME) is Denial.OUTSIDE


# What only shows


def recent(rights: SlackRights, user: str, groups: frozenset[str] | None = AGENTS) -> Awaitable[Admission]:
    return rights.admit(actor(user), groups, freshness=Freshness.RECENT)


async def test_what_only_shows_costs_no_call_for_somebody_who_was_seen(
    slack: SandboxSlack, rights: SlackRights, accounts: SlackAccounts, clock: Clock
) -> None:
    await accounts.exchange()
    await recent(rights, "U0AGENT")
    slack.calls.clear()
    clock.passed_s += 2
    await recent(rights, "U0AGENT")

    assert slack.calls == []


async def test_groups_of_a_minute_ago_are_read_anew(
    slack: SandboxSlack, rights: SlackRights, accounts: SlackAccounts, clock: Clock
) -> None:
    await accounts.exchange()
    await recent(rights, "U0AGENT")
    slack.change_group("S0AGENTS", users=())
    clock.passed_s += 61
    await accounts.exchange()

    assert await refusal(recent(rights, "U0AGENT")) is Denial.GROUP
    assert slack.calls.count("users.info") == 1


async def test_where_the_ledger_cannot_be_read_nothing_is_recent(
    slack: SandboxSlack,
    rights: SlackRights,
    accounts: SlackAccounts,
    shared_accounts: FakeAccounts,
    clock: Clock,
) -> None:
    await accounts.exchange()
    await recent(rights, "U0AGENT")
    shared_accounts.broken = True
    with pytest.raises(LedgerUnavailable):
        await accounts.exchange()
    clock.passed_s += CURRENT_S
    await recent(rights, "U0AGENT")

    assert (slack.calls.count("users.info"), slack.calls.count("usergroups.list")) == (2, 2)


async def test_what_is_recent_decides_nothing_that_is_written(
    slack: SandboxSlack, rights: SlackRights, accounts: SlackAccounts
) -> None:
    await accounts.exchange()
    await recent(rights, "U0AGENT")
    slack.change_user("U0AGENT", deleted=True)

    assert await why_not(rights, actor("U0AGENT")) is Denial.DEACTIVATED


async def test_nor_do_groups_as_they_were_lately(
    slack: SandboxSlack, rights: SlackRights, accounts: SlackAccounts
) -> None:
    await accounts.exchange()
    await recent(rights, "U0AGENT")
    slack.change_group("S0AGENTS", users=())

    assert await why_not(rights, actor("U0AGENT")) is Denial.GROUP


async def test_the_calls_of_a_press_serve_what_follows_from_it(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    admission = await rights.admit(actor("U0MANAGER1"), MANAGERS)
    await rights.admit_again(PersonId("U0MANAGER1"), MANAGERS, after=admission)
    await rights.admit_again(PersonId("U0AGENT"), AGENTS, after=admission)

    assert (slack.calls.count("users.info"), slack.calls.count("usergroups.list")) == (2, 1)


async def test_what_was_read_before_a_press_serves_nothing_that_follows_from_it(
    slack: SandboxSlack, rights: SlackRights, clock: Clock
) -> None:
    await rights.admit(actor("U0AGENT"), AGENTS)
    clock.passed_s += 1
    admission = await rights.admit(actor("U0MANAGER1"), MANAGERS)
    slack.change_user("U0AGENT", deleted=True)

    again = rights.admit_again(PersonId("U0AGENT"), AGENTS, after=admission)
    assert await refusal(again) is Denial.DEACTIVATED


async def test_a_group_that_slack_does_not_tell_denies_nobody_but_those_who_depend_on_it(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    slack.change_group("S0STOREOPS", listed=())
    slack.fail("usergroups.users.list", error="fatal_error")
    await rights.admit(actor("U0AGENT"), AGENTS | {"S0STOREOPS"})

    with pytest.raises(CouldNotVerify):
        await rights.admit(actor("U0STOREOPS"), AGENTS | {"S0STOREOPS"})
    assert await why_not(rights, actor("U0STOREOPS")) is Denial.GROUP


@pytest.mark.parametrize("method", ["usergroups.list", "users.info"])
async def test_a_missing_right_is_told_apart(slack: SandboxSlack, rights: SlackRights, method: str) -> None:
    slack.fail(method, error="missing_scope")
    with pytest.raises(CouldNotVerify) as failed:
        await rights.admit(actor("U0AGENT"), AGENTS)

    assert failed.value.cause is Unverified.SCOPE


# What is drawn


async def test_what_is_drawn_is_read_once_a_minute(
    slack: SandboxSlack, rights: SlackRights, clock: Clock
) -> None:
    assert await rights.seems_in(actor("U0AGENT"), AGENTS)
    slack.change_group("S0AGENTS", users=("U0SENIOR",))
    clock.passed_s += 55
    assert await rights.seems_in(actor("U0AGENT"), AGENTS)
    assert slack.calls.count("usergroups.list") == 1
    clock.passed_s += 6

    assert not await rights.seems_in(actor("U0AGENT"), AGENTS)
    assert slack.calls.count("usergroups.list") == 2


async def test_what_was_read_for_a_press_is_drawn_by(slack: SandboxSlack, rights: SlackRights) -> None:
    await rights.admit(actor("U0AGENT"), AGENTS)

    assert await rights.seems_in(actor("U0SENIOR"), frozenset({"S0SENIORS"}))
    assert not await rights.seems_in(actor("U0AGENT"), frozenset({"S0SENIORS"}))
    assert [call.method for call in slack.calls].count("usergroups.list") == 1


async def test_what_is_drawn_decides_no_press(slack: SandboxSlack, rights: SlackRights) -> None:
    assert await rights.seems_in(actor("U0AGENT"), AGENTS)
    slack.change_group("S0AGENTS", users=("U0SENIOR",))

    assert await why_not(rights, actor("U0AGENT")) is Denial.GROUP


@pytest.mark.parametrize(
    ("who", "named"),
    [
        (actor("U0AGENT"), frozenset()),
        (actor("U0AGENT", OTHER_TEAM), AGENTS),
        (actor("U0AGENT", None), AGENTS),
    ],
)
async def test_nothing_is_drawn_for_nobody_and_for_strangers(
    slack: SandboxSlack, rights: SlackRights, who: Actor, named: frozenset[str]
) -> None:
    assert not await rights.seems_in(who, named)
    assert slack.calls == []


@pytest.mark.parametrize("failure", [{"error": "fatal_error"}, {"status": 500}, {"retry_after": 0}])
async def test_what_cannot_be_read_is_not_drawn_and_not_kept(
    slack: SandboxSlack, rights: SlackRights, failure: dict[str, int]
) -> None:
    slack.fail("usergroups.list", times=1, **failure)  # type: ignore[arg-type]  # one of the switches
    assert not await rights.seems_in(actor("U0AGENT"), AGENTS)

    assert await rights.seems_in(actor("U0AGENT"), AGENTS)


async def test_without_the_ledger_nothing_is_drawn(rights: SlackRights, leases: FakeLeases) -> None:
    leases.broken = True

    assert not await rights.seems_in(actor("U0AGENT"), AGENTS)


async def test_no_card_waits_for_a_slow_slack_and_the_next_one_has_what_it_tells(
    slack: SandboxSlack, rights: SlackRights
) -> None:
    answer = asyncio.Event()
    slack.fail("usergroups.list", hang=answer, times=1)
    hasty = replace(rights, drawing_s=0.05)
    async with asyncio.timeout(20):
        assert not await hasty.seems_in(actor("U0AGENT"), AGENTS)
        assert not await hasty.seems_in(actor("U0AGENT"), AGENTS)
    answer.set()

    assert await rights.seems_in(actor("U0AGENT"), AGENTS)
    assert slack.workspace.arrived["usergroups.list"] == 1


async def test_a_change_of_groups_is_drawn_at_once(
    slack: SandboxSlack, rights: SlackRights, groups: Groups
) -> None:
    assert await rights.seems_in(actor("U0AGENT"), AGENTS)
    slack.change_group("S0AGENTS", users=("U0SENIOR",))
    groups.forget()

    assert not await rights.seems_in(actor("U0AGENT"), AGENTS)


async def test_what_was_on_its_way_when_groups_changed_is_not_kept(
    slack: SandboxSlack, rights: SlackRights, groups: Groups, tasks: TaskSet
) -> None:
    answer = asyncio.Event()
    slack.fail("usergroups.list", hang=answer, times=1)
    press = tasks.spawn(rights.admit(actor("U0AGENT"), AGENTS))
    await slack.reached("usergroups.list")
    groups.forget()
    answer.set()
    await press
    await rights.seems_in(actor("U0AGENT"), AGENTS)

    assert slack.calls.count("usergroups.list") == 2
