"""What `services.ports.Requests` promises of what it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.limits import Limits
from bot.domain.redemption import (
    Decision,
    RequestId,
    State,
)
from bot.domain.transitions import Change
from bot.services.ports import Earlier, Requests
from tests.adapters.ledger.facts import (
    LONG,
    NOON,
    SENIOR,
    TERMS,
    TODAY,
    another_coupon,
    make,
    new_id,
    walk,
)
from tests.contract.conftest import Ledger, Puts

HOUR = timedelta(hours=1)


async def test_what_is_due_is_given_once_until_it_is_moved(ledger: Ledger, put: Puts) -> None:
    later = await put(State.UNKNOWN, due_at=-HOUR)
    first = await put(State.UNKNOWN, due_at=-2 * HOUR)
    await put(State.UNKNOWN, due_at=HOUR)
    await put(State.WAITING)

    assert await ledger.requests.due(1) == [first]
    assert await ledger.requests.due(9) == [later]
    assert await ledger.requests.due(9) == []
    moved = await ledger.requests.move(first, State.UNKNOWN, Change(due_in_s=0.0))
    assert await ledger.requests.due(9) == [moved]


async def test_what_waits_is_attended_to_by_the_desks_clock(ledger: Ledger, put: Puts) -> None:
    second = await put(State.WAITING, attend_at=NOON)
    first = await put(State.WAITING, attend_at=NOON - HOUR)
    await put(State.WAITING, attend_at=NOON + HOUR)

    assert await ledger.requests.attendable(NOON, 9) == [first, second]
    assert await ledger.requests.attendable(NOON, 1) == [first]


async def test_what_was_asked_for_before_is_counted(ledger: Ledger, put: Puts) -> None:
    no = Decision(by=SENIOR, at=NOON, round=1, approved=False, note="No")
    rejected = await put(State.REJECTED, TERMS, decided=no)
    await put(State.REFUSED, TERMS, decided=replace(no, at=NOON + HOUR, approved=True))
    await put(State.REDEEMED, replace(TERMS, code=CouponCode("OTHER")))
    await put(State.REDEEMED, replace(TERMS, code=CouponCode("THIRD"), requester=SENIOR))
    await put(State.REDEEMED, TERMS, made_at=NOON - 2 * HOUR)
    since = NOON - HOUR

    assert await ledger.requests.earlier(TERMS, since=since, but=RequestId("none")) == Earlier(
        redeemed=1, attempts=2, rejected=no
    )
    assert await ledger.requests.earlier(TERMS, since=since, but=rejected.id) == Earlier(
        redeemed=1, attempts=1
    )


async def test_what_concerns_a_customer_is_what_is_open_or_has_redeemed(ledger: Ledger, put: Puts) -> None:
    redeemed = await put(State.REDEEMED, TERMS, made_at=NOON - HOUR)
    await put(State.REFUSED, TERMS)
    unknown = await put(State.UNKNOWN, replace(TERMS, code=CouponCode("OTHER")), made_at=NOON)

    assert await ledger.requests.concerning(TERMS.customer) == [unknown, redeemed]
    assert await ledger.requests.concerning(CustomerId("7")) == []


async def test_what_was_redeemed_lately_counts_from_when_it_was_let_go_on(ledger: Ledger, put: Puts) -> None:
    yes = Decision(by=SENIOR, at=NOON, round=1, approved=True)
    approved = await put(State.REDEEMED, TERMS, made_at=NOON - 9 * HOUR, decided=yes)
    await put(State.REDEEMED, TERMS, made_at=NOON - 2 * HOUR)
    await put(State.REFUSED, TERMS)

    assert await ledger.requests.redeemed_lately(TERMS.customer, TERMS.code, NOON - HOUR) == approved
    assert await ledger.requests.redeemed_lately(TERMS.customer, TERMS.code, NOON + HOUR) is None


async def test_what_redeemed_a_coupon_is_told_whoevers_it_is_for_the_latest_first(
    ledger: Ledger, put: Puts
) -> None:
    yes = Decision(by=SENIOR, at=NOON, round=1, approved=True)
    approved = await put(State.REDEEMED, TERMS, made_at=NOON - 9 * HOUR, decided=yes)
    shared = await put(State.REDEEMED, replace(TERMS, customer=CustomerId("7")), made_at=NOON - HOUR)
    await put(State.REDEEMED, TERMS, made_at=NOON - 2 * HOUR)
    await put(State.REDEEMED, replace(TERMS, code=CouponCode("OTHER")))
    await put(State.REFUSED, TERMS)

    for spelt in (TERMS.code.upper(), TERMS.code.lower()):
        assert await ledger.requests.redeemed_of(CouponCode(spelt), NOON - HOUR) == [approved, shared]


async def test_when_a_request_is_due_follows_its_state(requests: Requests) -> None:
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


async def test_what_ends_without_a_sending_is_due_at_once(requests: Requests) -> None:
    refused = await walk(requests, await make(requests, begin_in_s=-1), State.REFUSED)

    assert refused.due_at == refused.ended_at is not None
    assert list(await requests.due(20)) == [refused]
    looked = await requests.move(refused, State.REFUSED, Change(never_due=True, looks=1))
    assert list(await requests.due(20)) == []
    assert await requests.get(looked.id) == looked


async def test_open_requests_are_due_before_what_has_ended(requests: Requests) -> None:
    """Looks at what has ended pile up while the desk or the engine is away; nobody waits for them."""
    ended = await walk(requests, await make(requests, another_coupon(), begin_in_s=-60), State.REFUSED)
    await requests.move(ended, State.REFUSED, Change(due_in_s=-3600))
    late = await make(requests, another_coupon(), begin_in_s=-10)

    assert [row.id for row in await requests.due(20)] == [late.id, ended.id]


async def test_a_redemption_of_the_coupon_is_found_for_its_day(requests: Requests) -> None:
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
async def test_the_request_that_has_not_ended_is_found(requests: Requests, moves: tuple[State, ...]) -> None:
    await make(requests, another_coupon())
    standing = await walk(requests, await make(requests), *moves)

    assert await requests.open_for(TERMS.customer, CouponCode(TERMS.code.swapcase())) == standing
    assert await requests.open_for(CustomerId("7"), TERMS.code) is None


async def test_what_has_ended_stands_in_nobodys_way(requests: Requests) -> None:
    await walk(requests, await make(requests), State.APPROVED, State.SENDING, State.REDEEMED)
    await walk(requests, await make(requests), State.REFUSED)

    assert await requests.open_for(TERMS.customer, TERMS.code) is None


async def rejected(requests: Requests, hours: int, note: str) -> Decision:
    """Decided so many hours after noon."""
    decided = Decision(by=SENIOR, at=NOON + timedelta(hours=hours), round=1, approved=False, note=note)
    asked = await walk(requests, await make(requests), State.WAITING)
    await requests.move(asked, State.REJECTED, Change(decided=decided))
    return decided


async def test_what_was_asked_for_before_is_known_and_who_rejected_it_last(requests: Requests) -> None:
    late = await rejected(requests, 2, "No bill")
    await rejected(requests, 1, "No reason")
    elsewhere = await make(requests, another_coupon())
    await walk(requests, elsewhere, State.APPROVED, State.SENDING, State.REDEEMED)
    now = await make(requests)

    assert await requests.earlier(TERMS, since=NOON, but=now.id) == Earlier(
        redeemed=1, attempts=2, rejected=late
    )


async def test_what_is_long_ago_or_of_others_is_not_asked_for_before(requests: Requests) -> None:
    await rejected(requests, 1, "No bill")
    others = replace(TERMS, customer=CustomerId("7"))
    nothing = Earlier(redeemed=0, attempts=0)

    assert await requests.earlier(TERMS, since=NOON + timedelta(seconds=1), but=new_id()) == nothing
    assert await requests.earlier(others, since=NOON, but=new_id()) == nothing
    assert await requests.earlier(another_coupon(), since=NOON, but=new_id()) == nothing


async def test_the_latest_redemption_is_the_one_that_is_shown(requests: Requests) -> None:
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
