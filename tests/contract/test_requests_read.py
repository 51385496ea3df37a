"""What `services.ports.Requests` promises of what it finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.redemption import (
    Decision,
    RequestId,
    State,
)
from bot.domain.transitions import Change
from bot.services.ports import Earlier
from tests.adapters.ledger.facts import (
    NOON,
    SENIOR,
    TERMS,
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
    await put(State.REDEEMED, replace(TERMS, code=CouponCode("OTHER")))
    await put(State.REDEEMED, replace(TERMS, code=CouponCode("THIRD"), requester=SENIOR))
    await put(State.REDEEMED, TERMS, made_at=NOON - 2 * HOUR)
    since = NOON - HOUR

    assert await ledger.requests.earlier(TERMS, since=since, but=RequestId("none")) == Earlier(
        redeemed=1, attempts=1, rejected=no
    )
    assert await ledger.requests.earlier(TERMS, since=since, but=rejected.id) == Earlier(
        redeemed=1, attempts=0
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
