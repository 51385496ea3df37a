"""When a request that has ended is looked at, and what has been said by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from bot.domain.looks import (
    DAY_S,
    GIVE_UP_S,
    RETRY_S,
    can_be_settled,
    ended_unsent,
    has_no_id,
    is_to_be_named,
    look_in_s,
    next_look_in_s,
    retry_in_s,
    since_end_s,
    surely_unsent,
)
from bot.domain.redemption import Outcome, Redemption, State
from bot.domain.transitions import is_open
from tests.services.redeeming import INTENT, row
from tests.services.shelf import NOON
from tests.tables import table

UNSENT = {State.REFUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN}
ENDS = [state for state in State if not is_open(row(state))]


def ended(
    state: State = State.EXPIRED, since_s: float = DAY_S, *, sent: bool = False, looks: int = 0
) -> Redemption:
    due_at = NOON + timedelta(seconds=since_s)
    return row(state, intent=INTENT if sent else None, looks=looks, ended_at=NOON, due_at=due_at)


@table(("state", "sent", "looks"), [*product(State, [True, False], [0, 1])])
def test_what_ended_without_a_sending_is_surely_unsent_once_the_records_were_read(
    state: State, sent: bool, looks: int
) -> None:
    of = ended(state, sent=sent, looks=looks)
    unsent = state in UNSENT and not sent

    assert ended_unsent(of) is unsent
    assert surely_unsent(of) is (unsent and looks == 1)


@pytest.mark.parametrize(("state", "sent", "looks"), [*product(ENDS, [True, False], [0, 1])])
def test_what_ended_unsent_is_looked_at_at_once_and_all_else_a_day_later(
    state: State, sent: bool, looks: int
) -> None:
    at_once = state in UNSENT and not sent and looks == 0

    assert look_in_s(ended(state, sent=sent, looks=looks)) == (0.0 if at_once else DAY_S)


@pytest.mark.parametrize(("state", "single"), [*product(ENDS, [True, False])])
def test_a_single_use_that_is_redeemed_cannot_be_redeemed_twice(state: State, single: bool) -> None:
    of = replace(ended(state), intent=replace(INTENT, single=single))
    never = single and state is State.REDEEMED

    assert look_in_s(of) == (None if never else DAY_S)
    assert next_look_in_s(replace(of, due_at=NOON)) == (None if never else DAY_S)


@table(("state", "found", "due"), [*product(State, [None, "9"], [True, False])])
def test_a_person_names_the_use_of_what_is_redeemed_where_no_look_can_find_it_any_more(
    state: State, found: str | None, due: bool
) -> None:
    of = row(state, outcome=Outcome(redemption_id=found), due_at=NOON if due else None)
    nameless = state is State.REDEEMED and found is None

    assert has_no_id(of) is nameless
    assert is_to_be_named(of) is (nameless and not due)
    assert can_be_settled(of) is (state is State.UNKNOWN or (nameless and not due))


def test_its_end_is_when_it_ended_or_else_its_last_deadline() -> None:
    of = replace(
        ended(since_s=60.0), send_by=NOON + timedelta(seconds=50), begin_by=NOON + timedelta(seconds=20)
    )

    assert since_end_s(of) == 60.0
    assert since_end_s(replace(of, ended_at=None)) == 10.0
    assert since_end_s(replace(of, ended_at=None, send_by=None)) == 40.0
    assert since_end_s(replace(of, ended_at=None, send_by=None, begin_by=None)) == 0.0
    assert since_end_s(replace(of, due_at=None)) == 0.0


@pytest.mark.parametrize(
    ("since_s", "left_s"),
    [(0.0, DAY_S), (DAY_S - 61, 61.0), (DAY_S - 60, None), (DAY_S, None), (DAY_S + 1, None)],
)
def test_a_look_within_a_minute_of_the_days_end_is_the_last(since_s: float, left_s: float | None) -> None:
    assert next_look_in_s(ended(since_s=since_s, looks=1)) == left_s


@pytest.mark.parametrize(
    ("since_s", "in_s"), [(0.0, 5.0), (6.0, 6.0), (RETRY_S, RETRY_S), (RETRY_S + 1, RETRY_S)]
)
def test_a_first_look_that_fails_is_tried_again_soon_and_others_each_hour(
    since_s: float, in_s: float
) -> None:
    assert retry_in_s(ended(since_s=since_s), 5.0) == in_s
    assert retry_in_s(ended(since_s=since_s, looks=1), 5.0) == RETRY_S
    assert retry_in_s(ended(State.NOT_REDEEMED, since_s, sent=True), 5.0) == RETRY_S
    assert (DAY_S, RETRY_S, GIVE_UP_S) == (86_400, 3_600, 172_800)
