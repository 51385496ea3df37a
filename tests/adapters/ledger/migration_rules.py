"""What a migration may do to a ledger that is in use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Of each statement, what it is and on which table.
_CREATE_TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?\"?(\w+)", re.IGNORECASE)
_CREATE_INDEX = re.compile(
    r"CREATE (?:UNIQUE )?INDEX (?P<online>CONCURRENTLY )?.*? ON \"?(?P<table>\w+)", re.IGNORECASE | re.DOTALL
)
_ADD_COLUMN = re.compile(r"ALTER TABLE \"?\w+\"? ADD COLUMN ", re.IGNORECASE)
#: What every row is written anew or checked for.
_FOR_EACH_ROW = re.compile(
    r"UNIQUE|REFERENCES|CHECK|PRIMARY|GENERATED|now\(\)|clock_timestamp|random\(", re.IGNORECASE
)
_DROP_ONLINE = re.compile(r"DROP INDEX CONCURRENTLY ", re.IGNORECASE)
_BLOCKS = re.compile(
    r"ALTER |DROP |TRUNCATE |LOCK |RENAME |CLUSTER|VACUUM FULL|REINDEX|CREATE TRIGGER|UPDATE |DELETE ",
    re.IGNORECASE,
)
#: The tables that only migrations themselves write.
_OWN = re.compile(r"UPDATE (alembic_version|migrating) ", re.IGNORECASE)


def refused(statements: Iterable[str]) -> Iterator[str]:
    """Those that take something away, or hold a lock that grows with the ledger; new tables are free."""
    made: set[str] = set()
    for statement in map(str.strip, statements):
        if found := _CREATE_TABLE.match(statement):
            made.add(found[1])
        elif found := _CREATE_INDEX.match(statement):
            if not found["online"] and found["table"] not in made:
                yield statement
        elif _adds(statement) or _DROP_ONLINE.match(statement) or _OWN.match(statement):
            continue
        elif _BLOCKS.match(statement) and not _on_new(statement, made):
            yield statement


def _adds(statement: str) -> bool:
    """A column that no row must be written anew, or read, for."""
    if not _ADD_COLUMN.match(statement) or _FOR_EACH_ROW.search(statement):
        return False
    return "NOT NULL" not in statement.upper() or "DEFAULT" in statement.upper()


def _on_new(statement: str, made: set[str]) -> bool:
    return any(re.search(rf"\b{table}\b", statement) for table in made)
