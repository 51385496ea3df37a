"""What `services.ports.Requests` promises of the limits of a day: a request takes its share and gives it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.limits import Limits, Usage
from bot.domain.redemption import State, Stop
from bot.domain.transitions import Change
from bot.domain.worth import Worth
from bot.services.ports import Requests
from tests.adapters.ledger.facts import AGENT, LONG, NOON, SENIOR, TODAY, another_coupon, make, new_id, walk

APPROVED, SENDING, UNKNOWN = State.APPROVED, State.SENDING, State.UNKNOWN


async def test_fractions_add_up_exactly(requests: Requests) -> None:
    limits = Limits(value=Decimal("0.30"))

    rows = [await make(requests, another_coupon("0.10"), limits=limits) for _ in range(4)]

    assert [row.state for row in rows] == [State.NEW, State.NEW, State.NEW, State.REFUSED]
    assert (await requests.usage(AGENT, TODAY)).value == Decimal("0.30")


async def test_what_is_finer_than_any_currency_is_rounded_up(requests: Requests) -> None:
    """A share of a bill may have any number of decimals; none of them slips past the limit."""
    row = await make(requests, another_coupon("99.99999"), limits=Limits(value=Decimal("99.99999")))
    assert row.outcome.stop is Stop.VALUE_LIMIT

    await make(requests, another_coupon("99.99999"), limits=Limits(value=Decimal(100)))
    assert (await requests.usage(AGENT, TODAY)).value == Decimal(100)


async def test_an_absurd_worth_is_refused_like_any_other(requests: Requests) -> None:
    row = await make(requests, another_coupon("1E+40"), limits=Limits(value=Decimal(1000)))

    assert row.outcome.stop is Stop.VALUE_LIMIT


async def test_each_requester_and_day_has_limits_of_its_own(requests: Requests) -> None:
    limits = Limits(count=1)
    await make(requests, another_coupon(), limits=limits)

    of_another = await make(requests, another_coupon(requester=SENIOR), limits=limits)
    tomorrow = await requests.make(
        new_id(),
        another_coupon(),
        made_at=NOON,
        day=TODAY + timedelta(days=1),
        limits=limits,
        begin_in_s=LONG,
    )

    assert {of_another.state, tomorrow.row.state} == {State.NEW}


@pytest.mark.parametrize(
    "way",
    [
        (State.REFUSED,),
        (APPROVED, State.REFUSED),
        (State.WAITING, State.REJECTED),
        (State.WAITING, State.WITHDRAWN),
        (State.WAITING, State.EXPIRED),
        (APPROVED, SENDING, State.REFUSED),
        (APPROVED, SENDING, State.NOT_SENT),
        (APPROVED, SENDING, UNKNOWN, State.NOT_REDEEMED),
    ],
    ids=" ".join,
)
async def test_an_end_without_a_redemption_gives_the_limit_back_once(
    requests: Requests, way: tuple[State, ...]
) -> None:
    await make(requests, another_coupon("30"))
    over = await walk(requests, await make(requests, another_coupon("70")), *way)

    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(30))

    await requests.move(over, over.state, Change(looks=1))
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(30))


@pytest.mark.parametrize("way", [(), (State.REDEEMED,), (UNKNOWN,), (UNKNOWN, State.REDEEMED)], ids=" ".join)
async def test_what_is_or_may_be_redeemed_keeps_its_share(requests: Requests, way: tuple[State, ...]) -> None:
    await walk(requests, await make(requests, another_coupon("70")), APPROVED, SENDING, *way)

    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal(70))


async def test_a_redemption_found_afterwards_counts_whatever_the_limit(requests: Requests) -> None:
    limits = Limits(count=1)
    gone = await walk(
        requests,
        await make(requests, another_coupon(), limits=limits),
        APPROVED,
        SENDING,
        UNKNOWN,
        State.NOT_REDEEMED,
    )
    await make(requests, another_coupon(), limits=limits)

    await requests.move(gone, State.REDEEMED)

    assert await requests.usage(AGENT, TODAY) == Usage(count=2, value=Decimal(200))


async def test_a_refused_request_never_took_a_share_and_gives_none_back(requests: Requests) -> None:
    limits = Limits(count=1)
    await make(requests, another_coupon(), limits=limits)
    refused = await make(requests, another_coupon(), limits=limits)

    await requests.move(refused, State.REFUSED, Change(looks=1))

    assert (await requests.usage(AGENT, TODAY)).count == 1


async def test_terms_that_changed_change_the_share(requests: Requests) -> None:
    terms = another_coupon("70")
    row = await walk(requests, await make(requests, terms), APPROVED)
    dearer = replace(terms, worth=Worth(amount=Decimal("90.50")))

    waiting = await requests.move(row, State.WAITING, Change(terms=dearer, round=2))

    assert waiting.terms == dearer
    assert await requests.usage(AGENT, TODAY) == Usage(count=1, value=Decimal("90.50"))

    await requests.move(waiting, State.WITHDRAWN, Change(terms=terms))
    assert await requests.usage(AGENT, TODAY) == Usage()
