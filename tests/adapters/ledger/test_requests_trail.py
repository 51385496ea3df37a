"""Every attempt is in the audit log, and what is there stays as it is."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import Delete, Update, delete, select, update

from bot.adapters.ledger.audit import LedgerAttempts, tell_policy
from bot.adapters.ledger.code_key import code_key
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import events, texts
from bot.domain.code_digest import code_digest
from bot.domain.errors import LedgerUnavailable
from bot.domain.kept_text import salted
from bot.domain.limits import Limits
from bot.domain.redemption import Outcome, Settled, State, Stop
from bot.domain.transitions import Change
from bot.services.ports import AuditEvent
from tests.adapters.ledger.facts import AGENT, SENIOR, TERMS, audit, make, reasons, walk


async def test_the_audit_log_tells_who_moved_it_and_why(database: Database, requests: LedgerRequests) -> None:
    row = await make(requests)
    await requests.move(row, State.REFUSED, by=SENIOR, why={"stop": Stop.CHANGED, "worth": Decimal("1.50")})

    assert await audit(database) == [("made", AGENT, None, "new"), ("moved", SENIOR, "new", "refused")]
    assert (await reasons(database))[1:] == [{"stop": "changed", "worth": "1.50"}]


async def test_a_request_that_was_refused_at_once_is_in_the_audit_log(
    database: Database, requests: LedgerRequests
) -> None:
    await make(requests, limits=Limits(count=0))

    assert await audit(database) == [("made", AGENT, None, "refused")]
    [why] = await reasons(database)
    assert (why["stop"], why["count"], why["value"]) == ("count_limit", 0, "0.0000")


async def test_what_was_made_is_told_with_its_terms_but_without_name_digits_and_code(
    database: Database, requests: LedgerRequests
) -> None:
    made = await make(requests, replace(TERMS, note="The till was down"))

    async with database.transaction() as connection:
        key = await code_key(connection, database)
        kept = {row.name: row for row in await connection.execute(select(texts))}
    assert {name: row.text for name, row in kept.items()} == {
        "customer_name": "Asha Menon",
        "customer_tail": "2345",
        "note": "The till was down",
    }
    assert len({row.salt for row in kept.values()}) == 3
    # Blanking finds them by it.
    assert {text.request_id for text in kept.values()} == {made.id}
    assert await reasons(database) == [
        {
            "customer": "565039504",
            **{name: {"digest": salted(row.salt, row.text)} for name, row in kept.items()},
            "code": code_digest(key, "AB12"),
            "bill": "250.50",
            "bill_number": "CD-1",
            "generated": True,
            "reason": "Till offline",
            "worth": "100.00",
            "takes_off": "100.00",
            "rule": "small, by a senior",
            "approvals": 0,
            "approvers": [],
        }
    ]


async def test_an_attempt_that_moved_nothing_is_told_too(database: Database) -> None:
    await LedgerAttempts(database).append(AuditEvent.DENIED, by=AGENT, why={"denied": "group"})

    assert await audit(database) == [("denied", AGENT, None, None)]
    assert await reasons(database) == [{"denied": "group"}]


async def test_the_audit_log_uses_the_clock_of_the_database(
    database: Database, requests: LedgerRequests
) -> None:
    before = await _now(database)
    await make(requests)

    async with database.transaction() as connection:
        at = (await connection.execute(select(events.c.at))).scalar_one()
    assert before <= at <= await _now(database)


async def _now(database: Database) -> datetime:
    async with database.transaction() as connection:
        return await read_now(connection)


@pytest.mark.parametrize(
    "change", [update(events).values(by="U0NOBODY"), delete(events)], ids=["update", "delete"]
)
async def test_the_audit_log_cannot_be_changed(
    database: Database, requests: LedgerRequests, change: Update | Delete
) -> None:
    await make(requests)
    so_far = await audit(database)

    with pytest.raises(LedgerUnavailable):
        async with database.transaction() as connection:
            await connection.execute(change)

    assert await audit(database) == so_far


@pytest.mark.parametrize("text", ["lookup.everyone = true", None])
async def test_the_policy_of_a_start_is_told_with_its_digest(database: Database, text: str | None) -> None:
    await tell_policy(database, text)

    [why] = await reasons(database)
    assert why["text"] == text
    assert why["digest"] == (hashlib.sha256(text.encode()).hexdigest() if text else None)


async def test_a_move_tells_what_it_made_of_the_record(database: Database, requests: LedgerRequests) -> None:
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    outcome = Outcome(settled=Settled.ANSWER, redemption_id="R-1", status=200, note="never here")
    await requests.move(row, State.REDEEMED, Change(outcome=outcome))

    assert (await reasons(database))[-1] == {
        "outcome": {"settled": "answer", "redemption_id": "R-1", "status": 200}
    }
