"""What `services.ports.Outbox` promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.limits import Limits
from bot.domain.messages import MessageKind
from bot.domain.redemption import Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.services.ports import Outbox, OutboxMessage, Requests
from tests.adapters.ledger.facts import AGENT, LONG, SENIOR, WINDOW, another_coupon, make, walk
from tests.adapters.ledger.outbox_facts import DM, TS, deliver, take


async def attend(requests: Requests, row: Redemption, channel: str = "C0APPROVALS") -> Redemption:
    return await requests.move(row, row.state, Change(post=((MessageKind.ATTENTION, channel),)))


def lost_after(row: Redemption) -> Redemption:
    """As it stood some moves later."""
    return replace(row, version=row.version + 3)


async def test_a_new_request_is_posted_to_its_requester_once(requests: Requests, outbox: Outbox) -> None:
    made = await make(requests)

    (outbox_message,) = await take(outbox)

    assert outbox_message == OutboxMessage(
        id=outbox_message.id, role=MessageKind.REQUESTER, channel=AGENT, ts=None, attempts=0, about=made
    )
    await outbox.delivered(outbox_message, channel=DM, ts=TS)
    assert await take(outbox) == []


async def test_what_the_ledger_has_lost_is_not_noted(requests: Requests, outbox: Outbox) -> None:
    """As where a standby took over: the id may be another message's there."""
    made = await make(requests)
    (owed,) = await take(outbox)
    lost = replace(owed, about=replace(made, id=RequestId("LOST")))

    await outbox.delivered(lost, channel=DM, ts=TS)
    await outbox.delivered(replace(lost, ts=TS), channel=DM, ts=TS)
    await outbox.put_back(lost, again_in_s=None, why="timeout")

    await outbox.put_back(owed, again_in_s=0.0, why="timeout")
    assert [(one.id, one.ts, one.attempts) for one in await take(outbox)] == [(owed.id, None, 1)]


@pytest.mark.parametrize(
    "other",
    [{"role": MessageKind.ATTENTION}, {"channel": "C0APPROVALS"}, {"ts": TS}],
    ids=["role", "channel", "ts"],
)
async def test_another_message_of_the_same_request_that_has_its_number_is_left_alone(
    requests: Requests, outbox: Outbox, other: dict[str, Any]
) -> None:
    """As where a standby took over, which has given the number again."""
    await make(requests)
    (owed,) = await take(outbox)
    lost = replace(owed, **other)

    await outbox.put_back(lost, again_in_s=None, why="timeout")
    await outbox.delivered(lost, channel="C0APPROVALS", ts="17.2")

    await outbox.put_back(owed, again_in_s=0.0, why="timeout")
    assert [(one.id, one.ts, one.attempts) for one in await take(outbox)] == [(owed.id, None, 1)]


async def test_a_post_of_a_version_that_the_ledger_has_lost_is_redrawn_once(
    requests: Requests, outbox: Outbox
) -> None:
    """As where a standby took over that lacks the last moves."""
    made = await make(requests)
    (owed,) = await take(outbox)
    await outbox.delivered(replace(owed, about=lost_after(made)), channel=DM, ts=TS)

    redrawn = await deliver(outbox)

    assert (redrawn.ts, redrawn.about) == (TS, made)
    assert await take(outbox) == []
    await requests.move(made, State.APPROVED)
    assert [one.ts for one in await take(outbox)] == [TS]


async def test_an_update_to_a_version_that_the_ledger_has_lost_is_redrawn_once(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests)
    await deliver(outbox)
    approved = await requests.move(made, State.APPROVED)
    (due,) = await take(outbox)
    await outbox.delivered(replace(due, about=lost_after(approved)), channel=DM, ts=TS)

    redrawn = await deliver(outbox)

    assert (redrawn.ts, redrawn.about) == (TS, approved)
    assert await take(outbox) == []


async def test_a_window_that_shows_a_version_that_the_ledger_has_lost_is_redrawn_once(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests, window=WINDOW)
    await outbox.shown(made.id, WINDOW, version=lost_after(made).version)

    due = {one.role: one for one in await take(outbox)}
    await outbox.delivered(due[MessageKind.WINDOW], channel=WINDOW, ts=WINDOW)

    assert await take(outbox) == []


async def test_a_refused_request_is_posted_too(requests: Requests, outbox: Outbox) -> None:
    refused = await make(requests, limits=Limits(count=0))

    assert [outbox_message.about for outbox_message in await take(outbox)] == [refused]


async def test_the_window_it_was_confirmed_in_is_kept_true_as_well(
    requests: Requests, outbox: Outbox
) -> None:
    await make(requests, window=WINDOW)

    outbox_messages = await take(outbox)

    assert [(outbox_message.role, outbox_message.channel) for outbox_message in outbox_messages] == [
        (MessageKind.REQUESTER, AGENT),
        (MessageKind.WINDOW, WINDOW),
    ]


