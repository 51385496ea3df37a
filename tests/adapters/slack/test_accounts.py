"""What is known of people's accounts, and for how long."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.adapters.slack.accounts import NO_S, RECENT_S, UNHEARD_S, SlackAccounts
from bot.aio.tasks import TaskSet
from bot.domain.errors import CouldNotVerify, Denial, LedgerUnavailable
from bot.domain.person import PersonId
from bot.sandbox.slack.server import SandboxSlack
from bot.services.ports import AccountRead, AccountSeen, AccountsNow
from tests.adapters.slack.conftest import Clock
from tests.fakes.instances import FakeAccounts

AGENT = PersonId("U0AGENT")
INFO = "users.info"


def seen(
    clock: Clock, *, ago_s: float = 1.0, changed_at: float | None = None, holds: bool = True
) -> AccountSeen:
    read = AccountRead(person=AGENT, denial=None, began=clock() - ago_s)
    return AccountSeen(read=read, changed_at=changed_at, holds=holds)


async def later(accounts: SlackAccounts, clock: Clock, by_s: float) -> None:
    clock.passed_s += by_s
    await accounts.exchange()


@pytest.mark.parametrize(("tells", "limit_s"), [(True, RECENT_S), (False, UNHEARD_S)])
async def test_an_account_is_recent_for_an_hour_or_less_until_slack_has_told_of_a_change(
    slack: SandboxSlack,
    accounts: SlackAccounts,
    shared_accounts: FakeAccounts,
    clock: Clock,
    tells: bool,
    limit_s: float,
) -> None:
    shared_accounts.heard = tells
    await accounts.exchange()
    await accounts.recent(AGENT)
    await later(accounts, clock, limit_s - 60)
    await accounts.recent(AGENT)
    assert slack.calls.count(INFO) == 1
    await later(accounts, clock, 61)
    await accounts.recent(AGENT)

    assert slack.calls.count(INFO) == 2


async def test_a_no_is_read_anew_after_a_minute(
    slack: SandboxSlack, accounts: SlackAccounts, clock: Clock
) -> None:
    slack.change_user(AGENT, is_restricted=True)
    await accounts.exchange()
    assert (await accounts.recent(AGENT)).denial is Denial.GUEST
    slack.change_user(AGENT, is_restricted=False)
    await later(accounts, clock, NO_S)

    assert (await accounts.recent(AGENT)).denial is None


async def test_whoever_changed_is_read_anew_at_once_and_the_others_are_told(
    slack: SandboxSlack, accounts: SlackAccounts, shared_accounts: FakeAccounts
) -> None:
    await accounts.exchange()
    await accounts.recent(AGENT)
    slack.change_user(AGENT, deleted=True)
    accounts.changed(AGENT)
    assert accounts.woken.is_set()
    assert (await accounts.recent(AGENT)).denial is Denial.DEACTIVATED
    await accounts.exchange()

    assert set(shared_accounts.changed) == {AGENT}


async def test_what_was_on_its_way_when_the_account_changed_is_not_kept_and_not_told(
    slack: SandboxSlack, accounts: SlackAccounts, shared_accounts: FakeAccounts, tasks: TaskSet
) -> None:
    await accounts.exchange()
    answer = asyncio.Event()
    slack.fail(INFO, hang=answer, times=1)
    reading = tasks.spawn(accounts.recent(AGENT))
    await slack.reached(INFO)
    accounts.changed(AGENT)
    answer.set()
    await reading
    await accounts.exchange()
    await accounts.recent(AGENT)

    assert slack.calls.count(INFO) == 2
    assert shared_accounts.told == []


async def test_what_another_instance_read_is_recent_here(
    slack: SandboxSlack, accounts: SlackAccounts, shared_accounts: FakeAccounts, clock: Clock
) -> None:
    shared_accounts.seen = [seen(clock)]
    await accounts.exchange()
    await accounts.recent(AGENT)

    assert slack.calls == []


async def test_what_another_instance_heard_drops_what_is_known_here(
    slack: SandboxSlack, accounts: SlackAccounts, shared_accounts: FakeAccounts, clock: Clock
) -> None:
    await accounts.exchange()
    await accounts.recent(AGENT)
    await accounts.exchange()
    await shared_accounts.exchange([], {AGENT: clock()})
    await accounts.exchange()
    await accounts.recent(AGENT)
    assert slack.calls.count(INFO) == 2
    # Told once more, it drops nothing.
    await accounts.exchange()
    await accounts.recent(AGENT)

    assert slack.calls.count(INFO) == 2


async def test_what_was_read_after_the_change_holds(
    slack: SandboxSlack, accounts: SlackAccounts, shared_accounts: FakeAccounts, clock: Clock
) -> None:
    shared_accounts.seen = [seen(clock, changed_at=1.0, holds=True)]
    await accounts.exchange()
    await accounts.recent(AGENT)

    assert slack.calls == []


async def test_what_is_in_the_ledger_from_before_a_change_heard_here_is_not_believed(
    slack: SandboxSlack, accounts: SlackAccounts, shared_accounts: FakeAccounts, clock: Clock
) -> None:
    shared_accounts.seen = [seen(clock)]
    accounts.changed(AGENT)
    await accounts.exchange()
    await accounts.recent(AGENT)

    assert slack.calls.count(INFO) == 1


async def test_a_change_that_is_heard_while_the_ledger_is_asked_is_believed_over_its_answer(
    slack: SandboxSlack,
    accounts: SlackAccounts,
    shared_accounts: FakeAccounts,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = FakeAccounts.exchange

    async def meanwhile(ledger: FakeAccounts, *given: Any) -> AccountsNow:
        answer = await asked(ledger, *given)
        accounts.changed(AGENT)
        return answer

    monkeypatch.setattr(FakeAccounts, "exchange", meanwhile)
    shared_accounts.seen = [seen(clock)]
    await accounts.exchange()
    await accounts.recent(AGENT)

    assert slack.calls.count(INFO) == 1


async def test_what_could_not_be_told_is_told_the_next_time(
    accounts: SlackAccounts, shared_accounts: FakeAccounts
) -> None:
    read = await accounts.read(AGENT)
    shared_accounts.broken = True
    with pytest.raises(LedgerUnavailable):
        await accounts.exchange()
    shared_accounts.broken = False
    await accounts.exchange()
    await accounts.exchange()

    assert shared_accounts.told == [read]


async def test_presses_at_once_share_a_call_and_a_later_one_has_its_own(
    slack: SandboxSlack, accounts: SlackAccounts, tasks: TaskSet
) -> None:
    answer = asyncio.Event()
    slack.fail(INFO, hang=answer, times=1)
    early = [tasks.spawn(accounts.read(AGENT)) for _ in range(5)]
    await slack.reached(INFO)
    late = [tasks.spawn(accounts.read(AGENT)) for _ in range(5)]
    await asyncio.sleep(0)
    slack.change_user(AGENT, deleted=True)
    answer.set()
    await asyncio.gather(*early)

    assert {read.denial for read in await asyncio.gather(*late)} == {Denial.DEACTIVATED}
    assert slack.calls.count(INFO) == 2


async def test_what_could_not_be_read_is_not_kept(slack: SandboxSlack, accounts: SlackAccounts) -> None:
    await accounts.exchange()
    slack.fail(INFO, error="fatal_error", times=1)
    with pytest.raises(CouldNotVerify):
        await accounts.recent(AGENT)

    assert (await accounts.recent(AGENT)).denial is None
