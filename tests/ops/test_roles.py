"""The role that serves may only add events and read them; the commands of docs/run/install.md make it so."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from sqlalchemy import text

from bot.adapters.ledger.blanking import BlankEnded, LedgerBlanking
from bot.adapters.ledger.database import Database, migrate
from bot.adapters.ledger.outbox import LedgerOutbox
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.seals import LedgerSealer
from bot.domain.errors import LedgerUnavailable
from bot.domain.person import PersonId
from bot.ops import audit
from bot.ops.audit import Wish
from bot.ops.doctor_database import DatabaseChecks
from bot.ops.finding import Grade
from bot.settings import load
from tests.adapters.ledger.facts import NOON, another_coupon, make
from tests.ops.lines import Lines
from tests.ops.test_audit import age, redeemed
from tests.ops.test_why import REQUIRED

ROOT = Path(__file__).parents[2]
#: What whoever serves may try, on PostgreSQL.
TRIED = {
    "changed": "UPDATE events SET by = 'U0NOBODY' WHERE id = 2",
    "removed": "DELETE FROM events WHERE id = 2",
    "inserted": "INSERT INTO events (id, at, what, why) VALUES (0, now(), 'made', '{}')",
    "re-ordered": "UPDATE events SET id = id + 100",
    "emptied": "TRUNCATE events",
    "triggers off": "ALTER TABLE events DISABLE TRIGGER ALL",
    "trigger dropped": "DROP TRIGGER events_only_added ON events",
    "function replaced": "CREATE OR REPLACE FUNCTION events_only_added() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RETURN NULL; END $$",
    "as a replica": "SET session_replication_role = replica",
    "numbers set back": "SELECT setval('events_id_seq', 1)",
    "seal changed": "UPDATE seals SET digest = ''",
    "seal removed": "DELETE FROM seals",
    "anchor changed": "UPDATE anchors SET digest = ''",
    "key changed": "UPDATE digest_keys SET key = '00'",
    "table dropped": "DROP TABLE events",
}


def granted(owner: str) -> str:
    """The URL of a role `desk` that serves, made by the commands that the paper names."""
    paper = (ROOT / "docs" / "run" / "install.md").read_text(encoding="utf-8")
    [commands] = re.findall(r"```sql\n(.*?)```", paper, re.DOTALL)
    with psycopg.connect(owner, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'desk'").fetchone() is None:
            connection.execute("CREATE ROLE desk LOGIN")
        connection.execute(commands.encode())
    return urlunsplit(urlsplit(owner)._replace(netloc="desk:@"))


@pytest.fixture
async def serving(postgres: str) -> AsyncIterator[Database]:
    """A ledger with a sealed story, as the role that serves sees it."""
    url = granted(postgres)
    await migrate(url)
    database = Database.open(url)
    await redeemed(LedgerRequests(database))
    owner = Database.open(postgres)
    await age(owner)
    await owner.close()
    assert await LedgerSealer(database)() == 4
    yield database
    await database.close()


async def test_it_serves(serving: Database, postgres: str) -> None:
    """Whatever the desk does goes through, and is proved."""
    requests, outbox = LedgerRequests(serving), LedgerOutbox(serving)
    row = await make(requests, another_coupon())
    for message in await outbox.take(10, hold_s=60):
        await outbox.delivered(message, channel="D0", ts=str(message.id))
    await LedgerBlanking(serving).forget(row.terms.customer, by=PersonId("console:ops"))
    await BlankEnded(serving, lambda: NOON, 400)()

    say = Lines()
    assert await audit.verify(load(REQUIRED | {"DATABASE_URL": postgres}, env_file=None), Wish(), say) == 0


async def test_events_that_another_role_is_writing_hold_its_seal_back(
    serving: Database, postgres: str
) -> None:
    """It may not see when that one began (pg_stat_activity), and takes it for an old one."""
    await redeemed(LedgerRequests(serving))
    owner = Database.open(postgres)
    await age(owner)
    await owner.close()
    with psycopg.connect(postgres) as other:
        other.execute("INSERT INTO events (at, what, why) VALUES (now(), 'made', '{}')")
        assert await LedgerSealer(serving)() == 0
        other.rollback()
    assert await LedgerSealer(serving)() == 4


async def test_it_can_neither_change_nor_remove_nor_re_order_what_was_written(
    serving: Database, postgres: str
) -> None:
    assert [what for what, tried in TRIED.items() if not await _refused(serving, tried)] == []

    say = Lines()
    assert await audit.verify(load(REQUIRED | {"DATABASE_URL": postgres}, env_file=None), Wish(), say) == 0


async def _done(database: Database, statement: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text(statement))


async def _refused(database: Database, statement: str) -> bool:
    try:
        await _done(database, statement)
    except LedgerUnavailable:
        return True
    return False


@pytest.mark.parametrize(
    "tried",
    [
        "UPDATE events SET by = 'U0NOBODY' WHERE id = 2",
        "DELETE FROM events WHERE id = 2",
        "INSERT INTO events (id, at, what, why) VALUES (0, '2026-11-28', 'made', '{}')",
        "UPDATE events SET id = id + 100",
    ],
    ids=["changed", "removed", "inserted", "re-ordered"],
)
async def test_sqlite_refuses_the_same_while_its_triggers_are_on(sqlite: str, tried: str) -> None:
    database = Database.open(sqlite)
    await redeemed(LedgerRequests(database))
    await age(database)
    await LedgerSealer(database)()

    with pytest.raises(LedgerUnavailable):
        await _done(database, tried)
    await database.close()


async def test_doctor_tells_who_could_change_the_log(serving: Database, postgres: str) -> None:
    owner = Database.open(postgres)

    assert await _doctor(serving) == (Grade.OK, "this role may only add to it and read it.")
    assert (await _doctor(owner))[0] is Grade.WARN
    await _done(owner, "GRANT UPDATE ON events TO desk")
    grade, says = await _doctor(serving)
    assert (grade, "more to it than add and read" in says) == (Grade.WARN, True)
    await owner.close()


async def test_doctor_tells_that_nothing_can_be_written(serving: Database, postgres: str) -> None:
    owner = Database.open(postgres)
    await _done(owner, "REVOKE UPDATE ON pauses FROM desk")
    await owner.close()
    checks = DatabaseChecks(database=serving, pool=5, now=lambda: NOON)
    [found] = [one async for one in checks() if one.check == "database writes"]

    assert found.grade is Grade.FAIL
    assert "Give the user the right to write" in found.next_step


async def _doctor(database: Database) -> tuple[Grade, str]:
    checks = DatabaseChecks(database=database, pool=5, now=lambda: NOON)
    [found] = [one async for one in checks() if one.check == "audit log"]
    return found.grade, found.says