async def test_a_message_is_redrawn_after_each_move(requests: Requests, outbox: Outbox) -> None:
    made = await make(requests)
    await deliver(outbox)
    approved = await requests.move(made, State.APPROVED)

    (outbox_message,) = await take(outbox)

    assert (outbox_message.channel, outbox_message.ts, outbox_message.about) == (DM, TS, approved)
    await outbox.delivered(outbox_message, channel=DM, ts=TS)
    assert await take(outbox) == []
    await requests.move(approved, State.APPROVED, Change(looks=1))
    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]


async def test_a_move_that_changes_nothing_that_is_read_draws_nothing_again(
    requests: Requests, outbox: Outbox
) -> None:
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)
    await deliver(outbox)
    row = await requests.move(row, State.REDEEMED, Change(never_due=True, redraw=False))
    assert await take(outbox) == []

    await requests.move(row, State.REDEEMED)
    (outbox_message,) = await take(outbox)
    assert outbox_message.about.version == row.version + 1


async def test_a_message_that_is_still_to_be_drawn_is_drawn_after_such_a_move(
    requests: Requests, outbox: Outbox
) -> None:
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)
    row = await requests.move(row, State.REDEEMED, Change(never_due=True, redraw=False))

    (outbox_message,) = await take(outbox)
    assert outbox_message.about == row


async def test_a_move_during_the_delivery_is_drawn_afterwards(requests: Requests, outbox: Outbox) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    approved = await requests.move(made, State.APPROVED)

    await outbox.delivered(outbox_message, channel=DM, ts=TS)

    assert [(outbox_message.ts, outbox_message.about) for outbox_message in await take(outbox)] == [
        (TS, approved)
    ]


async def test_a_message_carries_the_current_request_when_it_is_taken(
    requests: Requests, outbox: Outbox
) -> None:
    refused = await walk(requests, await make(requests), State.REFUSED)

    assert [outbox_message.about for outbox_message in await take(outbox)] == [refused]


async def test_a_message_is_added_by_a_move_once_for_each_role(requests: Requests, outbox: Outbox) -> None:
    row = await attend(requests, await make(requests))
    await attend(requests, row, channel="C0ELSEWHERE")

    outbox_messages = await take(outbox)

    assert [(outbox_message.role, outbox_message.channel) for outbox_message in outbox_messages] == [
        (MessageKind.REQUESTER, AGENT),
        (MessageKind.ATTENTION, "C0APPROVALS"),
    ]


async def test_the_oldest_goes_first_and_each_channel_takes_one_at_a_time(
    requests: Requests, outbox: Outbox
) -> None:
    first = await make(requests, another_coupon())
    second = await make(requests, another_coupon())
    of_another = await make(requests, another_coupon(requester=SENIOR))

    taken = [await take(outbox) for _ in range(3)]

    assert [[outbox_message.about for outbox_message in outbox_messages] for outbox_messages in taken] == [
        [first, of_another],
        [second],
        [],
    ]


async def test_no_more_are_taken_than_were_asked_for(requests: Requests, outbox: Outbox) -> None:
    first = await make(requests, another_coupon())
    await make(requests, another_coupon(requester=SENIOR))

    assert [outbox_message.about for outbox_message in await take(outbox, 1)] == [first]


async def test_what_did_not_work_comes_back_when_its_time_has_come(
    requests: Requests, outbox: Outbox
) -> None:
    await make(requests)
    (outbox_message,) = await take(outbox)

    await outbox.put_back(outbox_message, again_in_s=0, why="ratelimited")
    (again,) = await take(outbox)
    assert (again.id, again.attempts) == (outbox_message.id, 1)

    await outbox.put_back(again, again_in_s=LONG, why="internal_error")
    assert await take(outbox) == []


async def test_what_worked_in_the_end_starts_afresh(requests: Requests, outbox: Outbox) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.put_back(outbox_message, again_in_s=0, why="ratelimited")
    await deliver(outbox)
    await requests.move(made, State.APPROVED)

    (redrawn,) = await take(outbox)

    assert redrawn.attempts == 0


async def test_what_is_not_due_yet_waits_however_often_its_request_moves(
    requests: Requests, outbox: Outbox
) -> None:
    """Slack said when to come again."""
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.put_back(outbox_message, again_in_s=LONG, why="ratelimited")

    await requests.move(made, State.APPROVED)

    assert await take(outbox) == []


async def test_a_message_whose_hold_ended_is_taken_again(requests: Requests, outbox: Outbox) -> None:
    await make(requests)
    (held,) = await take(outbox, hold_s=0)

    (again,) = await take(outbox)

    assert again.id == held.id


async def test_what_can_never_work_is_not_tried_again(requests: Requests, outbox: Outbox) -> None:
    made = await make(requests)
    await deliver(outbox)
    await requests.move(made, State.APPROVED)
    (outbox_message,) = await take(outbox)

    await outbox.put_back(outbox_message, again_in_s=None, why="message_not_found")

    assert await take(outbox) == []


