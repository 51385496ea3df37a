"""Looks at what has ended: for its own number at once where nothing was sent, and at everything a day later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alarm import Alarm
from bot.domain.answer import Redeemed
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.errors import EngineFault
from bot.domain.facts import Undecided
from bot.domain.looks import DAY_S, GIVE_UP_S, RETRY_S, surely_unsent
from bot.domain.messages import MessageKind
from bot.domain.redemption import Asking, Decision, Outcome, Redemption, RequestId, Settled, State, Stop
from bot.domain.transitions import Change, is_news
from bot.services.reconcile import Reconcile
from tests.aio.conftest import Timer
from tests.services.redeeming import ARJUN, CHANNEL, INTENT, LOOK_AFTER_S, OURS, TERMS, VIKRAM, Shop, may, row
from tests.services.shelf import ASHA, NOON

A_DAY_LATER = NOON + timedelta(seconds=DAY_S)
TYPED = replace(TERMS, bill_number="B-77", generated=False)
OF_THE_BILL = replace(OURS, bill="B-77")
ANOTHER = replace(OURS, id="3")
APPROVED = Decision(by=ARJUN, at=NOON, round=1, approved=True)
ENDS_UNSENT = [State.EXPIRED, State.REJECTED, State.WITHDRAWN, State.REFUSED]
TOLD = ((MessageKind.NEWS, VIKRAM.id), (MessageKind.ATTENTION, CHANNEL))


def ended(state: State, **facts: Any) -> Redemption:
    """Just now, without a sending as far as the ledger knows."""
    return row(state, **{"ended_at": NOON, "due_at": NOON, **facts})


def a_day_ago(state: State, **facts: Any) -> Redemption:
    return ended(state, **{"due_at": A_DAY_LATER, **facts})


def redeemed(**facts: Any) -> Redemption:
    outcome = Outcome(settled=Settled.ANSWER, redemption_id="2")
    return a_day_ago(State.REDEEMED, **{"intent": INTENT, "outcome": outcome, **facts})


def not_redeemed(**facts: Any) -> Redemption:
    outcome = Outcome(settled=Settled.EVIDENCE)
    return a_day_ago(State.NOT_REDEEMED, **{"unknown_at": NOON, "outcome": outcome, **facts})


def last_change(shop: Shop) -> Change:
    return shop.ledger.moves[-1][2]


def silent(shop: Shop) -> bool:
    change = last_change(shop)
    return (change.alarm, change.post) == (None, ())


# What ended without a sending, as far as the ledger knows


@pytest.mark.parametrize("state", ENDS_UNSENT)
class TestEndedWithoutASending:
    async def test_a_read_without_its_number_makes_sure_that_nothing_was_sent(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        before = shop.ledger.holds(ended(state))
        after = await reconcile(before)

        assert (surely_unsent(before), surely_unsent(after)) == (False, True)
        assert (after.state, after.due_at) == (state, A_DAY_LATER)
        assert silent(shop)
        assert last_change(shop).redraw

    async def test_its_number_at_the_engine_makes_it_redeemed_and_is_an_alarm(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        """The ledger has lost the call."""
        shop.engine.found = (OURS,)
        after = await reconcile(shop.ledger.holds(ended(state)))

        assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
        assert last_change(shop).alarm is Alarm.REDEEMED_AFTER_ALL
        assert last_change(shop).claim == Claim(redemption_id="2", kind=ClaimKind.OWN_NUMBER)
        assert shop.forgotten == [ASHA.id]

    async def test_it_stays_due_until_the_records_can_be_read(
        self, shop: Shop, reconcile: Reconcile, timer: Timer, state: State
    ) -> None:
        shop.engine.found, held = EngineFault(), shop.ledger.holds(ended(state))
        waits = []
        while held.due_at is not None:
            timer.seconds = (held.due_at - NOON).total_seconds()
            held = await reconcile(held)
            waits.append((held.due_at - shop.ledger.now()).total_seconds() if held.due_at else None)
            assert not surely_unsent(held)

        assert waits[:4] == [LOOK_AFTER_S, LOOK_AFTER_S, 2 * LOOK_AFTER_S, 4 * LOOK_AFTER_S]
        assert {*waits[12:-1]} == {RETRY_S}
        assert timer.seconds >= GIVE_UP_S
        assert last_change(shop).alarm is Alarm.LOOKS_FAILED
        assert [change.redraw for _, _, change in shop.ledger.moves] == [False] * (len(waits) - 1) + [True]

    async def test_a_read_that_comes_late_ends_the_looks(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        after = await reconcile(shop.ledger.holds(ended(state, due_at=A_DAY_LATER + timedelta(hours=1))))

        assert (surely_unsent(after), after.due_at) == (True, None)

    async def test_nothing_new_a_day_later_is_not_even_drawn(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        after = await reconcile(shop.ledger.holds(a_day_ago(state, looks=1)))

        assert (after.state, after.due_at) == (state, None)
        assert silent(shop)
        assert not last_change(shop).redraw

    async def test_what_the_engine_commits_late_is_found_a_day_later(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        """The ledger lost the call, and the look after the end came before the engine's commit."""
        shop.engine.found = (OURS,)
        after = await reconcile(shop.ledger.holds(a_day_ago(state, looks=1)))

        assert after.state is State.REDEEMED
        assert last_change(shop).alarm is Alarm.REDEEMED_AFTER_ALL

    async def test_its_number_counts_although_the_use_was_shown_since(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        """The same form was reviewed again after the ledger had lost the request."""
        shop.engine.found = (OURS,)
        shown = replace(TERMS, seen=("2",))

        assert (await reconcile(shop.ledger.holds(ended(state, terms=shown)))).state is State.REDEEMED

    async def test_a_new_use_with_its_typed_number_is_an_alarm(
        self, shop: Shop, reconcile: Reconcile, state: State
    ) -> None:
        shop.engine.found = (OF_THE_BILL,)
        after = await reconcile(shop.ledger.holds(ended(state, terms=TYPED)))

        assert (after.state, after.due_at) == (state, None)
        assert last_change(shop).alarm is Alarm.FOUND_AFTER_ALL

    @pytest.mark.parametrize(
        ("seen", "decided", "alarm"),
        [
            (("2",), None, None),
            ((), APPROVED, None),
            ((), None, Alarm.FOUND_AFTER_ALL),
            ((), replace(APPROVED, approved=False), Alarm.FOUND_AFTER_ALL),
            ((), replace(APPROVED, round=0), Alarm.FOUND_AFTER_ALL),
        ],
        ids=["at the review", "to whoever approved", "to nobody who decided", "rejected", "another round"],
    )
    async def test_a_use_that_was_shown_before_is_none(
        self,
        shop: Shop,
        reconcile: Reconcile,
        state: State,
        seen: tuple[str, ...],
        decided: Decision | None,
        alarm: Alarm | None,
    ) -> None:
        """To approvers it may be shown because this request made it, and the ledger has lost that."""
        shop.engine.found = (OF_THE_BILL,)
        asking = Asking(checked_at=NOON, recent=(OF_THE_BILL,))
        facts = {"terms": replace(TYPED, seen=seen), "asking": asking, "decided": decided}
        await reconcile(shop.ledger.holds(ended(state, **facts)))

        assert last_change(shop).alarm is alarm

    @pytest.mark.parametrize(
        ("found", "alarm"),
        [
            ((OF_THE_BILL, replace(OF_THE_BILL, id="3", bill="B-1")), Alarm.FOUND_AFTER_ALL),
            ((replace(OF_THE_BILL, bill="B-1"),), None),
            ((replace(OF_THE_BILL, till="mgroad.1"),), None),
        ],
        ids=["this bill among others", "another bill", "another place"],
    )
    async def test_of_several_new_uses_one_for_this_bill_here_is_an_alarm(
        self, shop: Shop, reconcile: Reconcile, state: State, found: tuple[Use, ...], alarm: Alarm | None
    ) -> None:
        shop.engine.found = found
        after = await reconcile(shop.ledger.holds(ended(state, terms=TYPED)))

        assert last_change(shop).alarm is alarm
        assert (after.looks, last_change(shop).looks) == (1, 1)


async def test_a_refusal_after_the_uses_were_read_needs_no_look_at_once(shop: Shop) -> None:
    """The check has seen that none carries its number."""
    shop.engine.check, shop.engine.found = may(left=3, used=1), (replace(OURS, bill="B-9"),)
    after = await shop.use_cases().spend(shop.ledger.holds(row(terms=replace(TERMS, seen=()))), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.CHANGED)
    assert surely_unsent(after)
    assert (after.looks, after.due_at) == (1, A_DAY_LATER)


async def test_a_refusal_without_a_look_at_the_uses_needs_one(shop: Shop) -> None:
    shop.engine.check, shop.engine.found = may(left=3, used=1), EngineFault()
    after = await shop.use_cases().spend(shop.ledger.holds(row()), by=VIKRAM)

    assert (after.state, after.outcome.stop) == (State.REFUSED, Stop.EARLIER_UNREADABLE)
    assert (surely_unsent(after), after.due_at) == (False, NOON)


# What was redeemed


async def test_a_call_that_was_doubled_and_redeemed_twice_is_an_alarm_and_is_told(
    shop: Shop, timer: Timer
) -> None:
    """Both copies redeemed a coupon with several uses; the answer to the first one was a clear yes."""
    use_cases, both = shop.use_cases(), (OURS, ANOTHER)
    shop.engine.answer = Redeemed(redemption_id="2")
    shop.engine.check = may(left=3)
    await use_cases.spend(shop.ledger.holds(row()), by=VIKRAM)
    shop.engine.found, timer.seconds = both, DAY_S
    await use_cases.sweep()

    [after] = shop.ledger.rows.values()
    assert (after.state, after.outcome.redemption_id, after.due_at) == (State.REDEEMED, "2", None)
    assert (after.outcome.settled, after.outcome.uses) == (Settled.ANSWER, both)
    assert last_change(shop).alarm is Alarm.REDEEMED_TWICE
    assert last_change(shop).post == TOLD


async def test_two_uses_for_the_typed_bill_of_a_redemption_are_an_alarm_and_are_told(
    shop: Shop, reconcile: Reconcile
) -> None:
    both = (OF_THE_BILL, replace(OF_THE_BILL, id="3"))
    shop.engine.found = both
    after = await reconcile(shop.ledger.holds(redeemed(terms=TYPED)))

    assert (after.outcome.redemption_id, after.outcome.uses, after.due_at) == ("2", both, None)
    assert (last_change(shop).alarm, last_change(shop).post) == (Alarm.REDEEMED_TWICE, TOLD)


async def test_what_another_request_redeemed_for_the_bill_is_no_second_use(
    shop: Shop, reconcile: Reconcile
) -> None:
    """An approver has approved it, with the first one on the screen."""
    second = shop.ledger.holds(redeemed(terms=TYPED, id=RequestId("SECOND")))
    shop.ledger.claims["3"] = (second.id, ClaimKind.ANSWER)
    shop.engine.found = (OF_THE_BILL, replace(OF_THE_BILL, id="3"))
    after = await reconcile(shop.ledger.holds(redeemed(terms=TYPED)))

    assert after.due_at is None
    assert silent(shop)


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (TERMS, ()),
        (TERMS, (OURS,)),
        (TERMS, (OURS, replace(ANOTHER, bill="B-1"))),
        (TYPED, (OF_THE_BILL,)),
        (TYPED, (OF_THE_BILL, replace(ANOTHER, bill="B-1"))),
        (TYPED, (OF_THE_BILL, replace(OF_THE_BILL, id="3", till="mgroad.1"))),
    ],
)
async def test_nothing_else_for_the_bill_a_day_later_is_silent(
    shop: Shop, reconcile: Reconcile, terms: Any, found: tuple[Use, ...]
) -> None:
    shop.engine.found = found
    after = await reconcile(shop.ledger.holds(redeemed(terms=terms)))

    assert (after.state, after.due_at, after.outcome.uses) == (State.REDEEMED, None, ())
    assert silent(shop)
    assert not last_change(shop).redraw


