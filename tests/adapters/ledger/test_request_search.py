"""Requests are found by what people quote, each by an index."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.request_search import LedgerRequestSearch


@pytest.fixture
def search(database: Database) -> LedgerRequestSearch:
    return LedgerRequestSearch(database)


async def test_both_are_read_by_an_index(database: Database, search: LedgerRequestSearch) -> None:
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "FROM redemptions" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    await search.by_reference("NWTUDXEH", 6)
    await search.by_bill_number("MG-88", 6)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    plans = [await _plan(database, *one) for one in asked]

    assert len(plans) == 2
    assert any(index in plans[0] for index in ("redemptions_pkey", "sqlite_autoindex_redemptions_1"))
    assert "ix_redemptions_bill" in plans[1]


async def _plan(database: Database, statement: str, parameters: object) -> str:
    async with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
            return "\n".join(str(row.detail) for row in rows)
        # An empty table is read whole, whatever there is.
        await connection.execute(text("SET enable_seqscan = off"))
        rows = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)  # type: ignore[arg-type]
        return "\n".join(str(row[0]) for row in rows)
