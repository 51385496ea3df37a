"""Every poll is by an index that stays small: what a large ledger holds costs nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.heartbeat import Heartbeat
from bot.adapters.ledger.homes import LedgerHomes
from bot.adapters.ledger.kept import DeleteExpired
from bot.adapters.ledger.leases import LedgerLeases
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from tests.adapters.ledger.facts import NOON, Clock, another_coupon, make

#: Finished requests; each has two messages.
MANY = 20_000
#: Rows that a poll may look at beside what it finds.
FEW = 100
LARGE = ("redemptions", "messages", "kept", "events")

_FILL = """
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {many})
    INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, numbers
"""


async def _fill(database: Database, table: str, **values: str) -> None:
    """As many copies of its only row; `values` in SQL, where they differ."""
    async with database.transaction() as connection:
        found = await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - our own tables
        columns = [name for name in found.keys() if name != "id" or "id" in values]  # noqa: SIM118
        told = ", ".join(values.get(name, name) for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        await connection.execute(text(_FILL.format(many=MANY, table=table, columns=names, values=told)))


@pytest.fixture
async def large(database_url: str) -> AsyncIterator[Database]:
    """Of 20 000 finished requests a quarter is looked at once more, tomorrow."""
    database = Database.open(database_url, limit_s=60)
    await make(LedgerRequests(database), another_coupon())
    async with database.transaction() as connection:
        await connection.execute(
            text("INSERT INTO kept VALUES ('k', 'look_up', 'U0AGENT', '{}', :later)"),
            {"later": NOON + timedelta(hours=1)},
        )
        await connection.execute(text("UPDATE messages SET drawn_version = wanted_version, ts = 'ts'"))
    later = f"CASE WHEN n % 4 = 0 THEN {_moment(database, '+1 day')} END"
    await _fill(
        database,
        "redemptions",
        id="'request-of-' || n",
        state="'redeemed'",
        code_key="'coupon ' || n",
        due_at=later,
        attend_at=later,
    )
    await _fill(database, "messages", ts="'ts' || n", request_id="'request-of-' || n")
    await _fill(database, "kept", id="'k' || n")
    async with database.transaction() as connection:
        await connection.execute(text("ANALYZE"))
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
        if any(f" {table}" in statement for table in LARGE):
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
        "leases": LedgerLeases(database).take(),
        "heartbeat": Heartbeat(database, time.monotonic)(),
    }


async def test_no_poll_reads_what_is_over(large: Database) -> None:
    faults, seen = [], set()
    for name, poll in polls(large).items():
        with recorded(large) as asked:
            await poll
        for statement, parameters in asked:
            seen.add(name)
            faults += [f"{name}: {fault}" for fault in await _explained(large, statement, parameters)]

    assert faults == []
    assert seen == {"due", "attendable", "outbox", "expired"}


async def test_a_condition_that_no_index_bounds_is_found(large: Database) -> None:
    """The mistake itself: the clock is asked anew for each row."""
    clock = _moment(large, "+0 day") if large.engine.dialect.name != "sqlite" else "made_at"

    assert await _explained(large, f"SELECT id FROM redemptions WHERE due_at <= {clock}", None)  # noqa: S608


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
    return detail.startswith("SCAN ") and detail.split()[1] in LARGE and "_undrawn" not in detail


def _wasted(node: dict[str, Any]) -> Iterator[str]:
    read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    if read * node["Actual Loops"] > FEW or (
        node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    ):
        yield f"{node['Node Type']} on {node.get('Relation Name')}: {read} rows"
    for below in node.get("Plans", ()):
        yield from _wasted(below)
