"""Tests that take many seconds each: `pytest` plays some of each kind, CI the rest, too (`pytest -m long`)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

#: Marks what only `pytest -m long` plays.
long = pytest.mark.long


def some(cases: Iterable[object], *always: int) -> list[object]:
    """All cases of a parametrized test; those that are not at these indices are long."""
    return [case if index in always else pytest.param(case, marks=long) for index, case in enumerate(cases)]
