"""One test for many rows fails for any of them, and tells which."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from tests.tables import table


def test_every_row_is_played_with_every_row_beneath_it() -> None:
    played: list[tuple[int, int, str]] = []

    @table("one", [1, 2])
    @table(("two", "three"), [(3, "a"), (4, "b")])
    def play(one: int, two: int, three: str) -> None:
        played.append((one, two, three))

    play()

    assert played == [(1, 3, "a"), (1, 4, "b"), (2, 3, "a"), (2, 4, "b")]
    assert list(inspect.signature(play).parameters) == []


def test_the_last_row_fails_it_and_is_told() -> None:
    @table("one", [1, 2, 3])
    def play(one: int) -> None:
        assert one < 3

    with pytest.raises(AssertionError) as failed:
        play()

    assert failed.value.__notes__ == ["in the row {'one': 3}"]


async def test_rows_of_what_is_awaited_are_played_one_after_the_other() -> None:
    played: list[int] = []

    @table("one", [1, 2, 3])
    async def play(one: int) -> None:
        await asyncio.sleep(0)
        played.append(one)
        assert one < 2

    with pytest.raises(AssertionError) as failed:
        await play()

    assert played == [1, 2]
    assert failed.value.__notes__ == ["in the row {'one': 2}"]
