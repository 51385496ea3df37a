from __future__ import annotations

import asyncio

import pytest

from bot.services.shared import Shared
from bot.services.tasks import Tasks
from tests.services.calls import Call, Counted, wait
from tests.services.conftest import Timer

KEEP_S = 30.0


@pytest.fixture
async def call() -> Call:
    return Call()


@pytest.fixture
async def counted() -> Counted:
    return Counted()


@pytest.fixture
def shared(tasks: Tasks, timer: Timer) -> Shared[str, str]:
    return Shared(spawn=tasks.spawn, keep_s=KEEP_S, at_most=3, timer=timer)


@pytest.fixture
def numbers(tasks: Tasks, timer: Timer) -> Shared[str, int]:
    return Shared(spawn=tasks.spawn, keep_s=KEEP_S, at_most=3, timer=timer)


# One call


async def test_fifty_equal_questions_at_one_moment_are_one_call(shared: Shared[str, str], call: Call) -> None:
    asked = [shared.get("asha", call) for _ in range(50)]
    await call.begun.wait()
    asked += [shared.get("asha", call) for _ in range(50)]
    call.answer.set_result("nine coupons")

    assert await asyncio.gather(*asked) == ["nine coupons"] * 100
    assert call.made == 1


async def test_another_question_is_another_call(numbers: Shared[str, int], counted: Counted) -> None:
    assert await numbers.get("asha", counted) == 1
    assert await numbers.get("ravi", counted) == 2
    assert await numbers.get("asha", counted) == 1


async def test_an_answer_is_kept_for_so_long_and_no_longer(
    numbers: Shared[str, int], counted: Counted, timer: Timer
) -> None:
    first = await numbers.get("asha", counted)
    timer.seconds += KEEP_S - 1
    kept = await numbers.get("asha", counted)
    timer.seconds += 1
    asked_again = await numbers.get("asha", counted)

    assert (first, kept, asked_again) == (1, 1, 2)


async def test_the_age_of_an_answer_counts_from_the_question(
    shared: Shared[str, str], call: Call, timer: Timer
) -> None:
    """A slow answer is as old as its question: whoever reads it must not take it for fresh."""
    asked = shared.get("asha", call)
    timer.seconds += KEEP_S
    call.answer.set_result("old")
    await asked
    again = Call()
    again.answer.set_result("new")

    assert await shared.get("asha", again) == "new"


async def test_so_many_answers_are_kept_and_no_more(numbers: Shared[str, int], counted: Counted) -> None:
    for key in ("a", "b", "c", "d"):
        await numbers.get(key, counted)

    assert await numbers.get("d", counted) == 4
    assert await numbers.get("a", counted) == 5
    assert len(numbers._calls) == 3


async def test_a_call_that_is_pushed_out_still_answers(shared: Shared[str, str], call: Call) -> None:
    asked = shared.get("first", call)
    others = [Call() for _ in range(3)]
    for number, other in enumerate(others):
        other.answer.set_result("other")
        await shared.get(str(number), other)
    call.answer.set_result("late")

    assert await asked == "late"


# Failures


async def test_a_failure_reaches_all_who_wait_and_is_not_kept(shared: Shared[str, str], call: Call) -> None:
    asked = [shared.get("asha", call) for _ in range(3)]
    call.answer.set_exception(ConnectionError("down"))
    told = await asyncio.gather(*asked, return_exceptions=True)
    again = Call()
    again.answer.set_result("up")

    assert [type(one) for one in told] == [ConnectionError] * 3
    assert await shared.get("asha", again) == "up"
    assert (call.made, again.made) == (1, 1)


async def test_a_failure_forgets_nothing_but_itself(shared: Shared[str, str], call: Call) -> None:
    """The older call fails after the newer has taken its place."""
    older = shared.get("asha", call)
    newer = Call()
    newer.answer.set_result("newer")
    await shared.get("asha", newer, fresh=True)
    call.answer.set_exception(ConnectionError("down"))
    with pytest.raises(ConnectionError):
        await older

    assert await shared.get("asha", call) == "newer"


