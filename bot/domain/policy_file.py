"""Who may do what, as an operator writes it down in TOML."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Tables a policy may have. Only [lookup] is read yet.
TABLES = ("lookup", "redeem", "limits", "approvals", "escalations")
_LOOKUP_KEYS = ("groups",)
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    #: Slack user groups that may look up. None: every full member of the workspace; empty: nobody.
    lookup_groups: frozenset[str] | None = None


class PolicyFault(Exception):
    """The policy cannot be used."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def parse_policy(text: str) -> Policy:
    """Raises PolicyFault with every fault at once, each with its line."""
    text = text.replace("\r\n", "\n")
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise PolicyFault((_syntax(str(err), text),)) from err
    lines = _Lines(text)
    faults = sorted([*_unknown_tables(tables, lines), *_lookup_faults(tables, lines)])
    if faults:
        raise PolicyFault(tuple(f"line {line}: {fault}" for line, fault in faults))
    groups = tables.get("lookup", {}).get("groups")
    return Policy(lookup_groups=None if groups is None else frozenset(groups))


def _syntax(told: str, text: str) -> str:
    # Python 3.11: the position is in the message only, "(at line 3, column 5)" or "(at end of document)".
    what, _, where = told.partition(" (at ")
    found = re.match(r"line (\d+)", where)
    line = int(found[1]) if found else len(text.splitlines()) or 1
    return f"line {line}: not TOML: {what}"


def _unknown_tables(tables: dict[str, Any], lines: "_Lines") -> Iterator[tuple[int, str]]:
    for name in tables.keys() - set(TABLES):
        yield lines.of(name), f"unknown: {name}; known are {', '.join(f'[{t}]' for t in TABLES)}"


def _lookup_faults(tables: dict[str, Any], lines: "_Lines") -> Iterator[tuple[int, str]]:
    if "lookup" not in tables:
        return
    lookup = tables["lookup"]
    if not isinstance(lookup, dict):
        yield lines.of("lookup"), 'lookup is not a table; write [lookup] and below it groups = ["S0AGENTS"]'
        return
    for name in lookup.keys() - set(_LOOKUP_KEYS):
        yield lines.of("lookup", name), f"unknown in [lookup]: {name}; known is {', '.join(_LOOKUP_KEYS)}"
    if "groups" not in lookup:
        # Left open, the table could be taken for "nobody" as well as for "everybody".
        yield (
            lines.of("lookup"),
            "[lookup] has no groups; leave the table out to open looking up to all members",
        )
        return
    yield from _group_faults(lookup["groups"], lines, "lookup", "groups")


def _group_faults(groups: object, lines: "_Lines", *path: str) -> Iterator[tuple[int, str]]:
    if not isinstance(groups, list):
        yield lines.of(*path), f'{path[-1]} is not a list; write {path[-1]} = ["S0AGENTS"]'
        return
    for group in groups:
        if not isinstance(group, str):
            yield lines.of(*path), f"{group!r} is not a text; a Slack user-group id is due, as S0AGENTS"
        elif not _GROUP_ID.fullmatch(group):
            hint = "a handle can be moved to other people; " if group.startswith("@") else ""
            yield (
                lines.of(*path, item=group),
                f"{group!r} is not a Slack user-group id; {hint}write the id, as S0AGENTS",
            )


class _Lines:
    """Where keys and tables stand in a text that is known to be TOML; `tomllib` does not tell."""

    def __init__(self, text: str) -> None:
        self._text = text.split("\n")
        self._first: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, chunk in _statements(self._text):
            parsed = tomllib.loads(chunk)
            header = chunk.lstrip().startswith("[")
            paths = list(_paths(parsed))
            table = paths[-1] if header else table
            for path in paths:
                self._first.setdefault(path if header else table + path, number)

    def of(self, *path: str, item: str | None = None) -> int:
        """The line of a key, counted from 1; of an item of its list when it is spelt as it is."""
        line = next((self._first[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._first), 1)
        if item is None:
            return line
        later = enumerate(self._text[line - 1 :], start=line)
        return next((n for n, text in later if item in text.partition("#")[0]), line)


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Every key and table header with its line. One that goes on below is not TOML until it is complete."""
    start = 0
    for end in range(1, len(lines) + 1):
        chunk = "\n".join(lines[start:end])
        try:
            empty = not tomllib.loads(chunk)
        except tomllib.TOMLDecodeError:
            continue
        if not empty:
            yield start + 1, chunk
        start = end


def _paths(table: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        yield (*above, key)
        inner = value[0] if isinstance(value, list) and value == [{}] else value
        if isinstance(inner, dict):
            yield from _paths(inner, (*above, key))
