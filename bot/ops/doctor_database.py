"""What `coupon-desk doctor` asks the database: reachable, up to date, writable, durable, and on time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import faults
from bot.adapters.ledger.database import Database, newest_version
from bot.adapters.ledger.dialects import read_now
from bot.aio.clock import Clock
from bot.domain.errors import LedgerUnavailable
from bot.ops.doctor_connections import ConnectionChecks
from bot.ops.finding import CheckResult, clock, fail, ok, warn

WARN_S, FAIL_S = 5.0, 60.0
#: What must be on for a commit to be on disk (postgresql.org/docs: runtime-config-wal).
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
#: Whether whoever serves could switch the triggers of the audit log off, and whether only they keep it from changing.
_MAY_ALTER = text(
    "SELECT pg_has_role(current_user, relowner, 'USAGE') AS owns, "
    "has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE') "
    "OR has_table_privilege(oid, 'TRUNCATE') OR has_column_privilege(oid, 'id', 'INSERT') AS may_change "
    "FROM pg_class WHERE oid = 'events'::regclass"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseChecks:
    database: Database
    pool: int
    now: Clock

    async def __call__(self) -> AsyncIterator[CheckResult]:
        try:
            version = await self._version()
        except LedgerUnavailable as err:
            yield fail("database", f"it cannot be used ({err}).", _first_step(err))
            return
        yield ok("database", f"answers ({self.database.engine.dialect.name}).")
        yield _migrated(version)
        if version != newest_version():
            return
        yield await self._writable()
        async with self.database.transaction() as connection:
            for result in await _durable(connection):
                yield result
            ahead_s = (self.now() - await read_now(connection)).total_seconds()
        async for result in ConnectionChecks(database=self.database, pool=self.pool)():
            yield result
        yield clock("database clock", ahead_s, "the database's", warn_s=WARN_S, fail_s=FAIL_S)

    async def _version(self) -> str | None:
        await self.database.ping()
        try:
            async with self.database.transaction() as connection:
                return str(
                    (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
                )
        except LedgerUnavailable:
            # There is no such table yet.
            return None

    async def _writable(self) -> CheckResult:
        try:
            async with self.database.transaction() as connection:
                await connection.execute(text("UPDATE pauses SET paused = paused WHERE name = 'desk'"))
        except LedgerUnavailable as err:
            step = "Give the user the right to write; a standby or a full disk is read-only."
            return fail("database writes", f"it cannot be written to ({err}).", step)
        return ok("database writes", "it can be written to.")


def _first_step(err: LedgerUnavailable) -> str:
    if err.kind == faults.TLS.kind:
        return "Check sslmode and sslrootcert in DATABASE_URL."
    return "Check that it runs, and host, user and password in DATABASE_URL."


def _migrated(version: str | None) -> CheckResult:
    newest = newest_version()
    if version is None or version < newest:
        step = "Start serve, or run as the owner: coupon-desk migrate"
        return fail("database tables", f"they are at {version or 'none'}, this version needs {newest}.", step)
    if version > newest:
        return warn(
            "database tables",
            f"they are newer ({version}) than this version ({newest}).",
            "Upgrade this one.",
        )
    return ok("database tables", f"up to date ({version}).")


async def _durable(connection: AsyncConnection) -> list[CheckResult]:
    if connection.dialect.name == "sqlite":
        level = (await connection.execute(text("PRAGMA synchronous"))).scalar_one()
        told = ok("database durability", "each commit is on disk (synchronous=FULL).")
        weak = fail("database durability", "a commit may be lost.", "PRAGMA synchronous must be FULL.")
        return [told if level >= 2 else weak]  # noqa: PLR2004 - FULL
    off = [
        name for name in _DURABLE if (await connection.execute(text(f"SHOW {name}"))).scalar_one() == "off"
    ]
    told = (
        fail(
            "database durability", f"{', '.join(off)} is off: a crash may lose redemptions.", "Set it to on."
        )
        if off
        else ok("database durability", "each commit is on disk.")
    )
    return [told, await _owner(connection)]


async def _owner(connection: AsyncConnection) -> CheckResult:
    rights = (await connection.execute(_MAY_ALTER)).one()
    if rights.owns:
        step = "Serve as a role that owns nothing, and migrate as the owner; keep the seals' log lines elsewhere."
        return warn("audit log", "this role owns it, and could switch its triggers off.", step)
    if rights.may_change:
        step = "Grant it as docs/run/install.md says under Two database roles."
        return warn("audit log", "this role may do more to it than add and read; triggers alone hold.", step)
    return ok("audit log", "this role may only add to it and read it.")