async def test_an_id_that_is_found_leaves_the_look_a_day_later(
    shop: Shop, reconcile: Reconcile, timer: Timer
) -> None:
    shop.engine.found, timer.seconds = (OURS,), LOOK_AFTER_S
    nameless = redeemed(
        outcome=Outcome(settled=Settled.ANSWER), due_at=NOON + timedelta(seconds=LOOK_AFTER_S)
    )
    after = await reconcile(shop.ledger.holds(nameless))

    assert after.outcome.redemption_id == "2"
    assert after.due_at == A_DAY_LATER


async def test_which_of_two_uses_for_the_bill_is_the_one_without_an_id_is_looked_at_again(
    shop: Shop, reconcile: Reconcile
) -> None:
    """One of them may be another request's that will name it."""
    shop.engine.found = (OF_THE_BILL, replace(OF_THE_BILL, id="3"))
    soon = NOON + timedelta(seconds=40)
    nameless = redeemed(terms=TYPED, outcome=Outcome(settled=Settled.ANSWER), due_at=soon)
    after = await reconcile(shop.ledger.holds(nameless))

    assert (after.outcome.redemption_id, after.due_at) == (None, soon)
    assert after.outcome.uses == shop.engine.found
    assert silent(shop)
    assert not last_change(shop).redraw


