"""What one cached look-up asks of the ledger before its answer."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot import logs
from tests.benchmarks.lookup import TOM, running


async def of_lookup() -> Counter[str]:
    """Statements by their first word, of the second look-up of a customer; workers' are not its own."""
    sent: Counter[str] = Counter()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if logs.reference() != "-":
            sent[statement.split(maxsplit=1)[0]] += 1

    async with running() as (_, slack, url):
        await slack.command(url, TOM)
        event.listen(Engine, "before_cursor_execute", note)
        await slack.command(url, TOM)
        event.remove(Engine, "before_cursor_execute", note)
    return sent
