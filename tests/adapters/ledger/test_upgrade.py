"""Bringing a ledger up to date while the version before serves, and serving with one that is newer."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from bot.adapters.ledger import upgrade
from bot.adapters.ledger.database import Database, migrate
from bot.aio.tasks import TaskSet
from bot.domain.errors import LedgerNotOurs
from tests.adapters.ledger.migration_rules import refused
from tests.databases import new_postgres
from tests.stored.old import migrate_to

#: A press may wait so long behind a migration that waits for a lock.
BEARABLE_MS = 2000
PATIENCE_S = 60.0
_WAITING_FOR_LOCKS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
_OPEN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
"""


@pytest.fixture
def empty(postgres_server: str) -> Iterator[str]:
    with new_postgres(postgres_server) as url:
        yield url


@pytest.fixture
def behind(empty: str) -> str:
    """As the version before 0011 left it."""
    migrate_to("0010", empty)
    return empty


def stands(url: str) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()


class TestOnlyAdditions:
    async def test_no_migration_blocks_a_ledger_in_use_or_takes_anything_away(self, empty: str) -> None:
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            await migrate(empty)
        finally:
            event.remove(Engine, "before_cursor_execute", note)

        # Those before were rolled out with the desk stopped.
        since = next(n for n, one in enumerate(asked) if "'0007'" in one and "alembic_version" in one)
        assert list(refused(asked[since:])) == []

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE INDEX ix_late ON redemptions (made_at)",
            "CREATE UNIQUE INDEX ux_late ON redemptions (made_at)",
            "ALTER TABLE redemptions ADD COLUMN late INTEGER NOT NULL",
            "ALTER TABLE redemptions ADD COLUMN late INTEGER UNIQUE",
            "ALTER TABLE redemptions ADD COLUMN late TIMESTAMP DEFAULT clock_timestamp()",
            "ALTER TABLE redemptions DROP COLUMN worth_units",
            "ALTER TABLE redemptions ALTER COLUMN worth_units TYPE NUMERIC",
            "ALTER TABLE redemptions RENAME TO requests",
            "ALTER TABLE redemptions ADD CONSTRAINT late CHECK (looks >= 0)",
            "DROP TABLE look_ups",
            "DROP INDEX ix_redemptions_due_at",
            "UPDATE redemptions SET looks = 0",
            "LOCK TABLE redemptions",
        ],
    )
    def test_what_would_is_found(self, statement: str) -> None:
        assert list(refused([statement])) == [statement]

    @pytest.mark.parametrize(
        "statements",
        [
            ["CREATE TABLE claims (id INTEGER)", "CREATE INDEX ix_claims ON claims (id)"],
            ["ALTER TABLE redemptions ADD COLUMN late INTEGER"],
            ["ALTER TABLE cases ADD COLUMN late BOOLEAN DEFAULT false NOT NULL"],
            ["CREATE INDEX CONCURRENTLY ix_late ON redemptions (made_at)"],
        ],
    )
    def test_what_adds_is_let_through(self, statements: list[str]) -> None:
        assert list(refused(statements)) == []

    def test_every_revision_from_0010_on_says_which_versions_may_still_serve(self) -> None:
        files = sorted((upgrade.MIGRATIONS / "versions").glob("[0-9]*.py"))
        for file in files:
            module = importlib.import_module(f"bot.adapters.ledger.migrations.versions.{file.stem}")
            assert module.revision == file.stem[:4]
            assert module.revision < "0010" or "0001" <= module.oldest <= module.revision


