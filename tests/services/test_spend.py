"""The only place that redeems: what an answer comes to, and that it is sent once or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.answer import Answer, NotSent, Redeemed, Refused, Unclear
from bot.domain.coupon import CouponCode, Use
from bot.domain.errors import EngineFault, LedgerUnavailable
from bot.domain.limits import Usage
from bot.domain.looks import DAY_S
from bot.domain.messages import MessageKind
from bot.domain.redemption import Decision, Doubt, Outcome, Redemption, Settled, State, Stop
from bot.domain.refusal import Refusal
from bot.domain.request_errors import AnswerNotKept
from bot.services.spend import SLACK_S, Spend
from tests.aio.conftest import Timer
from tests.services.redeeming import (
    ARJUN,
    BEGIN_IN_S,
    CALL_S,
    LARGE,
    LOOK_AFTER_S,
    OFF,
    OURS,
    TERMS,
    VIKRAM,
    Shop,
    may,
    row,
)
from tests.services.shelf import ASHA, NOON, no

SENT = [State.APPROVED, State.SENDING]
APPROVED = Decision(by=ARJUN, at=NOON, round=1, approved=True)


@pytest.fixture
def shop(timer: Timer) -> Shop:
    return Shop(seconds=timer)


@pytest.fixture
def spend(shop: Shop) -> Spend:
    return replace(shop.use_cases().spend, forget=shop.forget)


ANSWERS: dict[str, tuple[Answer, State, Outcome]] = {
    "redeemed": (
        Redeemed(redemption_id="2", status=200),
        State.REDEEMED,
        Outcome(settled=Settled.ANSWER, redemption_id="2", status=200),
    ),
    "refused": (
        Refused(refusal=Refusal.ALREADY_USED, code=711, status=500),
        State.REFUSED,
        Outcome(settled=Settled.ANSWER, refusal=Refusal.ALREADY_USED, code=711, status=500),
    ),
    **{
        stop.value: (
            NotSent(stop=stop),
            State.NOT_SENT,
            Outcome(settled=Settled.ANSWER, stop=stop),
        )
        for stop in (Stop.NOT_CONNECTED, Stop.BUSY, Stop.NOT_ACCEPTED, Stop.NO_IDENTIFIER)
    },
    **{
        doubt.value: (Unclear(doubt=doubt, code=683), State.UNKNOWN, Outcome(doubt=doubt, code=683))
        for doubt in Doubt
        if doubt is not Doubt.NO_ANSWER_KEPT
    },
}


@pytest.mark.parametrize(("answer", "state", "outcome"), ANSWERS.values(), ids=ANSWERS)
async def test_the_state_that_each_answer_leads_to(
    shop: Shop, spend: Spend, answer: Answer, state: State, outcome: Outcome
) -> None:
    shop.engine.answer = answer
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome) == (state, outcome)
    assert shop.ledger.states == [*SENT, state]
    assert len(shop.engine.orders) == 1
    assert shop.forgotten == [ASHA.id]


async def test_the_move_that_settles_carries_the_digest_of_the_answer(shop: Shop, spend: Spend) -> None:
    shop.engine.answer = Redeemed(redemption_id="2", status=200, body="ab" * 32)
    await spend(shop.ledger.holds(row()), by=VIKRAM)

    _, why = shop.ledger.told[-1]
    assert (why["engine_body"], why["http_status"], why["redemption_id"]) == ("ab" * 32, 200, "2")


async def test_only_an_unclear_answer_is_looked_into(shop: Shop, spend: Spend) -> None:
    shop.engine.answer = Unclear(doubt=Doubt.TIMED_OUT)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert after.due_at == NOON + timedelta(seconds=LOOK_AFTER_S)


async def test_the_intent_is_journaled_before_anything_is_sent(shop: Shop, spend: Spend) -> None:
    at_the_call: list[Redemption] = []
    shop.engine.beside = lambda: at_the_call.extend(shop.ledger.rows.values())
    await spend(shop.ledger.holds(row()), by=VIKRAM)

    [journaled] = at_the_call
    assert journaled.state is State.SENDING
    assert journaled.intent is not None
    assert journaled.send_by == NOON + timedelta(seconds=CALL_S + SLACK_S)


async def test_a_blocked_preflight_sends_nothing(shop: Shop, spend: Spend) -> None:
    shop.engine.check = no(Refusal.ALREADY_USED)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert shop.ledger.states == [State.REFUSED]
    assert after.outcome == Outcome(refusal=Refusal.ALREADY_USED)
    assert shop.engine.orders == []


async def test_what_cannot_be_journaled_is_not_sent(shop: Shop, spend: Spend) -> None:
    held = shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED))
    shop.engine.check = may(LARGE.discount)
    shop.ledger.beside = lambda: setattr(shop.ledger, "failing", 1)
    with pytest.raises(LedgerUnavailable):
        await spend(held)

    assert shop.engine.orders == []
    assert shop.ledger.states == []


async def test_a_request_that_another_instance_moved_to_sending_is_not_sent_again(
    shop: Shop, spend: Spend
) -> None:
    """Whoever comes second gets the request as it stands."""
    held = shop.ledger.holds(row())
    taken = replace(held, version=2, state=State.SENDING)
    shop.ledger.beside = lambda: shop.ledger.rows.update({held.id: taken})

    assert await spend(held, by=VIKRAM) == taken
    assert shop.engine.orders == []


async def test_nothing_is_sent_past_begin_by(shop: Shop, spend: Spend, timer: Timer) -> None:
    timer.seconds = BEGIN_IN_S
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert after.state is State.APPROVED
    assert shop.engine.orders == []


async def test_nothing_is_sent_when_journaling_took_too_long(shop: Shop, spend: Spend, timer: Timer) -> None:
    """Else others might call the outcome unknown while it is still being sent."""
    held = shop.ledger.holds(row(State.APPROVED))

    def slow() -> None:
        timer.seconds += SLACK_S + 0.1

    shop.ledger.beside = slow
    after = await spend(held, by=VIKRAM)

    assert shop.engine.orders == []
    assert shop.ledger.states == [State.SENDING, State.NOT_SENT]
    assert after.outcome.stop is Stop.TOO_LATE


# The ledger is away, or quicker


async def test_writing_an_answer_is_retried_while_the_ledger_fails(shop: Shop, spend: Spend) -> None:
    shop.engine.beside = lambda: setattr(shop.ledger, "failing", 2)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert after.state is State.REDEEMED
    assert len(shop.engine.orders) == 1


async def test_an_answer_that_cannot_be_written_is_told_as_unknown(shop: Shop, spend: Spend) -> None:
    """Even a clear yes: nothing is told that the ledger does not hold."""
    shop.engine.beside = lambda: setattr(shop.ledger, "failing", 99)
    held = shop.ledger.holds(row())
    with pytest.raises(AnswerNotKept) as told:
        await spend(held, by=VIKRAM)

    assert (told.value.row.state, told.value.row.outcome) == (
        State.UNKNOWN,
        Outcome(doubt=Doubt.NO_ANSWER_KEPT),
    )
    assert shop.ledger.rows[held.id].state is State.SENDING


def given_up(shop: Shop) -> None:
    """The sweeper calls it unknown while the answer is on its way."""
    [held] = shop.ledger.rows.values()
    shop.ledger.holds(
        replace(held, version=held.version + 1, state=State.UNKNOWN, due_at=NOON, outcome=Outcome())
    )


LATE: dict[str, tuple[Answer, State]] = {
    "yes": (Redeemed(redemption_id="2"), State.REDEEMED),
    "no": (Refused(refusal=Refusal.WRONG_STORE, code=735), State.REFUSED),
    "not sent": (NotSent(stop=Stop.NOT_ACCEPTED, code=401), State.NOT_SENT),
}


@pytest.mark.parametrize(("answer", "state"), LATE.values(), ids=LATE)
async def test_a_clear_answer_that_comes_late_settles_it_all_the_same(
    shop: Shop, spend: Spend, answer: Answer, state: State
) -> None:
    shop.engine.answer = answer
    shop.engine.beside = lambda: given_up(shop)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.settled) == (state, Settled.ANSWER)
    assert after.due_at == (None if state is State.REDEEMED else NOON + timedelta(seconds=DAY_S))


async def test_a_late_answer_is_retried_after_a_look_at_the_same_moment(shop: Shop, spend: Spend) -> None:
    def looked() -> None:
        given_up(shop)
        [held] = shop.ledger.rows.values()
        shop.ledger.beside = lambda: setattr(
            shop.ledger, "beside", lambda: shop.ledger.holds(replace(held, version=held.version + 1, looks=1))
        )

    shop.engine.answer = Redeemed(redemption_id="2")
    shop.engine.beside = looked
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.redemption_id, after.looks) == (State.REDEEMED, "2", 1)


async def test_an_unclear_answer_that_comes_late_changes_nothing(shop: Shop, spend: Spend) -> None:
    shop.engine.answer = Unclear(doubt=Doubt.TIMED_OUT)
    shop.engine.beside = lambda: given_up(shop)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.due_at) == (State.UNKNOWN, NOON)
    assert shop.ledger.states == SENT


async def test_a_late_no_does_not_change_what_our_own_number_has_settled(shop: Shop, spend: Spend) -> None:
    def settled() -> None:
        given_up(shop)
        [held] = shop.ledger.rows.values()
        outcome = Outcome(settled=Settled.OWN_NUMBER, redemption_id="2")
        shop.ledger.holds(replace(held, version=held.version + 1, state=State.REDEEMED, outcome=outcome))

    shop.engine.answer = Refused(refusal=Refusal.ALREADY_USED)
    shop.engine.beside = settled

    assert (await spend(shop.ledger.holds(row()), by=VIKRAM)).state is State.REDEEMED


# The redemption's number


async def test_a_redemption_id_that_the_answer_leaves_out_is_read_back(shop: Shop, spend: Spend) -> None:
    shop.engine.answer = Redeemed(redemption_id=None)
    shop.engine.found = (OURS,)
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
    assert after.outcome.settled is Settled.ANSWER


NOT_OURS: dict[str, tuple[Use, ...] | Exception] = {
    "none yet": (),
    "another bill": (replace(OURS, bill="B-2"),),
    "another till": (replace(OURS, till="mgroad.1"),),
    "no answer": EngineFault(),
}


@pytest.mark.parametrize("found", NOT_OURS.values(), ids=NOT_OURS)
async def test_a_redemption_id_that_may_be_of_another_use_is_not_taken(
    shop: Shop, spend: Spend, found: tuple[Use, ...] | Exception
) -> None:
    shop.engine.answer = Redeemed(redemption_id=None)
    shop.engine.found = found
    after = await spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, None)


# What needs an approval


async def test_what_needs_an_approval_is_asked_for_and_not_sent(shop: Shop, spend: Spend) -> None:
    shop.engine.check = may(LARGE.discount)
    after = await spend(shop.ledger.holds(row(terms=LARGE)), by=VIKRAM)

    assert after.state is State.WAITING
    assert shop.engine.orders == []
    [(_, _, change)] = shop.ledger.moves
    assert [role for role, _ in change.post] == [MessageKind.APPROVAL]


async def test_what_was_approved_is_sent(shop: Shop, spend: Spend) -> None:
    shop.engine.check = may(LARGE.discount)
    after = await spend(shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED)))

    assert after.state is State.REDEEMED


DEARER = replace(OFF, value=Decimal(6000))


async def test_what_has_changed_since_it_was_approved_is_asked_for_again(shop: Shop, spend: Spend) -> None:
    shop.engine.check = may(DEARER)
    after = await spend(shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED)))

    assert after.state is State.WAITING
    assert after.terms.worth.amount == Decimal(6000)
    assert shop.engine.orders == []


async def test_it_is_not_asked_for_again_past_the_days_limit(shop: Shop, spend: Spend) -> None:
    """The request itself holds its share already."""
    shop.engine.check = may(DEARER)
    shop.ledger.used = Usage(count=2, value=Decimal(9500))
    after = await spend(shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED)))

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.VALUE_LIMIT)


async def test_an_approver_who_cannot_be_verified_stops_it(shop: Shop, spend: Spend) -> None:
    shop.engine.check = may(LARGE.discount)
    shop.rights.unread_people.add(ARJUN)
    after = await spend(shop.ledger.holds(row(State.APPROVED, LARGE, decided=APPROVED)))

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.COULD_NOT_VERIFY)
    assert shop.engine.orders == []


@pytest.mark.parametrize("code", [TERMS.code, CouponCode("abc")])
async def test_the_order_names_what_was_confirmed(shop: Shop, spend: Spend, code: CouponCode) -> None:
    await spend(shop.ledger.holds(row(terms=replace(TERMS, code=code))), by=VIKRAM)

    [order] = shop.engine.orders
    assert (order.code, order.bill, order.bill_number) == (code, TERMS.bill, TERMS.bill_number)
