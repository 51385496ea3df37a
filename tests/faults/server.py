"""A PostgreSQL of a test's own, which may be frozen, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import parse_qs, urlsplit

import psycopg

from tests.databases import running_postgres, start


@dataclass(frozen=True, slots=True)
class Server:
    url: str

    @property
    def folder(self) -> Path:
        """Where its data and its socket are."""
        return Path(parse_qs(urlsplit(self.url).query)["host"][0])

    def freeze(self) -> None:
        """Every process of it stands still; its sockets stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    async def start(self) -> None:
        """Again, after it was killed: in a container nobody may take its dead process away, and it seems to run."""
        for lock in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)
        await asyncio.to_thread(start, self.folder)

    def read_only(self, *, yes: bool) -> None:
        """As a primary that another one has taken the place of: who is connected stays, and may write no more."""
        setting = "SET default_transaction_read_only = on" if yes else "RESET default_transaction_read_only"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")

    def told(self, question: LiteralString) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(question).fetchone()
        return row[0] if row else None

    def _signal(self, which: signal.Signals) -> None:
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        before = _children(first)
        os.kill(first, which)
        # Some have ended, or begun, in between.
        for pid in before | _children(first):
            with suppress(ProcessLookupError):
                os.kill(pid, which)


def _children(pid: int) -> set[int]:
    """None of one that has ended."""
    with suppress(OSError):
        return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return set()


@contextmanager
def own_server() -> Iterator[Server]:
    with running_postgres() as url:
        yield Server(url)
