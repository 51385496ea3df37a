from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.dialects import read_now
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.rows import to_row
from bot.adapters.ledger.tables import redemptions
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable, VersionConflict
from bot.domain.limits import Limits, Usage
from bot.domain.redemption import (
    Decision,
    Doubt,
    Intent,
    Outcome,
    Redemption,
    RequestId,
    Settled,
    State,
    Stop,
)
from bot.domain.transitions import MOVES, OPEN, Change
from bot.services.ports import Earlier
from tests.adapters.ledger.facts import (
    AGENT,
    LONG,
    NOON,
    SENIOR,
    TERMS,
    TODAY,
    CutOff,
    another_coupon,
    audit,
    make,
    new_id,
    walk,
)

REDEEMED = Outcome(settled=Settled.ANSWER, redemption_id="R-7")
PAST = timedelta(hours=-1)
AHEAD = timedelta(hours=1)


async def read_clock(database: Database) -> datetime:
    async with database.transaction() as connection:
        return await read_now(connection)


async def put(database: Database, state: State, begin: timedelta = AHEAD) -> Redemption:
    """A request as it may stand at some time, however it came there."""
    now = await read_clock(database)
    row = Redemption(
        id=new_id(),
        version=3,
        state=state,
        terms=another_coupon(),
        made_at=NOON,
        begin_by=now + begin,
        send_by=now + AHEAD,
    )
    async with database.transaction() as connection:
        taken = state in OPEN
        await connection.execute(insert(redemptions).values(**to_row(row), day=TODAY, limit_taken=taken))
    return row


# Written down


async def test_a_request_is_written_down_as_it_was_confirmed(
    database: Database, requests: LedgerRequests
) -> None:
    before = await read_clock(database)
    handled = await requests.make(
        RequestId("one"), TERMS, made_at=NOON, day=TODAY, limits=Limits(), begin_in_s=60
    )
    made = handled.row
    after = await read_clock(database)

    assert handled.ours
    assert made.begin_by is not None
    assert before <= made.begin_by - timedelta(seconds=60) <= after
    assert made == Redemption(
        id=RequestId("one"),
        version=1,
        state=State.NEW,
        terms=TERMS,
        made_at=NOON,
        begin_by=made.begin_by,
        due_at=made.begin_by,
    )
    assert await requests.get(RequestId("one")) == made


async def test_a_request_that_was_never_made_is_unknown(requests: LedgerRequests) -> None:
    assert await requests.get(RequestId("never")) is None


async def test_a_second_delivery_gets_the_request_as_it_stands(
    database: Database, requests: LedgerRequests
) -> None:
    sending = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    so_far = await audit(database)

    again = await make(
        requests, replace(TERMS, bill=Decimal(1)), request_id=sending.id, limits=Limits(count=0)
    )

    assert again == sending
    assert await audit(database) == so_far
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(100))


async def test_while_one_is_open_another_for_the_coupon_is_refused(requests: LedgerRequests) -> None:
    first = await make(requests)

    second = await make(requests, replace(TERMS, requester=SENIOR, code=CouponCode("aB12")))

    assert second.state is State.REFUSED
    assert second.outcome == Outcome(stop=Stop.ALREADY_OPEN)
    assert second.due_at is None
    assert await requests.usage(SENIOR, TODAY) == Usage()
    assert await requests.get(first.id) == first


@pytest.mark.parametrize("state", State)
async def test_a_second_request_is_made_only_when_the_first_is_over(
    database: Database, requests: LedgerRequests, state: State
) -> None:
    first = await put(database, state)

    second = await make(requests, first.terms)

    assert second.state is (State.REFUSED if state in OPEN else State.NEW)


async def test_other_customers_and_coupons_are_not_in_the_way(requests: LedgerRequests) -> None:
    await make(requests)

    of_another = await make(requests, replace(TERMS, customer=CustomerId("7")))
    with_another = await make(requests, replace(TERMS, code=CouponCode("Ab13")))

    assert {of_another.state, with_another.state} == {State.NEW}


# Moves


