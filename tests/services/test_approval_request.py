"""Somebody is asked to approve: what they are shown, whether anybody can answer, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.coupon import Use
from bot.domain.policy import Approvals
from bot.domain.redemption import Redemption, State, Stop, Trouble
from bot.domain.transitions import Change
from bot.services.approval_request import LOOK_AGAIN, RequestApproval
from tests.services.conftest import Posted
from tests.services.stand_ins import (
    CHANNEL,
    HEADS,
    LEELA,
    MANAGERS,
    MEERA,
    NISHA,
    OFTEN,
    ONCE,
    POLICY,
    RAVI,
    THRICE,
    Desk,
    Facts,
    Read,
    actor,
    asked,
    ports_of,
)

FIRST, SECOND, END = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4)


def trouble(row: Redemption) -> Trouble | None:
    assert row.asking is not None
    return row.asking.trouble


async def kept(desk: Desk, row: Redemption) -> Redemption:
    """Return the request after a run of the sweeper."""
    await desk.keep()
    found = await desk.ports.requests.get(row.id)
    assert found is not None
    return found


async def test_it_waits_for_those_whom_the_rule_names(desk: Desk, facts: Facts, posted: Posted) -> None:
    row = await asked(desk, NISHA, THRICE)

    assert (row.state, row.round, row.terms.approvers) == (State.WAITING, 1, (MANAGERS,))
    assert (row.asked_at, row.expires_at) == (facts.now, facts.now + END)
    assert trouble(row) is None
    assert await posted(row) == [("requester", NISHA), ("approval", CHANNEL)]


async def test_they_are_shown_what_happened_before(desk: Desk, facts: Facts) -> None:
    await asked(desk, NISHA, ONCE)
    facts.coupons[OFTEN].uses.append(Use(id="old", at=facts.now - timedelta(days=1), bill="T-1"))
    first = await asked(desk, NISHA, THRICE)
    await desk.decide.withdraw(first.id, by=actor(NISHA))

    row = await asked(desk, NISHA, THRICE)

    assert row.asking is not None
    assert (row.asking.checked_at, row.asking.uses, row.asking.last_use_at) == (facts.now, 2, facts.now)
    assert (row.asking.earlier, row.asking.attempt) == (1, 2)


async def test_an_unreadable_history_does_not_keep_it_from_being_asked(desk: Desk, facts: Facts) -> None:
    facts.unreadable.add(Read.HISTORY)

    row = await asked(desk, NISHA, THRICE)

    assert row.state is State.WAITING
    assert row.asking is not None
    assert (row.asking.uses, row.asking.attempt) == (None, 1)


async def test_what_changed_since_the_review_is_not_asked_for(desk: Desk, facts: Facts) -> None:
    """Whoever confirmed it looks at it anew."""
    row = await asked(desk, NISHA, THRICE, worth=Decimal(1_999))

    assert (row.state, row.outcome.stop) == (State.REFUSED, Stop.CHANGED)


# Whether anybody can answer


async def test_without_a_channel_nobody_is_asked(
    facts: Facts, requests: LedgerRequests, posted: Posted
) -> None:
    desk = Desk(facts, ports_of(facts, requests), replace(POLICY, approvals=Approvals()))

    row = await asked(desk, NISHA, THRICE)

    assert (row.state, trouble(row)) == (State.WAITING, Trouble.NO_CHANNEL)
    assert await posted(row) == [("requester", NISHA)]


@pytest.mark.parametrize(
    ("channel_trouble", "still_tried"), [(Trouble.CHANNEL_SHARED, False), (Trouble.CHANNEL_UNREACHABLE, True)]
)
async def test_a_trouble_of_the_channel_is_kept(
    desk: Desk, facts: Facts, posted: Posted, channel_trouble: Trouble, *, still_tried: bool
) -> None:
    """Where strangers read along nothing is posted; a channel that cannot be reached may come back."""
    if channel_trouble is not None:
        facts.channels.troubles[CHANNEL] = channel_trouble

    row = await asked(desk, NISHA, THRICE)

    assert (row.state, trouble(row)) == (State.WAITING, channel_trouble)
    assert (("approval", CHANNEL) in await posted(row)) == still_tried


async def test_a_group_without_anybody_else_who_may_act_is_told(desk: Desk, facts: Facts) -> None:
    """The requester does not count, nor does somebody whose account is gone."""
    facts.deactivated.add(LEELA)

    row = await asked(desk, MEERA, OFTEN)

    assert row.terms.approvers == (HEADS,)
    assert trouble(row) is Trouble.NO_APPROVER


async def test_groups_that_cannot_be_read_are_told_and_looked_at_again(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.unreadable.add(Read.GROUPS)
    facts.now += FIRST

    reminded = await kept(desk, row)
    facts.unreadable.clear()
    facts.now += SECOND
    again = await kept(desk, row)

    assert trouble(reminded) is Trouble.GROUPS_UNREADABLE
    assert trouble(again) is None


async def test_groups_that_could_not_be_read_are_looked_at_again_within_a_minute_and_nobody_is_reminded(
    desk: Desk, facts: Facts, posted: Posted
) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.unreadable.add(Read.GROUPS)
    facts.now += FIRST
    reminded = await kept(desk, row)
    facts.unreadable.clear()
    facts.now += LOOK_AGAIN
    again = await kept(desk, row)

    assert (trouble(reminded), trouble(again)) == (Trouble.GROUPS_UNREADABLE, None)
    assert row.asked_at is not None
    assert (again.reminded, again.attend_at) == (1, row.asked_at + SECOND)
    assert [role for role, _ in await posted(row)].count("reminder") == 1


# For how long


async def test_they_are_reminded_as_often_as_the_policy_says_and_then_it_expires(
    desk: Desk, facts: Facts, posted: Posted
) -> None:
    row = await asked(desk, NISHA, THRICE)
    made_at = facts.now

    seen = []
    for after in (FIRST - timedelta(seconds=1), FIRST, SECOND, END - timedelta(seconds=1), END):
        facts.now = made_at + after
        row = await kept(desk, row)
        seen.append((row.state, row.reminded))

    waiting = State.WAITING
    assert seen == [(waiting, 0), (waiting, 1), (waiting, 2), (waiting, 2), (State.EXPIRED, 2)]
    assert [role for role, _ in await posted(row)].count("reminder") == 2


async def test_a_desk_that_comes_back_after_its_end_reminds_nobody(
    desk: Desk, facts: Facts, posted: Posted
) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.now += END

    expired = await kept(desk, row)

    assert (expired.state, expired.reminded) == (State.EXPIRED, 0)
    assert [role for role, _ in await posted(row)].count("reminder") == 0


async def test_asked_again_the_time_begins_anew_and_the_channel_hears_of_it(
    desk: Desk, facts: Facts, posted: Posted
) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.now += FIRST
    row = await kept(desk, row)
    facts.coupons[THRICE].worth = Decimal(2_500)

    decided = await desk.decide.approve(row.id, 1, "", by=actor(LEELA), window=None)
    again = await desk.decide.spend_approved(decided)

    assert (again.state, again.round, again.reminded) == (State.WAITING, 2, 0)
    assert (again.attend_at, again.expires_at) == (facts.now + FIRST, facts.now + END)
    assert ("again", CHANNEL) in await posted(again)


async def test_an_agent_who_is_no_senior_asks_the_heads(desk: Desk) -> None:
    row = await asked(desk, RAVI, ONCE)

    assert (row.state, row.terms.approvers) == (State.WAITING, (HEADS,))


# The policy has changed while it waits


def under(desk: Desk, approvals: Approvals) -> RequestApproval:
    return replace(
        desk.request_approval,
        configuration=replace(desk.configuration, policy=replace(POLICY, approvals=approvals)),
    )


async def test_one_reminder_is_due_at_a_time_whatever_the_policy_says_by_now(
    desk: Desk, facts: Facts
) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.now += timedelta(hours=2)
    shorter = Approvals(channel=CHANNEL, expire_after=timedelta(hours=1), remind_after=(FIRST,))

    reminded = await under(desk, shorter).attend(row)

    assert (reminded.state, reminded.attend_at) == (State.WAITING, row.expires_at)


async def test_it_ends_when_it_was_promised_to_end(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    longer = Approvals(channel=CHANNEL, expire_after=timedelta(hours=9), remind_after=(timedelta(hours=8),))
    facts.now += FIRST

    reminded = await under(desk, longer).attend(row)

    assert reminded.attend_at == row.expires_at


# A channel that comes back


async def test_where_nobody_could_be_asked_at_first_they_are_asked_with_the_reminder(
    desk: Desk, facts: Facts, posted: Posted
) -> None:
    facts.channels.troubles[CHANNEL] = Trouble.CHANNEL_SHARED
    row = await asked(desk, NISHA, THRICE)
    facts.channels.troubles.clear()
    facts.now += FIRST

    reminded = await kept(desk, row)

    assert trouble(reminded) is None
    assert ("approval", CHANNEL) in await posted(row)


async def test_an_unreachable_channel_is_cleared_only_by_a_successful_post(desk: Desk, facts: Facts) -> None:
    """Slack lets it seem fit, and yet takes no post."""
    row = await asked(desk, NISHA, THRICE)
    assert row.asking is not None
    unposted = Change(asking=replace(row.asking, trouble=Trouble.CHANNEL_UNREACHABLE))
    row = await desk.ports.requests.move(row, State.WAITING, unposted)
    facts.now += FIRST

    assert trouble(await kept(desk, row)) is Trouble.CHANNEL_UNREACHABLE


async def test_a_request_expires_no_later_than_its_coupon(desk: Desk, facts: Facts) -> None:
    row = await asked(desk, NISHA, THRICE)
    ends = facts.now + timedelta(hours=2)

    again = await desk.request_approval(row, replace(row.terms, expires_at=ends), why={})

    assert (again.expires_at, again.attend_at) == (ends, facts.now + FIRST)


async def test_nobody_is_reminded_of_a_coupon_that_is_over(desk: Desk, facts: Facts, posted: Posted) -> None:
    row = await asked(desk, NISHA, THRICE)
    facts.coupons[THRICE].left = 0
    facts.now += FIRST

    row = await kept(desk, row)

    assert row.state is State.REFUSED
    assert [role for role, _ in await posted(row)] == ["requester", "approval", "news"]
