"""Answers that the ledger could not take are written as soon as it can, each for the call that it is of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pytest
import structlog

from bot.domain.answer import NotSent, Redeemed
from bot.domain.errors import VersionConflict
from bot.domain.redemption import Intent, Redemption, RequestId, State, Stop
from bot.domain.transitions import UNSENT
from bot.services.answers_owed import FIRST_WAIT_S, LONGEST_WAIT_S, AnswersOwed
from tests.services.redeeming import INTENT, Shop, row, saying

YES = Redeemed(redemption_id="2", status=200)
SENDING = row(State.SENDING)
OTHER = row(State.SENDING, id=RequestId("ANOTHERREQUEST00"))


@dataclass
class Waits:
    """In place of sleeping: how long each wait was to be."""

    seconds: list[float] = field(default_factory=list)
    held: asyncio.Event | None = None

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if self.held is not None:
            await self.held.wait()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    waits = Waits()
    module = SimpleNamespace(**{**vars(asyncio), "sleep": waits})
    monkeypatch.setattr("bot.services.answers_owed.asyncio", module)
    return waits


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop(engine=saying())
    yield shop
    await shop.tasks.close()


@pytest.fixture
def owed(shop: Shop, waits: Waits) -> AnswersOwed:
    return shop.use_cases().answers_owed


async def test_it_is_written_at_once_where_the_ledger_is_there(
    shop: Shop, owed: AnswersOwed, waits: Waits
) -> None:
    with structlog.testing.capture_logs() as lines:
        owed.hold(shop.ledger.holds(SENDING), YES)
        await owed.close(30.0)

    assert shop.ledger.rows[SENDING.id].state is State.REDEEMED
    assert waits.seconds == []
    assert [(line["event"], line["request"]) for line in lines] == [("answer_written_late", "ABCDEFGH")]


async def test_it_waits_twice_as_long_each_time_up_to_ten_seconds(
    shop: Shop, owed: AnswersOwed, waits: Waits
) -> None:
    shop.ledger.holds(SENDING)
    shop.ledger.failing = 7
    owed.hold(SENDING, YES)
    await owed.close(30.0)

    assert waits.seconds == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    assert (FIRST_WAIT_S, LONGEST_WAIT_S) == (0.5, 10.0)
    assert shop.ledger.rows[SENDING.id].state is State.REDEEMED


async def test_a_version_conflict_that_does_not_end_is_waited_for_too(
    shop: Shop, owed: AnswersOwed, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicts = 6
    moves = shop.ledger.move

    async def conflicting(*given: object, **named: object) -> Redemption:
        nonlocal conflicts
        conflicts -= 1
        if conflicts >= 0:
            raise VersionConflict
        return await moves(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.ledger, "move", conflicting)
    owed.hold(shop.ledger.holds(SENDING), YES)
    await owed.close(30.0)

    assert waits.seconds == [0.5]
    assert shop.ledger.rows[SENDING.id].state is State.REDEEMED


async def test_each_of_several_is_waited_for(shop: Shop, owed: AnswersOwed, waits: Waits) -> None:
    waits.held = asyncio.Event()
    shop.ledger.holds(SENDING)
    shop.ledger.failing = 1
    owed.hold(SENDING, YES)
    await asyncio.sleep(0)
    owed.hold(shop.ledger.holds(OTHER), replace(YES, redemption_id="3"))
    closing = asyncio.ensure_future(owed.close(30.0))  # noqa: TID251 - awaited below
    for _ in range(20):
        await asyncio.sleep(0)
    assert shop.ledger.rows[OTHER.id].state is State.REDEEMED
    assert not closing.done()

    waits.held.set()
    await closing
    assert shop.ledger.rows[SENDING.id].state is State.REDEEMED


async def test_what_is_still_owed_at_the_end_is_one_critical_line_each(
    shop: Shop, owed: AnswersOwed, waits: Waits
) -> None:
    waits.held = asyncio.Event()
    shop.ledger.failing = 10**6
    owed.hold(shop.ledger.holds(SENDING), YES)
    owed.hold(shop.ledger.holds(OTHER), NotSent(stop=Stop.BUSY))
    await asyncio.sleep(0)
    with structlog.testing.capture_logs() as lines:
        await owed.close(0.001)

    told = [(line["log_level"], line["event"], line["request"], line["verdict"]) for line in lines]
    assert told == [
        ("critical", "answer_lost", "ABCDEFGH", "clear yes"),
        ("critical", "answer_lost", "ANOTHERR", "not sent"),
    ]
    assert [line["redemption_id"] for line in lines] == ["2", None]


async def test_nothing_owed_is_not_waited_for(owed: AnswersOwed) -> None:
    with structlog.testing.capture_logs() as lines:
        async with asyncio.timeout(1.0):
            await owed.close(30.0)

    assert lines == []


async def test_a_request_that_is_gone_needs_no_answer_that_nothing_was_sent(
    shop: Shop, owed: AnswersOwed
) -> None:
    with structlog.testing.capture_logs() as lines:
        owed.hold(SENDING, NotSent(stop=Stop.BUSY))
        await owed.close(30.0)

    assert shop.ledger.moves == []
    assert lines == []


MINE, THEIRS = replace(INTENT, attempt="mine"), replace(INTENT, attempt="theirs")


@pytest.mark.parametrize("stands", [None, MINE, THEIRS], ids=["no call", "this call", "another call"])
@pytest.mark.parametrize("held", [None, MINE], ids=["no call held", "this call held"])
async def test_an_answer_settles_only_the_call_that_it_is_of(
    shop: Shop, owed: AnswersOwed, stands: Intent | None, held: Intent | None
) -> None:
    """Another instance may have journaled the same request meanwhile."""
    shop.ledger.holds(replace(SENDING, intent=stands))
    owed.hold(replace(SENDING, intent=held), YES)
    await owed.close(30.0)

    others = held is MINE and stands is THEIRS
    assert shop.ledger.rows[SENDING.id].state is (State.SENDING if others else State.REDEEMED)


@pytest.mark.parametrize("state", sorted(UNSENT))
async def test_where_the_ledger_has_lost_the_call_the_answer_is_one_critical_line(
    shop: Shop, owed: AnswersOwed, state: State
) -> None:
    """A standby took over without its last moves: an alarm tells of the answer, and the line has its number."""
    shop.ledger.holds(row(state))
    with structlog.testing.capture_logs() as lines:
        owed.hold(SENDING, YES)
        await owed.close(30.0)

    lost = [line for line in lines if line["event"] in {"answer_lost", "answer_written_late"}]
    assert [(line["event"], line["redemption_id"]) for line in lost] == [("answer_lost", "2")]
    assert shop.ledger.rows[SENDING.id].state is state


async def test_of_a_request_that_the_ledger_has_lost_the_answer_is_one_critical_line(
    owed: AnswersOwed,
) -> None:
    """Nobody else knows what the engine said; that nothing was sent need not be known."""
    with structlog.testing.capture_logs() as lines:
        owed.hold(SENDING, YES)
        owed.hold(OTHER, NotSent(stop=Stop.TOO_LATE))
        await owed.close(30.0)

    assert [(line["log_level"], line["event"], line["request"]) for line in lines] == [
        ("critical", "answer_lost", "ABCDEFGH")
    ]


async def test_a_request_may_be_owed_two_answers(shop: Shop, owed: AnswersOwed, waits: Waits) -> None:
    """One of a call that the ledger forgot, one of the call after it: each is waited for, and told if it is lost."""
    waits.held = asyncio.Event()
    shop.ledger.holds(replace(SENDING, intent=THEIRS))
    shop.ledger.failing = 1
    owed.hold(replace(SENDING, intent=THEIRS), YES)
    owed.hold(replace(SENDING, intent=MINE), NotSent(stop=Stop.TOO_LATE))
    await asyncio.sleep(0)
    with structlog.testing.capture_logs() as lines:
        await owed.close(0.001)

    assert [(line["event"], line["verdict"]) for line in lines] == [("answer_lost", "clear yes")]


async def test_where_nothing_is_owed_the_end_is_at_once(owed: AnswersOwed) -> None:
    async with asyncio.timeout(5.0):
        await owed.close(3600.0)
