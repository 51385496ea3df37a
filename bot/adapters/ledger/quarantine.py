"""Rows that this version cannot read, a word of a newer one for instance: set aside, alarmed once, in nobody's way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Column, ColumnElement

from bot.domain.errors import Outdated

log = structlog.get_logger(__name__)

T = TypeVar("T")

#: What reading a row raises that holds what it should not: no such word, no such key, not of the shape.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
#: Rows that a query leaves out by name.
LEFT_OUT = 500


@dataclass(slots=True)
class Quarantine:
    """By table and id, for as long as this process runs: the next version may be able to read them."""

    rows: set[tuple[str, Any]] = field(default_factory=set)

    def readable(
        self, table: str, rows: Iterable[Any], read: Callable[[Any], T], *, id_: str = "id"
    ) -> list[T]:
        """What could be read of them, in their order."""
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

    def without(self, table: str, column: Column[Any]) -> list[ColumnElement[bool]]:
        """Conditions that leave them out: nobody takes again what it could not read."""
        ids = self.ids(table)
        return [column.not_in(ids)] if ids else []

    def _set_aside(self, table: str, key: Any, err: Exception) -> None:
        if (table, key) not in self.rows:
            self.rows.add((table, key))
            # The message of the error may quote the row.
            log.error("row_quarantined", table=table, row=str(key), error=type(err).__name__)
