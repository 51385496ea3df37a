"""Sets aside rows that this version cannot read, for example with a word of a newer version, and logs each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Column, ColumnElement

from bot.domain.errors import Outdated

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: What reading a row raises if a word is unknown, a key is missing, or a value has the wrong shape.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
#: Rows that a query excludes at most.
LEFT_OUT = 500


@dataclass(slots=True)
class Quarantine:
    """Unreadable rows by table and id, kept until the process ends: another version may be able to read them."""

    rows: set[tuple[str, Any]] = field(default_factory=set)

    def readable(
        self, table: str, rows: Iterable[Any], read: Callable[[Any], T], *, id_: str = "id"
    ) -> list[T]:
        """Return the rows that can be read, in order; set the others aside."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except UNREADABLE as err:
                self._set_aside(table, row._mapping[id_], err)  # noqa: SLF001 - SQLAlchemy's public name for it
        return found

    def one(self, table: str, row: Any, read: Callable[[Any], T]) -> T:
        """Whoever asks for it by name is told to come to a newer version. Raises Outdated."""
        found = self.readable(table, [row], read)
        if not found:
            raise Outdated
        return found[0]

    def ids(self, table: str) -> list[Any]:
        return sorted(key for of, key in self.rows if of == table)[:LEFT_OUT]

    def counts(self) -> Mapping[str, int]:
        """Return how many there are, by table."""
        return Counter(table for table, _ in self.rows)

    def without(self, table: str, column: Column[Any]) -> list[ColumnElement[bool]]:
        """Return conditions that exclude them, so that no query takes them again."""
        ids = self.ids(table)
        return [column.not_in(ids)] if ids else []

    def _set_aside(self, table: str, key: Any, err: Exception) -> None:
        if (table, key) not in self.rows:
            self.rows.add((table, key))
            # Only the error's type is logged, because its message may quote the row.
            log.error("row_quarantined", table=table, row=str(key), error=type(err).__name__)
