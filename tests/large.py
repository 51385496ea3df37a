"""A ledger that has grown: many copies of one request that was redeemed, made by the database itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text

from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.case import CaseState
from bot.domain.claim import Claim, ClaimKind
from bot.domain.customer import CustomerId
from bot.domain.person import PersonId
from bot.domain.redemption import Outcome, State
from bot.domain.transitions import Change
from bot.services.ports import AuditEvent
from tests.adapters.ledger.case_facts import ANSWER, OPS, new_case
from tests.adapters.ledger.facts import LONG, NO_LIMITS, NOON, TERMS, TODAY, new_id

#: Of each finished request.
EVENTS, MESSAGES = 4, 2
#: Finished requests of one person, and of one customer.
OF_PERSON, OF_CUSTOMER = 5000, 4
#: For so many requests there is an answered case, and a person's day.
REQUESTS_OF_CASE, REQUESTS_OF_DAY = 20, 2
#: One request is asked for every so many minutes: a million in about two years.
MINUTES = 1
#: Rows that one statement copies.
AT_ONCE = 250_000
#: The person, customer, coupon and request of the copy number `n`, in SQL.
PERSON = f"'U0PERSON' || (n / {OF_PERSON})"
CUSTOMER = f"'9' || (n / {OF_CUSTOMER})"
CODE = "'coupon ' || n"
REQUEST = "'R' || (10000000000000 + n)"

_COPY = """
    WITH RECURSIVE numbers (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
    INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT * FROM {table} {where}) AS one, numbers
"""


def request_of(number: int) -> str:
    """The id of a copy."""
    return f"R{10_000_000_000_000 + number}"


def person_of(number: int) -> PersonId:
    return PersonId(f"U0PERSON{number // OF_PERSON}")


def customer_of(number: int) -> CustomerId:
    return CustomerId(f"9{number // OF_CUSTOMER}")


async def grow(database: Database, many: int) -> None:
    """
    Add so many redeemed requests, with their events, messages, claims and limits.

    A quarter of them is looked at once more, tomorrow.
    """
    row = await _redeemed(database)
    earlier = _minutes_before(database, "n")
    tomorrow = f"CASE WHEN n % 4 = 0 THEN {_minutes_before(database, '-1440')} END"
    case = await _answered(database)
    of_row, of_message = f"WHERE id = '{row}'", f"WHERE request_id = '{row}'"
    await copies(
        database,
        "redemptions",
        many,
        of_row,
        id=REQUEST,
        requester=PERSON,
        customer_id=CUSTOMER,
        code_key=CODE,
        made_at=earlier,
        due_at=tomorrow,
        attend_at=tomorrow,
    )
    of_moves = f"{of_message} AND what <> 'claimed'"
    await copies(database, "events", many, of_moves, request_id=REQUEST, at=earlier)
    await copies(
        database,
        "messages",
        many,
        of_message,
        request_id=REQUEST,
        ts="role || n",
        created=earlier,
        next_at=earlier,
    )
    await copies(database, "claims", many, of_message, request_id=REQUEST, redemption_id=REQUEST)
    await copies(
        database,
        "cases",
        many // REQUESTS_OF_CASE,
        f"WHERE id = '{case}'",
        id=f"'C' || {REQUEST}",
        asked_at=earlier,
    )
    days = many // REQUESTS_OF_DAY
    await copies(database, "usage", days, "WHERE requester = 'U0GROWN'", requester="'U0PERSON' || (n - 1)")
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))


async def copies(database: Database, table: str, many: int, where: str = "", **values: str) -> None:
    """Copies of its rows; `values` in SQL, where they differ: `n` counts from 1. An id that is not given is made."""
    async with database.transaction() as connection:
        found = await connection.execute(text(f"SELECT * FROM {table} LIMIT 1"))  # noqa: S608 - our own tables
        columns = [name for name in found.keys() if name != "id" or "id" in values]  # noqa: SIM118
    told = ", ".join(values.get(name, f'one."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    for first in range(1, many + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, many)
        statement = _COPY.format(first=first, last=last, table=table, columns=names, values=told, where=where)
        async with database.transaction() as connection:
            await connection.execute(text(statement))


async def _redeemed(database: Database) -> str:
    """A request with as many events and messages as the copies are to have."""
    requests = LedgerRequests(database)
    terms = replace(TERMS, requester=PersonId("U0GROWN"), customer=CustomerId("90000000"))
    made = await requests.make(
        new_id(), terms, made_at=NOON, day=TODAY, limits=NO_LIMITS, begin_in_s=LONG, window="V0"
    )
    row = await requests.move(made.row, State.APPROVED)
    row = await requests.move(row, State.SENDING, Change(send_in_s=LONG))
    claim = Claim(redemption_id="grown", kind=ClaimKind.ANSWER)
    outcome = Outcome(redemption_id="grown")
    row = await requests.move(row, State.REDEEMED, Change(claim=claim, outcome=outcome))
    async with database.transaction() as connection:
        # They stand in Slack as they should.
        posted = "UPDATE messages SET drawn_version = wanted_version, ts = role WHERE request_id = :id"
        await connection.execute(text(posted), {"id": row.id})
    return row.id


async def _answered(database: Database) -> str:
    cases = LedgerCases(database)
    case = await cases.make(new_case(PersonId("U0GROWN")), post=())
    taken = replace(case, version=2, state=CaseState.TAKEN, owner=OPS)
    taken = await cases.move(case, taken, AuditEvent.CASE_TAKEN, by=OPS, why={})
    answered = replace(taken, version=3, state=CaseState.ANSWERED, answers=(ANSWER,))
    return (await cases.move(taken, answered, AuditEvent.CASE_ANSWERED, by=OPS, why={})).id


def _minutes_before(database: Database, minutes: str) -> str:
    if database.engine.dialect.name == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', (-({minutes}) * {MINUTES}) || ' minutes')"
    return f"clock_timestamp() - ({minutes}) * interval '{MINUTES} minutes'"


async def sealed(database: Database, at: datetime) -> None:
    """As after months: the sealer counts the events beneath the latest seals again, and none before them."""
    async with database.transaction() as connection:
        await connection.execute(
            text(
                "INSERT INTO seals (first_event, last_event, events, previous, digest, at, digests) "
                "SELECT newest - n, newest - n, 1, '0', '0', :at, '' FROM (SELECT max(id) AS newest FROM events) AS last, "
                "(SELECT 3 AS n UNION ALL SELECT 2 UNION ALL SELECT 1 UNION ALL SELECT 0) AS numbers "
                "WHERE newest > 4 ORDER BY n DESC"
            ),
            {"at": at},
        )
