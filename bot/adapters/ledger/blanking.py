"""Blanks what the ledger keeps about a customer's person: for one customer at once, or after so many days."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import audit, texts
from bot.adapters.ledger.case_rows import case_from_row, case_to_row
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.outbox import redraw
from bot.adapters.ledger.rows import from_row, to_row
from bot.adapters.ledger.tables import cases, kept, redemptions
from bot.aio.clock import Clock
from bot.aio.frozen import frozen, part
from bot.domain.blanked import blanked_case, blanked_request
from bot.domain.case import Case, CaseId, CaseState
from bot.domain.customer import CustomerId
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, RequestId
from bot.domain.transitions import OPEN
from bot.services.ports import AuditEvent

#: Requests, or cases, that one transaction blanks: few, so that it is short.
BATCH = 50
_OPEN = sorted(state.value for state in OPEN)


@frozen(kw_only=True)
class Blanked:
    """How many were blanked."""

    requests: int
    cases: int


@part
class BlankEnded:
    """
    Blanks what ended, `days` after it was made; a periodic worker calls it, on any instance.

    A request that is open, or that the desk looks at again, and a case without an answer wait until they have ended.
    Messages in Slack stay as they are: Slack's own retention is theirs. Raises LedgerUnavailable.
    """

    database: Database
    now: Clock
    days: int

    async def __call__(self) -> int:
        """Run once, a batch of each; returns how many were blanked. The next run goes on."""
        before, why = self.now() - timedelta(days=self.days), {"after_days": self.days}
        over = (
            redemptions.c.made_at < before,
            redemptions.c.state.not_in(_OPEN),
            redemptions.c.due_at.is_(None),
        )
        answered = (cases.c.asked_at < before, cases.c.state == CaseState.ANSWERED.value)
        batch = _Batch(self.database, by=None, why=why)
        return await batch.requests(*over) + await batch.cases(*answered)


@part
class LedgerBlanking:
    """For whoever runs the desk. Raises LedgerUnavailable."""

    database: Database

    async def forget(self, customer: CustomerId, *, by: PersonId) -> Blanked:
        """
        Blank everything about this customer, in whatever state it is, and redraw its messages.

        Open forms about them go. What nobody knew to be about them, a question without a customer, stays.
        """
        await self._drop_forms(customer)
        batch = _Batch(self.database, by=by, why={"customer": customer}, redrawn=True, waits=True)
        about = cases.c.facts["customer"].as_string() == customer
        done = Blanked(
            requests=await _until_none(lambda: batch.requests(redemptions.c.customer_id == customer)),
            cases=await _until_none(lambda: batch.cases(about)),
        )
        async with self.database.transaction() as connection:
            why = {"customer": customer, "requests": done.requests, "cases": done.cases}
            await audit.append(connection, AuditEvent.FORGOTTEN, by=by, why=why)
        return done

    async def _drop_forms(self, customer: CustomerId) -> None:
        about = or_(
            kept.c.what["customer"].as_string() == customer,
            kept.c.what[("facts", "customer")].as_string() == customer,
        )
        async with self.database.transaction() as connection:
            await connection.execute(delete(kept).where(kept.c.kind.in_(["draft", "question"]), about))


async def _until_none(work: Callable[[], Awaitable[int]]) -> int:
    done = 0
    while found := await work():
        done += found
    return done


@part
class _Batch:
    """
    Blanks some of what conditions choose, each with its event.

    Attributes:
        waits: for a row that somebody moves meanwhile, holding no other one; else that row is left to the next run.

    """

    database: Database
    by: PersonId | None
    why: Mapping[str, Any]
    redrawn: bool = False
    waits: bool = False

    async def requests(self, *conditions: ColumnElement[bool]) -> int:
        async with self.database.transaction() as connection:
            found = await self._found(connection, redemptions, redemptions.c.made_at, from_row, conditions)
            done = [row.id for row in found if await self._request(connection, row)]
            await texts.blank(connection, done)
        return len(done)

    async def cases(self, *conditions: ColumnElement[bool]) -> int:
        async with self.database.transaction() as connection:
            found = await self._found(connection, cases, cases.c.asked_at, case_from_row, conditions)
            done = [case.id for case in found if await self._case(connection, case)]
            await texts.blank(connection, done)
        return len(done)

    async def _found(
        self,
        connection: AsyncConnection,
        table: Table,
        order: ColumnElement[Any],
        read: Callable[[Any], Any],
        conditions: Sequence[ColumnElement[bool]],
    ) -> Sequence[Any]:
        quarantine = self.database.quarantine
        wanted = (
            select(table)
            .where(
                # Spelt as in the partial index: SQLite uses it only then.
                literal_column(f"NOT {table.name}.blanked"),
                *conditions,
                *quarantine.without(table.name, table.c.id),
            )
            .order_by(order)
            .limit(1 if self.waits else BATCH)
            .with_for_update(skip_locked=not self.waits)
        )
        return quarantine.readable(table.name, await connection.execute(wanted), read)

    async def _request(self, connection: AsyncConnection, row: Redemption) -> bool:
        after = blanked_request(row)
        if not await _written(connection, redemptions, row.id, row.version, to_row(after)):
            return False
        await self._told(connection, after)
        return True

    async def _case(self, connection: AsyncConnection, case: Case) -> bool:
        after = blanked_case(case)
        if not await _written(connection, cases, case.id, case.version, case_to_row(after)):
            return False
        await self._told(connection, after)
        return True

    async def _told(self, connection: AsyncConnection, after: Redemption | Case) -> None:
        await audit.append(
            connection,
            AuditEvent.FORGOTTEN,
            by=self.by,
            request_id=RequestId(after.id) if isinstance(after, Redemption) else None,
            case_id=CaseId(after.id) if isinstance(after, Case) else None,
            why=self.why,
        )
        if self.redrawn:
            await redraw(connection, after)


async def _written(
    connection: AsyncConnection, table: Table, id_: str, version: int, values: Mapping[str, Any]
) -> bool:
    guarded = update(table).where(table.c.id == id_, table.c.version == version)
    return (await connection.execute(guarded.values(**values, blanked=True))).rowcount == 1
