"""Reads one table of the policy file value by value, and collects faults so that all are reported at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from bot.aio.frozen import frozen
from bot.domain.policy import Groups
from bot.domain.policy_lines import Lines, Path

T = TypeVar("T")
N = TypeVar("N", int, Decimal)

#: The highest figures: a ledger keeps numbers of 64 bits, and a message shows amounts in full.
MOST, MOST_MONEY = 10**9, 10**15
#: A line number and what is wrong there.
Fault = tuple[int, str]

# Slack says only that ids are opaque; all documented ids of groups and channels look like this
# (docs.slack.dev/reference/objects/usergroup-object and conversation-object).
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,}")
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_A_GROUP = "a Slack user-group id; write the id, as S0AGENTS"
_A_CHANNEL = "a Slack channel id; write the id, as C0APPROVALS"
_A_DURATION = 'a duration; write a whole number above 0 and s, m, h or d, as "15m"'
_NAMES_MOVE = {
    "@": " (a handle can be moved to other people)",
    "#": " (a name can be given to another channel)",
}


@frozen(kw_only=True)
class Table:
    """
    A table. Each reader returns None for a key that is left out; for a wrong value it adds a fault and returns None.

    Attributes:
        faults: shared by all tables of one file.
        path: empty for the whole file.

    """

    values: dict[str, Any]
    lines: Lines
    faults: list[Fault]
    path: Path = ()

    @property
    def title(self) -> str:
        """As its header is written; the whole file has none."""
        name = ".".join(key for key in self.path if isinstance(key, str))
        return f"[[{name}]]" if isinstance(self.path[-1], int) else f"[{name}]"

    @property
    def line(self) -> int:
        return self.lines.of(*self.path)

    def fault(self, sentence: str, key: str | None = None, *, item: str | None = None) -> None:
        path = self.path if key is None else (*self.path, key)
        self.faults.append((self.lines.of(*path, item=item), sentence))

    def known(self, *keys: str) -> None:
        """Add a fault for every other key: a misspelt limit would be no limit."""
        where = f" in {self.title}" if self.path else ""
        for key in self.values.keys() - set(keys):
            self.fault(f"unknown{where}: {key}; known: {', '.join(keys)}", key)

    def table(self, key: str) -> Table | None:
        value = self.values.get(key)
        if isinstance(value, dict):
            return self._below(value, key)
        if key in self.values:
            self.fault(f"{key} is not a table; write [{key}] on a line of its own", key)
        return None

    def tables(self, key: str) -> list[Table] | None:
        """Return the tables of an array; empty if it is left out."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return [self._below(one, key, number) for number, one in enumerate(value)]
        name = ".".join([*map(str, self.path), key])
        self.fault(f"{key} is not a list of tables; write [[{name}]] above each of them", key)
        return None

    def groups(self, key: str) -> Groups | None:
        listed = self._each(key, _matching(_GROUP_ID), _A_GROUP)
        return None if listed is None else frozenset(listed)

    def channel(self, key: str) -> str | None:
        return self._one(key, _matching(_CHANNEL_ID), _A_CHANNEL)

    def amount(self, key: str) -> Decimal | None:
        amount = self._one(key, _amount, f"an amount of 0 or more; write figures, as {key} = 500")
        return self._below_most(key, amount, MOST_MONEY)

    def whole(self, key: str, *, example: int) -> int | None:
        number = self._one(key, _whole, f"a whole number of 0 or more; write figures, as {key} = {example}")
        return self._below_most(key, number, MOST)

    def flag(self, key: str) -> bool | None:
        return self._one(key, _flag, f"true or false; write {key} = true")

    def text(self, key: str) -> str | None:
        """Return a text with single spaces, none around it; a blank one is a fault."""
        return self._one(key, _text, f'one line of text; write {key} = "…"')

    def texts(self, key: str) -> tuple[str, ...] | None:
        return self._each(key, _text, "one line of text")

    def duration(self, key: str) -> timedelta | None:
        return self._one(key, _duration, _A_DURATION)

    def durations(self, key: str) -> tuple[timedelta, ...] | None:
        return self._each(key, _duration, _A_DURATION)

    def _below(self, values: dict[str, Any], *keys: str | int) -> Table:
        return Table(values=values, lines=self.lines, faults=self.faults, path=(*self.path, *keys))

    def _below_most(self, key: str, figure: N | None, most: int) -> N | None:
        if figure is None or figure <= most:
            return figure
        self.fault(f"{key} is more than {most}; write a smaller figure, or leave {key} out", key)
        return None

    def _one(self, key: str, read: Callable[[Any], T | None], kind: str) -> T | None:
        if key not in self.values:
            return None
        value = read(self.values[key])
        if value is None:
            self.fault(_is_not(self.values[key], kind), key)
        return value

    def _each(self, key: str, read: Callable[[Any], T | None], kind: str) -> tuple[T, ...] | None:
        listed = self.values.get(key)
        if key not in self.values:
            return None
        if not isinstance(listed, list):
            self.fault(f'{key} is not a list; write {key} = ["…"]', key)
            return None
        values = [(one, read(one)) for one in listed]
        for one, value in values:
            if value is None:
                self.fault(_is_not(one, kind), key, item=str(one))
        sound = tuple(value for _, value in values if value is not None)
        return sound if len(sound) == len(values) else None


def _is_not(value: Any, kind: str) -> str:
    shown = repr(value) if isinstance(value, str) else str(value)
    return f"{shown} is not {kind}{_NAMES_MOVE.get(shown[1:2], '')}"


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str | None]:
    return lambda value: value if isinstance(value, str) and pattern.fullmatch(value) else None


def _amount(value: Any) -> Decimal | None:
    # In Python, True is an int.
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() and amount >= 0 else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    """With single spaces: a select shows and returns it so."""
    return " ".join(value.split()) or None if isinstance(value, str) and value.isprintable() else None


def _duration(value: Any) -> timedelta | None:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) or None if found else None
