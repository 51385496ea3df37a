"""What `services.ports.Requests` promises, of the fake and of the real ledger alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.redemption import (
    Asking,
    Decision,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    Settled,
    State,
    Stop,
)
from bot.domain.request_errors import Stopped
from bot.domain.transitions import MOVES, OPEN, Change
from bot.domain.worth import Worth
from bot.services.ports import Requests
from tests.adapters.ledger import facts
from tests.adapters.ledger.facts import (
    AGENT,
    LONG,
    NOON,
    SENIOR,
    TERMS,
    TODAY,
    another_coupon,
)
from tests.contract.conftest import Ledger, Makes, Puts

HOUR = timedelta(hours=1)
INTENT = Intent(before=("1",), since=date(2026, 5, 31), single=True, till="desk.till")
ONE_MORE = Limits(count=2, value=Decimal(250))


# Written down


async def test_a_request_that_was_never_made_is_unknown(ledger: Ledger) -> None:
    assert await ledger.requests.get(RequestId("never")) is None


async def test_a_request_is_new_and_takes_its_share(ledger: Ledger, make: Makes) -> None:
    before = await ledger.now()
    made = await make()
    after = await ledger.now()

    assert made == Redemption(
        id=made.id,
        version=1,
        state=State.NEW,
        terms=TERMS,
        made_at=NOON,
        begin_by=made.begin_by,
        due_at=made.begin_by,
    )
    assert made.begin_by is not None
    assert before <= made.begin_by - timedelta(seconds=LONG) <= after
    assert await ledger.requests.get(made.id) == made
    assert await ledger.requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(100))
    assert await ledger.requests.usage(SENIOR, TODAY) == Usage()


async def test_a_request_that_is_known_is_given_back_as_it_stands(ledger: Ledger, make: Makes) -> None:
    row = await ledger.requests.move(await make(), State.APPROVED)
    again = await ledger.requests.make(
        row.id, TERMS, made_at=NOON, day=TODAY, limits=Limits(count=0), begin_in_s=1.0
    )

    assert (again.row, again.ours) == (row, False)
    assert await ledger.requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(100))


async def test_a_second_one_for_the_same_coupon_is_refused_while_one_is_open(
    ledger: Ledger, make: Makes
) -> None:
    first = await make()
    second = await make(replace(TERMS, code=CouponCode(TERMS.code.upper())))

    assert (second.state, second.version) == (State.REFUSED, 1)
    assert second.due_at == second.ended_at is not None
    assert second.outcome == Outcome(stop=Stop.ALREADY_OPEN)
    assert await ledger.requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(100))
    assert await ledger.requests.open_for(TERMS.customer, CouponCode(TERMS.code.lower())) == first
    assert await ledger.requests.open_for(TERMS.customer, CouponCode("another")) is None


@pytest.mark.parametrize(
    ("limits", "stop"),
    [
        (Limits(count=1), Stop.COUNT_LIMIT),
        (Limits(count=9, value=Decimal(199)), Stop.VALUE_LIMIT),
    ],
)
async def test_past_a_limit_it_is_refused_with_its_figures(
    ledger: Ledger, make: Makes, limits: Limits, stop: Stop
) -> None:
    await make()
    refused = await make(another_coupon(), limits)

    used = Usage(count=1, value=Decimal(100))
    assert refused.state is State.REFUSED
    assert refused.outcome == Outcome(
        stop=stop, at_limit=AtLimit(limits=limits, used=used, worth=Decimal(100))
    )
    assert await ledger.requests.usage(AGENT, TODAY) == used


async def test_other_customers_and_coupons_are_not_in_the_way(make: Makes) -> None:
    await make()

    of_another = await make(replace(TERMS, customer=CustomerId("7")))
    with_another = await make(replace(TERMS, code=CouponCode("Ab13")))

    assert {of_another.state, with_another.state} == {State.NEW}


@pytest.mark.parametrize("state", State)
async def test_a_second_request_is_made_only_when_the_first_is_over(
    make: Makes, put: Puts, state: State
) -> None:
    first = await put(state)

    second = await make(first.terms)

    assert second.state is (State.REFUSED if state in OPEN else State.NEW)


# Moved


async def test_the_moves_are_those_of_the_table(requests: Requests, put: Puts) -> None:
    """Where the clock plays a part it allows the move here."""
    worked = {state: set[State]() for state in State}
    for from_ in State:
        row = await put(from_, begin_by=HOUR, send_by=HOUR)
        for to in (one for one in State if one is not State.EXPIRED):
            try:
                moved = await requests.move(row, to)
            except ValueError:
                continue
            worked[from_].add(moved.state)
            row = await put(from_, begin_by=HOUR, send_by=HOUR)
        assert await requests.get(row.id) == row
        late = await put(from_, begin_by=-HOUR, send_by=HOUR)
        try:
            worked[from_].add((await requests.move(late, State.EXPIRED)).state)
        except ValueError:
            assert await requests.get(late.id) == late

    assert worked == {state: {state, *MOVES.get(state, ())} for state in State}


async def test_facts_are_added_without_a_move(requests: Requests) -> None:
    row = await facts.walk(
        requests, await facts.make(requests), State.APPROVED, State.SENDING, State.REDEEMED
    )

    outcome = Outcome(settled=Settled.ANSWER, redemption_id="R-7")
    told = await requests.move(row, State.REDEEMED, Change(outcome=outcome))

    assert told == replace(row, version=row.version + 1, outcome=outcome)


async def test_a_move_writes_every_field_that_it_is_given(ledger: Ledger, make: Makes) -> None:
    given: dict[str, Any] = {
        "intent": INTENT,
        "outcome": Outcome(settled=Settled.ANSWER, redemption_id="R-7", code=700, status=200),
        "terms": replace(TERMS, worth=Worth(amount=Decimal("120.50")), note="Asked twice"),
        "decided": Decision(by=SENIOR, at=NOON, round=2, approved=True, note="Fine"),
        "round": 2,
        "asking": Asking(checked_at=NOON, uses=3, earlier=1),
        "asked_at": NOON,
        "expires_at": NOON + HOUR,
        "attend_at": NOON + HOUR / 2,
        "reminded": 1,
        "looks": 4,
    }
    before = await ledger.now()
    row = await ledger.requests.move(
        await make(), State.WAITING, Change(**given, begin_in_s=60.0, send_in_s=120.0)
    )
    after = await ledger.now()

    assert {name: getattr(row, name) for name in given} == given
    assert (row.version, row.state, row.due_at) == (2, State.WAITING, None)
    assert row.begin_by is not None
    assert row.send_by is not None
    assert before <= row.begin_by - timedelta(seconds=60) <= after
    assert before <= row.send_by - timedelta(seconds=120) <= after
    assert await ledger.requests.get(row.id) == row
    assert await ledger.requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal("120.50"))


async def test_a_move_from_what_stands_no_more_conflicts_and_writes_nothing(
    ledger: Ledger, make: Makes
) -> None:
    old = await make()
    row = await ledger.requests.move(old, State.APPROVED)
    for stale in (old, replace(row, state=State.NEW), replace(row, version=1)):
        with pytest.raises(VersionConflict):
            await ledger.requests.move(stale, State.WAITING)

    assert await ledger.requests.get(row.id) == row


async def test_the_answer_of_one_call_is_not_written_over_another_call(ledger: Ledger, put: Puts) -> None:
    """A standby took over, and the request was sent again from there, at the same version."""
    row = await put(State.SENDING, send_by=HOUR, intent=replace(INTENT, attempt="theirs"))
    with pytest.raises(VersionConflict):
        await ledger.requests.move(replace(row, intent=replace(INTENT, attempt="mine")), State.REFUSED)

    assert await ledger.requests.get(row.id) == row
    assert (await ledger.requests.move(row, State.REFUSED)).state is State.REFUSED


async def test_a_request_that_is_lost_is_told_as_that(ledger: Ledger, make: Makes) -> None:
    lost = replace(await make(), id=RequestId("lost"))
    with pytest.raises(LedgerUnavailable) as told:
        await ledger.requests.move(lost, State.APPROVED)

    assert told.value.kind == "lost"


@pytest.mark.parametrize(
    ("state", "to", "begin_by", "allowed"),
    [
        (State.APPROVED, State.SENDING, HOUR, True),
        (State.APPROVED, State.SENDING, 0 * HOUR, False),
        (State.APPROVED, State.SENDING, -HOUR, False),
        (State.APPROVED, State.EXPIRED, HOUR, False),
        (State.APPROVED, State.EXPIRED, -HOUR, True),
        (State.NEW, State.EXPIRED, HOUR, False),
        (State.NEW, State.EXPIRED, -HOUR, True),
        (State.WAITING, State.EXPIRED, HOUR, True),
    ],
)
async def test_nobody_begins_to_send_late_and_nothing_expires_early(
    ledger: Ledger, put: Puts, state: State, to: State, begin_by: timedelta, *, allowed: bool
) -> None:
    row = await put(state, begin_by=begin_by)
    if allowed:
        assert (await ledger.requests.move(row, to)).state is to
    else:
        with pytest.raises(VersionConflict):
            await ledger.requests.move(row, to)


@pytest.mark.parametrize(("send_by", "allowed"), [(HOUR, False), (-HOUR, True)])
async def test_an_overdue_move_is_of_one_past_its_time(
    ledger: Ledger, put: Puts, send_by: timedelta, *, allowed: bool
) -> None:
    row = await put(State.SENDING, send_by=send_by)
    if allowed:
        assert (await ledger.requests.move(row, State.UNKNOWN, overdue=True)).unknown_at is not None
    else:
        with pytest.raises(VersionConflict):
            await ledger.requests.move(row, State.UNKNOWN, overdue=True)


async def test_terms_that_are_dearer_must_keep_to_the_limits(ledger: Ledger, make: Makes) -> None:
    await make()
    row = await make(another_coupon())
    dearer = replace(row.terms, worth=Worth(amount=Decimal(151)))
    with pytest.raises(Stopped) as stopped:
        await ledger.requests.move(row, State.WAITING, Change(terms=dearer, limits=ONE_MORE))

    others = Usage(count=1, value=Decimal(100))
    assert stopped.value.stop is Stop.VALUE_LIMIT
    assert stopped.value.at_limit == AtLimit(limits=ONE_MORE, used=others, worth=Decimal(151))
    assert await ledger.requests.get(row.id) == row
    assert await ledger.requests.usage(AGENT, TODAY) == Usage(count=2, value=Decimal(200))


async def test_who_sent_it_may_say_at_once_that_the_answer_is_unclear(
    ledger: Ledger, requests: Requests
) -> None:
    sending = await facts.walk(requests, await facts.make(requests), State.APPROVED, State.SENDING)
    before = await ledger.now()

    unknown = await requests.move(sending, State.UNKNOWN)

    assert unknown.unknown_at is not None
    assert before <= unknown.unknown_at <= await ledger.now()
    looked_at = await requests.move(unknown, State.UNKNOWN, Change(looks=1))
    assert looked_at.unknown_at == unknown.unknown_at
