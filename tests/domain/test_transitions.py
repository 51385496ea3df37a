"""What each move changes. It is pure, so the ledger and its fake do the same."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from bot.domain.coupon import CouponCode, Discount, DiscountKind
from bot.domain.customer import CustomerId
from bot.domain.messages import MessageKind
from bot.domain.person import PersonId
from bot.domain.redemption import (
    Asking,
    Decision,
    Doubt,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    State,
    Stop,
    Terms,
)
from bot.domain.transitions import (
    MOVES,
    NOTHING_BESIDE,
    OPEN,
    PASSING,
    WITHOUT_REDEMPTION,
    Change,
    ClockCondition,
    clock_conditions,
    is_news,
    is_open,
    may_move,
    moved,
    new_request,
    not_even_made,
    posted_by_move,
    posted_when_made,
    takes_limit,
)
from bot.domain.worth import Worth
from tests.tables import table

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
#: The database's clock, which is not the desk's.
NOW = NOON + timedelta(seconds=3)
LATER = NOW + timedelta(minutes=1)
AGENT, ARJUN = PersonId("U0AGENT"), PersonId("U0MANAGER")
TERMS = Terms(
    requester=AGENT,
    customer=CustomerId("565039504"),
    code=CouponCode("Ab12"),
    discount=Discount(kind=DiscountKind.AMOUNT, value=Decimal(100)),
    worth=Worth(amount=Decimal(100)),
    bill=Decimal(250),
    takes_off=Decimal(100),
    bill_number="CD-1",
    generated=True,
    reason="Till offline",
    rule="small",
    approvals=0,
)
APPROVAL = Decision(by=ARJUN, at=NOON, round=1, approved=True)
INTENT = Intent(before=(), since=date(2026, 5, 31), single=False, till="desk.1")
A_DAY_LATER = NOW + timedelta(days=1)
UNSENT = [State.NEW, State.WAITING, State.APPROVED]
ENDS_UNSENT = [State.REFUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN]
UNSENT_ENDS = [(from_, to) for from_, to in product(UNSENT, ENDS_UNSENT) if may_move(from_, to)]
SENT_ENDS = [
    (from_, to)
    for from_, to in product(State, sorted(set(State) - OPEN))
    if may_move(from_, to) and from_ not in UNSENT
]
MOVES_OF_ANY = [(from_, to) for from_, to in product(State, State) if from_ is to or may_move(from_, to)]


def row(state: State = State.NEW, **facts: Any) -> Redemption:
    made = new_request(RequestId("one"), TERMS, made_at=NOON, begin_in_s=60, now=NOW)
    return replace(made, **{"version": 3, "state": state, **facts})


#: Where each state may lead, as docs/decisions/facts-and-states.md has it for facts, and people and clocks beside.
TABLE = """
new          → waiting approved refused expired redeemed
waiting      → approved rejected withdrawn expired refused redeemed
approved     → sending waiting refused expired redeemed
sending      → redeemed refused not_sent unknown
unknown      → redeemed refused not_sent not_redeemed
not_redeemed → redeemed refused
redeemed     → refused unknown
refused      → redeemed
not_sent     → redeemed
rejected     → redeemed
withdrawn    → redeemed
expired      → redeemed
"""


class TestMoves:
    def test_every_state_leads_where_the_table_says_and_nowhere_else(self) -> None:
        rows = [line.split() for line in TABLE.strip().splitlines()]
        table = {(row[0], to) for row in rows for to in row[2:]}

        assert {(from_.value, to.value) for from_ in MOVES for to in MOVES[from_]} == table
        assert {row[0] for row in rows} == {state.value for state in State}

    def test_every_open_state_can_be_left_and_every_other_ends_a_request(self) -> None:
        assert set(MOVES) >= OPEN
        assert OPEN | WITHOUT_REDEMPTION | {State.REDEEMED} == set(State)
        assert OPEN.isdisjoint(WITHOUT_REDEMPTION)

    @table(("from_", "to"), [*product(State, State)])
    def test_no_other_move_is_made(self, from_: State, to: State) -> None:
        if from_ is to or to in MOVES.get(from_, ()):
            assert moved(row(from_), to, NOTHING_BESIDE, NOW).state is to
        else:
            with pytest.raises(ValueError, match=f"^{from_} does not become {to}$"):
                moved(row(from_), to, NOTHING_BESIDE, NOW)

    @table(("from_", "to"), MOVES_OF_ANY)
    def test_each_counts_and_keeps_what_it_is_not_given(self, from_: State, to: State) -> None:
        before = row(from_, looks=2, round=2, decided=APPROVAL, reminded=1, send_by=LATER)

        after = moved(before, to, NOTHING_BESIDE, NOW)

        # Who looks at it next, and since when it is unknown or over, follow from the state.
        follow: dict[str, Any] = {
            "version": 4,
            "state": to,
            "due_at": after.due_at,
            "unknown_at": after.unknown_at,
            "ended_at": after.ended_at,
        }
        assert after == replace(before, **follow)

    def test_somebody_works_on_it_or_is_waited_for_while_it_is_open(self) -> None:
        assert [is_open(row(state)) for state in State] == [state in OPEN for state in State]

    def test_what_is_open_and_neither_waits_nor_is_in_doubt_is_over_in_a_moment(self) -> None:
        assert OPEN - {State.WAITING, State.UNKNOWN} == PASSING


class TestChange:
    def test_it_gives_fields_as_they_are_to_be(self) -> None:
        given = Change(
            intent=Intent(before=("R-1",), since=date(2026, 6, 1), single=False, till="till.1"),
            outcome=Outcome(doubt=Doubt.TIMED_OUT),
            terms=replace(TERMS, bill=Decimal(1)),
            decided=APPROVAL,
            round=2,
            asking=Asking(checked_at=NOON),
            asked_at=NOON,
            expires_at=LATER,
            attend_at=LATER,
            reminded=1,
            looks=4,
        )

        after = moved(row(), State.WAITING, given, NOW)

        for name in ("intent", "outcome", "terms", "decided", "round", "asking", "asked_at"):
            assert getattr(after, name) == getattr(given, name)
        for name in ("expires_at", "attend_at", "reminded", "looks"):
            assert getattr(after, name) == getattr(given, name)

    def test_each_of_its_fields_is_a_field_of_the_request_or_known_by_name(self) -> None:
        """A new one that nobody writes would be lost in silence."""
        not_of_a_request = {
            *("begin_in_s", "send_in_s", "due_in_s", "never_due"),
            *("limits", "post", "claim", "alarm", "redraw"),
        }

        assert {one.name for one in fields(Change)} - not_of_a_request <= {
            one.name for one in fields(Redemption)
        }

    def test_times_count_from_the_clock_that_it_is_given(self) -> None:
        sending = moved(row(State.APPROVED), State.SENDING, Change(send_in_s=15), NOW)
        approved = moved(row(), State.APPROVED, Change(begin_in_s=600, due_in_s=45), NOW)

        assert sending.send_by == sending.due_at == NOW + timedelta(seconds=15)
        assert approved.begin_by == NOW + timedelta(seconds=600)
        assert approved.due_at == NOW + timedelta(seconds=45)


class TestNextLook:
    def test_what_was_approved_is_looked_at_when_nobody_may_begin_any_more(self) -> None:
        approved = moved(row(), State.APPROVED, NOTHING_BESIDE, NOW)

        assert approved.due_at == approved.begin_by is not None

    def test_what_waits_is_looked_at_by_the_desks_clock_alone(self) -> None:
        waiting = moved(row(due_at=LATER), State.WAITING, Change(attend_at=LATER), NOW)

        assert (waiting.due_at, waiting.attend_at) == (None, LATER)
        assert moved(waiting, State.WITHDRAWN, NOTHING_BESIDE, NOW).attend_at is None

    @table(("from_", "to"), UNSENT_ENDS)
    def test_what_ends_without_a_sending_is_looked_at_at_once(self, from_: State, to: State) -> None:
        """The ledger may have lost one."""
        ended = moved(row(from_), to, NOTHING_BESIDE, NOW)

        assert (ended.due_at, ended.ended_at) == (NOW, NOW)
        assert moved(ended, to, Change(never_due=True), LATER).due_at is None

    @table(("from_", "to"), UNSENT_ENDS)
    def test_it_is_not_where_the_check_before_it_has_read_the_records(self, from_: State, to: State) -> None:
        assert moved(row(from_), to, Change(looks=1), NOW).due_at == A_DAY_LATER

    @table(("from_", "to"), SENT_ENDS)
    def test_every_other_end_is_looked_at_a_day_later(self, from_: State, to: State) -> None:
        ended = moved(row(from_, intent=INTENT), to, NOTHING_BESIDE, NOW)

        assert (ended.due_at, ended.ended_at) == (A_DAY_LATER, NOW)

    def test_what_has_a_single_use_cannot_be_redeemed_twice(self) -> None:
        single = row(State.SENDING, intent=replace(INTENT, single=True))

        assert moved(single, State.REDEEMED, NOTHING_BESIDE, NOW).due_at is None
        assert moved(single, State.REFUSED, NOTHING_BESIDE, NOW).due_at == A_DAY_LATER

    def test_an_end_is_the_last_one_and_none_while_it_is_open(self) -> None:
        ended = moved(row(State.SENDING, intent=INTENT), State.NOT_SENT, NOTHING_BESIDE, NOW)
        found = moved(ended, State.REDEEMED, NOTHING_BESIDE, LATER)

        assert moved(ended, State.NOT_SENT, NOTHING_BESIDE, LATER).ended_at == NOW
        assert found.ended_at == LATER
        assert moved(found, State.UNKNOWN, NOTHING_BESIDE, LATER).ended_at is None

    def test_it_stays_where_it_was_unless_it_is_never_due(self) -> None:
        unknown = row(State.UNKNOWN, due_at=LATER)

        assert moved(unknown, State.UNKNOWN, NOTHING_BESIDE, NOW).due_at == LATER
        assert moved(unknown, State.UNKNOWN, Change(never_due=True), NOW).due_at is None

    def test_an_outcome_is_unknown_since_the_move_that_first_said_so(self) -> None:
        unknown = moved(row(State.SENDING), State.UNKNOWN, NOTHING_BESIDE, NOW)

        assert unknown.unknown_at == NOW
        assert moved(unknown, State.UNKNOWN, NOTHING_BESIDE, LATER).unknown_at == NOW
        assert moved(unknown, State.NOT_REDEEMED, NOTHING_BESIDE, LATER).unknown_at == NOW

    @table(("from_", "to"), [(one, to) for one, to in MOVES_OF_ANY if to is not State.UNKNOWN])
    def test_what_was_never_in_doubt_has_no_such_time(self, from_: State, to: State) -> None:
        assert moved(row(from_), to, NOTHING_BESIDE, LATER).unknown_at is None


class TestClock:
    def test_it_matters_for_these_moves_alone(self) -> None:
        asked = {
            (str(from_), str(to)): clock_conditions(from_, to)
            for from_, to in MOVES_OF_ANY
            if clock_conditions(from_, to)
        }

        # A wait is ended by the desk's clock, and whoever is sending may say at once that the answer is unclear.
        assert asked == {
            ("approved", "sending"): [ClockCondition.BEGIN_BY_AHEAD],
            ("new", "expired"): [ClockCondition.BEGIN_BY_PAST],
            ("approved", "expired"): [ClockCondition.BEGIN_BY_PAST],
        }

    @table(("from_", "to"), MOVES_OF_ANY)
    def test_what_is_to_be_overdue_is_asked_for_beside_it(self, from_: State, to: State) -> None:
        asked = clock_conditions(from_, to, overdue=True)

        assert asked == [ClockCondition.SEND_BY_PAST, *clock_conditions(from_, to)]


class TestMade:
    def test_it_may_be_begun_for_so_long_and_is_looked_at_then(self) -> None:
        made = new_request(RequestId("one"), TERMS, made_at=NOON, begin_in_s=60, now=NOW)

        assert (made.state, made.version, made.made_at) == (State.NEW, 1, NOON)
        assert made.begin_by == made.due_at == NOW + timedelta(seconds=60)

    def test_one_that_is_stopped_ends_where_it_begins(self) -> None:
        no = Outcome(stop=Stop.ALREADY_OPEN)

        ended = not_even_made(row(), no, NOW)

        assert (ended.state, ended.outcome) == (State.REFUSED, no)
        # An earlier press of the same form may have been sent, and lost by the ledger.
        assert (ended.due_at, ended.ended_at) == (NOW, NOW)

    def test_its_requester_is_told_and_the_window_kept_true(self) -> None:
        own = (MessageKind.REQUESTER, AGENT)

        assert posted_when_made(row(), None) == [own]
        assert posted_when_made(row(), "V0WINDOW") == [own, (MessageKind.WINDOW, "V0WINDOW")]


class TestLimit:
    @table("to", State)
    def test_it_is_held_while_open_and_by_a_redemption(self, to: State) -> None:
        assert takes_limit(to, taken=True) is (to not in WITHOUT_REDEMPTION)

    @table("to", State)
    def test_given_back_it_is_taken_again_only_by_a_redemption(self, to: State) -> None:
        assert takes_limit(to, taken=False) is (to is State.REDEEMED)


class TestNews:
    @table(("from_", "to"), MOVES_OF_ANY)
    def test_an_end_is_news_after_a_wait_or_a_doubt(self, from_: State, to: State) -> None:
        waited = from_ in {State.WAITING, State.UNKNOWN} or from_ not in OPEN
        ended = to not in OPEN | {State.WITHDRAWN}
        approved = replace(row(from_), decided=APPROVAL)

        told = ended or (to is State.UNKNOWN and from_ not in OPEN)
        assert is_news(row(from_), to) is (waited and told and to is not from_)
        assert is_news(approved, to) is ((ended or to is State.UNKNOWN) and to is not from_)

    def test_the_requester_gets_them_beside_what_the_move_posts(self) -> None:
        reminder = (MessageKind.REMINDER, "C0APPROVALS")
        before, change = row(State.WAITING), Change(post=(reminder,))
        waits, ended = (moved(before, to, change, NOW) for to in (State.WAITING, State.EXPIRED))

        assert posted_by_move(before, waits, change) == [reminder]
        assert posted_by_move(before, ended, change) == [reminder, (MessageKind.NEWS, AGENT)]
