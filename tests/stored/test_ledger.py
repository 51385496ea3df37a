"""A ledger that an older version wrote reads as it was meant, on both databases, after any number of migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import text

from bot.adapters.ledger.case_rows import case_to_row
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import LedgerKept
from bot.adapters.ledger.kept_kinds import DRAFTS, LOOK_UPS, QUESTIONS
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.rows import to_row
from bot.domain.case import CaseId, CaseState, Verb
from bot.domain.coupon import DiscountKind
from bot.domain.finding import Verdict
from bot.domain.home import Part
from bot.domain.messages import MessageKind
from bot.domain.redemption import Doubt, RequestId, Settled, State, Stop, Trouble
from bot.domain.refusal import Refusal
from tests.databases import new_postgres
from tests.flows.facts import START
from tests.stored.old import EVERY_OLD, LEDGERS, Tables, copy_to_postgres

#: Kinds that no version of the first day posted.
NEWER = {MessageKind.CASE_REMINDER, MessageKind.SEAL}
#: Each old ledger on each database.
EVERY_LEDGER = [
    pytest.param((old, name, database), id=f"{old.folder.name}-{name}-{database}")
    for old in EVERY_OLD
    for name in LEDGERS
    for database in ("sqlite", "postgres")
]
#: The ledgers of the first day in which every field of R-FULL and C-FULL says something.
FULL = [one for one in EVERY_LEDGER if str(one.id).startswith("2026-11-28-words")]


@dataclass(frozen=True, slots=True)
class Ledger:
    """
    One that was written once, as it stands today.

    Attributes:
        rows: as they were written.

    """

    url: str
    rows: Tables


@pytest.fixture(scope="module")
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Nothing that is done here changes what it says of requests and cases."""
    old, name, database = request.param
    rows = old.tables(name)
    with ExitStack() as stack:
        if database == "sqlite":
            url = old.restore(name, tmp_path_factory.mktemp("old") / "old.db")
        else:
            url = stack.enter_context(new_postgres(request.getfixturevalue("postgres_server")))
            copy_to_postgres(rows, url)
        asyncio.run(migrate(url))
        yield Ledger(url, rows)


@pytest.fixture
def stored(ledger: Ledger) -> Tables:
    return ledger.rows


@pytest.fixture
async def database(ledger: Ledger) -> AsyncIterator[Database]:
    opened = Database.open(ledger.url)
    yield opened
    await opened.close()


@pytest.mark.parametrize("ledger", EVERY_LEDGER, indirect=True)
class TestAllThatWasStored:
    async def test_every_request_is_read_with_all_that_it_says(
        self, database: Database, stored: Tables
    ) -> None:
        requests = LedgerRequests(database)
        for row in stored["redemptions"]:
            found = await requests.get(row["id"])
            assert found is not None
            _says(row, to_row(found))

    async def test_every_case_is_read_with_all_that_it_says(self, database: Database, stored: Tables) -> None:
        cases = LedgerCases(database)
        for row in stored["cases"]:
            found = await cases.get(row["id"])
            assert found is not None
            _says(row, case_to_row(found))

    async def test_every_form_that_was_opened_is_read_with_all_that_it_says(
        self, database: Database, stored: Tables
    ) -> None:
        drafts = LedgerKept(database, lambda: START, DRAFTS)
        questions = LedgerKept(database, lambda: START, QUESTIONS)
        for row in stored["drafts"]:
            draft = await drafts.recall(row["id"])
            assert draft is not None
            _says(row["what"], DRAFTS.to_json(draft))
        for row in stored["questions"]:
            question = await questions.recall(row["id"])
            assert question is not None
            _says(row["what"], QUESTIONS.to_json(question))

    async def test_every_look_up_is_read_with_all_that_it_says(
        self, database: Database, stored: Tables
    ) -> None:
        look_ups = LedgerKept(database, lambda: START, LOOK_UPS)
        for row in stored["look_ups"]:
            found = await look_ups.recall(row["id"])
            assert found is not None
            assert found.asker == row["asker"]
            told = {"card": row["kind"], "customer": row["customer_id"], "shows": row["what"]}
            _says(told, LOOK_UPS.to_json(found))

    async def test_words_about_requests(self, database: Database, stored: Tables) -> None:
        requests = LedgerRequests(database)
        for row in stored["redemptions"]:
            found = await requests.get(row["id"])
            assert found is not None
            outcome = found.outcome
            assert found.state is State(row["state"])
            assert outcome.stop is _word(Stop, row["outcome"]["stop"])
            assert outcome.refusal is _word(Refusal, row["outcome"]["refusal"])
            assert outcome.doubt is _word(Doubt, row["outcome"]["doubt"])
            assert outcome.settled is _word(Settled, row["outcome"]["settled"])
            assert found.terms.discount.kind is _word(DiscountKind, row["terms"]["discount"]["kind"])
            trouble = found.asking.trouble if found.asking else None
            assert trouble is _word(Trouble, row["asking"]["trouble"] if row["asking"] else None)

    async def test_words_about_cases(self, database: Database, stored: Tables) -> None:
        cases = LedgerCases(database)
        for row in stored["cases"]:
            found = await cases.get(row["id"])
            assert found is not None
            facts = found.facts
            assert found.state is CaseState(row["state"])
            assert [one.verb for one in found.answers] == [Verb(one["verb"]) for one in row["answers"]]
            assert facts.verdict is _word(Verdict, row["facts"]["verdict"])
            assert facts.refusal is _word(Refusal, row["facts"]["refusal"])
            assert facts.request_state is _word(State, row["facts"]["request_state"])

    async def test_app_homes(self, database: Database, stored: Tables) -> None:
        tabs = await LedgerHomes(database, lambda: START).take(100, hold_s=600.0)

        due = [one for one in stored["homes"] if one["drawn"] < one["wanted"]]
        assert {one.person: one.places for one in tabs} == {
            one["person"]: {Part(part): page for part, page in one["places"].items()} for one in due
        }