async def test_the_moves_are_those_of_the_table(database: Database, requests: LedgerRequests) -> None:
    """Where the clock plays a part it allows the move here."""
    worked = {state: set[State]() for state in State}
    for from_ in State:
        for to in State:
            row = await put(database, from_, begin=PAST if to is State.EXPIRED else AHEAD)
            try:
                moved = await requests.move(row, to)
            except ValueError:
                assert await requests.get(row.id) == row
            else:
                worked[from_].add(moved.state)

    assert worked == {state: {state, *MOVES.get(state, ())} for state in State}


async def test_a_move_counts_and_writes_what_it_is_given(requests: LedgerRequests) -> None:
    made = await make(requests)
    intent = Intent(before=("R-1", "R-2"), since=TODAY, single=False, till="till.1")
    decision = Decision(by=SENIOR, at=NOON, round=2, approved=True, note="fine")
    row = await requests.move(
        await requests.move(made, State.APPROVED, Change(decided=decision, round=2, expires_at=NOON)),
        State.SENDING,
        Change(intent=intent, outcome=Outcome(doubt=Doubt.TIMED_OUT), looks=4, send_in_s=LONG),
    )

    assert row == replace(
        made,
        version=3,
        state=State.SENDING,
        decided=decision,
        round=2,
        expires_at=NOON,
        intent=intent,
        outcome=Outcome(doubt=Doubt.TIMED_OUT),
        looks=4,
        send_by=row.send_by,
        due_at=row.send_by,
    )
    assert await requests.get(made.id) == row


async def test_facts_are_added_without_a_move(requests: LedgerRequests) -> None:
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)

    told = await requests.move(row, State.REDEEMED, Change(outcome=REDEEMED))

    assert told == replace(row, version=row.version + 1, outcome=REDEEMED)


async def test_what_was_moved_meanwhile_is_not_moved_again(requests: LedgerRequests) -> None:
    made = await make(requests)
    moved = await requests.move(made, State.APPROVED)

    for to in (State.APPROVED, State.REFUSED, State.WAITING):
        with pytest.raises(VersionConflict):
            await requests.move(made, to)

    assert await requests.get(made.id) == moved


async def test_facts_that_were_added_meanwhile_are_not_overwritten(requests: LedgerRequests) -> None:
    made = await make(requests)
    noted = await requests.move(made, State.NEW, Change(looks=1))

    for to in (State.NEW, State.APPROVED):
        with pytest.raises(VersionConflict):
            await requests.move(made, to, Change(looks=2))

    assert await requests.get(made.id) == noted


async def test_a_state_that_the_ledger_does_not_hold_is_no_start(requests: LedgerRequests) -> None:
    """What is told as unknown because it could not be written is still `sending` in the ledger."""
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING)

    with pytest.raises(VersionConflict):
        await requests.move(replace(row, state=State.UNKNOWN), State.NOT_REDEEMED)

    assert await requests.get(row.id) == row


# The clock


@pytest.mark.parametrize("begin_in_s", [0, -5])
async def test_past_its_time_nobody_spends_it(requests: LedgerRequests, begin_in_s: float) -> None:
    made = await make(requests)
    row = await requests.move(made, State.APPROVED, Change(begin_in_s=begin_in_s))

    with pytest.raises(VersionConflict):
        await requests.move(row, State.SENDING, Change(send_in_s=LONG))

    assert await requests.get(row.id) == row
    assert (await requests.move(row, State.EXPIRED)).state is State.EXPIRED


@pytest.mark.parametrize("state", [State.NEW, State.APPROVED])
async def test_within_its_time_it_does_not_expire(requests: LedgerRequests, state: State) -> None:
    row = await make(requests)
    if state is State.APPROVED:
        row = await requests.move(row, State.APPROVED)

    with pytest.raises(VersionConflict):
        await requests.move(row, State.EXPIRED)

    assert await requests.get(row.id) == row


async def test_a_request_that_waits_expires_by_another_clock(requests: LedgerRequests) -> None:
    waiting = await walk(requests, await make(requests), State.WAITING)

    assert (await requests.move(waiting, State.EXPIRED)).state is State.EXPIRED


async def test_what_somebody_is_sending_is_given_up_only_when_it_is_overdue(requests: LedgerRequests) -> None:
    approved = await walk(requests, await make(requests), State.APPROVED)
    sending = await requests.move(approved, State.SENDING, Change(send_in_s=LONG))

    with pytest.raises(VersionConflict):
        await requests.move(sending, State.UNKNOWN, overdue=True)

    overdue = await requests.move(sending, State.SENDING, Change(send_in_s=-1))
    assert (await requests.move(overdue, State.UNKNOWN, overdue=True)).state is State.UNKNOWN


