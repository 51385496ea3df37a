"""What each look finds, in every state that is looked at: what is written, told, alarmed, and when the next look is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.domain.alarm import Alarm
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import Use
from bot.domain.errors import EngineFault
from bot.domain.looks import DAY_S, GIVE_UP_S, RETRY_S
from bot.domain.messages import MessageKind
from bot.domain.redemption import Doubt, Outcome, Redemption, RequestId, Settled, State
from bot.domain.transitions import Change
from bot.services.reconcile import ENOUGH_LOOKS, Reconcile
from tests.services.redeeming import (
    CHANNEL,
    INTENT,
    LOOK_AFTER_S,
    OURS,
    TERMS,
    VIKRAM,
    WINDOW_S,
    Shop,
    row,
    saying,
)
from tests.services.shelf import ASHA, NOON
from tests.services.woken import Woken

TYPED = replace(TERMS, bill_number="B-77", generated=False, seen=("1",))
#: The same use for a request whose number was typed.
FOR_BILL = replace(OURS, bill="B-77")
OTHER = replace(OURS, id="3", bill="B-2")
ATTENTION = (MessageKind.ATTENTION, CHANNEL)
NEWS = (MessageKind.NEWS, VIKRAM.id)


@dataclass
class Room:
    """A shop and its looks."""

    shop: Shop = field(default_factory=lambda: Shop(engine=saying()))
    woken: Woken = field(default_factory=Woken)

    def __post_init__(self) -> None:
        reconcile = self.shop.use_cases().reconcile
        again = replace(reconcile.again, forget=self.shop.forget)
        self.reconcile: Reconcile = replace(reconcile, again=again, wake=self.woken)

    async def looks(self, at: Redemption, *found: Use) -> Redemption:
        self.shop.engine.found = found
        return await self.reconcile(self.shop.ledger.holds(at))

    @property
    def written(self) -> tuple[State, Change, Mapping[str, Any]]:
        """To which state, with what, and what the audit log keeps of it: of the one move."""
        [(_, to, change)] = self.shop.ledger.moves
        [(_, why)] = self.shop.ledger.told
        return to, change, why


@pytest.fixture
def room() -> Room:
    return Room()


def unknown(due_s: float = LOOK_AFTER_S, **facts: Any) -> Redemption:
    times = {"unknown_at": NOON, "due_at": NOON + timedelta(seconds=due_s)}
    return row(State.UNKNOWN, **{**times, "outcome": Outcome(doubt=Doubt.TIMED_OUT), **facts})


# An unknown outcome


async def test_a_look_that_finds_nothing_is_counted_and_another_follows(room: Room) -> None:
    """What an earlier look found belongs to another request by now."""
    after = await room.looks(unknown(looks=1, outcome=Outcome(doubt=Doubt.TIMED_OUT, uses=(OTHER,))))

    assert room.written == (
        State.UNKNOWN,
        Change(looks=2, outcome=Outcome(doubt=Doubt.TIMED_OUT), due_in_s=LOOK_AFTER_S, post=(ATTENTION,)),
        {"proof": "nothing new", "uses": [], "looks": 1},
    )
    assert after.looks == 2
    assert room.woken.times == 1
    assert room.shop.forgotten == []


@pytest.mark.parametrize("looks", range(ENOUGH_LOOKS + 1))
@pytest.mark.parametrize("due_s", [WINDOW_S - 1, WINDOW_S, WINDOW_S + 1])
async def test_one_look_counts_for_one_and_only_one_after_the_window_ends_it(
    room: Room, looks: int, due_s: float
) -> None:
    after = await room.looks(unknown(due_s, looks=looks))

    ends = looks + 1 >= 3 and due_s >= WINDOW_S
    assert (after.state, after.looks) == (State.NOT_REDEEMED if ends else State.UNKNOWN, looks + 1)


async def test_absence_is_written_with_its_looks_and_a_last_look_follows_in_a_day(room: Room) -> None:
    await room.looks(unknown(WINDOW_S, looks=2))

    assert room.written == (
        State.NOT_REDEEMED,
        Change(outcome=Outcome(settled=Settled.EVIDENCE, doubt=Doubt.TIMED_OUT), looks=3),
        {"proof": "nothing new", "uses": [], "looks": 2, "settled": "evidence", "doubt": "timed_out"},
    )


async def test_our_number_settles_it(room: Room) -> None:
    await room.looks(unknown(looks=1), OURS, OTHER)

    assert room.written == (
        State.REDEEMED,
        Change(
            outcome=Outcome(
                settled=Settled.OWN_NUMBER, redemption_id="2", uses=(OURS,), doubt=Doubt.TIMED_OUT
            ),
            claim=Claim(redemption_id="2", kind=ClaimKind.OWN_NUMBER),
        ),
        {
            "proof": "own number",
            "uses": ["2"],
            "looks": 1,
            "settled": "own_number",
            "doubt": "timed_out",
            "redemption_id": "2",
        },
    )
    assert (room.shop.forgotten, room.woken.times) == ([ASHA.id], 1)


async def test_one_new_use_with_the_typed_number_settles_it(room: Room) -> None:
    await room.looks(unknown(terms=TYPED), FOR_BILL)

    assert room.written == (
        State.REDEEMED,
        Change(
            outcome=Outcome(
                settled=Settled.EVIDENCE, redemption_id="2", uses=(FOR_BILL,), doubt=Doubt.TIMED_OUT
            ),
            claim=Claim(redemption_id="2", kind=ClaimKind.EVIDENCE),
        ),
        {
            "proof": "other evidence",
            "uses": ["2"],
            "looks": 0,
            "settled": "evidence",
            "doubt": "timed_out",
            "redemption_id": "2",
        },
    )


async def test_a_use_that_may_be_another_requests_is_for_a_person(room: Room) -> None:
    room.shop.ledger.holds(row(State.UNKNOWN, TYPED, id=RequestId("ANOTHER")))
    after = await room.looks(unknown(terms=TYPED), FOR_BILL)

    assert (after.state, after.outcome.uses) == (State.UNKNOWN, (FOR_BILL,))


async def test_what_a_person_must_judge_is_shown_and_does_not_count_as_absence(room: Room) -> None:
    await room.looks(unknown(40.0, looks=2), OTHER)

    assert room.written == (
        State.UNKNOWN,
        Change(outcome=Outcome(doubt=Doubt.TIMED_OUT, uses=(OTHER,)), due_in_s=40.0, post=(ATTENTION,)),
        {"proof": "undecided", "uses": ["3"], "looks": 2},
    )


async def test_after_the_window_it_is_left_to_them(room: Room) -> None:
    await room.looks(unknown(WINDOW_S, looks=2), OTHER)

    assert room.written == (
        State.UNKNOWN,
        Change(outcome=Outcome(doubt=Doubt.TIMED_OUT, uses=(OTHER,)), never_due=True, post=(ATTENTION,)),
        {"proof": "undecided", "uses": ["3"], "looks": 2},
    )


@pytest.mark.parametrize(
    ("missing", "passed_s"), [({"due_at": None}, 0.0), ({"unknown_at": None}, 0.0), ({}, 40.0)]
)
async def test_the_next_look_waits_as_long_as_has_passed(
    room: Room, missing: dict[str, Any], passed_s: float
) -> None:
    await room.looks(unknown(40.0, **missing))

    assert room.written[1].due_in_s == max(LOOK_AFTER_S, passed_s)


async def test_without_a_channel_for_it_nobody_is_told(room: Room) -> None:
    again = room.reconcile.again
    tell = replace(again.tell_settlers, channel=None)
    room.reconcile = replace(room.reconcile, again=replace(again, tell_settlers=tell))
    await room.looks(unknown())

    assert room.written[1].post == ()


SEQUENCES: Mapping[str, tuple[tuple[Use, ...], ...]] = {
    "nothing": ((), (), ()),
    "nothing, undecided, nothing": ((), (OTHER,), ()),
    "undecided alone": ((OTHER,), (OTHER,), (OTHER,)),
}


@pytest.mark.parametrize(
    ("sequence", "state", "looks"),
    [
        ("nothing", State.NOT_REDEEMED, 3),
        ("nothing, undecided, nothing", State.UNKNOWN, 2),
        ("undecided alone", State.UNKNOWN, 0),
    ],
)
async def test_of_several_looks_only_those_that_found_nothing_count(
    room: Room, sequence: str, state: State, looks: int
) -> None:
    at = unknown(WINDOW_S)
    for found in SEQUENCES[sequence]:
        after = await room.looks(at, *found)
        at = replace(after, due_at=NOON + timedelta(seconds=WINDOW_S))

    assert (at.state, at.looks) == (state, looks)


# What is read, and for whom


async def test_uses_are_read_as_the_intent_says(room: Room) -> None:
    await room.looks(unknown(intent=replace(INTENT, since=date(2025, 8, 1), single=True)))

    assert (room.shop.engine.looks, room.shop.engine.listed) == ([(date(2025, 8, 1), True)], [False])


async def test_without_an_intent_they_are_read_since_the_day_before_the_review(room: Room) -> None:
    await room.looks(row(State.EXPIRED, intent=None))

    assert (room.shop.engine.looks, room.shop.engine.listed) == ([(date(2025, 8, 31), False)], [False])


@pytest.mark.parametrize("doubt", Doubt)
async def test_after_an_answer_for_another_customer_only_what_is_listed_under_ours_counts(
    room: Room, doubt: Doubt
) -> None:
    await room.looks(unknown(outcome=Outcome(doubt=doubt)))

    assert room.shop.engine.listed == [doubt is Doubt.ANOTHER_CUSTOMER]


@pytest.mark.parametrize("sent", [True, False])
async def test_uses_from_before_prove_nothing(room: Room, sent: bool) -> None:
    """From before the call; where the ledger holds none, from before the review."""
    old = replace(FOR_BILL, id="1")
    at = unknown(terms=TYPED) if sent else row(State.EXPIRED, TYPED, intent=None)
    await room.looks(at, old)

    assert room.written[2]["proof"] == "nothing new"


async def test_a_request_that_was_shown_no_uses_takes_each_for_new(room: Room) -> None:
    await room.looks(row(State.EXPIRED, replace(TYPED, seen=None), intent=None), replace(FOR_BILL, id="1"))

    assert room.written[2]["proof"] == "other evidence"


@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize(("till", "place"), [("coupon.desk", True), ("mgroad.1", False), (None, True)])
async def test_only_a_use_at_our_place_is_ours(room: Room, sent: bool, till: str | None, place: bool) -> None:
    at = unknown() if sent else row(State.EXPIRED, intent=None)
    await room.looks(at, replace(OURS, till=till))

    assert (room.written[2]["proof"] == "own number") is place


# After a verdict


def ended(state: State, due_s: float = DAY_S, **facts: Any) -> Redemption:
    """`due_s`: seconds from its end to this look; the last one, if nothing else is said."""
    times = {"ended_at": NOON, "due_at": NOON + timedelta(seconds=due_s), "looks": 3}
    return row(state, **{**times, **facts})


ENDED = (State.NOT_REDEEMED, State.REFUSED, State.NOT_SENT, State.EXPIRED)


@pytest.mark.parametrize("state", ENDED)
async def test_nothing_new_ends_it_silently(room: Room, state: State) -> None:
    await room.looks(ended(state))

    assert room.written == (
        state,
        Change(never_due=True, looks=4, redraw=state is State.NOT_REDEEMED),
        {"proof": "nothing new", "uses": [], "looks": 3},
    )
    assert room.woken.times == 1


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("left_s", [DAY_S, 61.0, 60.0, 0.0, -1.0])
async def test_one_last_look_follows_a_day_after_the_end(room: Room, state: State, left_s: float) -> None:
    """A look within the last minute of the day is the last one."""
    await room.looks(ended(state, DAY_S - left_s))

    follows = left_s > 60.0
    change = room.written[1]
    assert (change.due_in_s, change.never_due) == (left_s if follows else None, not follows)


@pytest.mark.parametrize("looks", [0, 1])
@pytest.mark.parametrize("state", [State.EXPIRED, State.REFUSED, State.WITHDRAWN, State.NOT_SENT])
async def test_the_first_look_at_what_was_never_sent_is_drawn(room: Room, state: State, looks: int) -> None:
    """People read then that nothing was sent, surely; of what was sent and refused they have read it already."""
    await room.looks(ended(state, 0.0, looks=looks))

    assert room.written[1].redraw is (state is not State.NOT_SENT and looks == 0)


@pytest.mark.parametrize("state", ENDED)
async def test_our_number_after_all_is_redeemed_and_an_alarm(room: Room, state: State) -> None:
    await room.looks(ended(state), OURS)

    to, change, why = room.written
    assert (to, change.alarm, change.never_due, change.looks, change.post) == (
        State.REDEEMED,
        Alarm.REDEEMED_AFTER_ALL,
        False,
        4,
        (),
    )
    assert change.claim == Claim(redemption_id="2", kind=ClaimKind.OWN_NUMBER)
    assert why["proof"] == "own number"
    assert room.shop.forgotten == [ASHA.id]


#: What was found after a verdict: the alarm, whether it is told at once, and whether it moves to redeemed.
LATE: Mapping[str, tuple[State, tuple[Use, ...], Alarm | None, bool, State]] = {
    "typed number after not redeemed": (
        State.NOT_REDEEMED,
        (FOR_BILL,),
        Alarm.REDEEMED_AFTER_ALL,
        False,
        State.REDEEMED,
    ),
    "undecided after not redeemed": (
        State.NOT_REDEEMED,
        (OTHER,),
        Alarm.FOUND_AFTER_ALL,
        True,
        State.NOT_REDEEMED,
    ),
    "typed number after a no": (State.REFUSED, (FOR_BILL,), Alarm.FOUND_AFTER_ALL, False, State.REFUSED),
    "typed number where nothing was sent": (
        State.EXPIRED,
        (FOR_BILL,),
        Alarm.FOUND_AFTER_ALL,
        False,
        State.EXPIRED,
    ),
    "another bill after a no": (State.REFUSED, (OTHER,), None, False, State.REFUSED),
    "another bill where nothing was sent": (State.EXPIRED, (OTHER,), None, False, State.EXPIRED),
    "two, one with our bill, after a no": (
        State.REFUSED,
        (FOR_BILL, OTHER),
        Alarm.FOUND_AFTER_ALL,
        False,
        State.REFUSED,
    ),
    "two, one with our bill elsewhere, after a no": (
        State.REFUSED,
        (replace(FOR_BILL, till="mgroad.1"), OTHER),
        None,
        False,
        State.REFUSED,
    ),
    "two, one with our bill at no place, after a no": (
        State.REFUSED,
        (replace(FOR_BILL, till=None), OTHER),
        Alarm.FOUND_AFTER_ALL,
        False,
        State.REFUSED,
    ),
}


@pytest.mark.parametrize(("state", "found", "alarm", "told", "to"), LATE.values(), ids=LATE)
async def test_what_is_found_after_a_verdict(
    room: Room, state: State, found: tuple[Use, ...], alarm: Alarm | None, told: bool, to: State
) -> None:
    await room.looks(ended(state, terms=TYPED), *found)

    after, change, _ = room.written
    # What it moves to has looks of its own.
    assert (after, change.alarm, change.never_due) == (to, alarm, to is state)
    assert change.post == ((NEWS, ATTENTION) if told else ())


# A redemption whose answer left the id out


def without_id(due_s: float) -> Redemption:
    return ended(State.REDEEMED, due_s, outcome=Outcome(settled=Settled.ANSWER, status=200))


@pytest.mark.parametrize("due_s", [0.0, LOOK_AFTER_S, 3600.0])
@pytest.mark.parametrize("found", [(), (OTHER,)], ids=["nothing", "another bill"])
async def test_its_id_is_looked_for_with_waits_that_double(
    room: Room, due_s: float, found: tuple[Use, ...]
) -> None:
    await room.looks(without_id(due_s), *found)

    to, change, _ = room.written
    kept = replace(without_id(due_s).outcome, uses=found) if found else None
    assert (to, change) == (
        State.REDEEMED,
        Change(due_in_s=max(LOOK_AFTER_S, due_s), outcome=kept, redraw=False),
    )


@pytest.mark.parametrize("due_s", [DAY_S, DAY_S + 1])
async def test_after_a_day_that_is_an_alarm_and_those_who_settle_are_told(room: Room, due_s: float) -> None:
    await room.looks(without_id(due_s))

    assert room.written == (
        State.REDEEMED,
        Change(never_due=True, alarm=Alarm.NO_REDEMPTION_ID, post=(ATTENTION,)),
        {"proof": "nothing new", "uses": [], "looks": 3},
    )


async def test_what_may_be_it_after_a_day_is_kept_for_a_person(room: Room) -> None:
    after = await room.looks(without_id(DAY_S), OTHER)

    assert (after.state, after.due_at, after.outcome.uses) == (State.REDEEMED, None, (OTHER,))
    assert after.outcome.redemption_id is None
    assert room.written[1].post == (ATTENTION,)


async def test_what_an_earlier_look_found_is_not_offered_when_another_request_has_it_by_now(
    room: Room,
) -> None:
    held = without_id(DAY_S)
    after = await room.looks(replace(held, outcome=replace(held.outcome, uses=(OTHER,))))

    assert after.outcome.uses == ()


async def test_its_id_is_claimed_when_it_is_found(room: Room) -> None:
    await room.looks(without_id(60.0), OURS)

    to, change, _ = room.written
    assert (to, change.due_in_s, change.never_due, change.alarm) == (
        State.REDEEMED,
        DAY_S - 60.0,
        False,
        None,
    )
    assert change.outcome == Outcome(settled=Settled.ANSWER, redemption_id="2", status=200, uses=(OURS,))
    assert change.claim == Claim(redemption_id="2", kind=ClaimKind.OWN_NUMBER)


async def test_a_day_later_a_redemption_with_its_id_is_looked_at_no_more(room: Room) -> None:
    at = ended(State.REDEEMED, outcome=Outcome(settled=Settled.ANSWER, redemption_id="2"))
    await room.looks(at, OURS)

    to, change, _ = room.written
    assert (to, change) == (State.REDEEMED, Change(never_due=True, looks=4, redraw=False))


# Reads that fail


async def test_a_failed_read_of_an_unknown_outcome_is_told_and_repeated(room: Room) -> None:
    room.shop.engine.found = EngineFault()
    with capture_logs() as lines:
        await room.reconcile(room.shop.ledger.holds(unknown(40.0, looks=2)))

    assert room.written == (
        State.UNKNOWN,
        Change(due_in_s=40.0, post=(ATTENTION,)),
        {"error": "EngineFault"},
    )
    assert room.woken.times == 1
    assert [(line["event"], line["error"]) for line in lines] == [("evidence_not_read", "EngineFault")]


RETRIED = Change(due_in_s=RETRY_S, redraw=False)


@pytest.mark.parametrize("state", [*ENDED, State.REDEEMED])
@pytest.mark.parametrize("due_s", [0.0, GIVE_UP_S - 1, GIVE_UP_S])
async def test_failed_reads_after_a_verdict_are_given_up_after_two_days(
    room: Room, state: State, due_s: float
) -> None:
    room.shop.engine.found = EngineFault()
    await room.reconcile(room.shop.ledger.holds(ended(state, due_s)))

    to, change, why = room.written
    # A redemption without an id is left to a person.
    told = (ATTENTION,) if state is State.REDEEMED else ()
    given_up = Change(never_due=True, alarm=Alarm.LOOKS_FAILED, post=told)
    assert (to, change) == (state, given_up if due_s >= GIVE_UP_S else RETRIED)
    assert why == {"error": "EngineFault"}
    assert (GIVE_UP_S, RETRY_S) == (2 * 24 * 3600, 3600)


@pytest.mark.parametrize(
    ("since_s", "due_in_s"), [(0.0, LOOK_AFTER_S), (40.0, 40.0), (RETRY_S, RETRY_S), (2 * RETRY_S, RETRY_S)]
)
async def test_a_first_look_that_fails_is_tried_again_soon_and_then_each_hour(
    room: Room, since_s: float, due_in_s: float
) -> None:
    room.shop.engine.found = EngineFault()
    await room.reconcile(room.shop.ledger.holds(ended(State.EXPIRED, since_s, looks=0)))

    assert room.written[1] == Change(due_in_s=due_in_s, redraw=False)


A_MINUTE_BEFORE = NOON - timedelta(seconds=60)


@pytest.mark.parametrize(
    ("times", "since_s"),
    [
        ({"ended_at": A_MINUTE_BEFORE, "send_by": NOON, "begin_by": NOON}, GIVE_UP_S + 30),
        ({"ended_at": None, "send_by": A_MINUTE_BEFORE, "begin_by": NOON}, GIVE_UP_S + 30),
        ({"ended_at": None, "send_by": None, "begin_by": A_MINUTE_BEFORE}, GIVE_UP_S + 30),
        ({"ended_at": None, "send_by": None, "begin_by": None}, 0.0),
        ({"due_at": None}, 0.0),
    ],
    ids=["its end", "had to be sent", "had to begin", "no time known", "not due"],
)
async def test_from_when_it_is_counted(room: Room, times: dict[str, Any], since_s: float) -> None:
    """Requests that an older version ended have only their deadlines."""
    room.shop.engine.found = EngineFault()
    await room.reconcile(room.shop.ledger.holds(ended(State.EXPIRED, GIVE_UP_S - 30, **times)))

    given_up = since_s >= GIVE_UP_S
    assert room.written[1].alarm is (Alarm.LOOKS_FAILED if given_up else None)