async def test_an_id_that_is_not_found_in_a_day_is_an_alarm(shop: Shop, reconcile: Reconcile) -> None:
    soon = redeemed(outcome=Outcome(settled=Settled.ANSWER), due_at=NOON + timedelta(seconds=40))
    after = await reconcile(shop.ledger.holds(soon))
    assert after.due_at == NOON + timedelta(seconds=40)
    assert silent(shop)

    after = await reconcile(shop.ledger.holds(replace(soon, due_at=A_DAY_LATER)))
    assert after.due_at is None
    assert last_change(shop).alarm is Alarm.NO_REDEMPTION_ID


# What another request has, on which the engine's records may also speak for this one

SENT = {"intent": INTENT, "outcome": Outcome(settled=Settled.ANSWER, code=735)}
#: The request, a day after its end; what is alarmed where the use may be its own as well; whether people are told.
DOUBTFUL: Mapping[str, tuple[Redemption, Alarm, bool]] = {
    "not redeemed": (not_redeemed(terms=TYPED), Alarm.FOUND_AFTER_ALL, True),
    "refused": (a_day_ago(State.REFUSED, terms=TYPED, **SENT), Alarm.FOUND_AFTER_ALL, False),
    "not sent": (a_day_ago(State.NOT_SENT, terms=TYPED, **SENT), Alarm.FOUND_AFTER_ALL, False),
    **{
        state.value: (a_day_ago(state, terms=TYPED, looks=1), Alarm.FOUND_AFTER_ALL, False)
        for state in ENDS_UNSENT
    },
    "redeemed, with one of its own": (redeemed(terms=TYPED), Alarm.REDEEMED_TWICE, True),
}