def _says(stored: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    """
    Whatever was stored is still said, in the same words.

    More may be said by now. What only the ledger itself knows, as `day`, is not said by what was read.
    """
    told = {key: _missing(stored[key], read[key]) for key in stored if key in read}
    assert {key: lost for key, lost in told.items() if lost} == {}
    assert {"state", "card", "terms", "facts", "customer", "asker"} & told.keys()


def _missing(stored: Any, read: Any) -> Any:
    """The part of it that is not read any more; None where there is none."""
    if isinstance(stored, Mapping):
        given = read if isinstance(read, Mapping) else {}
        lost = {key: _missing(value, given.get(key)) for key, value in stored.items()}
        return {key: value for key, value in lost.items() if value is not None} or None
    if isinstance(stored, list) and isinstance(read, list) and len(stored) == len(read):
        lost_of = [_missing(*pair) for pair in zip(stored, read, strict=True)]
        return lost_of if any(one is not None for one in lost_of) else None
    return None if stored in (None, "", [], False) or stored == _as_stored(read, stored) else stored


def _as_stored(read: Any, stored: Any) -> Any:
    if isinstance(read, datetime):
        return read.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return str(read) if isinstance(stored, str) else read


def _word(kind: Callable[[str], StrEnum], word: str | None) -> StrEnum | None:
    return None if word is None else kind(word)


@pytest.mark.parametrize("ledger", FULL, indirect=True)
class TestOneOfWhichEverythingIsKnown:
    async def test_a_request(self, database: Database) -> None:
        row = await LedgerRequests(database).get(RequestId("R-FULL"))

        assert row is not None
        assert (row.state, row.round, row.looks, row.reminded) == (State.UNKNOWN, 2, 2, 1)
        assert row.terms.discount.kind is DiscountKind.PERCENT
        assert (row.terms.discount.value, row.terms.discount.cap) == (Decimal(12), Decimal(300))
        assert (row.terms.worth.amount, row.terms.worth.from_bill) == (Decimal(300), True)
        assert (row.terms.bill, row.terms.approvers) == (Decimal(1200), ("S0MANAGERS",))
        assert row.intent is not None
        assert (row.intent.before, row.intent.since) == (("8999", "9000"), date(2025, 8, 31))
        assert row.decided is not None
        assert (row.decided.by, row.decided.at, row.decided.round) == ("U0MANAGER1", START, 2)
        assert row.asking is not None
        assert row.asking.rejected is not None
        assert (row.asking.worth_before, row.asking.rejected.note) == (Decimal(70), "Not yet")
        assert row.outcome.at_limit is not None
        assert (row.outcome.at_limit.used.count, row.outcome.at_limit.limits.value) == (3, Decimal(10000))
        assert [use.id for use in row.outcome.uses] == ["9001", None]
        assert (row.outcome.by, row.outcome.note) == ("U0MANAGER1", "As the till says")

    async def test_a_case(self, database: Database) -> None:
        case = await LedgerCases(database).get(CaseId("C-FULL"))

        assert case is not None
        assert (case.state, case.reopened, case.unposted) == (CaseState.OPEN, 1, False)
        assert (case.owner, case.before) == (None, "U0STOREOPS")
        assert [(one.verb, one.by, one.at) for one in case.answers] == [(Verb.HONOUR, "U0STOREOPS", START)]
        assert (case.facts.verdict, case.facts.refusal) == (Verdict.NOT_REDEEMABLE, Refusal.TOO_SOON)
        assert (case.facts.others, case.facts.request_state) == (("Wd-3",), State.UNKNOWN)

    async def test_messages_that_are_still_to_be_posted(self, database: Database, stored: Tables) -> None:
        """Each kind of message; those of the others go one by one, as they share a channel."""
        full = [one for one in stored["messages"] if one["request_id"] in {"R-FULL", "C-FULL"}]
        async with database.transaction() as connection:
            await connection.execute(
                text("DELETE FROM messages WHERE request_id NOT IN ('R-FULL', 'C-FULL')")
            )
        outbox, found = LedgerOutbox(database), set()
        while taken := await outbox.take(100, hold_s=600.0):
            found |= {(one.id, one.role, one.channel) for one in taken}

        assert found == {(one["id"], MessageKind(one["role"]), one["channel"]) for one in full}
        assert {kind for _, kind, _ in found} == set(MessageKind) - NEWER
