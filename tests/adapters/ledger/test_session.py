"""One session with the database: what it sets, how long it waits, and what it throws away."""

from __future__ import annotations

import asyncio
import inspect
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.abc import PQGen
from psycopg.waiting import Wait
from sqlalchemy import event, insert, text

from bot.adapters.ledger import postgresql
from bot.adapters.ledger import sqlite as sqlite_connection
from bot.adapters.ledger.database import WAIT_S, Database
from bot.adapters.ledger.dialects import later
from bot.adapters.ledger.postgresql_connection import line_of
from bot.adapters.ledger.sqlite import SqliteConnection
from bot.adapters.ledger.tables import homes
from bot.aio.deadline import until_acknowledged
from bot.aio.tasks import TaskSet
from bot.domain.errors import LedgerUnavailable
from tests.tcp_proxy import TcpProxy, proxied

#: What the ledger gets before an acknowledgement.
LEDGER_S = 2.0
#: Only a test that fails waits this long, whatever the machine.
PATIENCE_S = 30.0
#: What a wait takes that is not limited as it should be.
FAR_TOO_LONG_S = 4 * PATIENCE_S


@asynccontextmanager
async def opened(url: str, *, pool: int = 5, limit_s: float = WAIT_S) -> AsyncIterator[Database]:
    database = Database.open(url, pool=pool, limit_s=limit_s)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def admin(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def name_of(url: str) -> str:
    return urlsplit(url).path[1:]


async def asked(database: Database, question: str) -> object:
    async with database.transaction() as connection:
        return (await connection.execute(text(question))).scalar_one()


async def set_to(database: Database, name: str) -> object:
    return await asked(database, f"SELECT current_setting('{name}')")


@pytest.fixture
async def proxy(postgres: str) -> AsyncIterator[TcpProxy]:
    async with proxied(postgres) as one:
        yield one


class TestWhatItSets:
    @pytest.mark.parametrize(
        ("asked_for", "is_"),
        [
            ("off", "on"),
            ("local", "on"),
            ("remote_write", "on"),
            ("on", "on"),
            ("remote_apply", "remote_apply"),
        ],
    )
    async def test_durability_is_raised_and_never_lowered(
        self, postgres: str, asked_for: str, is_: str
    ) -> None:
        with admin(postgres) as connection:
            connection.execute(
                f"ALTER DATABASE {name_of(postgres)} SET synchronous_commit = {asked_for}".encode()
            )
        async with opened(postgres) as database:
            assert await set_to(database, "synchronous_commit") == is_

    @pytest.mark.parametrize(("name", "is_"), [("max_parallel_workers_per_gather", "0"), ("jit", "off")])
    async def test_no_query_is_compiled_or_starts_workers(self, postgres: str, name: str, is_: str) -> None:
        """Either takes longer than a query by an index; statistics alone may suggest it."""
        async with opened(postgres) as database:
            assert await set_to(database, name) == is_

    @pytest.mark.parametrize(
        "name", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    )
    async def test_nothing_waits_without_a_limit_and_nothing_is_left_set(
        self, postgres: str, name: str
    ) -> None:
        async with opened(postgres, pool=1) as database:
            assert await set_to(database, name) != "0"
            async with database.engine.connect() as connection:
                assert (await connection.execute(text(f"SHOW {name}"))).scalar_one() == "0"

    async def test_what_the_address_asks_for_arrives(self, proxy: TcpProxy) -> None:
        address = (
            f"{proxy.url}?application_name=desk-7&options=-c%20search_path%3Delsewhere&keepalives_idle=9"
        )
        async with opened(address) as database:
            assert await set_to(database, "application_name") == "desk-7"
            assert await set_to(database, "search_path") == "elsewhere"
            async with database.transaction() as connection:
                line = (await connection.get_raw_connection()).driver_connection
                assert isinstance(line, psycopg.AsyncConnection)
                parameters = line.info.get_parameters()

        assert parameters["keepalives_idle"] == "9"
        assert parameters["tcp_user_timeout"] == "10000"

    async def test_no_prepared_statement_outlives_its_transaction(self, postgres: str) -> None:
        async with opened(postgres, pool=1) as database:
            for _ in range(8):
                await asked(database, "SELECT 1")

            assert await asked(database, "SELECT count(*) FROM pg_prepared_statements") == 0

    async def test_there_are_never_more_connections_than_it_may_have(self, postgres: str) -> None:
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        async with opened(postgres, pool=2) as database:
            counts = await asyncio.gather(*(asked(database, mine) for _ in range(60)))

        assert set(counts) <= {1, 2}


async def _written_read_only(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("SET TRANSACTION READ ONLY"))
        await connection.execute(text("DELETE FROM homes"))


async def _silenced(database: Database, proxy: TcpProxy) -> None:
    async with database.transaction() as connection:
        proxy.silence()
        await connection.execute(text("SELECT 1"))


class TestWhatItThrowsAway:
    async def test_a_connection_that_fell_silent(self, proxy: TcpProxy) -> None:
        tried: list[object] = []
        async with opened(proxy.url, limit_s=FAR_TOO_LONG_S) as database:
            await asyncio.gather(*(database.ping() for _ in range(5)))
            event.listen(database.engine.sync_engine, "checkout", lambda *one: tried.append(one))
            proxy.silence()

            async with asyncio.timeout(PATIENCE_S):
                await database.ping()

        *silent, _ = tried
        assert 0 < len(silent) * postgresql.FIRST_ANSWER_S < LEDGER_S

    async def test_a_connection_that_was_reset(self, proxy: TcpProxy) -> None:
        async with opened(proxy.url) as database:
            await asyncio.gather(*(database.ping() for _ in range(5)))
            proxy.reset()

            await asyncio.gather(*(database.ping() for _ in range(5)))

    async def test_a_connection_whose_server_may_only_be_read_by_now(self, postgres: str) -> None:
        database_name = name_of(postgres)
        with admin(postgres) as connection:
            connection.execute(
                f"ALTER DATABASE {database_name} SET default_transaction_read_only = on".encode()
            )
            async with opened(postgres) as database:
                with pytest.raises(LedgerUnavailable) as told:
                    await database.ping()
                assert told.value.kind == "read_only"
                connection.execute(f"ALTER DATABASE {database_name} RESET ALL".encode())

                await database.ping()

    async def test_one_that_becomes_read_only_in_the_middle(self, postgres: str) -> None:
        async with opened(postgres, pool=1) as database:
            before = await asked(database, "SELECT pg_backend_pid()")
            with pytest.raises(LedgerUnavailable) as told:
                await _written_read_only(database)

            assert told.value.kind == "read_only"
            assert await asked(database, "SELECT pg_backend_pid()") != before


async def _refused_with_the_commit(database: Database) -> None:
    async with database.transaction() as connection:
        # It goes in the COMMIT's round trip, and the server leaves the COMMIT out.
        await later(connection, insert(homes).values(person="U0SENIOR, timeout"))


async def _broken_at_the_end(database: Database) -> None:
    """Where foreign keys are checked."""
    async with database.transaction() as connection:
        await connection.execute(text("CREATE TABLE tops (id INTEGER PRIMARY KEY)"))
        await connection.execute(
            text("CREATE TABLE below (top REFERENCES tops DEFERRABLE INITIALLY DEFERRED)")
        )
        await connection.execute(text("INSERT INTO below VALUES (1)"))


class TestAfterACommitThatFailed:
    async def test_the_next_one_on_postgresql_is_in_no_transaction(self, postgres: str) -> None:
        async with opened(postgres, pool=1) as database:
            with pytest.raises(LedgerUnavailable) as told:
                await _refused_with_the_commit(database)

            await database.ping()

        assert told.value.kind == "unknown"

    async def test_nor_is_the_next_one_on_sqlite(self, sqlite: str) -> None:
        async with opened(sqlite) as database:
            event.listen(
                database.engine.sync_engine, "connect", lambda one, _: one.execute("PRAGMA foreign_keys=ON")
            )
            with pytest.raises(LedgerUnavailable):
                await _broken_at_the_end(database)

            await database.ping()


class TestHowLongItWaits:
    async def test_before_an_acknowledgement_two_seconds_in_all(self, proxy: TcpProxy) -> None:
        proxy.silent = True
        patient = f"{proxy.url}?connect_timeout={FAR_TOO_LONG_S:.0f}"
        async with opened(patient, limit_s=FAR_TOO_LONG_S) as database, asyncio.timeout(PATIENCE_S):
            with until_acknowledged(LEDGER_S, lambda: False):
                for _ in range(int(PATIENCE_S)):
                    with pytest.raises(LedgerUnavailable) as told:
                        await database.ping()

        assert told.value.kind == "silent"

    async def test_so_has_a_read_of_one_round_trip(self, proxy: TcpProxy) -> None:
        proxy.silent = True
        patient = f"{proxy.url}?connect_timeout={FAR_TOO_LONG_S:.0f}"
        async with opened(patient, limit_s=FAR_TOO_LONG_S) as database, asyncio.timeout(PATIENCE_S):
            with until_acknowledged(0.1, lambda: False), pytest.raises(LedgerUnavailable):
                await database.rows(text("SELECT 1"))

    async def test_after_it_as_long_as_usual(self, postgres: str) -> None:
        async with opened(postgres) as database:
            with until_acknowledged(-1.0, lambda: True):
                await database.ping()
            with until_acknowledged(-1.0, lambda: False), pytest.raises(LedgerUnavailable):
                await database.ping()

    async def test_a_row_that_somebody_holds_is_told_as_that(
        self, postgres: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A slow machine is no silent server.
        monkeypatch.setattr(postgresql, "FIRST_ANSWER_S", PATIENCE_S)
        monkeypatch.setattr(postgresql, "SOONER_S", PATIENCE_S)
        with psycopg.connect(postgres) as holder:
            holder.execute("LOCK TABLE homes")
            async with opened(postgres, pool=1, limit_s=FAR_TOO_LONG_S) as database:
                before = await asked(database, "SELECT pg_backend_pid()")
                with (
                    until_acknowledged(PATIENCE_S + 0.6, lambda: False),
                    pytest.raises(LedgerUnavailable) as told,
                ):
                    await asked(database, "SELECT count(*) FROM homes")

                assert told.value.kind == "busy"
                assert await asked(database, "SELECT pg_backend_pid()") == before

    async def test_connections_that_are_all_in_use_are_told_as_that(
        self, postgres: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgresql, "SOONER_S", PATIENCE_S)
        async with opened(postgres, pool=1, limit_s=PATIENCE_S + 0.05) as database:
            async with database.engine.connect():
                with pytest.raises(LedgerUnavailable) as told:
                    await database.ping()
            await database.ping()

        assert told.value.kind == "no_connection_free"

    async def test_a_silence_in_the_middle_ends_too(self, proxy: TcpProxy) -> None:
        async with opened(proxy.url) as database, asyncio.timeout(PATIENCE_S):
            with until_acknowledged(1.0, lambda: False), pytest.raises(LedgerUnavailable):
                await _silenced(database, proxy)

            await database.ping()


@pytest.fixture
async def hanging(sqlite: str) -> AsyncIterator[tuple[Database, threading.Event]]:
    """An SQLite ledger with a function `hang()` that ends when the event is set, as a statement on a disk that hangs."""
    ends = threading.Event()
    async with opened(sqlite) as database:

        @event.listens_for(database.engine.sync_engine, "connect")
        def _on_connect(connection: Any, _: Any) -> None:
            connection.run_async(lambda one: one.create_function("hang", 0, ends.wait))

        yield database, ends
        ends.set()


class TestADiskThatHangs:
    async def test_before_an_acknowledgement_it_is_told_in_time_and_the_next_one_goes_on_at_once(
        self, hanging: tuple[Database, threading.Event]
    ) -> None:
        database, ends = hanging
        async with asyncio.timeout(PATIENCE_S):
            with until_acknowledged(LEDGER_S, lambda: False), pytest.raises(LedgerUnavailable) as told:
                await asked(database, "SELECT hang()")
        ends.set()

        assert told.value.kind == "silent"
        assert await asked(database, "SELECT 1") == 1

    async def test_whoever_is_cancelled_is_cancelled_and_leaves_no_lock(
        self, hanging: tuple[Database, threading.Event]
    ) -> None:
        database, ends = hanging
        tasks, inside = TaskSet(), asyncio.Event()
        event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *_: inside.set())
        task = tasks.spawn(asked(database, "SELECT hang()"))
        async with asyncio.timeout(PATIENCE_S):
            await inside.wait()
            task.cancel()
            await asyncio.wait({task})
        ends.set()

        assert task.cancelled()
        assert await asked(database, "SELECT 1") == 1
        await tasks.close()


async def _given_up(ends: threading.Event) -> threading.Thread:
    """The thread of a connection whose statement did not end in time."""
    connection = await SqliteConnection(lambda: sqlite3.connect(":memory:"), iter_chunk_size=1)
    await connection.create_function("hang", 0, ends.wait)

    async def hangs() -> None:
        await connection.execute("SELECT hang()")

    tasks = TaskSet()
    task = tasks.spawn(hangs())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    await connection.close()
    await tasks.close()
    return connection._thread


def test_a_statement_that_outlives_its_loop_fails_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    ends, failed = threading.Event(), list[threading.ExceptHookArgs]()
    monkeypatch.setattr(sqlite_connection, "ENDS_S", 0.01)
    monkeypatch.setattr(threading, "excepthook", failed.append)
    thread = asyncio.run(_given_up(ends))

    ends.set()
    thread.join(PATIENCE_S)

    assert (thread.is_alive(), failed) == (False, [])


def _fails_at_its_end() -> PQGen[None]:
    """As psycopg's of a pipeline, where the connection is closed by then."""
    try:
        yield Wait.R
    finally:
        raise psycopg.OperationalError


class TestCancelled:
    async def test_what_it_waited_for_is_ended_with_it(self, postgres: str) -> None:
        tasks, waits = TaskSet(), _fails_at_its_end()
        async with opened(postgres) as database, database.engine.connect() as connection:
            line = await line_of(connection)
            task = tasks.spawn(line.wait(waits))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            await connection.invalidate()

        assert task.cancelled()
        assert inspect.getgeneratorstate(waits) == inspect.GEN_CLOSED
        await tasks.close()

    async def test_whoever_waits_for_a_silent_connection_tries_no_other_one(self, proxy: TcpProxy) -> None:
        tasks = TaskSet()
        async with opened(proxy.url) as database:
            await database.ping()
            proxy.silence()
            asked_of = proxy.turns
            task = tasks.spawn(database.ping())
            # Only the proxy shows that it waits.
            while proxy.turns == asked_of:  # noqa: ASYNC110
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})

            assert task.cancelled()
        await tasks.close()

    async def test_a_transaction_on_postgresql_lets_go_at_once(self, postgres: str) -> None:
        tasks, inside = TaskSet(), asyncio.Event()
        async with opened(postgres) as database:

            async def hold() -> None:
                async with database.transaction() as connection:
                    await connection.execute(text("LOCK TABLE homes"))
                    inside.set()
                    await connection.execute(text("SELECT pg_sleep(1)"))

            task = tasks.spawn(hold())
            await inside.wait()
            task.cancel()
            await asyncio.wait({task})

            assert await asked(database, "SELECT count(*) FROM homes") == 0
        await tasks.close()

    @pytest.mark.parametrize("tick", range(40))
    async def test_one_on_sqlite_never_keeps_the_write_lock(self, sqlite: str, tick: int) -> None:
        tasks = TaskSet()
        async with opened(sqlite) as database:

            async def work() -> None:
                for _ in range(3):
                    await asked(database, "SELECT count(*) FROM homes")

            task = tasks.spawn(work())
            for _ in range(tick):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})

            with closing(sqlite3.connect(sqlite.removeprefix("sqlite:///"), timeout=0)) as other:
                other.isolation_level = None
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            await database.ping()
        await tasks.close()

    async def test_one_that_connects_to_sqlite_ends_when_its_thread_has(
        self, sqlite: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The thread would tell an event loop that may be over by then."""
        tasks, began, may_connect, connect = TaskSet(), threading.Event(), threading.Event(), sqlite3.connect

        def held(*args: Any, **how: Any) -> Any:
            began.set()
            may_connect.wait(PATIENCE_S)
            return connect(*args, **how)

        monkeypatch.setattr(sqlite3, "connect", held)
        async with opened(sqlite) as database:
            task = tasks.spawn(database.ping())
            while not began.is_set():  # noqa: ASYNC110 - a thread sets it
                await asyncio.sleep(0)
            task.cancel()
            ended, _ = await asyncio.wait({task}, timeout=0.1)
            may_connect.set()
            await asyncio.wait({task})

            assert not ended
            assert task.cancelled()
            await database.ping()
        await tasks.close()

    async def test_one_that_waits_for_another_process_on_sqlite_does_not_take_the_lock_later(
        self, sqlite: str
    ) -> None:
        file, tasks = sqlite.removeprefix("sqlite:///"), TaskSet()
        async with opened(sqlite) as database:
            await database.ping()
            with closing(sqlite3.connect(file, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                out = asyncio.Event()
                event.listen(database.engine.sync_engine, "checkout", lambda *_: out.set())
                task = tasks.spawn(database.ping())
                await out.wait()
                task.cancel()
                await asyncio.sleep(0)
                other.execute("COMMIT")
                await asyncio.wait({task})
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
        await tasks.close()
