"""One entry of the audit log, as it is read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.aio.frozen import frozen


@frozen(kw_only=True)
class AuditEntry:
    """
    One event.

    Attributes:
        id: counts up; the order in which they were written, but for those of the same moment.
        at: by the database's clock.
        by: None where the desk acted by itself.
        what: a value of `bot.services.ports.AuditEvent`; another version's may be none of this one's.
        why: the facts it was judged by.

    """

    id: int
    at: datetime
    what: str
    by: str | None = None
    request_id: str | None = None
    case_id: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    why: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A fact as text; empty where it is not there."""
        fact = self.why.get(name)
        return "" if fact is None else str(fact)

    def texts(self, name: str) -> tuple[str, ...]:
        """A fact that is a list; empty where it is not there."""
        fact = self.why.get(name)
        return tuple(str(one) for one in fact) if isinstance(fact, list | tuple) else ()
