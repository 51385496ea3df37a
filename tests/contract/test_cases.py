"""What `services.ports.Cases` and `services.ports.OpenCases` promise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.case import NEVER, Case, CaseId, CaseState
from bot.domain.errors import VersionConflict
from bot.domain.messages import MessageKind
from bot.services.ports import AuditEvent, Outbox, Requests
from tests.adapters.ledger.case_facts import ANSWER, CHANNEL, OPS, OTHER, ask, new_case, outbox_messages, take
from tests.adapters.ledger.facts import AGENT, NOON, make
from tests.contract.conftest import AllCases


async def test_it_comes_out_as_it_went_in(cases: AllCases) -> None:
    asked = await ask(cases)
    answered = (await take(cases, asked)).answered(ANSWER)
    await cases.move(asked.taken(OPS, NOON), answered, AuditEvent.CASE_ANSWERED, by=OPS, why={})

    assert await cases.get(asked.id) == answered
    assert await cases.get(CaseId("never")) is None


async def test_one_that_is_known_is_given_back_as_it_stands(cases: AllCases) -> None:
    asked = await ask(cases)
    taken = await take(cases, asked)

    assert await ask(cases, asked) == taken


async def test_one_that_was_moved_meanwhile_is_not_moved(cases: AllCases) -> None:
    asked = await ask(cases)
    taken = await take(cases, asked)

    with pytest.raises(VersionConflict):
        await take(cases, asked, OTHER)
    assert await cases.get(asked.id) == taken


async def test_a_move_that_there_is_not_is_refused(cases: AllCases) -> None:
    asked = await ask(cases)
    answered = await cases.move(asked, asked.answered(ANSWER), AuditEvent.CASE_ANSWERED, by=OPS, why={})

    with pytest.raises(ValueError, match="does not become"):
        await cases.move(
            answered, replace(answered, state=CaseState.TAKEN), AuditEvent.CASE_TAKEN, by=OPS, why={}
        )


async def test_it_is_posted_to_those_who_answer_and_to_its_asker(cases: AllCases, outbox: Outbox) -> None:
    asked = await ask(cases)

    posted = await outbox_messages(outbox)

    assert [(one.role, one.channel, one.about) for one in posted] == [
        (MessageKind.CASE, CHANNEL, asked),
        (MessageKind.ASKER, AGENT, asked),
    ]


async def test_messages_of_requests_and_cases_are_taken_together_oldest_first(
    requests: Requests, cases: AllCases, outbox: Outbox
) -> None:
    first = await ask(cases, new_case(asker=OTHER))
    made = await make(requests)

    assert [one.about for one in await outbox_messages(outbox)] == [first, first, made]


async def test_what_the_desk_itself_finds_is_kept_and_told_to_its_asker(
    cases: AllCases, outbox: Outbox
) -> None:
    asked = await ask(cases)
    to_store_ops, to_asker = await outbox_messages(outbox)
    await outbox.put_back(to_store_ops, again_in_s=0.0, why="is_archived")
    await outbox.delivered(to_asker, channel=AGENT, ts="17.1")

    found = await cases.move(asked, asked.found(unposted=True), AuditEvent.CASE_UNPOSTED, by=None, why={})

    assert await cases.get(asked.id) == found
    assert found.unposted
    redrawn = [one for one in await outbox_messages(outbox) if one.role is MessageKind.ASKER]
    assert [one.about for one in redrawn] == [found]


async def test_its_messages_are_redrawn_after_a_move_and_its_thread_is_known(
    cases: AllCases, outbox: Outbox
) -> None:
    asked = await ask(cases)
    for outbox_message in await outbox_messages(outbox):
        await outbox.delivered(outbox_message, channel=outbox_message.channel, ts="17.1")
    taken = await take(cases, asked)
    over = taken.taken(OTHER, NOON)
    post = ((MessageKind.CASE_THREAD, CHANNEL),)
    await cases.move(taken, over, AuditEvent.CASE_TAKEN_OVER, by=OTHER, why={}, post=post)

    drawn = [*await outbox_messages(outbox), *await outbox_messages(outbox)]

    assert {(one.role, one.ts, one.about) for one in drawn} == {
        (MessageKind.CASE, "17.1", over),
        (MessageKind.ASKER, "17.1", over),
        (MessageKind.CASE_THREAD, None, over),
    }
    (in_thread,) = [one for one in drawn if one.role is MessageKind.CASE_THREAD]
    assert in_thread.thread_ts == "17.1"
    await outbox.delivered(in_thread, channel=CHANNEL, ts="17.2")


async def test_what_is_posted_once_is_not_redrawn(cases: AllCases, outbox: Outbox) -> None:
    asked = await cases.make(new_case(), post=((MessageKind.ASKER_NEWS, AGENT),))
    (outbox_message,) = await outbox_messages(outbox)
    await outbox.delivered(outbox_message, channel="D0AGENT", ts="17.1")

    await take(cases, asked)

    assert await outbox_messages(outbox) == []


async def test_a_copy_that_is_pressed_is_redrawn_from_then_on(cases: AllCases, outbox: Outbox) -> None:
    asked = await cases.make(new_case(), post=())

    await outbox.adopt(asked.id, MessageKind.CASE, channel=CHANNEL, ts="17.2")
    await outbox.adopt(asked.id, MessageKind.REQUESTER, channel="D0AGENT", ts="17.3")

    assert [(one.role, one.ts) for one in await outbox_messages(outbox)] == [(MessageKind.CASE, "17.2")]


async def test_whoever_asked_or_took_it_has_it_on_their_list_until_it_is_answered(cases: AllCases) -> None:
    later = await ask(cases, replace(new_case(), asked_at=NOON + timedelta(minutes=1)))
    first = await take(cases, await ask(cases))

    assert [one.reference for one in await cases.of(AGENT)] == [first.reference, later.reference]
    assert list(await cases.of(OPS)) == [first]
    await cases.move(first, first.answered(ANSWER), AuditEvent.CASE_ANSWERED, by=OPS, why={})
    assert list(await cases.of(OPS)) == []


async def test_what_is_not_answered_is_listed_for_everybody_but_whoever_asked_or_has_it(
    cases: AllCases,
) -> None:
    later = await ask(cases, replace(new_case(), asked_at=NOON + timedelta(minutes=1)))
    first = await ask(cases)

    assert list(await cases.open_to(OPS)) == [first, later]
    assert list(await cases.open_to(AGENT)) == []
    taken = await take(cases, first)
    assert list(await cases.open_to(OPS)) == [later]
    assert list(await cases.open_to(OTHER)) == [taken, later]
    answered = await cases.move(taken, taken.answered(ANSWER), AuditEvent.CASE_ANSWERED, by=OPS, why={})
    await cases.move(answered, answered.open_again(NOON), AuditEvent.CASE_REOPENED, by=AGENT, why={})
    assert [one.id for one in await cases.open_to(OPS)] == [first.id, later.id]


class TestReminders:
    AT = NOON + timedelta(minutes=15)

    def due(self) -> Case:
        return new_case().expecting(NOON, (timedelta(minutes=15), timedelta(hours=1)))

    async def test_an_open_case_is_due_from_its_time_on_the_longest_due_first(self, cases: AllCases) -> None:
        later = await ask(cases, replace(self.due(), attend_at=self.AT + timedelta(seconds=1)))
        first = await ask(cases, self.due())
        await ask(cases, replace(new_case(), attend_at=NEVER))

        assert list(await cases.attendable(self.AT, 9)) == [first]
        assert list(await cases.attendable(self.AT + timedelta(hours=1), 9)) == [first, later]
        assert list(await cases.attendable(self.AT + timedelta(hours=1), 1)) == [first]
        assert list(await cases.attendable(self.AT - timedelta(seconds=1), 9)) == []

    async def test_one_that_an_older_version_asked_is_looked_at_once(self, cases: AllCases) -> None:
        asked = await ask(cases)

        assert list(await cases.attendable(NOON, 9)) == [asked]
        seen = asked.attended(NOON, ())
        await cases.move(asked, seen, AuditEvent.CASE_REMINDED, by=None, why={}, unseen=True)
        assert list(await cases.attendable(NOON, 9)) == []

    async def test_one_that_is_taken_or_answered_is_not_due(self, cases: AllCases) -> None:
        await take(cases, await ask(cases, self.due()))
        asked = await ask(cases, self.due())
        await cases.move(asked, asked.answered(ANSWER), AuditEvent.CASE_ANSWERED, by=OPS, why={})

        assert list(await cases.attendable(self.AT, 9)) == []

    async def test_a_reminder_posts_itself_and_updates_no_message(
        self, cases: AllCases, outbox: Outbox
    ) -> None:
        asked = await ask(cases, self.due())
        for number, one in enumerate(await outbox_messages(outbox)):
            await outbox.delivered(one, channel=one.channel, ts=f"17.{number}")
        after = replace(asked.attended(self.AT, (timedelta(minutes=15),)), reminds=("S0STOREOPS",))
        post = ((MessageKind.CASE, CHANNEL), (MessageKind.CASE_REMINDER, CHANNEL))
        why = {"reminded": 1}
        await cases.move(asked, after, AuditEvent.CASE_REMINDED, by=None, why=why, post=post, unseen=True)

        [reminder] = await outbox_messages(outbox)
        assert (reminder.role, reminder.about, reminder.thread_ts) == (
            MessageKind.CASE_REMINDER,
            after,
            "17.0",
        )
        assert await cases.get(asked.id) == after

    async def test_of_two_instances_one_posts_it(self, cases: AllCases) -> None:
        asked = await ask(cases, self.due())
        after = asked.attended(self.AT, (timedelta(minutes=15),))
        await cases.move(asked, after, AuditEvent.CASE_REMINDED, by=None, why={}, unseen=True)

        with pytest.raises(VersionConflict):
            await cases.move(asked, after, AuditEvent.CASE_REMINDED, by=None, why={}, unseen=True)
