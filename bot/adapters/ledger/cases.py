"""The ledger of cases (`services.ports.Cases`, `services.ports.OpenCases`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, TextClause, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.adapters.ledger import audit
from bot.adapters.ledger.case_rows import case_from_row, case_to_row
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import insert_into
from bot.adapters.ledger.outbox import add, redraw
from bot.adapters.ledger.outbox import post as post_message
from bot.adapters.ledger.tables import OPEN_CASE, UNANSWERED, cases
from bot.aio.frozen import part
from bot.domain.case import Case, CaseId, may_move
from bot.domain.errors import VersionConflict
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.services.ports import AuditEvent

#: Cases that are listed for one person at most.
LISTED = 200


def _nobody(_case: Case, _by: PersonId | None) -> None:
    """The default for `told`: does nothing."""


@part
class LedgerCases:
    """Calls `told` with each case that was made or moved, and by whom, after the commit."""

    database: Database
    told: Callable[[Case, PersonId | None], None] = _nobody

    async def make(self, case: Case, *, post: Sequence[tuple[MessageKind, str]]) -> Case:
        async with self.database.transaction() as connection:
            written = insert_into(connection, cases).values(**case_to_row(case))
            new = await connection.execute(written.on_conflict_do_nothing().returning(cases.c.id))
            if new.one_or_none() is None:
                return case_from_row(await _stored(connection, case.id))
            await audit.append(
                connection,
                AuditEvent.CASE_ASKED,
                by=case.asker,
                case_id=case.id,
                states=(None, case.state),
                why={
                    "question": case.question,
                    "request": case.facts.request,
                    "customer": case.facts.customer,
                    "customer_name": case.facts.customer_name,
                    "customer_tail": case.facts.customer_tail,
                },
            )
            for role, channel in post:
                await add(connection, case, role, channel)
        self.told(case, case.asker)
        return case

    async def get(self, case_id: CaseId) -> Case | None:
        wanted = select(cases).where(cases.c.id == case_id)
        row = next(iter(await self.database.rows(wanted)), None)
        return None if row is None else self.database.quarantine.one(cases.name, row, case_from_row)

    async def move(
        self,
        before: Case,
        after: Case,
        what: AuditEvent,
        *,
        by: PersonId | None,
        why: Mapping[str, Any],
        post: Sequence[tuple[MessageKind, str]] = (),
        unseen: bool = False,
    ) -> Case:
        """See the port: one guarded UPDATE, with its messages and its event in the same transaction."""
        if before.state is not after.state and not may_move(before.state, after.state):
            raise ValueError(f"{before.state} does not become {after.state}")
        async with self.database.transaction() as connection:
            await _update(connection, before, after)
            if not unseen:
                await redraw(connection, after)
            for role, channel in post:
                await post_message(connection, after, role, channel)
            states = (before.state, after.state)
            await audit.append(connection, what, by=by, case_id=after.id, states=states, why=why)
        if not unseen:
            self.told(after, by)
        return after

    async def attendable(self, now: datetime, at_most: int) -> Sequence[Case]:
        quarantine = self.database.quarantine
        wanted = (
            select(cases)
            .where(OPEN_CASE, _due(now), *quarantine.without(cases.name, cases.c.id))
            .order_by(cases.c.attend_at, cases.c.id)
            .limit(at_most)
        )
        async with self.database.transaction() as connection:
            return quarantine.readable(cases.name, await connection.execute(wanted), case_from_row)

    async def of(self, person: PersonId) -> Sequence[Case]:
        theirs = or_(cases.c.asker == person, cases.c.owner == person)
        return await self._listed(UNANSWERED, theirs)

    async def open_to(self, person: PersonId) -> Sequence[Case]:
        others = and_(cases.c.asker != person, or_(cases.c.owner.is_(None), cases.c.owner != person))
        return await self._listed(UNANSWERED, others)

    async def _listed(self, *conditions: ColumnElement[bool] | TextClause) -> Sequence[Case]:
        wanted = select(cases).where(*conditions).order_by(cases.c.asked_at, cases.c.id).limit(LISTED)
        async with self.database.transaction() as connection:
            rows = await connection.execute(wanted)
            return self.database.quarantine.readable(cases.name, rows, case_from_row)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(cases.c.attend_at <= now, cases.c.attend_at.is_(None))


async def _update(connection: AsyncConnection, before: Case, after: Case) -> None:
    """Raises VersionConflict."""
    guarded = update(cases).where(
        cases.c.id == before.id,
        cases.c.version == before.version,
        cases.c.state == before.state.value,
    )
    if (await connection.execute(guarded.values(**case_to_row(after), blanked=False))).rowcount != 1:
        raise VersionConflict


async def _stored(connection: AsyncConnection, case_id: CaseId) -> Row[Any]:
    return (await connection.execute(select(cases).where(cases.c.id == case_id))).one()
