"""What a database held a moment ago, put back: a standby is promoted that has not got the last commits."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.sql import SQL, Identifier

from bot.adapters.ledger.tables import metadata


class Memory(Protocol):
    """A database that can be taken back to what it held; nobody may be connected to it then."""

    def remember(self) -> None:
        """What is committed now is what is put back."""

    def put_back(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SqliteFile:
    file: Path

    @property
    def _before(self) -> Path:
        return self.file.with_suffix(".before")

    def remember(self) -> None:
        self._before.unlink(missing_ok=True)
        with closing(sqlite3.connect(self.file)) as now, closing(sqlite3.connect(self._before)) as before:
            now.backup(before)

    def put_back(self) -> None:
        for end in ("-wal", "-shm"):
            self.file.with_name(f"{self.file.name}{end}").unlink(missing_ok=True)
        # Another file of this name: whoever still has the old one open writes into that.
        Path(shutil.copy(self._before, self.file.with_suffix(".copy"))).replace(self.file)


class PostgresTables:
    """By rows, which takes hundredths of a second; a sequence does not go back, as it does not on a standby."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._rows: Mapping[str, bytes] = {}

    def remember(self) -> None:
        with psycopg.connect(self._url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            rows = {name: _copied(connection, name) for name in metadata.tables}
        self._rows = {name: copied for name, copied in rows.items() if copied}

    def put_back(self) -> None:
        with psycopg.connect(self._url) as connection:
            # Triggers refuse that events go; what is put back is not to be lost in its turn.
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET synchronous_commit = on")
            names = SQL(", ").join(Identifier(name) for name in metadata.tables)
            connection.execute(SQL("TRUNCATE {}").format(names))
            for name, rows in self._rows.items():
                with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(name))) as copy:
                    copy.write(rows)


def _copied(connection: psycopg.Connection, name: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(name))) as copy:
        return b"".join(bytes(part) for part in copy)


def acknowledge_early(url: str) -> None:
    """
    Have this PostgreSQL acknowledge what it has not written yet, for sessions that put up with it.

    Its writer waits so long that a server which is killed has always lost the last commits.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        name = Identifier(connection.info.dbname)
        connection.execute(SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")


def memory_of(url: str) -> Memory:
    if url.startswith("sqlite"):
        return SqliteFile(Path(url.removeprefix("sqlite:///")))
    return PostgresTables(url)
