"""Somebody else decides, and what was approved is spent: by the press, or by the sweeper."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest
from sqlalchemy import select

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.tables import events
from bot.domain.errors import CouldNotVerify, Denial, NotAllowed
from bot.domain.limits import Usage
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State, Stop
from bot.services.approval import Decide
from bot.services.ports import Requests
from tests.services.stand_ins import (
    AGENTS,
    ARJUN,
    DESK_TILL,
    HEADS,
    LEELA,
    MANAGERS,
    MEERA,
    NISHA,
    OFTEN,
    ONCE,
    RAVI,
    SENIORS,
    THRICE,
    Beside,
    Desk,
    Facts,
    Read,
    actor,
    asked,
)


async def approves(desk: Desk, row: Redemption, by: PersonId, round_: int = 1) -> Redemption:
    """Pressed and spent."""
    decided = await desk.decide.approve(row.id, round_, "Fine", by=actor(by), window=None)
    assert decided.ours
    return await desk.decide.spend_approved(decided)


async def left_behind(desk: Desk, row: Redemption, by: PersonId) -> Redemption:
    """Approved by a process that ended before it spent anything."""
    return (await desk.decide.approve(row.id, 1, "", by=actor(by), window=None)).row


async def now(desk: Desk, row: Redemption) -> Redemption:
    found = await desk.ports.requests.get(row.id)
    assert found is not None
    return found


async def test_what_was_approved_is_sent_as_it_was_approved(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)

    spent = await approves(desk, row, ARJUN)

    assert spent.state is State.REDEEMED
    assert spent.decided is not None
    assert (spent.decided.by, spent.decided.round, spent.decided.note) == (ARJUN, 1, "Fine")
    (post,) = facts.posts
    assert (post.order.bill_number, post.order.bill) == (row.terms.bill_number, row.terms.bill)
    assert facts.coupons[THRICE].uses[0].till == DESK_TILL


# Asked again


async def test_a_changed_worth_needs_a_new_approval(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.coupons[THRICE].worth = Decimal(2_500)

    again = await approves(desk, row, ARJUN)

    assert (again.state, again.round, again.terms.worth.amount) == (State.WAITING, 2, Decimal(2_500))
    assert again.asking is not None
    assert again.asking.worth_before == Decimal(2_000)
    assert facts.posts == []
    assert (await approves(desk, again, LEELA, round_=2)).state is State.REDEEMED
    assert len(facts.posts) == 1


async def test_a_decision_on_an_older_round_decides_nothing(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.coupons[THRICE].worth = Decimal(2_500)
    again = await approves(desk, row, ARJUN)

    late = await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    rejected = await desk.decide.reject(row.id, 1, "No", by=actor(LEELA))

    assert not late.ours
    assert not rejected.ours
    assert late.row == rejected.row == again


async def test_worth_that_has_grown_over_the_days_limit_is_refused(desk: Desk, facts: Facts) -> None:
    await asked(desk, NISHA, OFTEN)
    row = await asked(desk, NISHA, THRICE)
    facts.coupons[THRICE].worth = Decimal(6_001)

    refused = await approves(desk, row, ARJUN)

    assert (refused.state, refused.outcome.stop) == (State.REFUSED, Stop.VALUE_LIMIT)
    reached = refused.outcome.at_limit
    assert reached is not None
    assert (reached.worth, reached.used) == (Decimal(6_001), Usage(count=1, value=Decimal(4_000)))
    assert facts.posts == []


async def test_worth_that_just_fills_the_days_limit_is_asked_for_again(desk: Desk, facts: Facts) -> None:
    await asked(desk, NISHA, OFTEN)
    row = await asked(desk, NISHA, THRICE)
    facts.coupons[THRICE].worth = Decimal(6_000)

    assert (await approves(desk, row, ARJUN)).state is State.WAITING


async def test_worth_that_another_rule_covers_is_asked_of_those_whom_it_names(
    desk: Desk, facts: Facts
) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.coupons[THRICE].worth = Decimal(5_000)

    again = await approves(desk, row, ARJUN)

    assert again.terms.approvers == (HEADS,)
    with pytest.raises(NotAllowed):
        await desk.decide.approve(row.id, 2, "", by=actor(ARJUN), window=None)
    assert (await approves(desk, again, LEELA, round_=2)).state is State.REDEEMED


async def test_a_requester_who_left_the_seniors_needs_the_general_approvers(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.groups[SENIORS].discard(NISHA)

    again = await approves(desk, row, ARJUN)

    assert (again.state, again.round, again.terms.approvers) == (State.WAITING, 2, (HEADS,))
    assert facts.posts == []


# Proved anew at spend


async def test_an_approver_who_lost_the_right_by_the_spend_has_approved_nothing(
    desk: Desk, facts: Facts
) -> None:
    row = await asked(desk, NISHA, THRICE)
    decided = await desk.decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)
    facts.groups[MANAGERS].discard(ARJUN)
    facts.rights.forget()

    refused = await desk.decide.spend_approved(decided)

    assert (refused.state, refused.outcome.stop) == (State.REFUSED, Stop.NOT_ALLOWED_APPROVER)
    assert facts.posts == []


async def test_a_requester_who_lost_the_right_by_the_spend_redeems_nothing(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.groups[AGENTS].discard(NISHA)

    refused = await approves(desk, row, ARJUN)

    assert (refused.state, refused.outcome.stop) == (State.REFUSED, Stop.NOT_ALLOWED)
    assert facts.posts == []


# Who may


@pytest.mark.parametrize(
    ("by", "why"), [(MEERA, Denial.OWN_REQUEST), (RAVI, Denial.APPROVE), (ARJUN, Denial.DEACTIVATED)]
)
async def test_who_may_not_decide_moves_nothing(desk: Desk, facts: Facts, by: PersonId, why: Denial) -> None:
    row = await asked(desk, MEERA, THRICE)
    facts.deactivated.add(ARJUN)

    for decide in (
        desk.decide.approve(row.id, 1, "", by=actor(by), window=None),
        desk.decide.reject(row.id, 1, "No", by=actor(by)),
    ):
        with pytest.raises(NotAllowed) as denied:
            await decide
        assert denied.value.why is why
    assert await now(desk, row) == row


async def test_what_could_not_be_verified_decides_nothing(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.unreadable.add(Read.GROUPS)

    with pytest.raises(CouldNotVerify):
        await desk.decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)

    assert await now(desk, row) == row


async def test_only_the_requester_withdraws_and_only_while_it_waits(desk: Desk) -> None:
    row = await asked(desk, NISHA, THRICE)

    with pytest.raises(NotAllowed):
        await desk.decide.withdraw(row.id, by=actor(ARJUN))
    withdrawn = await desk.decide.withdraw(row.id, by=actor(NISHA))

    assert (withdrawn.ours, withdrawn.row.state) == (True, State.WITHDRAWN)
    late = await desk.decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)
    assert (late.ours, late.row) == (False, withdrawn.row)
    assert not (await desk.decide.withdraw(row.id, by=actor(NISHA))).ours


async def test_of_two_decisions_at_once_one_counts(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    spent = await approves(desk, row, ARJUN)

    late = await desk.decide.reject(row.id, 1, "No", by=actor(LEELA))

    assert (late.ours, late.row) == (False, spent)
    assert len(facts.posts) == 1


async def test_a_press_after_the_deadline_expires_the_request(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.now += timedelta(hours=4)

    decided = await desk.decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)

    assert (decided.ours, decided.row.state) == (False, State.EXPIRED)
    assert facts.posts == []


async def test_a_person_who_may_not_decide_does_not_expire_it_either(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.now += timedelta(hours=4)

    with pytest.raises(NotAllowed):
        await desk.decide.look(row.id, by=actor(RAVI))

    assert await now(desk, row) == row


# Left behind


async def test_an_approval_whose_process_ended_is_spent_by_the_sweeper(desk: Desk, facts: Facts) -> None:
    row = await left_behind(desk, await asked(desk, NISHA, THRICE), ARJUN)

    facts.database_now += timedelta(seconds=44)
    await desk.keep()
    assert (await now(desk, row)).state is State.APPROVED
    facts.database_now += timedelta(seconds=1)
    await desk.keep()

    assert (await now(desk, row)).state is State.REDEEMED
    assert len(facts.posts) == 1


async def test_an_approval_that_was_not_spent_in_time_expires(desk: Desk, facts: Facts) -> None:
    row = await left_behind(desk, await asked(desk, NISHA, THRICE), ARJUN)

    facts.database_now += timedelta(seconds=600)
    await desk.keep()

    assert (await now(desk, row)).state is State.EXPIRED
    assert facts.posts == []


async def test_the_sweeper_makes_the_preflight_again(desk: Desk, facts: Facts) -> None:
    row = await left_behind(desk, await asked(desk, NISHA, THRICE), ARJUN)
    facts.deactivated.add(ARJUN)

    facts.database_now += timedelta(seconds=45)
    await desk.keep()

    assert (await now(desk, row)).outcome.stop is Stop.NOT_ALLOWED_APPROVER
    assert facts.posts == []


async def test_the_press_and_the_sweeper_together_send_it_once(desk: Desk, facts: Facts) -> None:
    """The process of the press was only slow: it still holds the row as it was approved."""
    row = await asked(desk, NISHA, THRICE)
    decided = await desk.decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)
    facts.database_now += timedelta(seconds=45)
    await desk.keep()

    spent = await desk.decide.spend_approved(decided)

    assert spent.state is State.REDEEMED
    assert len(facts.posts) == 1


async def test_a_redemption_under_a_rule_without_approval_needs_nobody(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, ONCE)

    assert (row.state, row.decided) == (State.REDEEMED, None)
    assert len(facts.posts) == 1


async def test_after_a_version_conflict_the_request_stays_as_the_first_writer_left_it(
    desk: Desk, requests: Requests
) -> None:
    row = await asked(desk, NISHA, THRICE)
    withdrawn = await requests.move(row, State.WITHDRAWN, by=NISHA)

    late = await desk.decide.reject(row.id, 1, "No", by=actor(ARJUN))

    assert (late.ours, late.row) == (False, withdrawn)


# Beside what the desk writes down by itself


def beside(desk: Desk, *changes: Callable[[Redemption], Awaitable[Redemption]]) -> Decide:
    return replace(desk.decide, requests=cast("Requests", Beside(desk.ports.requests, *changes)))


async def test_a_decision_is_retried_after_a_reminder_at_the_same_moment(desk: Desk) -> None:
    row = await asked(desk, NISHA, THRICE)
    decide = beside(desk, desk.request_approval.attend, desk.request_approval.attend)

    decided = await decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)

    assert (decided.ours, decided.row.state, decided.row.version) == (True, State.APPROVED, row.version + 3)


async def test_a_withdrawal_is_retried_after_a_reminder_at_the_same_moment(desk: Desk) -> None:
    row = await asked(desk, NISHA, THRICE)

    withdrawn = await beside(desk, desk.request_approval.attend).withdraw(row.id, by=actor(NISHA))

    assert (withdrawn.ours, withdrawn.row.state) == (True, State.WITHDRAWN)


async def test_a_decision_after_another_persons_move_changes_nothing(desk: Desk, requests: Requests) -> None:
    row = await asked(desk, NISHA, THRICE)

    async def withdraws(stands: Redemption) -> Redemption:
        return await requests.move(stands, State.WITHDRAWN, by=NISHA)

    decided = await beside(desk, withdraws).approve(row.id, 1, "", by=actor(ARJUN), window=None)

    assert (decided.ours, decided.row.state) == (False, State.WITHDRAWN)


# In the audit log all the same


async def too_late(database: Database) -> list[tuple[str | None, str, str]]:
    """By whom, at what, and how it stood then."""
    wanted = select(events.c.by, events.c.why).where(events.c.what == "too_late").order_by(events.c.id)
    async with database.transaction() as connection:
        rows = await connection.execute(wanted)
        return [(by, why["at"], why["state"]) for by, why in rows]


async def test_presses_that_come_too_late_are_in_the_audit_log(desk: Desk, database: Database) -> None:
    row = await asked(desk, NISHA, THRICE)
    await desk.decide.reject(row.id, 1, "No", by=actor(ARJUN))

    await desk.decide.approve(row.id, 1, "", by=actor(ARJUN), window=None)
    await desk.decide.reject(row.id, 1, "No", by=actor(ARJUN))
    await desk.decide.withdraw(row.id, by=actor(NISHA))
    await desk.close(row.id, "", redeemed=True, note="Seen", by=actor(ARJUN))

    assert await too_late(database) == [
        (ARJUN, "approve", "rejected"),
        (ARJUN, "reject", "rejected"),
        (NISHA, "withdraw", "rejected"),
        (ARJUN, "close", "rejected"),
    ]


async def test_a_press_that_lost_a_race_is_in_the_audit_log(desk: Desk, database: Database) -> None:
    row = await asked(desk, NISHA, THRICE)

    async def withdraws(_: Redemption) -> Redemption:
        return (await desk.decide.withdraw(row.id, by=actor(NISHA))).row

    decided = await beside(desk, withdraws).approve(row.id, 1, "", by=actor(ARJUN), window=None)

    assert not decided.ours
    assert await too_late(database) == [(ARJUN, "approve", "withdrawn")]


async def test_somebody_whose_account_is_gone_withdraws_nothing(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.deactivated.add(NISHA)

    with pytest.raises(NotAllowed):
        await desk.decide.withdraw(row.id, by=actor(NISHA))

    assert await now(desk, row) == row
