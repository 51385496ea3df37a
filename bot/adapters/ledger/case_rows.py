"""Turns cases into rows and back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from bot.adapters.ledger.stored import Stored
from bot.domain.case import Case, CaseAnswer, CaseId, CaseState, Facts

_FACTS = Stored[Facts](Facts)
_ANSWERS = Stored[tuple[CaseAnswer, ...]](tuple[CaseAnswer, ...])


def case_to_row(of: Case) -> dict[str, Any]:
    """Return every column of a case's row."""
    return {
        "id": of.id,
        "version": of.version,
        "state": of.state.value,
        "asker": of.asker,
        "channel": of.channel,
        "owner": of.owner,
        "before": of.before,
        "question": of.question,
        "facts": _FACTS.dump(of.facts),
        "answers": _ANSWERS.dump(of.answers),
        "asked_at": of.asked_at,
        "taken_at": of.taken_at,
        "reopened": of.reopened,
        "unposted": of.unposted,
        "open_since": of.open_since,
        "reminded": of.reminded,
        "attend_at": of.attend_at,
        "reminds": list(of.reminds),
    }


def case_from_row(row: Row[Any]) -> Case:
    return Case(
        id=CaseId(row.id),
        version=row.version,
        state=CaseState(row.state),
        asker=row.asker,
        channel=row.channel,
        owner=row.owner,
        before=row.before,
        question=row.question,
        facts=_FACTS.load(row.facts),
        answers=_ANSWERS.load(row.answers),
        asked_at=row.asked_at,
        taken_at=row.taken_at,
        reopened=row.reopened,
        unposted=row.unposted,
        open_since=row.open_since,
        reminded=row.reminded,
        attend_at=row.attend_at,
        reminds=tuple(row.reminds or ()),
    )
