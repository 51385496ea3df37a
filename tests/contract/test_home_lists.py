"""What `services.ports.HomeLists` promises of the lists of an App Home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.home import PAGE_SIZE, Page
from bot.domain.person import PersonId
from bot.domain.redemption import Outcome, Redemption, RequestId, Settled, State
from bot.domain.transitions import Change
from bot.services.ports import HomeLists, Requests
from tests.adapters.ledger.facts import AGENT, NOON, SENIOR, another_coupon, make, walk
from tests.contract.conftest import Ledger

MANAGER = PersonId("U0MANAGER")
MANAGERS = frozenset({"S0MANAGERS"})


@pytest.fixture
def lists(ledger: Ledger) -> HomeLists:
    return ledger.home_lists


async def waits(
    requests: Requests,
    *,
    minute: int = 0,
    by: PersonId = AGENT,
    approvers: Sequence[str] = ("S0MANAGERS",),
) -> RequestId:
    terms = replace(another_coupon(requester=by), approvals=1, approvers=tuple(approvers))
    asked_at = NOON + timedelta(minutes=minute)
    made = await make(requests, terms)
    return (await requests.move(made, State.WAITING, Change(asked_at=asked_at))).id


async def is_unknown(requests: Requests, by: PersonId = AGENT) -> RequestId:
    made = await make(requests, another_coupon(requester=by))
    return (await walk(requests, made, State.APPROVED, State.SENDING, State.UNKNOWN)).id


def ids(page: Page[Redemption]) -> list[RequestId]:
    return [row.id for row in page.entries]


class TestWaiting:
    async def test_the_longest_waiting_comes_first(self, lists: HomeLists, requests: Requests) -> None:
        late, early = await waits(requests, minute=2), await waits(requests, minute=1)

        assert ids(await lists.waiting(MANAGER, MANAGERS, 0)) == [early, late]

    async def test_only_for_a_group_that_the_request_names(
        self, lists: HomeLists, requests: Requests
    ) -> None:
        await waits(requests, approvers=["S0MANAGERS", "S0LEADS"])

        assert (await lists.waiting(MANAGER, frozenset({"S0LEADS", "S0AGENTS"}), 0)).total == 1
        assert (await lists.waiting(MANAGER, frozenset({"S0AGENTS"}), 0)).total == 0
        assert (await lists.waiting(MANAGER, frozenset(), 0)).total == 0

    async def test_ones_own_request_waits_for_others(self, lists: HomeLists, requests: Requests) -> None:
        await waits(requests, by=MANAGER)

        assert await lists.waiting(MANAGER, MANAGERS, 0) == Page()

    async def test_what_is_decided_waits_for_nobody(self, lists: HomeLists, requests: Requests) -> None:
        row = await requests.get(await waits(requests))
        assert row is not None
        await walk(requests, row, State.REJECTED)

        assert await lists.waiting(MANAGER, MANAGERS, 0) == Page()

    async def test_pages_hold_five_and_past_the_last_is_the_last(
        self, lists: HomeLists, requests: Requests
    ) -> None:
        every = [await waits(requests, minute=number) for number in range(PAGE_SIZE + 1)]

        first, last = await lists.waiting(MANAGER, MANAGERS, 0), await lists.waiting(MANAGER, MANAGERS, 99)

        assert (ids(first), first.number, first.total) == (every[:PAGE_SIZE], 0, PAGE_SIZE + 1)
        assert (ids(last), last.number, last.total) == (every[PAGE_SIZE:], 1, PAGE_SIZE + 1)


class TestOwn:
    async def test_the_latest_comes_first_and_nobody_elses_is_there(
        self, lists: HomeLists, requests: Requests
    ) -> None:
        first = await make(requests, another_coupon(), made_at=NOON - timedelta(days=1))
        second = await is_unknown(requests)
        await waits(requests, by=SENIOR)

        assert ids(await lists.asked_by(AGENT, 0)) == [second, first.id]

    async def test_pages_hold_five_and_past_the_last_is_the_last(
        self, lists: HomeLists, requests: Requests
    ) -> None:
        every = {await waits(requests) for _ in range(PAGE_SIZE + 1)}

        first, last = await lists.asked_by(AGENT, 0), await lists.asked_by(AGENT, 7)

        assert (len(first.entries), len(last.entries)) == (PAGE_SIZE, 1)
        assert {*ids(first), *ids(last)} == every
        assert (last.number, last.total, last.is_last) == (1, PAGE_SIZE + 1, True)


class TestUnknown:
    async def test_the_longest_unknown_comes_first_and_ones_own_is_for_others(
        self, lists: HomeLists, requests: Requests
    ) -> None:
        first, second = await is_unknown(requests), await is_unknown(requests, by=SENIOR)
        await is_unknown(requests, by=MANAGER)
        await waits(requests)

        assert ids(await lists.to_settle(MANAGER, 0)) == [first, second]

    async def test_a_redemption_whose_use_is_to_be_named_is_among_them_until_it_is(
        self, lists: HomeLists, requests: Requests
    ) -> None:
        unknown = await is_unknown(requests)
        row = await requests.get(await is_unknown(requests, by=SENIOR))
        assert row is not None
        looked_for = await requests.move(row, State.REDEEMED, Change(due_in_s=5.0))
        assert ids(await lists.to_settle(MANAGER, 0)) == [unknown]

        left = await requests.move(looked_for, State.REDEEMED, Change(never_due=True))
        assert ids(await lists.to_settle(MANAGER, 0)) == [unknown, left.id]
        assert ids(await lists.to_settle(SENIOR, 0)) == [unknown]

        named = Outcome(settled=Settled.ANSWER, redemption_id="R-7")
        await requests.move(left, State.REDEEMED, Change(outcome=named))
        assert ids(await lists.to_settle(MANAGER, 0)) == [unknown]
