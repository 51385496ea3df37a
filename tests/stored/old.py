"""What versions of the desk that ran once left behind: their ledgers, and what they posted and opened."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine

from bot.adapters.ledger import database

HERE = Path(__file__).parent
#: Every word that is or was stored, by what it is a word for; words are added, and none ever goes.
WORDS: Mapping[str, Sequence[str]] = json.loads((HERE / "words.json").read_text(encoding="utf-8"))

Json = Mapping[str, Any]
Tables = Mapping[str, Sequence[Json]]


@dataclass(frozen=True, slots=True)
class Old:
    """
    One day's desk.

    Attributes:
        folder: with `ledger.sql` of the requests and cases that `messages.json` and `windows.json` are about,
            and `words.sql`, a ledger that holds every stored word.

    """

    folder: Path

    @property
    def now(self) -> datetime:
        """The desk's clock when it was left."""
        return datetime.fromisoformat(self._json("desk.json")["now"])

    @property
    def messages(self) -> Sequence[Json]:
        """As they stood in Slack in the end, each labelled with its kind and the state it shows."""
        messages: Sequence[Json] = self._json("messages.json")
        return messages

    @property
    def windows(self) -> Sequence[Json]:
        """As they were opened and filled, and the App Homes."""
        windows: Sequence[Json] = self._json("windows.json")
        return windows

    def restore(self, name: str, file: Path) -> str:
        """Its ledger in a new file; the URL."""
        with closing(sqlite3.connect(file)) as ledger:
            ledger.executescript((self.folder / name).read_text(encoding="utf-8"))
        return f"sqlite:///{file}"

    def tables(self, name: str) -> Tables:
        """All rows, with their JSON read and everything else as SQLite gives it."""
        with closing(sqlite3.connect(":memory:")) as ledger:
            ledger.executescript((self.folder / name).read_text(encoding="utf-8"))
            ledger.row_factory = sqlite3.Row
            return {table: [_read(row) for row in _rows(ledger, table)] for table in _tables(ledger)}

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


#: Of each day.
LEDGERS = ("ledger.sql", "words.sql")
EVERY_OLD = tuple(Old(file.parent) for file in sorted(HERE.glob("*/desk.json")))


def _tables(ledger: sqlite3.Connection) -> list[str]:
    wanted = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    return [name for (name,) in ledger.execute(wanted)]


def _rows(ledger: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    yield from ledger.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables


def _read(row: sqlite3.Row) -> Json:
    return {name: _from_json(row[name]) for name in row.keys()}  # noqa: SIM118 - iterating gives the values


def _from_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


def copy_to_postgres(tables: Tables, url: str) -> None:
    """
    The same rows in tables as they were in that version.

    Everything goes as text, and PostgreSQL reads it. Rows that a migration makes stand there already.
    """
    [version] = (str(row["version_num"]) for row in tables["alembic_version"])
    migrate_to(version, url)
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        for table, rows in tables.items():
            if rows:
                statement = _insert(table, list(rows[0]))
                connection.cursor().executemany(statement, [[*map(_as_text, row.values())] for row in rows])


def migrate_to(version: str, url: str) -> None:
    """A ledger as that version made it."""
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.commit()
    engine.dispose()


def _insert(table: str, columns: Sequence[str]) -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    places = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table), names, places
    )


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)