@pytest.mark.parametrize("kind", ClaimKind)
@pytest.mark.parametrize(("before", "alarm", "told"), DOUBTFUL.values(), ids=DOUBTFUL)
async def test_a_use_for_the_bill_that_another_request_has_on_evidence_alone_is_an_alarm(
    shop: Shop, reconcile: Reconcile, before: Redemption, alarm: Alarm, told: bool, kind: ClaimKind
) -> None:
    """Its own call may have made it, and the other request's none. An answer, or a generated number, leaves no doubt."""
    second = shop.ledger.holds(redeemed(terms=TYPED, id=RequestId("SECOND")))
    shop.ledger.claims["3"] = (second.id, kind)
    shop.engine.found = (OF_THE_BILL, replace(OF_THE_BILL, id="3"))[before.state is not State.REDEEMED :]
    after = await reconcile(shop.ledger.holds(before))

    doubted = kind in {ClaimKind.EVIDENCE, ClaimKind.PERSON}
    assert (after.state, after.due_at) == (before.state, None)
    assert (last_change(shop).alarm, last_change(shop).post) == (
        (alarm, TOLD if told else ()) if doubted else (None, ())
    )
    assert shop.ledger.claims["3"] == (second.id, kind)


@pytest.mark.parametrize("kind", ClaimKind)
async def test_while_its_outcome_is_unknown_such_a_use_is_for_a_person(
    shop: Shop, reconcile: Reconcile, kind: ClaimKind
) -> None:
    """It is no absence, however often it is seen."""
    second = shop.ledger.holds(redeemed(terms=TYPED, id=RequestId("SECOND")))
    shop.ledger.claims["2"] = (second.id, kind)
    shop.engine.found = (OF_THE_BILL,)
    at_the_end = row(State.UNKNOWN, TYPED, unknown_at=NOON, due_at=A_DAY_LATER, looks=9)
    after = await reconcile(shop.ledger.holds(at_the_end))

    doubted = kind in {ClaimKind.EVIDENCE, ClaimKind.PERSON}
    assert (after.state, after.outcome.uses) == (
        (State.UNKNOWN, (OF_THE_BILL,)) if doubted else (State.NOT_REDEEMED, ())
    )


