"""Cases of several instances and in the audit log; `tests/contract/test_cases.py` tests what the port promises."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from bot.adapters.ledger.audit import LedgerAttempts
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.tables import events
from bot.domain.case import Case, CaseId
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.person import PersonId
from bot.services.ports import AuditEvent
from tests.adapters.ledger.case_facts import OPS, ask, new_case, outbox_messages, take
from tests.adapters.ledger.facts import AGENT, CutOff


@pytest.fixture
def cases(database: Database) -> LedgerCases:
    return LedgerCases(database)


async def audit(database: Database) -> list[tuple[str | None, ...]]:
    columns = (events.c.what, events.c.by, events.c.case_id, events.c.from_state, events.c.to_state)
    async with database.transaction() as connection:
        rows = await connection.execute(select(*columns).order_by(events.c.id))
        return [tuple(row) for row in rows]


async def test_a_form_that_is_delivered_ten_times_at_once_is_one_case(instances: list[Database]) -> None:
    case = new_case()
    desks = [LedgerCases(instances[number % len(instances)]) for number in range(10)]

    made = await asyncio.gather(*(ask(desk, case) for desk in desks))

    assert made == [case] * 10
    assert await audit(instances[0]) == [("case_asked", AGENT, case.id, None, "open")]
    assert len(await outbox_messages(LedgerOutbox(instances[0]))) == 2


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


async def test_what_the_desk_itself_finds_is_in_the_audit_log(database: Database, cases: LedgerCases) -> None:
    asked = await ask(cases)

    await cases.move(asked, asked.found(unposted=True), AuditEvent.CASE_UNPOSTED, by=None, why={})

    assert (await audit(database))[-1] == ("case_unposted", None, asked.id, "open", "open")


async def test_every_move_is_told_to_the_listener(database: Database) -> None:
    heard: list[tuple[Case, PersonId | None]] = []
    cases = LedgerCases(database, lambda case, by: heard.append((case, by)))

    asked = await ask(cases)
    taken = await take(cases, asked)

    assert heard == [(asked, AGENT), (taken, OPS)]
