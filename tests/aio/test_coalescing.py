from __future__ import annotations

import asyncio

import pytest

from bot.aio.coalescing import CoalescingCache
from bot.aio.tasks import TaskSet
from tests.aio.calls import Call, Counted, wait
from tests.aio.conftest import KEEP_S, Timer

# One call


async def test_fifty_equal_questions_at_one_moment_are_one_call(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    asked = [shared.get("asha", call) for _ in range(50)]
    await call.begun.wait()
    asked += [shared.get("asha", call) for _ in range(50)]
    call.answer.set_result("nine coupons")

    assert await asyncio.gather(*asked) == ["nine coupons"] * 100
    assert call.made == 1


async def test_another_question_is_another_call(numbers: CoalescingCache[str, int], counted: Counted) -> None:
    assert await numbers.get("asha", counted) == 1
    assert await numbers.get("ravi", counted) == 2
    assert await numbers.get("asha", counted) == 1


async def test_an_answer_is_kept_for_so_long_and_no_longer(
    numbers: CoalescingCache[str, int], counted: Counted, timer: Timer
) -> None:
    first = await numbers.get("asha", counted)
    timer.seconds += KEEP_S - 1
    kept = await numbers.get("asha", counted)
    timer.seconds += 1
    asked_again = await numbers.get("asha", counted)

    assert (first, kept, asked_again) == (1, 1, 2)


async def test_the_age_of_an_answer_counts_from_the_question(
    shared: CoalescingCache[str, str], call: Call, timer: Timer
) -> None:
    """A slow answer is as old as its question: whoever reads it must not take it for fresh."""
    asked = shared.get("asha", call)
    timer.seconds += KEEP_S
    call.answer.set_result("old")
    await asked
    again = Call()
    again.answer.set_result("new")

    assert await shared.get("asha", again) == "new"


async def test_so_many_answers_are_kept_and_no_more(
    numbers: CoalescingCache[str, int], counted: Counted
) -> None:
    for key in ("a", "b", "c", "d"):
        await numbers.get(key, counted)

    assert await numbers.get("d", counted) == 4
    assert await numbers.get("a", counted) == 5
    assert len(numbers._calls) == 3


async def test_a_call_that_is_pushed_out_still_answers(shared: CoalescingCache[str, str], call: Call) -> None:
    asked = shared.get("first", call)
    others = [Call() for _ in range(3)]
    for number, other in enumerate(others):
        other.answer.set_result("other")
        await shared.get(str(number), other)
    call.answer.set_result("late")

    assert await asked == "late"


# Failures


async def test_a_failure_reaches_all_who_wait_and_is_not_kept(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    asked = [shared.get("asha", call) for _ in range(3)]
    call.answer.set_exception(ConnectionError("down"))
    told = await asyncio.gather(*asked, return_exceptions=True)
    again = Call()
    again.answer.set_result("up")

    assert [type(one) for one in told] == [ConnectionError] * 3
    assert await shared.get("asha", again) == "up"
    assert (call.made, again.made) == (1, 1)


async def test_a_failure_does_not_drop_a_newer_call(shared: CoalescingCache[str, str], call: Call) -> None:
    """The older call fails after the newer has taken its place."""
    older = shared.get("asha", call)
    newer = Call()
    newer.answer.set_result("newer")
    await shared.get("asha", newer, fresh=True)
    call.answer.set_exception(ConnectionError("down"))
    with pytest.raises(ConnectionError):
        await older

    assert await shared.get("asha", call) == "newer"


async def test_a_failure_that_nobody_waits_for_is_no_warning(
    shared: CoalescingCache[str, str], call: Call, tasks: TaskSet
) -> None:
    """Warnings are errors here: an exception that nobody asked for would end this test."""
    waiter = tasks.spawn(wait(shared.get("asha", call)))
    await call.begun.wait()
    waiter.cancel()
    call.answer.set_exception(ConnectionError("down"))
    await asyncio.wait([waiter])
    again = Call()
    again.answer.set_result("up")

    assert await shared.get("asha", again) == "up"


# Leaving


async def test_a_cancelled_caller_does_not_cancel_the_others(
    shared: CoalescingCache[str, str], call: Call, tasks: TaskSet
) -> None:
    leaver, stayer = (tasks.spawn(wait(shared.get("asha", call))) for _ in range(2))
    await call.begun.wait()
    leaver.cancel()
    await asyncio.wait([leaver])
    call.answer.set_result("nine coupons")

    assert leaver.cancelled()
    assert await stayer == "nine coupons"


async def test_a_call_whose_callers_are_all_cancelled_ends_and_is_cached(
    shared: CoalescingCache[str, str], call: Call, tasks: TaskSet
) -> None:
    leavers = [tasks.spawn(wait(shared.get("asha", call))) for _ in range(3)]
    await call.begun.wait()
    for leaver in leavers:
        leaver.cancel()
    await asyncio.wait(leavers)
    call.answer.set_result("nine coupons")

    assert await shared.get("asha", call) == "nine coupons"
    assert call.made == 1


async def test_closing_ends_a_call_that_nobody_waits_for(
    shared: CoalescingCache[str, str], call: Call, tasks: TaskSet
) -> None:
    asked = shared.get("asha", call)
    await call.begun.wait()
    await tasks.close()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert call.answer.cancelled()