async def test_a_failure_that_nobody_waits_for_is_no_complaint(
    shared: Shared[str, str], call: Call, tasks: Tasks
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


async def test_one_who_leaves_does_not_take_the_others_along(
    shared: Shared[str, str], call: Call, tasks: Tasks
) -> None:
    leaver, stayer = (tasks.spawn(wait(shared.get("asha", call))) for _ in range(2))
    await call.begun.wait()
    leaver.cancel()
    await asyncio.wait([leaver])
    call.answer.set_result("nine coupons")

    assert leaver.cancelled()
    assert await stayer == "nine coupons"


async def test_when_all_leave_the_call_still_ends_and_is_kept(
    shared: Shared[str, str], call: Call, tasks: Tasks
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
    shared: Shared[str, str], call: Call, tasks: Tasks
) -> None:
    asked = shared.get("asha", call)
    await call.begun.wait()
    await tasks.close()

    with pytest.raises(asyncio.CancelledError):
        await asked
    assert call.answer.cancelled()


# Past what is kept


async def test_fresh_goes_past_what_is_kept_and_replaces_it(
    numbers: Shared[str, int], counted: Counted
) -> None:
    kept = await numbers.get("asha", counted)
    fresh = await numbers.get("asha", counted, fresh=True)

    assert (kept, fresh) == (1, 2)
    assert await numbers.get("asha", counted) == 2


async def test_fresh_does_not_join_an_older_call_but_is_joined(shared: Shared[str, str], call: Call) -> None:
    older = shared.get("asha", call)
    newer = Call()
    fresh, joined = shared.get("asha", newer, fresh=True), shared.get("asha", call)
    newer.answer.set_result("newer")
    call.answer.set_result("older")

    assert [await older, await fresh, await joined] == ["older", "newer", "newer"]
    assert (call.made, newer.made) == (1, 1)


async def test_an_older_call_that_ends_later_replaces_nothing(shared: Shared[str, str], call: Call) -> None:
    older = shared.get("asha", call)
    newer = Call()
    newer.answer.set_result("newer")
    await shared.get("asha", newer, fresh=True)
    call.answer.set_result("older")
    await older

    assert await shared.get("asha", call) == "newer"


# Dropping


async def test_what_is_dropped_is_asked_again_and_the_rest_is_kept(
    numbers: Shared[str, int], counted: Counted
) -> None:
    await numbers.get("asha", counted)
    await numbers.get("ravi", counted)
    numbers.drop(lambda answer: answer == 1)

    assert await numbers.get("ravi", counted) == 2
    assert await numbers.get("asha", counted) == 3


async def test_a_call_still_running_is_dropped_but_answers_whoever_waits(
    shared: Shared[str, str], call: Call
) -> None:
    """Whom it concerns is not known yet, and it was asked before what made the answers old."""
    before = shared.get("asha", call)
    await call.begun.wait()
    shared.drop(lambda _: False)
    again = Call()
    again.answer.set_result("after")
    after = await shared.get("asha", again)
    call.answer.set_result("before")

    assert (await before, after) == ("before", "after")


@pytest.mark.parametrize("cancelled", [False, True])
async def test_dropping_meets_a_call_that_has_failed_this_very_moment(
    shared: Shared[str, str], call: Call, tasks: Tasks, cancelled: bool
) -> None:
    """Between a task's end and its callbacks, whatever is already due runs: here, dropping."""
    loop = asyncio.get_running_loop()
    dropped: asyncio.Future[None] = loop.create_future()

    def drop() -> None:
        try:
            shared.drop(lambda _: False)
        except BaseException as err:  # noqa: BLE001 - the claim is that there is none
            dropped.set_exception(err)
        else:
            dropped.set_result(None)

    waiter = tasks.spawn(wait(shared.get("asha", call)))
    await call.begun.wait()
    if cancelled:
        call.answer.cancel()
    else:
        call.answer.set_exception(ConnectionError("down"))
    loop.call_soon(drop)
    await asyncio.wait([waiter])

    assert dropped.done()
    assert dropped.exception() is None
