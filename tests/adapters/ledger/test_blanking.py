"""Names, last digits and notes are blanked everywhere they stand, for one customer or after so many days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.adapters.ledger.blanking import Blanked, BlankEnded, LedgerBlanking
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import messages, redemptions, texts
from bot.aio.tasks import TaskSet
from bot.domain.case import Case, CaseAnswer, CaseId, CaseState, Facts, Question, Verb
from bot.domain.customer import CustomerId
from bot.domain.draft import Draft, Typed
from bot.domain.errors import VersionConflict
from bot.domain.lookup import Filter, LookUp
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import Asking, Decision, Outcome, Redemption, RequestId, State
from bot.domain.transitions import Change
from bot.services.ports import AuditEvent
from tests.adapters.ledger.facts import AGENT, NOON, SENIOR, TERMS, another_coupon, audit, make, waited_for
from tests.adapters.ledger.outbox_facts import TS, deliver, take

OPERATOR = PersonId("console:ops")
#: Everything that only a person's own data holds here; digits alone may stand in a digest.
PERSONAL = ("Asha Menon", "'2345'", "SECRET-NOTE", "SECRET-QUESTION", "SECRET-REPLY")
OLD = timedelta(days=401)


@pytest.fixture
def cases(database: Database) -> LedgerCases:
    return LedgerCases(database)


async def rejected(requests: LedgerRequests) -> Redemption:
    """One that has a text in every place that may hold one."""
    terms = replace(another_coupon(), note="SECRET-NOTE of the requester", customer_tail="2345")
    row = await make(requests, terms)
    before = Decision(by=SENIOR, at=NOON, round=1, approved=False, note="SECRET-NOTE of before")
    asking = Asking(checked_at=NOON, rejected=before)
    row = await requests.move(row, State.WAITING, Change(asking=asking))
    decided = Decision(by=SENIOR, at=NOON, round=1, approved=False, note="SECRET-NOTE of the decider")
    change = Change(decided=decided, outcome=Outcome(note="SECRET-NOTE of the outcome"))
    ended = await requests.move(row, State.REJECTED, change, by=SENIOR, why={"note": decided.note})
    # It was looked at a day later, for the last time.
    return await requests.move(ended, State.REJECTED, Change(never_due=True))


async def answered(cases: LedgerCases) -> Case:
    case = Case(
        id=CaseId("CASE-1"),
        asker=AGENT,
        channel="C0STOREOPS",
        facts=Facts(customer=TERMS.customer, customer_name="Asha Menon", customer_tail="2345"),
        question="SECRET-QUESTION",
        asked_at=NOON,
    )
    case = await cases.make(case, post=())
    case = await cases.move(case, case.taken(SENIOR, NOON), AuditEvent.CASE_TAKEN, by=SENIOR, why={})
    answer = CaseAnswer(verb=Verb.HONOUR, reply="SECRET-REPLY", by=SENIOR, at=NOON)
    why = {"outcome": "honour", "reply": answer.reply}
    return await cases.move(case, case.answered(answer), AuditEvent.CASE_ANSWERED, by=SENIOR, why=why)


async def whole_ledger(database: Database) -> str:
    """Everything that stands in any table, as text."""
    told: list[Any] = []
    async with database.transaction() as connection:
        for table in ("redemptions", "cases", "events", "texts", "kept", "messages", "claims", "usage"):
            rows = await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own tables
            told += [*map(tuple, rows)]
    return repr(told).replace('"', "'")


async def test_forgetting_somebody_leaves_ids_and_amounts_and_no_word_of_them(
    database: Database, requests: LedgerRequests, cases: LedgerCases
) -> None:
    row, case = await rejected(requests), await answered(cases)
    before = await whole_ledger(database)
    assert all(one in before for one in PERSONAL)

    assert await LedgerBlanking(database).forget(TERMS.customer, by=OPERATOR) == Blanked(requests=1, cases=1)

    after = await whole_ledger(database)
    assert [one for one in PERSONAL if one in after] == []
    async with database.transaction() as connection:
        # With its salt a digest of four digits could be tried.
        assert set((await connection.execute(select(texts.c.salt))).scalars()) == {None}
    found = await requests.get(row.id)
    assert found is not None
    assert (found.state, found.version, found.terms.customer) == (
        State.REJECTED,
        row.version + 1,
        TERMS.customer,
    )
    assert (found.terms.bill, found.terms.code) == (row.terms.bill, row.terms.code)
    told = await cases.get(case.id)
    assert told is not None
    assert (told.state, told.answers[0].verb, told.question) == (CaseState.ANSWERED, Verb.HONOUR, "(removed)")
    assert (await audit(database))[-3:] == [("forgotten", OPERATOR, None, None)] * 3


async def test_somebody_else_keeps_everything(database: Database, requests: LedgerRequests) -> None:
    row = await rejected(requests)

    assert await LedgerBlanking(database).forget(CustomerId("1"), by=OPERATOR) == Blanked(requests=0, cases=0)

    assert await requests.get(row.id) == row
    # That it was asked is recorded all the same.
    assert (await audit(database))[-1] == ("forgotten", OPERATOR, None, None)


async def test_its_messages_are_redrawn(database: Database, requests: LedgerRequests) -> None:
    row = await rejected(requests)
    async with database.transaction() as connection:
        await connection.execute(messages.update().values(drawn_version=messages.c.wanted_version))

    await LedgerBlanking(database).forget(TERMS.customer, by=OPERATOR)

    async with database.transaction() as connection:
        told = (await connection.execute(select(messages))).all()
    assert told
    assert all(one.wanted_version == row.version + 1 > one.drawn_version for one in told)


async def test_a_move_that_began_before_does_not_bring_the_words_back(
    database: Database, requests: LedgerRequests
) -> None:
    row = await make(requests, replace(another_coupon(), note="SECRET-NOTE"))

    await LedgerBlanking(database).forget(TERMS.customer, by=OPERATOR)

    with pytest.raises(VersionConflict):
        await requests.move(row, State.APPROVED)
    assert "SECRET-NOTE" not in await whole_ledger(database)


async def test_what_somebody_moves_meanwhile_is_waited_for(postgres: str, tasks: TaskSet) -> None:
    moves, forgets = Database.open(postgres), Database.open(postgres)
    for _ in range(2):
        row = await make(LedgerRequests(moves), replace(another_coupon(), note="SECRET-NOTE"))
    async with moves.transaction() as connection:
        await connection.execute(select(redemptions).where(redemptions.c.id == row.id).with_for_update())
        forgetting = tasks.spawn(LedgerBlanking(forgets).forget(TERMS.customer, by=OPERATOR))
        await waited_for(connection, by=1)

    assert await forgetting == Blanked(requests=2, cases=0)
    assert "SECRET-NOTE" not in await whole_ledger(moves)
    for database in (moves, forgets):
        await database.close()


async def test_open_forms_go_and_look_ups_stay(database: Database) -> None:
    """A look-up holds an id and codes, no words."""
    drafts = LedgerKept(database, lambda: NOON, DRAFTS)
    questions = LedgerKept(database, lambda: NOON, QUESTIONS)
    look_ups = LedgerKept(database, lambda: NOON, LOOK_UPS)
    draft = Draft(
        id=RequestId("D-1"),
        requester=AGENT,
        customer=TERMS.customer,
        code=TERMS.code,
        generated_number="CD-1",
        typed=Typed(note="SECRET-NOTE"),
    )
    facts = Facts(customer=TERMS.customer, customer_name="Asha Menon")
    question = Question(id=CaseId("Q-1"), asker=AGENT, facts=facts, words="SECRET-QUESTION")
    looked = LookUp(
        customer=TERMS.customer, asker=AGENT, filter=Filter.ALL, oldest_first=False, offset=0, shown=()
    )
    await drafts.keep(draft)
    await questions.keep(question)
    card = await look_ups.keep(looked)

    await LedgerBlanking(database).forget(TERMS.customer, by=OPERATOR)

    assert await drafts.recall(draft.id) is None
    assert await questions.recall(question.id) is None
    assert await look_ups.recall(card) == looked


class TestAfterSoManyDays:
    async def test_what_ended_is_blanked_once_and_redrawn_nowhere(
        self, database: Database, requests: LedgerRequests, cases: LedgerCases
    ) -> None:
        row = await rejected(requests)
        await answered(cases)
        async with database.transaction() as connection:
            await connection.execute(messages.update().values(drawn_version=messages.c.wanted_version))

        assert await BlankEnded(database, lambda: NOON + OLD, 400)() == 2
        assert await BlankEnded(database, lambda: NOON + OLD, 400)() == 0

        after = await whole_ledger(database)
        assert [one for one in PERSONAL if one in after] == []
        assert (await audit(database))[-1] == ("forgotten", None, None, None)
        async with database.transaction() as connection:
            due = await connection.execute(
                select(messages.c.id).where(messages.c.drawn_version < messages.c.wanted_version)
            )
            assert due.all() == []
        found = await requests.get(row.id)
        assert found is not None
        assert found.version == row.version + 1

    async def test_a_message_that_is_due_meanwhile_is_drawn_once(
        self, database: Database, requests: LedgerRequests
    ) -> None:
        """Its request has a later version then than the message is wanted in."""
        await rejected(requests)
        outbox = LedgerOutbox(database)
        async with database.transaction() as connection:
            # One message, which is posted and due for an update.
            await connection.execute(messages.delete().where(messages.c.role != MessageKind.REQUESTER.value))
            await connection.execute(messages.update().values(next_at=NOON, ts=TS))
        assert await BlankEnded(database, lambda: NOON + OLD, 400)() == 1

        await deliver(outbox)

        assert await take(outbox) == []

    async def test_what_is_open_or_younger_waits(
        self, database: Database, requests: LedgerRequests, cases: LedgerCases
    ) -> None:
        waiting = await make(requests, replace(another_coupon(), note="SECRET-NOTE"))
        await requests.move(waiting, State.WAITING)
        looked_at = await make(requests, replace(another_coupon(), note="SECRET-NOTE"))
        await requests.move(looked_at, State.REFUSED, Change(due_in_s=60.0))
        await rejected(requests)
        case = replace(await answered(cases), id=CaseId("CASE-2"), state=CaseState.OPEN, answers=())
        await cases.make(case, post=())

        assert await BlankEnded(database, lambda: NOON + timedelta(days=399), 400)() == 0
        # The rejected one, and the case that was answered.
        assert await BlankEnded(database, lambda: NOON + OLD, 400)() == 2
        assert "SECRET-NOTE" in await whole_ledger(database)

    async def test_what_is_written_to_it_later_is_blanked_in_its_turn(
        self, database: Database, requests: LedgerRequests
    ) -> None:
        row = await rejected(requests)
        retention = BlankEnded(database, lambda: NOON + OLD, 400)
        await retention()
        row = await requests.get(row.id) or row
        found = Outcome(redemption_id="R-1", note="SECRET-NOTE")
        await requests.move(
            row, State.REDEEMED, Change(outcome=found, never_due=True), why={"note": "SECRET-NOTE"}
        )

        assert await retention() == 1
        assert "SECRET-NOTE" not in await whole_ledger(database)