async def test_who_sent_it_may_say_at_once_that_the_answer_is_unclear(
    database: Database, requests: LedgerRequests
) -> None:
    sending = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    before = await read_clock(database)

    unknown = await requests.move(sending, State.UNKNOWN)

    assert unknown.unknown_at is not None
    assert before <= unknown.unknown_at <= await read_clock(database)
    looked_at = await requests.move(unknown, State.UNKNOWN, Change(looks=1))
    assert looked_at.unknown_at == unknown.unknown_at


# What is due


async def test_what_is_past_its_time_is_due_the_longest_first(requests: LedgerRequests) -> None:
    late = await make(requests, another_coupon(), begin_in_s=-10)
    latest = await make(requests, another_coupon(), begin_in_s=-30)
    await make(requests, another_coupon(), begin_in_s=LONG)
    later = await make(requests, another_coupon(), begin_in_s=-20)

    assert list(await requests.due(1)) == [latest]
    assert list(await requests.due(20)) == [later, late]


async def test_when_a_request_is_due_follows_its_state(requests: LedgerRequests) -> None:
    made = await make(requests)
    assert made.due_at == made.begin_by

    approved = await requests.move(made, State.APPROVED, Change(begin_in_s=600))
    assert approved.due_at == approved.begin_by != made.begin_by

    sending = await requests.move(approved, State.SENDING, Change(send_in_s=15))
    assert sending.due_at == sending.send_by is not None

    unknown = await requests.move(sending, State.UNKNOWN)
    assert unknown.due_at == sending.send_by

    looked_at = await requests.move(unknown, State.UNKNOWN, Change(due_in_s=-1))
    assert [row.id for row in await requests.due(20)] == [made.id]

    closed = await requests.move(looked_at, State.NOT_REDEEMED, Change(due_in_s=86400))
    assert closed.due_at is not None

    never = await requests.move(closed, State.NOT_REDEEMED, Change(never_due=True))
    assert never.due_at is None


async def test_what_is_over_is_never_due(requests: LedgerRequests) -> None:
    refused = await walk(requests, await make(requests, begin_in_s=-1), State.REFUSED)

    assert refused.due_at is None
    assert list(await requests.due(20)) == []


# What was redeemed


async def test_a_redemption_of_the_coupon_is_found_for_its_day(requests: LedgerRequests) -> None:
    done = await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)
    await make(requests)

    async def lately(code: str = "AB12", since: datetime = NOON, customer: str = TERMS.customer) -> object:
        return await requests.redeemed_lately(CustomerId(customer), CouponCode(code), since)

    assert await lately() == done
    assert await lately(since=NOON + timedelta(seconds=1)) is None
    assert await lately(code="AB13") is None
    assert await lately(customer="7") is None


@pytest.mark.parametrize(
    "moves",
    [(), (State.WAITING,), (State.APPROVED, State.SENDING), (State.APPROVED, State.SENDING, State.UNKNOWN)],
)
async def test_the_request_that_has_not_ended_is_found(
    requests: LedgerRequests, moves: tuple[State, ...]
) -> None:
    await make(requests, another_coupon())
    standing = await walk(requests, await make(requests), *moves)

    assert await requests.open_for(TERMS.customer, CouponCode(TERMS.code.swapcase())) == standing
    assert await requests.open_for(CustomerId("7"), TERMS.code) is None


async def test_what_has_ended_stands_in_nobodys_way(requests: LedgerRequests) -> None:
    await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)
    await walk(requests, await make(requests), State.REFUSED)

    assert await requests.open_for(TERMS.customer, TERMS.code) is None


async def test_what_concerns_a_customer_is_what_is_open_or_has_redeemed(requests: LedgerRequests) -> None:
    redeemed = await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)
    await walk(requests, await make(requests), State.REFUSED)
    waiting = await walk(requests, await make(requests), State.WAITING)

    found = await requests.concerning(TERMS.customer)

    assert {row.id for row in found} == {redeemed.id, waiting.id}
    assert await requests.concerning(CustomerId("7")) == []


