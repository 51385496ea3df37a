"""A standby of a test's own PostgreSQL, which takes over without the last commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlsplit, urlunsplit

from tests.databases import guarded, let_in, run, start
from tests.faults.server import Server


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """A copy that follows the primary, until it is stopped."""
    folder = Path(mkdtemp(prefix="standby-"))
    with guarded(folder):
        let_in(folder)
        source = ["-h", str(primary.folder), "-U", "postgres", "-D", str(folder / "data")]
        run("pg_basebackup", *source, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        start(folder)
        parts = urlsplit(primary.url)
        yield Server(urlunsplit(parts._replace(query=f"host={folder}")))


def caught_up(primary: Server, standby: Server) -> bool:
    """Whether the standby has all that the primary has written so far."""
    has, written = "SELECT pg_last_wal_replay_lsn()", "SELECT pg_current_wal_lsn()"
    return bool(standby.told(has) == primary.told(written))


def cut_off(standby: Server) -> None:
    """From now on it gets nothing."""
    run("pg_ctl", "stop", "-m", "fast", "-D", standby.folder / "data")


def promoted(standby: Server) -> None:
    """It takes over with what it has."""
    start(standby.folder)
    run("pg_ctl", "promote", "-w", "-D", standby.folder / "data")
