"""Which answer replaces which: fresh calls, other keys of one answer, and dropping."""

from __future__ import annotations

import asyncio

import pytest

from bot.aio.coalescing import CoalescingCache
from bot.aio.tasks import TaskSet
from tests.aio.calls import Call, Counted, wait
from tests.aio.conftest import KEEP_S, Timer

# Past what is kept


async def test_fresh_goes_past_what_is_kept_and_replaces_it(
    numbers: CoalescingCache[str, int], counted: Counted
) -> None:
    kept = await numbers.get("asha", counted)
    fresh = await numbers.get("asha", counted, fresh=True)

    assert (kept, fresh) == (1, 2)
    assert await numbers.get("asha", counted) == 2


async def test_fresh_does_not_join_an_older_call_but_is_joined(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    older = shared.get("asha", call)
    newer = Call()
    fresh, joined = shared.get("asha", newer, fresh=True), shared.get("asha", call)
    newer.answer.set_result("newer")
    call.answer.set_result("older")

    assert [await older, await fresh, await joined] == ["older", "newer", "newer"]
    assert (call.made, newer.made) == (1, 1)


async def test_an_older_call_that_ends_later_replaces_nothing(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    older = shared.get("asha", call)
    newer = Call()
    newer.answer.set_result("newer")
    await shared.get("asha", newer, fresh=True)
    call.answer.set_result("older")
    await older

    assert await shared.get("asha", call) == "newer"


async def test_an_answer_is_found_under_its_other_name(shared: CoalescingCache[str, str], call: Call) -> None:
    call.answer.set_result("id 5")
    await shared.get("mobile", call, known_as=lambda answer: answer)

    assert await shared.get("id 5", call) == "id 5"
    assert call.made == 1


async def test_another_name_does_not_make_an_answer_younger(
    shared: CoalescingCache[str, str], call: Call, timer: Timer
) -> None:
    asked = shared.get("mobile", call, known_as=lambda _: "id 5")
    timer.seconds += KEEP_S - 1
    call.answer.set_result("old")
    await asked
    timer.seconds += 1
    again = Call()
    again.answer.set_result("new")

    assert await shared.get("id 5", again) == "new"


@pytest.mark.parametrize("answered_first", [True, False])
async def test_what_was_asked_later_keeps_the_other_name(
    shared: CoalescingCache[str, str], call: Call, answered_first: bool
) -> None:
    """A command by mobile is slow; meanwhile its reader presses Refresh on an older card."""
    command = shared.get("mobile", call, known_as=lambda _: "id 5")
    refresh = Call()
    pressed = shared.get("id 5", refresh, fresh=True)
    if answered_first:
        refresh.answer.set_result("newer")
        await pressed
    call.answer.set_result("older")
    await command
    if not answered_first:
        refresh.answer.set_result("newer")

    assert await shared.get("id 5", call) == "newer"


async def test_what_is_asked_later_takes_the_other_name_over(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    call.answer.set_result("older")
    await shared.get("id 5", call)
    newer = Call()
    newer.answer.set_result("newer")
    await shared.get("mobile", newer, fresh=True, known_as=lambda _: "id 5")

    assert await shared.get("id 5", call) == "newer"


async def test_a_call_that_was_dropped_takes_no_other_name(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    asked = shared.get("mobile", call, known_as=lambda _: "id 5")
    await call.begun.wait()
    shared.drop(lambda _: False)
    call.answer.set_result("before")
    await asked
    again = Call()
    again.answer.set_result("after")

    assert await shared.get("id 5", again) == "after"


# Dropping


async def test_what_is_dropped_is_asked_again_and_the_rest_is_kept(
    numbers: CoalescingCache[str, int], counted: Counted
) -> None:
    await numbers.get("asha", counted)
    await numbers.get("ravi", counted)
    numbers.drop(lambda answer: answer == 1)

    assert await numbers.get("ravi", counted) == 2
    assert await numbers.get("asha", counted) == 3


async def test_a_call_still_running_is_dropped_but_answers_whoever_waits(
    shared: CoalescingCache[str, str], call: Call
) -> None:
    """Whom it is about is not known yet, and it may have read before the change."""
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
    shared: CoalescingCache[str, str], call: Call, tasks: TaskSet, cancelled: bool
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
