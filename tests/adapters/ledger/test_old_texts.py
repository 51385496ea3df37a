"""Texts that old events held stand beside them after `migrate`, and nowhere else; sealed events stay as they are."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, text

from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.migrations import move_texts as moving
from bot.adapters.ledger.stories import LedgerStories
from bot.adapters.ledger.tables import events, texts
from bot.domain.errors import LedgerUnavailable
from bot.domain.kept_text import salted
from tests.databases import new_postgres
from tests.stored.old import migrate_to

#: As the version of 0031 wrote them.
OLD: list[tuple[str | None, str | None, str, Mapping[str, Any]]] = [
    ("R-1", None, "made", {"customer": "565039504", "bill": "250.50"}),
    ("R-1", None, "moved", {"round": 1, "note": "Fine, ₹ “quoted” by me"}),
    ("R-1", None, "moved", {"round": 1, "note": ""}),
    (None, "C-1", "case_asked", {"question": "Asha says the till was down", "request": None}),
    (None, "C-1", "case_answered", {"outcome": "honour", "reply": "Give it"}),
    ("R-2", None, "denied", {"at": "close", "denied": "close"}),
    ("R-2", None, "moved", {"note": "Last"}),
]
#: Of those, which hold a text, and of which name.
HOLD = {2: "note", 4: "question", 5: "reply", 7: "note"}


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A ledger of revision 0055 with these events, moved two at a time."""
    monkeypatch.setattr(moving, "BATCH", 2)
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
        yield _filled(url, url)
        return
    with new_postgres(request.getfixturevalue("postgres_server")) as url:
        yield _filled(url, url.replace("postgresql://", "postgresql+psycopg://", 1))


def _filled(url: str, address: str) -> str:
    migrate_to("0055", url)
    engine: Engine = create_engine(address)
    with engine.begin() as connection:
        for request_id, case_id, what, why in OLD:
            connection.execute(
                text(
                    "INSERT INTO events (request_id, case_id, at, what, why) "
                    "VALUES (:request, :case, '2026-11-28 14:29:52.720000', :what, :why)"
                ),
                {"request": request_id, "case": case_id, "what": what, "why": json.dumps(why)},
            )
    engine.dispose()
    return url


async def test_every_text_is_moved_and_told_as_before(old: str) -> None:
    await migrate(old)

    database = Database.open(old)
    async with database.transaction() as connection:
        told = {row.id: row.why for row in await connection.execute(select(events))}
        kept = {row.digest: row for row in await connection.execute(select(texts))}
    for number, (request_id, case_id, _, why) in enumerate(OLD, 1):
        name = HOLD.get(number)
        if name is None:
            assert told[number] == why
            continue
        row = kept.pop(told[number][name]["digest"])
        assert (row.request_id, row.case_id, row.name, row.text) == (request_id, case_id, name, why[name])
        assert row.digest == salted(row.salt, row.text)
        assert {**told[number], name: why[name]} == why
    assert kept == {}
    stories = LedgerStories(database)
    assert [one.why for one in await stories.entries("C-1")] == [OLD[3][3], OLD[4][3]]
    await database.close()


async def test_events_are_only_added_again_afterwards(old: str) -> None:
    await migrate(old)

    database = Database.open(old)
    for change in ("UPDATE events SET what = 'x'", "DELETE FROM events"):
        with pytest.raises(LedgerUnavailable):
            await _changed(database, change)
    await database.close()


async def _changed(database: Database, change: str) -> None:
    """As the migration did it."""
    async with database.transaction() as connection:
        if connection.dialect.name != "sqlite":
            await connection.execute(text("SET LOCAL coupon_desk.moving = 'on'"))
        await connection.execute(text(change))


async def test_what_a_seal_covers_stays(old: str) -> None:
    database = Database.open(old)
    async with database.transaction() as connection:
        await connection.execute(
            text(
                "INSERT INTO seals (first_event, last_event, events, previous, digest, at, digests) "
                "VALUES (1, 4, 4, '', '', '2026-11-28 14:31:52.720000', '')"
            )
        )
    await database.close()

    await migrate(old)

    database = Database.open(old)
    async with database.transaction() as connection:
        whole = {row.id for row in await connection.execute(select(events)) if row.why == OLD[row.id - 1][3]}
    await database.close()
    assert whole == {1, 2, 3, 4, 6}


async def test_it_goes_on_after_it_was_cut_off(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the first batch stays moved; on SQLite nothing does."""
    moved, calls = moving._moved, iter(range(100))

    def cut_off(row: Any) -> None:
        if next(calls) == 3:
            raise LedgerUnavailable("cut off")
        moved(row)

    monkeypatch.setattr(moving, "_moved", cut_off)
    with pytest.raises(LedgerUnavailable):
        await migrate(old)
    monkeypatch.setattr(moving, "_moved", moved)

    await migrate(old)

    database = Database.open(old)
    async with database.transaction() as connection:
        kept = (await connection.execute(select(texts.c.text))).scalars().all()
    await database.close()
    assert sorted(kept) == sorted(str(OLD[number - 1][3][name]) for number, name in HOLD.items())


def test_a_version_before_may_no_longer_serve() -> None:
    revision = importlib.import_module("bot.adapters.ledger.migrations.versions.0056_texts_of_old_events")
    assert revision.oldest == revision.revision
