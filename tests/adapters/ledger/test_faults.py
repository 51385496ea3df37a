"""What is wrong with a database is told by its kind, and nothing of the address with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.adapters.ledger import faults
from bot.adapters.ledger.database import Database, migrate
from bot.domain.errors import LedgerNotOurs, LedgerUnavailable
from tests.databases import new_postgres
from tests.tables import table

PASSWORD = "hunter2"


async def told(url: str) -> LedgerUnavailable:
    """The same by whoever opens it and whoever migrates it."""
    database = Database.open(url)
    with pytest.raises(LedgerUnavailable) as ping:
        await database.ping()
    await database.close()
    with pytest.raises(LedgerUnavailable) as upgrade:
        await migrate(url)
    assert upgrade.value.kind == ping.value.kind
    assert PASSWORD not in str(ping.value) + str(upgrade.value)
    return ping.value


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"postgresql://user:{PASSWORD}@no-such-host.invalid/db", "no_such_host"),
        (f"postgresql://user:{PASSWORD}@127.0.0.1:9/db", "refused"),
        (f"postgresql://user:{PASSWORD}@/db?host=/nowhere", "refused"),
        ("sqlite:////nowhere/at/all/desk.db", "no_file"),
    ],
)
async def test_a_database_that_is_not_there(url: str, kind: str) -> None:
    assert (await told(url)).kind == kind


async def test_a_database_of_that_name_is_not_there(postgres_server: str) -> None:
    nameless = urlunsplit(urlsplit(postgres_server)._replace(path="/no_such_thing"))

    assert (await told(nameless)).kind == "no_such_database"


async def test_a_user_that_is_not_there(postgres: str) -> None:
    parts = urlsplit(postgres)
    stranger = urlunsplit(parts._replace(netloc=f"stranger:{PASSWORD}@"))

    assert (await told(stranger)).kind == "password"


async def test_a_role_without_rights_is_sent_to_the_owner(postgres_server: str) -> None:
    with new_postgres(postgres_server) as url, psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE ROLE clerk LOGIN")
        try:
            parts = urlsplit(url)
            mine = urlunsplit(parts._replace(netloc="clerk@"))
            with pytest.raises(LedgerNotOurs) as upgrade:
                await migrate(mine)
        finally:
            admin.execute("DROP ROLE clerk")

    assert "run migrate as the owner" in upgrade.value.sentence
    assert upgrade.value.wrong_configuration


async def test_tables_that_are_not_there(postgres_server: str, tmp_path: Path) -> None:
    with new_postgres(postgres_server) as url:
        for address in (url, f"sqlite:///{tmp_path / 'empty.db'}"):
            database = Database.open(address)
            with pytest.raises(LedgerUnavailable) as read:
                await _read(database)
            await database.close()
            assert read.value.kind == "no_tables"


async def _read(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("SELECT * FROM redemptions"))


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "desk.db"
    file.write_bytes(b"not a database, but as long as one has to be" * 30)

    assert (await told(f"sqlite:///{file}")).kind == "no_ledger"


async def test_a_file_whose_disk_is_full(sqlite: str) -> None:
    """SQLite's own limit of pages stands for a disk that is full: the code is the same."""
    database = Database.open(sqlite)
    with pytest.raises(LedgerUnavailable) as full:
        await _fill(database)
    await database.close()

    assert full.value.kind == "disk_full"


async def _fill(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("PRAGMA max_page_count = 1"))
        for number in range(1000):
            await connection.execute(
                text("INSERT INTO instances VALUES (:id, '2026-01-01 00:00:00.000000')"),
                {"id": f"{number}".zfill(40)},
            )


async def test_a_file_that_somebody_else_holds(sqlite: str) -> None:
    database = Database.open(sqlite)
    other = sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable) as busy:
        await database.ping()
    other.close()
    await database.close()

    assert busy.value.kind == "busy"


@table(
    ("message", "kind"),
    [
        ('connection failed: FATAL:  password authentication failed for user "u"', "password"),
        (
            'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption',
            "not_let_in",
        ),
        ("FATAL:  sorry, too many clients already", "too_many_connections"),
        ("FATAL:  remaining connection slots are reserved", "too_many_connections"),
        ('FATAL:  too many connections for role "u"', "too_many_connections"),
        ("FATAL:  no more connections allowed (max_client_conn)", "too_many_connections"),
        ("FATAL:  unsupported startup parameter: options", "pooler"),
        ("server does not support SSL, but SSL was required", "tls"),
        ("SSL error: certificate verify failed", "tls"),
        ("FATAL:  the database system is starting up", "starting"),
        ("connection timeout expired", "silent"),
        ("session is read-only", "read_only"),
        ("server closed the connection unexpectedly", "connection_lost"),
        ("FATAL:  etwas ist schiefgegangen", "unknown"),
    ],
)
def test_a_connection_that_did_not_come_about_is_told_by_its_words(message: str, kind: str) -> None:
    err = OperationalError("SELECT", {}, psycopg.OperationalError(message))

    assert faults.fault_of(err).kind == kind


def test_a_certificate_that_is_not_trusted_is_named_with_what_counts_for_it() -> None:
    err = OperationalError("SELECT", {}, psycopg.OperationalError("SSL error: certificate verify failed"))
    words = faults.fault_of(err).words

    assert "certificate is not trusted" in words
    assert "sslrootcert" in words
    assert "SSL_CERT_FILE" in words


@table(
    ("state", "kind"),
    [
        ("28P01", "password"),
        ("3D000", "no_such_database"),
        ("42501", "rights"),
        ("53300", "too_many_connections"),
        ("53100", "disk_full"),
        ("58030", "disk_failed"),
        ("25006", "read_only"),
        ("57P03", "starting"),
        ("55P03", "busy"),
        ("57014", "busy"),
        ("08P01", "connection_lost"),
    ],
)
def test_an_error_of_the_server_is_told_by_its_sqlstate(state: str, kind: str) -> None:
    err = OperationalError("SELECT", {}, psycopg.errors.lookup(state)("in any language"))

    assert faults.fault_of(err).kind == kind
