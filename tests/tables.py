"""Tables of rows that take microseconds each: one test for all of them, since a test of its own takes milliseconds."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Test = Callable[..., Any]


def table(names: str | Sequence[str], rows: Iterable[Any]) -> Callable[[Test], Test]:
    """
    As `pytest.mark.parametrize`, in one test; what fails tells its row. Fixtures are the same for all rows.

    One above another plays every row of the one with every row of the other.
    """
    parameters = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
    given = [dict(zip(parameters, row if len(parameters) > 1 else (row,), strict=True)) for row in rows]

    def joined(test: Test) -> Test:
        play = _awaited(test, given) if inspect.iscoroutinefunction(test) else _called(test, given)
        signature = inspect.signature(test)
        asked = [one for name, one in signature.parameters.items() if name not in parameters]
        # What pytest asks its fixtures for.
        vars(play)["__signature__"] = signature.replace(parameters=asked)
        return play

    return joined


def _called(test: Test, given: Sequence[Mapping[str, Any]]) -> Test:
    @functools.wraps(test)
    def play(*args: Any, **more: Any) -> None:
        for row in given:
            with _told(row):
                test(*args, **row, **more)

    return play


def _awaited(test: Test, given: Sequence[Mapping[str, Any]]) -> Test:
    @functools.wraps(test)
    async def play(*args: Any, **more: Any) -> None:
        for row in given:
            with _told(row):
                await test(*args, **row, **more)

    return play


@contextmanager
def _told(row: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except BaseException as err:
        err.add_note(f"in the row {row}")
        raise
