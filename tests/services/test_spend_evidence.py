"""What a spend does where the ledger forgets, answers are owed, and the engine's own records speak."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import structlog

from bot.domain.alarm import Alarm
from bot.domain.answer import Answer, NotSent, Redeemed, Refused
from bot.domain.coupon import Redeemability, Use
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable
from bot.domain.looks import DAY_S
from bot.domain.redemption import Doubt, Outcome, Redemption, RequestId, Settled, State, Stop
from bot.domain.refusal import Refusal
from bot.domain.request_errors import AnswerNotKept
from bot.services.spend import SETTLE_ATTEMPTS
from tests.fakes.coupons import FakeCoupon
from tests.services.redeeming import ARJUN, INTENT, OURS, TERMS, VIKRAM, WINDOW_S, Shop, coupon, may, row
from tests.services.shelf import ABC, ASHA, NOON


@pytest.fixture
def shop() -> Shop:
    return Shop()


# Answers that the ledger could not take


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Redeemed(redemption_id="2"), State.REDEEMED),
        (Refused(refusal=Refusal.WRONG_STORE, code=735), State.REFUSED),
        (NotSent(stop=Stop.NOT_CONNECTED), State.NOT_SENT),
    ],
)
async def test_a_clear_answer_is_held_until_the_ledger_takes_it(
    shop: Shop, answer: Answer, state: State
) -> None:
    use_cases, shop.engine.answer = shop.use_cases(), answer

    def away() -> None:
        shop.ledger.failing = SETTLE_ATTEMPTS

    shop.engine.beside = away
    held = shop.ledger.holds(row())
    with pytest.raises(AnswerNotKept):
        await use_cases.spend(held, by=VIKRAM)
    await use_cases.answers_owed.close(30.0)

    assert shop.ledger.rows[held.id].state is state
    assert len(shop.engine.orders) == 1


async def test_a_yes_is_not_dropped_where_a_person_has_settled_it_as_no_meanwhile(shop: Shop) -> None:
    """Another instance made it unknown while the answer was on its way."""

    def settled() -> None:
        [held] = shop.ledger.rows.values()
        said = Outcome(settled=Settled.PERSON, by=ARJUN)
        shop.ledger.holds(replace(held, version=held.version + 2, state=State.NOT_REDEEMED, outcome=said))

    shop.engine.beside = settled
    after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.settled) == (State.REDEEMED, Settled.ANSWER)
    assert shop.ledger.moves[-1][2].alarm is Alarm.REDEEMED_AFTER_ALL


async def test_an_answer_that_cannot_be_written_before_the_end_is_one_critical_line(shop: Shop) -> None:
    use_cases = shop.use_cases()

    def away() -> None:
        shop.ledger.failing = 10**6

    shop.engine.beside = away
    with pytest.raises(AnswerNotKept):
        await use_cases.spend(shop.ledger.holds(row()), by=VIKRAM)
    with structlog.testing.capture_logs() as lines:
        await use_cases.answers_owed.close(0.01)
    await shop.tasks.close()

    [lost] = [line for line in lines if line["log_level"] == "critical"]
    assert (lost["event"], lost["verdict"], lost["redemption_id"]) == ("answer_lost", "clear yes", "ABC-1")
    assert lost["request"] == "ABCDEFGH"


async def test_a_journal_that_was_acknowledged_too_late_says_that_nothing_was_sent(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commit was lost on the way back: the row stands as sending, and no call was made."""
    use_cases = shop.use_cases()
    committed = shop.ledger.move

    async def commits_and_fails(before: Redemption, to: State, *given: Any, **named: Any) -> Redemption:
        after = await committed(before, to, *given, **named)
        if to is State.SENDING:
            raise LedgerUnavailable
        return after

    monkeypatch.setattr(shop.ledger, "move", commits_and_fails)
    held = shop.ledger.holds(row())
    with pytest.raises(LedgerUnavailable):
        await use_cases.spend(held, by=VIKRAM)
    await use_cases.answers_owed.close(30.0)

    assert shop.engine.orders == []
    assert shop.ledger.rows[held.id].state is State.NOT_SENT


