"""Forms that were opened to ask store ops, kept for a day (`services.ports.Questions`)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from bot.adapters.ledger.case_rows import question_from_json, question_to_json
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.lookups import KEPT_FOR
from bot.adapters.ledger.tables import questions
from bot.aio.clock import Clock
from bot.domain.case import CaseId, Question


@dataclass(frozen=True, slots=True)
class LedgerQuestions:
    database: Database
    now: Clock

    async def keep(self, question: Question) -> None:
        """What is a day old goes at the same time."""
        now = self.now()
        async with self.database.transaction() as connection:
            await connection.execute(delete(questions).where(questions.c.expires_at <= now))
            await connection.execute(
                insert(questions).values(
                    id=question.id,
                    asker=question.asker,
                    what=question_to_json(question),
                    expires_at=now + KEPT_FOR,
                )
            )

    async def recall(self, question_id: CaseId) -> Question | None:
        wanted = select(questions.c.what).where(
            questions.c.id == question_id, questions.c.expires_at > self.now()
        )
        async with self.database.transaction() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else question_from_json(row.what)
