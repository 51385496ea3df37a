"""A pause is read once a second for all that is only shown."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.pause import Pause
from bot.services.pause import KEPT_S, ReadPause

PAUSE = Pause(why="a wrong price list", by="console:x", at=datetime(2026, 6, 1, tzinfo=UTC))


class Desk:
    """Its clock, its pause, and how often that was read."""

    def __init__(self) -> None:
        self.at, self.pause, self.reads = 0.0, PAUSE, 0

    async def read(self) -> Pause | None:
        self.reads += 1
        return self.pause


async def test_it_is_read_again_after_a_second_or_where_a_press_needs_it() -> None:
    desk = Desk()
    pause = ReadPause(desk.read, lambda: desk.at)

    assert [await pause() for _ in range(3)] == [PAUSE] * 3
    assert desk.reads == 1

    desk.at = KEPT_S
    assert await pause() == PAUSE
    assert await pause(fresh=True) == await pause() == PAUSE
    assert desk.reads == 3
