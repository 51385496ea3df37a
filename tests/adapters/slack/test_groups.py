"""User groups are read live, by as few calls as Slack allows."""

from __future__ import annotations

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.groups import Groups
from bot.aio.tasks import TaskSet
from bot.domain.errors import CouldNotVerify, RecordsNotRead
from bot.domain.person import PersonId
from bot.sandbox.slack.server import SandboxSlack
from bot.services.ports import Reading
from tests.adapters.slack.conftest import NOON, Clock
from tests.fakes.instances import FakeLeases

LIST = "usergroups.list"
SENIOR = PersonId("U0SENIOR")
#: Another instance's reading, which differs from Slack's.
ELSEWHERE = {"S0ELSEWHERE": frozenset({"U0SENIOR"})}


async def test_one_call_tells_every_group(slack: SandboxSlack, groups: Groups) -> None:
    members = (await groups.read()).members

    assert members["S0SENIORS"] == {"U0SENIOR"}
    assert "U0MANAGER2" in members["S0MANAGERS"]
    assert [call.method for call in slack.calls] == [LIST]


async def test_presses_made_before_a_call_began_share_it(slack: SandboxSlack, groups: Groups) -> None:
    read = await asyncio.gather(*(groups.read() for _ in range(30)))

    assert all(one is read[0] for one in read)
    assert slack.calls.count(LIST) == 1


async def test_a_press_made_after_a_call_began_waits_for_the_next_one(
    slack: SandboxSlack, groups: Groups, tasks: TaskSet
) -> None:
    """A person who was removed during a call is not admitted by its answer."""
    answer = asyncio.Event()
    slack.fail(LIST, hang=answer, times=1)
    earlier = tasks.spawn(groups.read())
    await slack.reached(LIST)
    later = [tasks.spawn(groups.read()) for _ in range(10)]
    await asyncio.sleep(0)
    slack.change_group("S0AGENTS", users=())
    answer.set()
    await earlier
    readings = await asyncio.gather(*later)

    assert all(one.members["S0AGENTS"] == frozenset() for one in readings)
    assert slack.calls.count(LIST) == 2


async def test_calls_go_out_one_at_a_time(slack: SandboxSlack, groups: Groups, tasks: TaskSet) -> None:
    answer = asyncio.Event()
    slack.fail(LIST, hang=answer)
    first = tasks.spawn(groups.read())
    await slack.reached(LIST)
    second = tasks.spawn(groups.read())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(second), 0.05)
    assert slack.workspace.arrived[LIST] == 1
    slack.heal(LIST)
    answer.set()
    await asyncio.gather(first, second)

    assert slack.calls.count(LIST) == 2


async def test_a_disabled_group_is_empty(slack: SandboxSlack, groups: Groups) -> None:
    slack.change_group("S0SENIORS", date_delete=1_700_000_000)
    members = (await groups.read()).members

    assert members.get("S0SENIORS", frozenset()) == frozenset()
    assert members.get("S0OLD", frozenset()) == frozenset()


async def test_a_group_whose_list_is_not_whole_is_asked_itself(slack: SandboxSlack, groups: Groups) -> None:
    slack.change_group("S0STOREOPS", users=("U0STOREOPS", "U0AGENT"), listed=())
    members = (await groups.read()).members

    assert members["S0STOREOPS"] == {"U0STOREOPS", "U0AGENT"}
    assert [call.args["usergroup"] for call in slack.calls.of("usergroups.users.list")] == ["S0STOREOPS"]


async def test_no_call_is_spent_on_a_group_that_nothing_depends_on(
    slack: SandboxSlack, client: AsyncWebClient, tasks: TaskSet, leases: FakeLeases, clock: Clock
) -> None:
    """A workspace may have hundreds of them, and Slack takes twenty such calls a minute."""
    now, named = (lambda: NOON), frozenset({"S0AGENTS"})
    groups = Groups(client, spawn=tasks.spawn, leases=leases, now=now, monotonic=clock, asked_apart=named)
    slack.change_group("S0STOREOPS", listed=())
    slack.change_group("S0AGENTS", users=("U0AGENT",), listed=())
    members = (await groups.read()).members

    assert [call.args["usergroup"] for call in slack.calls.of("usergroups.users.list")] == ["S0AGENTS"]
    assert members["S0AGENTS"] == {"U0AGENT"}
    assert members["S0STOREOPS"] == frozenset()