async def test_nothing_is_said_of_the_journal_of_another_instance(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours failed, and another instance sends the same request at this moment."""
    use_cases = shop.use_cases()
    theirs = replace(INTENT, attempt="theirs")

    async def fails(before: Redemption, to: State, *given: Any, **named: Any) -> Redemption:
        if to is State.SENDING:
            shop.ledger.holds(replace(before, version=before.version + 1, state=State.SENDING, intent=theirs))
            raise LedgerUnavailable
        return await committed(before, to, *given, **named)

    committed = shop.ledger.move
    monkeypatch.setattr(shop.ledger, "move", fails)
    held = shop.ledger.holds(row())
    with pytest.raises(LedgerUnavailable):
        await use_cases.spend(held, by=VIKRAM)
    await use_cases.answers_owed.close(30.0)

    assert shop.ledger.rows[held.id].state is State.SENDING


async def test_whatever_breaks_after_the_call_was_begun_leaves_it_unknown(shop: Shop) -> None:
    def breaks() -> None:
        raise RuntimeError("nobody foresaw this")

    shop.engine.beside = breaks
    after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.doubt) == (State.UNKNOWN, Doubt.INTERRUPTED)


async def test_a_success_that_names_an_earlier_redemption_is_not_believed(shop: Shop) -> None:
    shop.engine.check = may(left=3, used=1)
    shop.engine.found = (replace(OURS, id="1", bill="B-0"),)
    shop.engine.answer = Redeemed(redemption_id="1")
    after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.doubt) == (State.UNKNOWN, Doubt.CONTRADICTING)


@pytest.mark.parametrize(
    ("answer", "looked_at_again"),
    [
        (Refused(refusal=Refusal.ALREADY_USED, code=711), True),
        (Refused(refusal=Refusal.LIMIT_REACHED, code=728), True),
        (NotSent(stop=Stop.BUSY, status=429), True),
        (NotSent(stop=Stop.BUSY, code=521), True),
        (Refused(refusal=Refusal.WRONG_STORE, code=735), False),
        (NotSent(stop=Stop.NOT_ACCEPTED, code=401), False),
        (NotSent(stop=Stop.NOT_CONNECTED), False),
    ],
)
async def test_a_no_that_may_be_an_echo_is_looked_at_when_the_window_ends(
    shop: Shop, answer: Answer, looked_at_again: bool
) -> None:
    """Something between sent the call twice: the first copy redeemed, and the second was answered *used up*."""
    shop.engine.answer = answer
    after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    due_at = NOON + timedelta(seconds=WINDOW_S if looked_at_again else DAY_S)
    assert after.due_at == due_at
    typed = replace(TERMS, bill_number="B-77", generated=False)
    elsewhere = shop.ledger.holds(row(terms=typed, id=RequestId("ANOTHER")))
    assert (await shop.use_cases().spend(elsewhere, by=VIKRAM)).due_at == due_at


async def test_an_echo_is_found_out_and_makes_it_redeemed(shop: Shop) -> None:
    use_cases = shop.use_cases()
    shop.engine.answer = Refused(refusal=Refusal.ALREADY_USED, code=711)
    refused = await use_cases.spend(shop.ledger.holds(row()), by=VIKRAM)
    shop.engine.found = (OURS,)
    after = await use_cases.reconcile(refused)

    assert (refused.state, after.state) == (State.REFUSED, State.REDEEMED)
    assert shop.ledger.moves[-1][2].alarm is Alarm.REDEEMED_AFTER_ALL


@pytest.mark.parametrize("doubt", Doubt)
async def test_an_answer_that_named_another_customer_is_not_settled_by_a_bill_number_alone(
    shop: Shop, doubt: Doubt
) -> None:
    """The record of the coupon tells the bill number of its last use, and not whose use that is."""
    use_of_nobody = replace(OURS, by=None)
    theirs = replace(ASHA, id=CustomerId("6"))
    shop.engine.holds(FakeCoupon(ABC, Decimal(250), 0, theirs, uses=[use_of_nobody]))
    unknown = row(
        State.UNKNOWN,
        outcome=Outcome(doubt=doubt),
        intent=replace(INTENT, single=True),
        unknown_at=NOON,
        due_at=NOON + timedelta(seconds=5),
    )
    after = await shop.use_cases().reconcile(shop.ledger.holds(unknown))

    assert after.state is (State.UNKNOWN if doubt is Doubt.ANOTHER_CUSTOMER else State.REDEEMED)


# Our own number, before anything is sent


@pytest.mark.parametrize(
    "check", [may(left=3, used=1), replace(may(), redeemable=False, refusal=Refusal.ALREADY_USED)]
)
async def test_a_use_with_our_own_number_settles_instead_of_sending(shop: Shop, check: Redeemability) -> None:
    """The ledger lost what it acknowledged: the request is approved again, and was sent before."""
    shop.engine.check = check
    shop.engine.record = coupon(last=OURS)
    shop.engine.found = (OURS,)
    after = await shop.use_cases().spend(shop.ledger.holds(row(State.APPROVED)))

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
    assert after.outcome.settled is Settled.OWN_NUMBER
    assert shop.engine.orders == []


async def test_a_use_with_the_number_of_an_earlier_request_settles_that_one_first(shop: Shop) -> None:
    earlier = shop.ledger.holds(
        row(State.EXPIRED, replace(TERMS, bill_number="CD-EARLIER"), id=RequestId("EARLIER0"))
    )
    shop.engine.check = may(left=3, used=1)
    shop.engine.found = (replace(OURS, bill="CD-EARLIER"),)
    after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    assert shop.ledger.rows[earlier.id].state is State.REDEEMED
    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.CHANGED)
    assert shop.engine.orders == []


# The same coupon, the same bill


TYPED = replace(TERMS, bill_number="T-1001", generated=False, seen=())
SAME_BILL = Use(id="7", by=ASHA.id, at=NOON, bill="T-1001", till="mgroad.1")


async def test_a_coupon_that_a_till_redeemed_for_this_bill_is_not_sent_again(shop: Shop) -> None:
    """The till timed out, and did it all the same: the agent redoes it by hand."""
    shop.engine.check, shop.engine.found = may(left=3, used=1), (SAME_BILL,)
    after = await shop.use_cases().spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.SAME_BILL)
    assert after.outcome.uses == (SAME_BILL,)
    assert shop.engine.orders == []


async def test_of_two_confirmations_for_one_bill_side_by_side_one_is_sent(shop: Shop) -> None:
    """Neither review showed a use, and the coupon has uses left for both."""
    use_cases, shop.engine.check = shop.use_cases(), may(left=3, used=1)
    first, second = (row(terms=TYPED, id=RequestId(of)) for of in ("FIRST", "SECOND"))
    done = await use_cases.spend(shop.ledger.holds(first), by=VIKRAM)
    shop.engine.found = (replace(SAME_BILL, id="2", till="coupon.desk"),)
    after = await use_cases.spend(shop.ledger.holds(second), by=VIKRAM)

    assert (done.state, after.state, after.outcome.stop) == (State.REDEEMED, State.REFUSED, Stop.SAME_BILL)
    assert len(shop.engine.orders) == 1


async def test_a_use_that_nobody_was_shown_is_a_change_of_facts(shop: Shop) -> None:
    shop.engine.check, shop.engine.found = may(left=3, used=1), (replace(SAME_BILL, bill="T-9"),)
    after = await shop.use_cases().spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.CHANGED)
    assert shop.engine.orders == []


@pytest.mark.parametrize("by", [CustomerId("1"), None])
async def test_uses_of_others_change_nothing(shop: Shop, by: CustomerId | None) -> None:
    """A code that is shared by many is used every second."""
    shop.engine.check, shop.engine.found = may(left=3, used=1), (replace(SAME_BILL, bill="T-9", by=by),)

    assert (
        await shop.use_cases().spend(shop.ledger.holds(row(terms=TYPED)), by=VIKRAM)
    ).state is State.REDEEMED


async def test_a_use_that_the_review_showed_stands_in_nobodys_way(shop: Shop) -> None:
    shown = replace(TYPED, seen=("7",))
    shop.engine.check, shop.engine.found = may(left=3, used=1), (replace(SAME_BILL, bill="T-9"),)

    assert (
        await shop.use_cases().spend(shop.ledger.holds(row(terms=shown)), by=VIKRAM)
    ).state is State.REDEEMED