@pytest.mark.parametrize(
    ("bill", "till", "alarm"),
    [
        ("B-99", OURS.till, None),
        ("B-1", OURS.till, Alarm.FOUND_AFTER_ALL),
        (None, OURS.till, Alarm.FOUND_AFTER_ALL),
        ("B-1", "mgroad.1", None),
    ],
    ids=["the number of the one it was named for", "nobody's number", "no number", "at another place"],
)
async def test_a_use_that_a_person_named_for_another_bill_is_doubted_where_no_request_explains_its_number(
    shop: Shop, reconcile: Reconcile, bill: str | None, till: str, alarm: Alarm | None
) -> None:
    second = redeemed(terms=replace(TYPED, bill_number="B-99"), id=RequestId("SECOND"))
    shop.ledger.claims["2"] = (shop.ledger.holds(second).id, ClaimKind.PERSON)
    shop.engine.found = (replace(OURS, bill=bill, till=till),)
    after = await reconcile(shop.ledger.holds(not_redeemed(terms=TYPED)))

    assert (after.state, after.due_at) == (State.NOT_REDEEMED, None)
    assert last_change(shop).alarm is alarm


# A refusal


async def test_an_echo_is_looked_at_after_the_window_and_once_more_a_day_later(
    shop: Shop, reconcile: Reconcile, timer: Timer
) -> None:
    outcome, timer.seconds = Outcome(settled=Settled.ANSWER, code=711), 900
    refused = ended(State.REFUSED, intent=INTENT, outcome=outcome, due_at=NOON + timedelta(minutes=15))
    after = await reconcile(shop.ledger.holds(refused))

    assert after.due_at == A_DAY_LATER
    assert silent(shop)
    assert not last_change(shop).redraw


# What was not redeemed


async def test_a_use_found_a_day_later_is_told_and_is_an_alarm(shop: Shop, reconcile: Reconcile) -> None:
    shop.engine.found = (OURS,)
    after = await reconcile(shop.ledger.holds(not_redeemed()))

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
    assert last_change(shop).alarm is Alarm.REDEEMED_AFTER_ALL
    assert last_change(shop).post == ()  # The move itself is news.


async def test_nothing_new_a_day_later_ends_it_silently(shop: Shop, reconcile: Reconcile) -> None:
    after = await reconcile(shop.ledger.holds(not_redeemed()))

    assert (after.state, after.due_at) == (State.NOT_REDEEMED, None)
    assert silent(shop)
    # It promised until now that a redemption found within a day would be told.
    assert last_change(shop).redraw


async def test_its_number_beside_another_new_use_a_day_later_is_not_silent(
    shop: Shop, reconcile: Reconcile
) -> None:
    """The case that this look exists for: the engine committed the call late, and a till used the coupon, too."""
    shop.engine.found = (replace(OURS, id="9", bill="B-9", till="mgroad.1"), OURS)
    before = shop.ledger.holds(not_redeemed())
    after = await reconcile(before)

    assert (after.state, after.outcome.redemption_id) == (State.REDEEMED, "2")
    assert last_change(shop).alarm is Alarm.REDEEMED_AFTER_ALL
    assert is_news(before, after.state)


TWO = (replace(OURS, id="3", bill="B-2"), replace(OURS, id="4", bill="B-3"))


@pytest.mark.parametrize("found", [(replace(OURS, bill="B-2"),), TWO], ids=["another bill", "two of them"])
async def test_what_only_a_person_can_judge_a_day_later_is_told_and_is_an_alarm(
    shop: Shop, reconcile: Reconcile, found: tuple[Use, ...]
) -> None:
    """It was said that it can be tried again; that is true no more."""
    shop.engine.found = found
    after = await reconcile(shop.ledger.holds(not_redeemed()))

    assert (after.state, after.outcome.uses, after.due_at) == (State.NOT_REDEEMED, found, None)
    assert (last_change(shop).alarm, last_change(shop).post) == (Alarm.FOUND_AFTER_ALL, TOLD)
    assert after.looks == 1


