"""What `coupon-desk doctor` asks PostgreSQL about connections: a pooler in between, and whether there are enough of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.postgresql_connection import line_of
from bot.ops.finding import CheckResult, fail, ok, warn
from bot.ops.sentences import counted

#: An instance writes its row every two seconds; one that stopped counts for a while.
_COUNTS = text(
    """
    SELECT (SELECT count(*) FROM instances WHERE seen_at > clock_timestamp() - interval '10 seconds') AS instances,
           (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user) AS of_role,
           (SELECT datconnlimit FROM pg_database WHERE datname = current_database()) AS of_database,
           current_setting('max_connections')::int
               - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0) AS of_server,
           (SELECT count(*) FROM pg_stat_activity WHERE usename IS NOT NULL AND usename <> current_user
               AND datname = current_database()) AS others_here,
           (SELECT count(*) FROM pg_stat_activity WHERE usename IS NOT NULL AND usename <> current_user) AS others
    """
)
_BACKEND = text("SELECT pg_backend_pid()")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChecks:
    """Attributes: pool: what DATABASE_POOL says."""

    database: Database
    pool: int

    async def __call__(self) -> AsyncIterator[CheckResult]:
        """Nothing for SQLite, which one process uses."""
        if self.database.one_process:
            return
        yield await self._pooler()
        async with self.database.transaction() as connection:
            counts = (await connection.execute(_COUNTS)).one()
        yield _enough(counts, self.pool)

    async def _pooler(self) -> CheckResult:
        """
        A pooler tells a process id of its own where the connection is made.

        In transaction mode what one of our connections gave back is given to the next one that begins.
        """
        check = "database pooler"
        async with self.database.engine.connect() as connection:
            told = (await line_of(connection)).pgconn.backend_pid
            async with connection.begin():
                first = (await connection.execute(_BACKEND)).scalar_one()
            if told == first:
                return ok(check, "none is in between.")
            async with self.database.engine.connect() as other:
                second = (await other.execute(_BACKEND)).scalar_one()
        if first == second:
            return ok(check, "one is in between, in transaction mode, which the desk is made for.")
        return warn(
            check,
            "one is in between, and does not seem to be in transaction mode (or is busy).",
            "Set pool_mode = transaction; else each instance keeps DATABASE_POOL of the server's connections.",
        )


def _enough(counts: Row[Any], pool: int) -> CheckResult:
    check, instances = "database connections", max(1, counts.instances)
    needed, allowed, by = instances * pool, *_allowed(counts)
    says = (
        f"{instances} × DATABASE_POOL {pool} = {needed} of {allowed} that {by} allows"
        f" ({counted(counts.others, 'is', 'are')} in use by others)"
    )
    step = f"Raise the limit of {by}, or lower DATABASE_POOL."
    if needed > allowed:
        return fail(check, f"{says}: presses will fail.", step)
    if needed + pool > allowed:
        return warn(check, f"{says}: there is no room for one more instance, as in an upgrade.", step)
    return ok(check, f"{says}.")


def _allowed(counts: Row[Any]) -> tuple[int, str]:
    """How many this role can have at most, and by whose limit; below zero a limit is none."""
    limits = [(counts.of_server - counts.others, "the server (max_connections)")]
    if counts.of_role >= 0:
        limits.append((counts.of_role, "the role (CONNECTION LIMIT)"))
    if counts.of_database >= 0:
        limits.append((counts.of_database - counts.others_here, "the database (CONNECTION LIMIT)"))
    return min(limits)