async def test_a_group_that_slack_does_not_tell_stands_in_nobody_elses_way(
    slack: SandboxSlack, groups: Groups
) -> None:
    slack.change_group("S0STOREOPS", listed=())
    slack.fail("usergroups.users.list", error="no_such_subteam")
    reading = await groups.read()

    assert reading.unread == {"S0STOREOPS"}
    assert "S0STOREOPS" not in reading.members
    assert reading.groups_of(SENIOR) == {"S0AGENTS", "S0SENIORS"}


async def test_a_group_that_hangs_is_not_waited_for_long(
    slack: SandboxSlack, groups: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.slack.groups.APART_S", 0.05)
    answer = asyncio.Event()
    slack.change_group("S0STOREOPS", listed=())
    slack.fail("usergroups.users.list", hang=answer)
    async with asyncio.timeout(5):
        reading = await groups.read()
    answer.set()

    assert reading.unread == {"S0STOREOPS"}


async def test_what_a_group_told_itself_is_kept_with_the_rest(slack: SandboxSlack, groups: Groups) -> None:
    slack.change_group("S0STOREOPS", users=("U0STOREOPS", "U0AGENT"), listed=())
    reading = await groups.read()

    assert groups.recent() is reading
    assert reading.members["S0STOREOPS"] == {"U0STOREOPS", "U0AGENT"}


async def test_readings_at_once_share_the_call_for_one_group(slack: SandboxSlack, groups: Groups) -> None:
    slack.change_group("S0STOREOPS", listed=())
    await asyncio.gather(*(groups.read() for _ in range(10)))

    assert slack.calls.count("usergroups.users.list") == 1


@pytest.mark.parametrize(
    "failure", [{"error": "fatal_error"}, {"status": 500}, {"status": 503}, {"retry_after": 0}]
)
async def test_what_slack_does_not_tell_is_not_verified_and_not_kept(
    slack: SandboxSlack, groups: Groups, failure: dict[str, int]
) -> None:
    slack.fail(LIST, times=1, **failure)  # type: ignore[arg-type]  # one of the switches, whichever
    with pytest.raises(CouldNotVerify):
        await groups.read()

    assert "S0AGENTS" in (await groups.read()).members


async def test_a_failure_reaches_all_who_shared_the_call(slack: SandboxSlack, groups: Groups) -> None:
    slack.fail(LIST, error="fatal_error", times=1)
    told = await asyncio.gather(*(groups.read() for _ in range(5)), return_exceptions=True)

    assert [type(one) for one in told] == [CouldNotVerify] * 5


async def test_429_keeps_away_for_as_long_as_slack_asks(slack: SandboxSlack, groups: Groups) -> None:
    """Nobody waits for a check that is known to fail."""
    slack.fail(LIST, retry_after=600, times=1)
    for _ in range(3):
        with pytest.raises(CouldNotVerify):
            await groups.read()

    assert slack.workspace.arrived[LIST] == 1


async def test_after_that_time_slack_is_asked_again(
    slack: SandboxSlack, groups: Groups, clock: Clock
) -> None:
    slack.fail(LIST, retry_after=600, times=1)
    with pytest.raises(CouldNotVerify):
        await groups.read()
    clock.passed_s += 600

    assert "S0AGENTS" in (await groups.read()).members


async def test_whoever_gives_up_waiting_does_not_end_the_call_of_the_others(
    slack: SandboxSlack, groups: Groups, tasks: TaskSet
) -> None:
    answer = asyncio.Event()
    slack.fail(LIST, hang=answer, times=1)
    patient, impatient = tasks.spawn(groups.read()), tasks.spawn(groups.read())
    await slack.reached(LIST)
    impatient.cancel()
    answer.set()

    assert "S0AGENTS" in (await patient).members


async def test_a_reading_tells_when_slack_was_asked_and_in_which_groups_somebody_is(groups: Groups) -> None:
    reading = await groups.read()

    assert (reading.read_at, reading.lease) == (NOON, 1)
    assert reading.groups_of(SENIOR) == {"S0AGENTS", "S0SENIORS"}
    assert reading.groups_of(PersonId("U0NOBODY")) == frozenset()


# Taking leases with other instances


async def test_what_was_read_is_published(groups: Groups, leases: FakeLeases, tasks: TaskSet) -> None:
    reading = await groups.read()
    await asyncio.gather(*tasks._running)

    assert leases.published == [reading]


async def test_a_call_waits_for_a_lease(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    leases.free = 0
    waiting = [tasks.spawn(groups.read()) for _ in range(3)]
    await leases.looked.wait()
    assert slack.calls == []
    leases.free = 1
    await asyncio.gather(*waiting)

    assert slack.calls.count(LIST) == 1


async def test_what_a_colleague_reads_after_we_looked_is_used(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    leases.free = 0
    waiting = tasks.spawn(groups.read())
    await leases.looked.wait()
    theirs = leases.colleague_reads(ELSEWHERE)

    assert await waiting is theirs
    assert slack.calls == []


async def test_what_a_colleague_began_to_read_before_the_press_is_not_live(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    """Their call may have been on its way when somebody was removed."""
    leases.free = 0
    leases.colleague_reads(ELSEWHERE)
    waiting = tasks.spawn(groups.read())
    await leases.looked.wait()
    leases.looked.clear()
    await leases.looked.wait()
    assert not waiting.done()
    leases.free = 1

    assert "S0AGENTS" in (await waiting).members
    assert slack.calls.count(LIST) == 1


async def test_each_press_counts_from_its_own_look(
    groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    """A press between two checks does not use a reading that is live only for earlier presses."""
    leases.free = 0
    early = tasks.spawn(groups.read())
    await leases.looked.wait()
    theirs = leases.colleague_reads(ELSEWHERE)
    late = tasks.spawn(groups.read())

    assert await early is theirs
    assert not late.done()
    leases.free = 1
    assert "S0AGENTS" in (await late).members


async def test_what_a_colleague_reads_under_a_lease_from_before_a_press_is_not_live_for_it(
    groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    """Two presses wait: the reading is live for the earlier one alone."""
    leases.free = 0
    early = tasks.spawn(groups.read())
    await leases.looked.wait()
    leases.number += 1
    late = tasks.spawn(groups.read())
    for _ in range(3):
        leases.looked.clear()
        await leases.looked.wait()
    leases.shared = Reading(lease=leases.number, members=ELSEWHERE, read_at=NOON)

    assert await early is leases.shared
    leases.free = 1
    assert "S0AGENTS" in (await late).members


async def test_a_reading_serves_what_follows_from_it_and_nothing_later(groups: Groups) -> None:
    reading = await groups.read()

    assert groups.since(reading.lease) == reading
    assert groups.since(reading.lease + 1) is None


async def test_without_the_ledger_nothing_is_verified_and_slack_is_not_asked(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases
) -> None:
    leases.broken = True
    with pytest.raises(RecordsNotRead):
        await groups.read()
    leases.broken = False
    assert slack.calls == []

    assert "S0AGENTS" in (await groups.read()).members


async def test_what_cannot_be_published_is_used_all_the_same(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    answer = asyncio.Event()
    slack.fail(LIST, hang=answer, times=1)
    reading = tasks.spawn(groups.read())
    await slack.reached(LIST)
    leases.broken = True
    answer.set()

    assert "S0AGENTS" in (await reading).members


async def test_no_lease_is_taken_for_a_caller_who_gave_up(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases, tasks: TaskSet
) -> None:
    leases.free = 0
    waiting = tasks.spawn(groups.read())
    await leases.looked.wait()
    waiting.cancel()
    await asyncio.wait({waiting})
    leases.free = 1
    await asyncio.gather(*tasks._running, return_exceptions=True)

    assert leases.free == 1
    assert slack.calls == []


async def test_a_ledger_that_is_away_is_told_as_that_and_slack_is_not_asked(
    slack: SandboxSlack, groups: Groups, leases: FakeLeases
) -> None:
    leases.broken = True

    with pytest.raises(RecordsNotRead):
        await groups.read()
    assert slack.calls.count(LIST) == 0