async def test_two_uses_with_its_number_a_day_later_are_redeemed_and_an_alarm(
    shop: Shop, reconcile: Reconcile
) -> None:
    shop.engine.found = (OURS, ANOTHER)
    after = await reconcile(shop.ledger.holds(not_redeemed()))

    assert (after.state, after.outcome.uses) == (State.REDEEMED, (OURS, ANOTHER))
    assert last_change(shop).alarm is Alarm.REDEEMED_AFTER_ALL


async def test_a_use_that_another_request_claims_as_strongly_is_an_alarm(
    shop: Shop, reconcile: Reconcile
) -> None:
    second = shop.ledger.holds(redeemed(id=RequestId("SECOND")))
    shop.ledger.claims["2"] = (second.id, ClaimKind.OWN_NUMBER)
    shop.engine.found = (OURS,)
    after = await reconcile(shop.ledger.holds(not_redeemed()))

    assert (after.state, after.due_at) == (State.NOT_REDEEMED, None)
    assert shop.ledger.claims["2"] == (second.id, ClaimKind.OWN_NUMBER)


@pytest.mark.parametrize("before", [not_redeemed(), redeemed(), a_day_ago(State.EXPIRED, looks=1)])
async def test_a_last_look_that_failed_is_tried_again_each_hour(
    shop: Shop, reconcile: Reconcile, timer: Timer, before: Redemption
) -> None:
    shop.engine.found, timer.seconds = EngineFault(), DAY_S
    after = await reconcile(shop.ledger.holds(before))

    assert (after.state, after.due_at) == (before.state, A_DAY_LATER + timedelta(seconds=RETRY_S))
    assert not last_change(shop).redraw


@pytest.mark.parametrize("before", [not_redeemed(), redeemed(), a_day_ago(State.EXPIRED, looks=1)])
async def test_last_looks_that_fail_for_a_day_more_are_an_alarm(
    shop: Shop, reconcile: Reconcile, before: Redemption
) -> None:
    shop.engine.found = EngineFault()
    late = replace(before, due_at=NOON + timedelta(seconds=GIVE_UP_S))

    assert (await reconcile(shop.ledger.holds(late))).due_at is None
    assert last_change(shop).alarm is Alarm.LOOKS_FAILED


async def test_what_an_older_version_ended_is_counted_from_its_deadline(
    shop: Shop, reconcile: Reconcile
) -> None:
    shop.engine.found = EngineFault()
    old = not_redeemed(ended_at=None, send_by=NOON, due_at=NOON + timedelta(seconds=GIVE_UP_S))
    await reconcile(shop.ledger.holds(old))

    assert last_change(shop).alarm is Alarm.LOOKS_FAILED


async def test_what_another_request_has_redeemed_is_no_evidence(shop: Shop, reconcile: Reconcile) -> None:
    """Asked for again with the same bill number, and redeemed then: the first one was not redeemed after all."""
    shop.engine.found = (OF_THE_BILL,)
    second = shop.ledger.holds(redeemed(terms=TYPED, id=RequestId("SECOND")))
    shop.ledger.claims["2"] = (second.id, ClaimKind.ANSWER)
    after = await reconcile(shop.ledger.holds(not_redeemed(terms=TYPED)))

    assert (after.state, after.due_at) == (State.NOT_REDEEMED, None)


# Which of several uses are for this bill


@pytest.mark.parametrize(
    ("use", "ours", "counts"),
    [
        (OF_THE_BILL, "coupon.desk", True),
        (replace(OF_THE_BILL, till=None), "coupon.desk", True),
        (OF_THE_BILL, None, True),
        (replace(OF_THE_BILL, till="mgroad.1"), "coupon.desk", False),
        (replace(OF_THE_BILL, bill="B-78"), "coupon.desk", False),
        (replace(OF_THE_BILL, bill=None), "coupon.desk", False),
    ],
)
def test_a_use_is_for_this_bill_by_its_number_and_its_place(
    shop: Shop, use: Use, ours: str | None, counts: bool
) -> None:
    shop.configuration = replace(shop.configuration, till=ours)
    evidence = shop.use_cases().read_evidence
    beside = replace(OURS, id="9", bill="B-1")

    found = evidence.for_this_bill(row(terms=TYPED), Undecided(uses=(beside, use)))
    assert found == ((use,) if counts else ())