async def test_one_that_was_deleted_is_posted_anew_when_it_is_wanted_again(
    requests: Requests, outbox: Outbox
) -> None:
    """Together with a message for its thread, which waits for it."""
    asks = Change(post=((MessageKind.APPROVAL, "C0APPROVALS"),))
    row = await requests.move(await make(requests), State.WAITING, asks)
    for outbox_message in await take(outbox):
        await outbox.delivered(outbox_message, channel=outbox_message.channel, ts=TS + outbox_message.role)
    row = await requests.move(row, row.state, Change())
    for outbox_message in await take(outbox):
        deleted = outbox_message.role is MessageKind.APPROVAL
        await outbox.put_back(outbox_message, again_in_s=None if deleted else 0, why="message_not_found")

    reminds = Change(post=((MessageKind.APPROVAL, "C0APPROVALS"), (MessageKind.REMINDER, "C0APPROVALS")))
    await requests.move(row, row.state, reminds)
    first, second = await take(outbox), await take(outbox)

    about = [one for one in (*first, *second) if one.role is not MessageKind.REQUESTER]
    assert [(one.role, one.ts, one.thread_ts) for one in about] == [
        (MessageKind.APPROVAL, None, None),
        (MessageKind.REMINDER, None, None),
    ]


async def test_an_approval_is_asked_for_in_the_channel_that_is_named_by_now(
    requests: Requests, outbox: Outbox
) -> None:
    row = await requests.move(
        await make(requests), State.WAITING, Change(post=((MessageKind.APPROVAL, "C0APPROVALS"),))
    )
    await requests.move(
        row, row.state, Change(post=((MessageKind.APPROVAL, "C0APPROVALS"), (MessageKind.APPROVAL, "C0NEW")))
    )

    asked = [one.channel for one in await take(outbox) if one.role is MessageKind.APPROVAL]

    assert asked == ["C0APPROVALS", "C0NEW"]


async def test_an_unknown_copy_that_is_pressed_is_redrawn_from_then_on(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests)
    await deliver(outbox)

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts="17.2")

    assert [(outbox_message.ts, outbox_message.about) for outbox_message in await take(outbox, hold_s=0)] == [
        ("17.2", made)
    ]


async def test_a_known_copy_that_is_current_is_not_updated_for_a_press(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests)
    await deliver(outbox)
    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    assert await take(outbox) == []
    await requests.move(made, State.APPROVED)
    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]


async def test_a_copy_that_was_given_up_and_is_pressed_is_redrawn_at_once(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests)
    await deliver(outbox)
    await requests.move(made, State.APPROVED)
    [posted] = await take(outbox)
    await outbox.put_back(posted, again_in_s=None, why="message_not_found")

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]
    assert await take(outbox) == []


async def test_a_press_on_a_copy_leaves_the_message_that_is_still_to_be_posted(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests)

    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    outbox_messages = await take(outbox)
    assert [(outbox_message.channel, outbox_message.ts) for outbox_message in outbox_messages] == [
        (AGENT, None),
        (DM, TS),
    ]


async def test_a_message_that_is_pressed_before_its_delivery_is_written_is_one_message(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests)
    (outbox_message,) = await take(outbox)
    await outbox.adopt(made.id, MessageKind.REQUESTER, channel=DM, ts=TS)

    await outbox.delivered(outbox_message, channel=DM, ts=TS)

    assert await take(outbox) == []
    await requests.move(made, State.APPROVED)
    assert [outbox_message.ts for outbox_message in await take(outbox)] == [TS]


async def test_a_request_that_the_ledger_does_not_know_is_not_drawn(outbox: Outbox) -> None:
    await outbox.adopt(RequestId("never"), MessageKind.REQUESTER, channel=DM, ts=TS)

    assert await take(outbox) == []


async def test_news_belong_under_the_requesters_own_message(requests: Requests, outbox: Outbox) -> None:
    """It is wanted under the person's id, and the message stands in the channel that Slack opened for them."""
    made = await make(requests)
    await deliver(outbox)
    await requests.move(made, made.state, Change(post=((MessageKind.NEWS, AGENT),)))

    threads = {one.role: one.thread_ts for one in await take(outbox)}

    assert threads == {MessageKind.REQUESTER: None, MessageKind.NEWS: TS}


async def test_a_window_that_was_answered_with_the_outcome_is_drawn_at_the_next_move_only(
    requests: Requests, outbox: Outbox
) -> None:
    made = await make(requests, window=WINDOW)
    approved = await requests.move(made, State.APPROVED)
    await outbox.shown(made.id, WINDOW, version=approved.version)
    assert MessageKind.WINDOW not in {one.role for one in await take(outbox, hold_s=0.0)}

    sending = await requests.move(approved, State.APPROVED, Change(looks=1))

    windows = [one for one in await take(outbox) if one.role is MessageKind.WINDOW]
    assert [(one.about, one.channel) for one in windows] == [(sending, WINDOW)]


async def test_a_window_is_never_noted_to_show_less_than_it_does(requests: Requests, outbox: Outbox) -> None:
    made = await make(requests, window=WINDOW)
    approved = await requests.move(made, State.APPROVED)
    await outbox.shown(made.id, WINDOW, version=approved.version)

    await outbox.shown(made.id, WINDOW, version=made.version)

    assert MessageKind.WINDOW not in {one.role for one in await take(outbox)}
