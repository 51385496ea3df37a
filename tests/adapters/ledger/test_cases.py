"""Cases in the ledger: written once, moved under guard, told in the audit log and in messages."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import events
from bot.domain.case import Case, CaseAnswer, CaseId, CaseState, Facts, Verb
from bot.domain.coupon import CouponCode, Discount, DiscountKind
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.finding import Verdict
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import RequestId, State
from bot.domain.refusal import Refusal
from bot.services.ports import AuditEvent, OutboxMessage
from tests.adapters.ledger.facts import AGENT, LONG, NOON, CutOff, make

OPS, OTHER = PersonId("U0STOREOPS"), PersonId("U0OTHEROPS")
CHANNEL = "C0STOREOPS"
FACTS = Facts(
    customer=CustomerId("565039504"),
    customer_name="Asha Menon",
    customer_tail="2345",
    code=CouponCode("Ab12"),
    others=(CouponCode("Cd34"),),
    discount=Discount(kind=DiscountKind.AMOUNT, value=None),
    verdict=Verdict.NOT_REDEEMABLE,
    refusal=Refusal.ALREADY_USED,
    request=RequestId("request-1"),
    request_state=State.UNKNOWN,
    link="https://coupon-desk.slack.com/archives/C0SUPPORT/p17",
)
ANSWER = CaseAnswer(verb=Verb.HONOUR, reply="Let her", by=OPS, at=NOON)

_numbers = count(1)


def new_case(asker: PersonId = AGENT) -> Case:
    return Case(
        id=CaseId(f"case-{next(_numbers)}"),
        asker=asker,
        channel=CHANNEL,
        facts=FACTS,
        question="May she have it?",
        asked_at=NOON,
    )


@pytest.fixture
def cases(database: Database) -> LedgerCases:
    return LedgerCases(database)


async def ask(cases: LedgerCases, case: Case | None = None) -> Case:
    case = case or new_case()
    return await cases.make(case, post=((MessageKind.CASE, CHANNEL), (MessageKind.ASKER, case.asker)))


async def take(cases: LedgerCases, case: Case, by: PersonId = OPS) -> Case:
    return await cases.move(case, case.taken(by, NOON), AuditEvent.CASE_TAKEN, by=by, why={})


async def audit(database: Database) -> list[tuple[str | None, ...]]:
    columns = (events.c.what, events.c.by, events.c.case_id, events.c.from_state, events.c.to_state)
    async with database.transaction() as connection:
        rows = await connection.execute(select(*columns).order_by(events.c.id))
        return [tuple(row) for row in rows]


async def outbox_messages(outbox: LedgerOutbox) -> Sequence[OutboxMessage]:
    return await outbox.take(20, hold_s=LONG)


async def test_it_comes_out_as_it_went_in(cases: LedgerCases) -> None:
    asked = await ask(cases)
    answered = (await take(cases, asked)).answered(ANSWER)
    await cases.move(asked.taken(OPS, NOON), answered, AuditEvent.CASE_ANSWERED, by=OPS, why={})

    assert await cases.get(asked.id) == answered
    assert await cases.get(CaseId("never")) is None


async def test_a_form_that_is_delivered_ten_times_at_once_is_one_case(instances: list[Database]) -> None:
    case = new_case()
    desks = [LedgerCases(instances[number % len(instances)]) for number in range(10)]

    made = await asyncio.gather(*(ask(desk, case) for desk in desks))

    assert made == [case] * 10
    assert await audit(instances[0]) == [("case_asked", AGENT, case.id, None, "open")]
    assert len(await outbox_messages(LedgerOutbox(instances[0]))) == 2


async def test_one_that_is_known_is_given_back_as_it_stands(cases: LedgerCases) -> None:
    asked = await ask(cases)
    taken = await take(cases, asked)

    assert await ask(cases, asked) == taken


async def test_of_ten_who_take_it_at_once_one_owns_it(instances: list[Database]) -> None:
    asked = await ask(LedgerCases(instances[0]))
    desks = [LedgerCases(instances[number % len(instances)]) for number in range(10)]

    ends = await asyncio.gather(
        *(take(desk, asked, PersonId(f"U0OPS{number}")) for number, desk in enumerate(desks)),
        return_exceptions=True,
    )

    assert Counter(type(end) for end in ends) == {Case: 1, VersionConflict: 9}
    (winner,) = [end for end in ends if isinstance(end, Case)]
    assert await LedgerCases(instances[0]).get(asked.id) == winner
    assert len(await audit(instances[0])) == 2


async def test_a_move_that_there_is_not_is_refused(cases: LedgerCases) -> None:
    asked = await ask(cases)

    with pytest.raises(ValueError, match="does not become"):
        await cases.move(
            asked, replace(asked, state=CaseState.ANSWERED), AuditEvent.CASE_ANSWERED, by=OPS, why={}
        )


async def test_a_press_that_names_no_case_is_in_the_audit_log_cut_to_what_an_id_can_be(
    database: Database,
) -> None:
    forged = CaseId("X" * 1000)
    await LedgerAttempts(database).append(
        AuditEvent.CASE_DENIED, by=AGENT, case_id=forged, why={"at": "take"}
    )

    assert await audit(database) == [("case_denied", AGENT, "X" * 40, None, None)]


async def test_each_move_is_in_the_audit_log_which_only_grows(database: Database, cases: LedgerCases) -> None:
    asked = await ask(cases)
    await take(cases, asked)
    await LedgerAttempts(database).append(
        AuditEvent.CASE_DENIED, by=AGENT, case_id=asked.id, why={"at": "take"}
    )

    assert await audit(database) == [
        ("case_asked", AGENT, asked.id, None, "open"),
        ("case_taken", OPS, asked.id, "open", "taken"),
        ("case_denied", AGENT, asked.id, None, None),
    ]
    with pytest.raises((LedgerUnavailable, DatabaseError)):
        async with database.transaction() as connection:
            await connection.execute(update(events).values(case_id=None))


async def test_a_move_whose_commit_is_lost_moves_nothing(database: Database, cases: LedgerCases) -> None:
    asked = await ask(cases)

    with pytest.raises(LedgerUnavailable):
        await take(LedgerCases(CutOff(database.engine)), asked)

    assert await cases.get(asked.id) == asked
    assert len(await audit(database)) == 1


async def test_it_is_posted_to_those_who_answer_and_to_its_asker(
    cases: LedgerCases, outbox: LedgerOutbox
) -> None:
    asked = await ask(cases)

    posted = await outbox_messages(outbox)

    assert [(one.role, one.channel, one.about) for one in posted] == [
        (MessageKind.CASE, CHANNEL, asked),
        (MessageKind.ASKER, AGENT, asked),
    ]


async def test_messages_of_requests_and_cases_are_taken_together_oldest_first(
    requests: LedgerRequests, cases: LedgerCases, outbox: LedgerOutbox
) -> None:
    first = await ask(cases, new_case(asker=OTHER))
    made = await make(requests)

    assert [one.about for one in await outbox_messages(outbox)] == [first, first, made]


async def test_what_the_desk_itself_finds_is_kept_and_told_to_its_asker(
    database: Database, cases: LedgerCases, outbox: LedgerOutbox
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
    assert (await audit(database))[-1] == ("case_unposted", None, asked.id, "open", "open")


async def test_its_messages_are_redrawn_after_a_move_and_its_thread_is_known(
    cases: LedgerCases, outbox: LedgerOutbox
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


async def test_what_is_posted_once_is_not_redrawn(cases: LedgerCases, outbox: LedgerOutbox) -> None:
    asked = await cases.make(new_case(), post=((MessageKind.ASKER_NEWS, AGENT),))
    (outbox_message,) = await outbox_messages(outbox)
    await outbox.delivered(outbox_message, channel="D0AGENT", ts="17.1")

    await take(cases, asked)

    assert await outbox_messages(outbox) == []


async def test_a_copy_that_is_pressed_is_redrawn_from_then_on(
    cases: LedgerCases, outbox: LedgerOutbox
) -> None:
    asked = await cases.make(new_case(), post=())

    await outbox.adopt(asked.id, MessageKind.CASE, channel=CHANNEL, ts="17.2")
    await outbox.adopt(asked.id, MessageKind.REQUESTER, channel="D0AGENT", ts="17.3")

    assert [(one.role, one.ts) for one in await outbox_messages(outbox)] == [(MessageKind.CASE, "17.2")]


async def test_whoever_asked_or_took_it_has_it_on_their_list_until_it_is_answered(cases: LedgerCases) -> None:
    later = await ask(cases, replace(new_case(), asked_at=NOON + timedelta(minutes=1)))
    first = await take(cases, await ask(cases))

    assert [one.reference for one in await cases.of(AGENT)] == [first.reference, later.reference]
    assert list(await cases.of(OPS)) == [first]
    await cases.move(first, first.answered(ANSWER), AuditEvent.CASE_ANSWERED, by=OPS, why={})
    assert list(await cases.of(OPS)) == []


async def test_what_nobody_has_taken_is_listed_for_everybody_but_whoever_asked(cases: LedgerCases) -> None:
    later = await ask(cases, replace(new_case(), asked_at=NOON + timedelta(minutes=1)))
    first = await ask(cases)

    assert list(await cases.untaken(OPS)) == [first, later]
    assert list(await cases.untaken(AGENT)) == []
    taken = await take(cases, first)
    assert list(await cases.untaken(OPS)) == [later]
    answered = await cases.move(taken, taken.answered(ANSWER), AuditEvent.CASE_ANSWERED, by=OPS, why={})
    await cases.move(answered, answered.open_again(), AuditEvent.CASE_REOPENED, by=AGENT, why={})
    assert [one.id for one in await cases.untaken(OPS)] == [first.id, later.id]


async def test_every_move_is_told_to_the_listener(database: Database) -> None:
    heard: list[tuple[Case, PersonId | None]] = []
    cases = LedgerCases(database, lambda case, by: heard.append((case, by)))

    asked = await ask(cases)
    taken = await take(cases, asked)

    assert heard == [(asked, AGENT), (taken, OPS)]