class TestWhileTheVersionBeforeServes:
    async def test_no_press_waits_long_behind_a_migration_that_waits_for_a_lock(self, behind: str) -> None:
        """It gives way after its own limit, however long the lock is held, and tries again."""
        tasks, database = TaskSet(), Database.open(behind, limit_s=PATIENCE_S)
        with (
            psycopg.connect(behind, autocommit=True) as watcher,
            psycopg.connect(behind) as holder,
        ):
            holder.execute("SELECT count(*) FROM redemptions")
            upgraded = tasks.spawn(migrate(behind))
            for _ in range(2):
                async with asyncio.timeout(PATIENCE_S):
                    # Only the server knows.
                    while watcher.execute(_WAITING_FOR_LOCKS).fetchone() == (0,):  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                async with database.transaction() as connection:
                    await connection.execute(text("SELECT count(*) FROM redemptions"))
            assert not upgraded.done()
        async with asyncio.timeout(PATIENCE_S):
            await upgraded
        await database.close()
        await tasks.close()

        assert upgrade.LOCK_MS < BEARABLE_MS
        assert stands(behind) == (upgrade.newest_version(),)

    async def test_an_index_that_was_left_behind_half_way_is_built_again(self, behind: str) -> None:
        with psycopg.connect(behind) as connection:
            connection.execute("CREATE INDEX ix_homes_undrawn ON homes (person)")
            connection.execute(
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_homes_undrawn'::regclass"
            )

        await migrate(behind)

        with psycopg.connect(behind) as connection:
            found = connection.execute(
                "SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index "
                "WHERE indexrelid = 'ix_homes_undrawn'::regclass"
            ).fetchone()
        assert found is not None
        assert found[0]
        assert "opened_at" in found[1]

    async def test_whoever_died_migrating_is_waited_for_no_longer_than_its_lease(self, behind: str) -> None:
        with psycopg.connect(behind) as connection:
            connection.execute("DELETE FROM migrating")
            connection.execute(
                "INSERT INTO migrating VALUES (1, 'dead', clock_timestamp() + interval '1 second')"
            )

        async with asyncio.timeout(PATIENCE_S):
            await migrate(behind)

        assert stands(behind) == (upgrade.newest_version(),)

    async def test_whoever_waits_for_it_holds_no_transaction_open(self, behind: str) -> None:
        tasks = TaskSet()
        with psycopg.connect(behind, autocommit=True) as connection:
            connection.execute("DELETE FROM migrating")
            connection.execute(
                "INSERT INTO migrating VALUES (1, 'other', clock_timestamp() + interval '1 hour')"
            )
            waiting = tasks.spawn(migrate(behind))
            for _ in range(20):
                await asyncio.sleep(0.05)
            # One that is held stays open for as long as it waits; a short one is over at the next look.
            async with asyncio.timeout(PATIENCE_S):
                # Another process holds it, which tells nobody here.
                while connection.execute(_OPEN_TRANSACTIONS).fetchone() != (0,):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert not waiting.done()
            connection.execute("UPDATE migrating SET held_until = clock_timestamp()")
        async with asyncio.timeout(PATIENCE_S):
            await waiting
        await tasks.close()


class TestANewerLedger:
    @pytest.fixture
    async def database(self, database_url: str) -> Any:
        opened = Database.open(database_url)
        yield opened
        await opened.close()

    async def _is_at(self, database: Database, revision: str, oldest: str | None) -> None:
        async with database.transaction() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
            if oldest is not None:
                await connection.execute(
                    text("INSERT INTO revisions VALUES (:revision, :oldest)"),
                    {"revision": revision, "oldest": oldest},
                )

    async def test_it_is_used_as_it_is_where_it_says_that_this_version_may_serve(
        self, database: Database, database_url: str
    ) -> None:
        await self._is_at(database, "9000", upgrade.newest_version())

        await migrate(database_url)

        async with database.transaction() as connection:
            stands = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
        assert stands == "9000"

    async def test_it_is_refused_where_only_newer_ones_may(
        self, database: Database, database_url: str
    ) -> None:
        await self._is_at(database, "9000", "8999")

        with pytest.raises(LedgerNotOurs) as refusal:
            await migrate(database_url)

        assert refusal.value.wrong_configuration
        assert "9000" in refusal.value.sentence
        assert "start a newer one" in refusal.value.sentence
