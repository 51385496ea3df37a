"""Finds the line of each key and table of a TOML text; `tomllib` does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

_COMMENT = re.compile(r"(?:^|\s)#")
#: Keys from the top down; a number is an index in an array, from 0: ("redeem", "rules", 1, "name").
Path = tuple[str | int, ...]


class Lines:
    """The lines of keys and tables in a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._text = text.split("\n")
        self._first: dict[Path, int] = {}
        #: How many tables of each `[[array]]` were read so far.
        self._counts: dict[Path, int] = {}
        table: Path = ()
        for number, chunk in _statements(self._text):
            inner = list(_paths(tomllib.loads(chunk)))
            if chunk.lstrip().startswith("["):
                table = self._header(inner[-1], number, array=chunk.lstrip().startswith("[["))
            else:
                self._keep(inner, table, number)

    def of(self, *path: str | int, item: str | None = None) -> int:
        """
        Return the line of a key, counted from 1; of the nearest table above it if the key is not written, else 1.

        With `item`, the first line from there on that has it outside of a comment, if there is one.
        """
        line = next((self._first[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._first), 1)
        if item is None:
            return line
        later = enumerate(self._text[line - 1 :], start=line)
        return next((n for n, text in later if item in _COMMENT.split(text)[0]), line)

    def _header(self, named: Path, number: int, *, array: bool) -> Path:
        """Return the path of the table that begins here. `[a.b]` below `[[a]]` belongs to the latest a (toml.io, v1.0.0)."""
        keys = [key for key in named if isinstance(key, str)]
        table: Path = ()
        for key in keys[:-1]:
            table = self._latest((*table, key))
            self._first.setdefault(table, number)
        table = (*table, keys[-1])
        self._first.setdefault(table, number)
        if array:
            self._counts[table] = self._counts.get(table, 0) + 1
            table = self._latest(table)
            self._first.setdefault(table, number)
        return table

    def _latest(self, table: Path) -> Path:
        return (*table, self._counts[table] - 1) if table in self._counts else table

    def _keep(self, inner: list[Path], table: Path, number: int) -> None:
        for path in inner:
            self._first.setdefault((*table, *path), number)


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield each key and table header with its line. A statement over several lines is valid TOML only when complete."""
    start = 0
    for end, _ in enumerate(lines, start=1):
        chunk = "\n".join(lines[start:end])
        try:
            empty = not tomllib.loads(chunk)
        except tomllib.TOMLDecodeError:
            continue
        if not empty:
            yield start + 1, chunk
        start = end


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inner:
        yield (*above, key)
        if isinstance(below, dict | list):
            yield from _paths(below, (*above, key))
