"""Tables of rows that take microseconds each: one test for all of them, since a test of its own takes milliseconds."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


def table(
    names: str | Sequence[str], rows: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    As `pytest.mark.parametrize`, in one test; what fails tells its row. Fixtures are the same for all rows.

    One above another plays every row of the one with every row of the other.
    """
    parameters = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
    given = [dict(zip(parameters, row if len(parameters) > 1 else (row,), strict=True)) for row in rows]

    def joined(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def play(*args: Any, **more: Any) -> None:
            for row in given:
                _played(test, args, row, more)

        signature = inspect.signature(test)
        asked = [one for name, one in signature.parameters.items() if name not in parameters]
        # What pytest asks its fixtures for.
        vars(play)["__signature__"] = signature.replace(parameters=asked)
        return play

    return joined


def _played(
    test: Callable[..., None], args: Sequence[Any], row: Mapping[str, Any], more: Mapping[str, Any]
) -> None:
    try:
        test(*args, **row, **more)
    except BaseException as err:
        err.add_note(f"in the row {row}")
        raise
