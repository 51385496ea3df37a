from __future__ import annotations

import pytest

from bot.aio.deadline import left_s, until_acknowledged
from bot.aio.tasks import TaskSet


def test_without_a_limit_a_wait_has_its_usual_time() -> None:
    assert left_s(5.0) == 5.0


async def test_until_the_answer_a_wait_has_what_is_left() -> None:
    with until_acknowledged(2.0, lambda: False):
        assert left_s(5.0) == pytest.approx(2.0, abs=0.5)
        assert left_s(0.1) == 0.1
    assert left_s(5.0) == 5.0


async def test_after_the_answer_it_has_its_usual_time() -> None:
    answered = False
    with until_acknowledged(-1.0, lambda: answered):
        assert left_s(5.0) < 0
        answered = True
        assert left_s(5.0) == 5.0


async def test_what_is_spawned_may_outlive_the_answer() -> None:
    tasks = TaskSet()

    async def work() -> float:
        return left_s(5.0)

    with until_acknowledged(-1.0, lambda: False):
        assert await tasks.spawn(work()) == 5.0
    await tasks.close()
