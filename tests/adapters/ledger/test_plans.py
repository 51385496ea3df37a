"""Every poll, and whatever a press reads, is by an index: what a large ledger holds costs nothing."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from bot.adapters.ledger.accounts import LedgerAccounts
from bot.adapters.ledger.blanking import BlankEnded
from bot.adapters.ledger.cases import LedgerCases
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.figures import LedgerFigures
from bot.adapters.ledger.heartbeat import Heartbeat
from bot.adapters.ledger.home_lists import LedgerHomeLists
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import DeleteExpired
from bot.adapters.ledger.leases import LedgerLeases
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.adapters.ledger.stories import LedgerStories
from bot.domain.coupon import CouponCode
from bot.domain.redemption import RequestId, State
from tests.adapters.ledger.facts import AGENT, NOON, TODAY, Clock, another_coupon, make
from tests.large import copies, customer_of, grow, person_of, request_of, sealed

#: Finished requests.
MANY = 6000
#: Rows that a query may look at: a page of what is listed, what stands beside it, and entries of an index whose rows are
#: gone but that VACUUM had to leave. Far fewer than all.
FEW = 300
PARTIAL = re.compile("_undrawn|_unanswered|_waiting|_unknown|_to_settle")
LARGE = ("redemptions", "messages", "kept", "events", "claims", "cases", "usage")


@pytest.fixture
async def large(database_url: str) -> AsyncIterator[Database]:
    database = Database.open(database_url, limit_s=60)
    await grow(database, MANY)
    async with database.transaction() as connection:
        later = {"later": datetime(2100, 1, 1, tzinfo=NOON.tzinfo)}
        await connection.execute(
            text(
                "INSERT INTO kept (id, kind, owner, what, expires_at) VALUES ('k', 'draft', 'U0', '{}', :later)"
            ),
            later,
        )
    await copies(database, "kept", MANY, id="'k' || n")
    await sealed(database, datetime(2100, 1, 1, tzinfo=NOON.tzinfo))
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))
    if database.engine.dialect.name != "sqlite":
        # What tests before this one have left in the indexes is not read.
        with psycopg.connect(database_url, autocommit=True) as swept:
            swept.execute("VACUUM ANALYZE")
    yield database
    await database.close()


def _moment(database: Database, later: str) -> str:
    if database.engine.dialect.name == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '{later}')"
    return f"clock_timestamp() + interval '{later}'"


@contextmanager
def recorded(database: Database) -> Iterator[list[tuple[str, Any]]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if any(f" {table}" in statement for table in LARGE) and not statement.startswith("INSERT"):
            asked.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def polls(database: Database) -> dict[str, Any]:
    clock = Clock(NOON)
    return {
        "due": LedgerRequests(database).due(20),
        "attendable": LedgerRequests(database).attendable(NOON, 20),
        "outbox": LedgerOutbox(database).take(20, hold_s=60),
        "homes": LedgerHomes(database, clock).take(20, hold_s=60),
        "expired": DeleteExpired(database, clock)(),
        "retention": BlankEnded(database, clock, 400)(),
        "leases": LedgerLeases(database).take(),
        "heartbeat": Heartbeat(database, time.monotonic)(),
        "seals": LedgerSealer(database)(),
        "figures": LedgerFigures(database).standing(),
        "accounts": LedgerAccounts(database, time.monotonic).exchange((), {}),
    }


async def presses(database: Database) -> dict[str, Any]:
    """What people read and write, by somebody who has asked for thousands, about a customer among thousands."""
    requests, lists, cases = LedgerRequests(database), LedgerHomeLists(database), LedgerCases(database)
    stories, person = LedgerStories(database), person_of(MANY // 2)
    old = await requests.get(RequestId(request_of(MANY // 2)))
    new = await make(requests, another_coupon(requester=person))
    assert old is not None
    return {
        "open_for": requests.open_for(customer_of(7), CouponCode("coupon 7")),
        "concerning": requests.concerning(customer_of(7)),
        "redeemed_lately": requests.redeemed_lately(customer_of(7), CouponCode("coupon 7"), NOON),
        "earlier": requests.earlier(old.terms, since=NOON, but=new.id),
        "others": requests.others(old, ["R1"]),
        "unclaimed": requests.unclaimed_numbers(old),
        "usage": requests.usage(person, TODAY),
        "make": make(requests, another_coupon(requester=person)),
        "move": requests.move(new, State.WAITING),
        "home waiting": lists.waiting(AGENT, frozenset({"S0MANAGERS"}), 0),
        "home asked by": lists.asked_by(person, 0),
        "home to settle": lists.to_settle(AGENT, 0),
        "home cases": cases.of(person),
        "home to take": cases.open_to(AGENT),
        "why": stories.requests(request_of(7)[:12]),
        "why case": stories.cases("C" + request_of(7)[:12]),
        "why events": stories.entries(request_of(7)),
        "why customer": stories.requests_of_customer(customer_of(7)),
        "why code": stories.requests_of_code(CouponCode("coupon 7")),
    }


async def test_no_query_reads_what_is_over(large: Database) -> None:
    faults, seen = [], set()
    queries = {**polls(large), **await presses(large)}
    for name, query in queries.items():
        with recorded(large) as asked:
            await query
        for statement, parameters in asked:
            seen.add(name)
            faults += [f"{name}: {fault}" for fault in await _explained(large, statement, parameters)]

    assert faults == []
    # The mistake itself, where the clock is asked anew for each row, is found.
    clock = _moment(large, "+0 day") if large.engine.dialect.name != "sqlite" else "made_at"
    assert await _explained(large, f"SELECT id FROM redemptions WHERE due_at <= {clock}", None)  # noqa: S608
    # These read nothing that grows.
    assert queries.keys() - seen == {"homes", "leases", "heartbeat", "accounts"}


async def _explained(database: Database, statement: str, parameters: Any) -> list[str]:
    async with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters or ())
            return [step.detail for step in plan if _scans(step.detail)]
        told = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        [whole] = told.scalar_one()
        return [*_wasted(whole["Plan"])]


def _scans(detail: str) -> bool:
    """A partial index holds only what is to be done, so that all of it may be read."""
    return detail.startswith("SCAN ") and detail.split()[1] in LARGE and not PARTIAL.search(detail)


def _wasted(node: dict[str, Any]) -> Iterator[str]:
    read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    if read * node["Actual Loops"] > FEW or (
        node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    ):
        yield f"{node['Node Type']} on {node.get('Relation Name')}: {read} rows"
    for below in node.get("Plans", ()):
        yield from _wasted(below)