async def test_what_waited_long_for_its_approval_was_redeemed_when_it_was_approved(
    requests: LedgerRequests,
) -> None:
    asked = await walk(requests, await make(requests), State.WAITING)
    later = NOON + timedelta(hours=3)
    decided = Decision(by=SENIOR, at=later, round=1, approved=True)
    approved = await requests.move(asked, State.APPROVED, Change(decided=decided, begin_in_s=LONG))
    done = await walk(requests, approved, State.SENDING, State.REDEEMED)

    assert await requests.redeemed_lately(TERMS.customer, TERMS.code, later) == done
    assert await requests.redeemed_lately(TERMS.customer, TERMS.code, later + timedelta(seconds=1)) is None


async def rejected(requests: LedgerRequests, hours: int, note: str) -> Decision:
    """Decided so many hours after noon."""
    decided = Decision(by=SENIOR, at=NOON + timedelta(hours=hours), round=1, approved=False, note=note)
    asked = await walk(requests, await make(requests), State.WAITING)
    await requests.move(asked, State.REJECTED, Change(decided=decided))
    return decided


async def test_what_was_asked_for_before_is_known_and_who_rejected_it_last(requests: LedgerRequests) -> None:
    late = await rejected(requests, 2, "No bill")
    await rejected(requests, 1, "No reason")
    elsewhere = await make(requests, another_coupon())
    await walk(requests, elsewhere, State.APPROVED, State.SENDING, State.REDEEMED)
    now = await make(requests)

    assert await requests.earlier(TERMS, since=NOON, but=now.id) == Earlier(
        redeemed=1, attempts=2, rejected=late
    )


async def test_what_is_long_ago_or_of_others_is_not_asked_for_before(requests: LedgerRequests) -> None:
    await rejected(requests, 1, "No bill")
    others = replace(TERMS, customer=CustomerId("7"))
    nothing = Earlier(redeemed=0, attempts=0)

    assert await requests.earlier(TERMS, since=NOON + timedelta(seconds=1), but=new_id()) == nothing
    assert await requests.earlier(others, since=NOON, but=new_id()) == nothing
    assert await requests.earlier(another_coupon(), since=NOON, but=new_id()) == nothing


async def test_what_others_have_redeemed_of_the_coupon_is_known(requests: LedgerRequests) -> None:
    first = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    numbered = Change(
        outcome=Outcome(settled=Settled.ANSWER, redemption_id="17"),
        claim=Claim(redemption_id="17", kind=ClaimKind.ANSWER),
    )
    first = await requests.move(first, State.REDEEMED, numbered)
    second, elsewhere = await make(requests), await make(requests, another_coupon())

    assert (await requests.others(second)).claimed == {"17"}
    assert (await requests.others(first)).claimed == frozenset()
    assert (await requests.others(elsewhere)).claimed == frozenset()


async def test_the_latest_redemption_is_the_one_that_is_shown(requests: LedgerRequests) -> None:
    rows = []
    for minutes in (5, 9, 7):
        made = await requests.make(
            new_id(),
            TERMS,
            made_at=NOON + timedelta(minutes=minutes),
            day=TODAY,
            limits=Limits(),
            begin_in_s=LONG,
        )
        rows.append(await walk(requests, made.row, State.APPROVED, State.SENDING, State.REDEEMED))

    assert await requests.redeemed_lately(TERMS.customer, TERMS.code, NOON) == rows[1]


# The line drops


async def test_a_request_whose_commit_is_lost_left_nothing_behind(
    database: Database, requests: LedgerRequests
) -> None:
    cut_off = LedgerRequests(CutOff(database.engine))

    with pytest.raises(LedgerUnavailable):
        await make(cut_off, request_id=RequestId("lost"), window="V0")

    assert await requests.get(RequestId("lost")) is None
    assert await requests.usage(AGENT, TODAY) == Usage()
    assert await audit(database) == []
    assert (await make(requests, request_id=RequestId("lost"))).state is State.NEW


async def test_a_move_whose_commit_is_lost_changed_nothing(
    database: Database, requests: LedgerRequests
) -> None:
    made = await make(requests)

    with pytest.raises(LedgerUnavailable):
        await LedgerRequests(CutOff(database.engine)).move(made, State.REFUSED)

    assert await requests.get(made.id) == made
    assert (await requests.usage(AGENT, TODAY)).count == 1
    assert await audit(database) == [("made", AGENT, None, "new")]
