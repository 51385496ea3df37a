"""What the ledger keeps and tells of each write, field by field; on SQLite, where that takes milliseconds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs

from bot import meters
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.due import HOLD_S
from bot.adapters.ledger.known import OF_CUSTOMER
from bot.adapters.ledger.requests import BEGINS, LATEST, LedgerRequests
from bot.adapters.ledger.tables import claims, redemptions
from bot.adapters.ledger.tables import usage as used_days
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import CouponCode
from bot.domain.customer import CustomerId
from bot.domain.errors import LedgerUnavailable
from bot.domain.limits import AtLimit, Limits, Usage
from bot.domain.redemption import Decision, Doubt, Outcome, Redemption, RequestId, Settled, State, Stop
from bot.domain.request_errors import Stopped
from bot.domain.transitions import Change
from bot.domain.worth import Worth
from bot.services.ports import Earlier, Others
from tests.adapters.ledger.facts import (
    AGENT,
    NO_LIMITS,
    NOON,
    SENIOR,
    TERMS,
    TODAY,
    CutOff,
    another_coupon,
    make,
    reasons,
    walk,
)
from tests.adapters.ledger.test_claims import doubted, held, now_of, redeemed, resting_on, told

MADE = {
    "customer": "565039504",
    "bill": "250.50",
    "bill_number": "CD-1",
    "generated": True,
    "reason": "Till offline",
    "note": "",
    "worth": "100.00",
    "takes_off": "100.00",
    "rule": "small, by a senior",
    "approvals": 0,
    "approvers": [],
}


@pytest.fixture
async def database(sqlite: str) -> AsyncIterator[Database]:
    opened = Database.open(sqlite)
    yield opened
    await opened.close()


async def put_back(database: Database, row: Redemption, **values: Any) -> None:
    async with database.transaction() as connection:
        await connection.execute(update(redemptions).where(redemptions.c.id == row.id).values(**values))


# Made


async def test_one_that_is_refused_at_once_keeps_all_of_its_terms(
    database: Database, requests: LedgerRequests
) -> None:
    await make(requests)
    await make(requests)
    await make(requests, another_coupon(), limits=Limits(count=1))

    made, *refused = await reasons(database)
    # Of these the events hold digests.
    sealed = {name: made[name] for name in ("customer_name", "customer_tail", "code")}
    assert made == {**sealed, **MADE}
    assert [{**one, **sealed} for one in refused] == [
        {**made, "stop": "already_open", "outcome": {"stop": "already_open"}},
        {
            **made,
            "stop": "count_limit",
            "outcome": {"stop": "count_limit"},
            "count": 1,
            "value": "100.0000",
        },
    ]


async def test_what_is_made_or_moved_is_told_after_the_commit(database: Database) -> None:
    heard: list[tuple[State, Any]] = []
    requests = LedgerRequests(database, lambda row, by: heard.append((row.state, by)))
    with capture_logs() as lines:
        made = await make(requests)
        await make(requests, request_id=made.id)
        await requests.move(made, State.WAITING, by=SENIOR)

    assert heard == [(State.NEW, AGENT), (State.NEW, AGENT), (State.WAITING, SENIOR)]
    assert [(line["from"], line["to"], line["by"]) for line in lines if line["event"] == "moved"] == [
        (None, "new", AGENT),
        ("new", "waiting", SENIOR),
    ]


async def test_what_is_not_committed_is_not_told(database: Database, sqlite: str) -> None:
    heard: list[Redemption] = []
    cut_off = CutOff.open(sqlite)
    requests = LedgerRequests(cut_off, lambda row, _: heard.append(row))
    with capture_logs() as lines, pytest.raises(LedgerUnavailable):
        await make(requests)

    assert (heard, [line for line in lines if line["event"] == "moved"]) == ([], [])
    await cut_off.close()


# Claims


async def test_a_claim_that_is_taken_over_leaves_every_other_where_it_is(
    database: Database, requests: LedgerRequests
) -> None:
    loser = await redeemed(requests, "R-1", ClaimKind.EVIDENCE)
    other = await redeemed(requests, "R-2", ClaimKind.EVIDENCE)
    heard: list[tuple[str, State]] = []
    telling = LedgerRequests(database, lambda row, _: heard.append((row.id, row.state)))
    winner = await doubted(requests)
    long_ago = NOON - timedelta(days=400)
    async with database.transaction() as connection:
        await connection.execute(update(claims).values(at=long_ago))
    with capture_logs() as lines:
        await telling.move(winner, State.REDEEMED, resting_on("R-1", ClaimKind.ANSWER))

    assert await held(database) == {"R-1": (winner.id, "answer"), "R-2": (other.id, "evidence")}
    assert heard == [(winner.id, State.REDEEMED), (loser.id, State.UNKNOWN)]
    assert await told(database, "claimed", winner) == [
        {"redemption_id": "R-1", "kind": "answer", "from": loser.id}
    ]
    assert await told(database, "alarm", loser) == [{"alarm": "claim_lost", "state": "unknown"}]
    moved = [(line["from"], line["to"]) for line in lines if line["event"] == "moved"]
    assert moved == [("unknown", "redeemed"), ("redeemed", "unknown")]
    alarms = [line for line in lines if line["event"] == "alarm"]
    assert [(line["alarm"], line["request"], line["state"]) for line in alarms] == [
        ("claim_lost", loser.reference, "unknown")
    ]
    async with database.transaction() as connection:
        rows = (await connection.execute(select(claims.c.redemption_id, claims.c.at))).all()
    assert {redemption_id for redemption_id, at in rows if at == long_ago} == {"R-2"}


async def test_an_alarm_is_counted_by_its_word(requests: LedgerRequests) -> None:
    """As alerts ask for it (docs/run/alerts.md)."""
    meters.start()
    before = counted("claim_lost")
    await redeemed(requests, "R-1", ClaimKind.EVIDENCE)
    await requests.move(await doubted(requests), State.REDEEMED, resting_on("R-1", ClaimKind.ANSWER))

    assert counted("claim_lost") == before + 1


def counted(alarm: str) -> float:
    return REGISTRY.get_sample_value("desk_alarms_total", {"alarm": alarm}) or 0.0


async def test_of_several_claims_of_one_request_all_but_what_it_rests_on_are_given_up(
    database: Database, requests: LedgerRequests
) -> None:
    row = await redeemed(requests, "R-1", ClaimKind.EVIDENCE)
    other = await redeemed(requests, "R-9", ClaimKind.EVIDENCE)
    row = await requests.move(row, State.REDEEMED, resting_on("R-2", ClaimKind.ANSWER))

    assert await held(database) == {"R-2": (row.id, "answer"), "R-9": (other.id, "evidence")}
    assert await told(database, "claim_released", row) == [{"redemption_id": "R-1"}]
    assert await told(database, "claim_released", other) == []


# What other requests have redeemed of the same coupon


async def test_others_claim_the_uses_that_are_asked_for_whatever_coupon_they_are_of(
    requests: LedgerRequests,
) -> None:
    row = await make(requests)
    await requests.move(row, State.REFUSED)
    for terms in (replace(TERMS, customer=CustomerId("1")), another_coupon(), TERMS):
        other = await walk(requests, await make(requests, terms), State.APPROVED, State.SENDING)
        change = resting_on(f"R-{terms.code}-{terms.customer}", ClaimKind.ANSWER)
        await requests.move(other, State.REDEEMED, change)

    asked = ["R-Ab12-565039504", "R-Ab12-1", "R-9"]
    assert await requests.others(row, asked) == Others(claimed=frozenset(asked[:2]), rival=False)


async def test_a_rival_is_of_the_same_customer_and_coupon(requests: LedgerRequests) -> None:
    row = await make(requests)
    await requests.move(row, State.REFUSED)
    for terms in (replace(TERMS, customer=CustomerId("1")), replace(TERMS, code=CouponCode("OTHER"))):
        await make(requests, terms)
        assert not (await requests.others(row, [])).rival
    await make(requests, replace(TERMS, code=CouponCode(TERMS.code.swapcase())))

    assert (await requests.others(row, [])).rival


#: How another request for the same coupon stands, and whether a use with our number may be its own.
RIVALS = [
    (State.REFUSED, None, False),
    (State.NOT_REDEEMED, None, False),
    (State.UNKNOWN, None, True),
    (State.REDEEMED, None, True),
    (State.REDEEMED, "R-1", False),
]


@pytest.mark.parametrize(("state", "redemption_id", "rival"), RIVALS)
@pytest.mark.parametrize("same_bill", [True, False])
async def test_a_rival_is_for_the_same_bill_and_not_over(
    database: Database,
    requests: LedgerRequests,
    state: State,
    redemption_id: str | None,
    rival: bool,
    same_bill: bool,
) -> None:
    row = await make(requests)
    await requests.move(row, State.REFUSED)
    other = await make(requests, replace(TERMS, bill_number=row.terms.bill_number if same_bill else "B-2"))
    outcome = {"settled": "answer", "redemption_id": redemption_id} if redemption_id else {}
    await put_back(database, other, state=state.value, outcome=outcome)

    assert (await requests.others(row, [])).rival is (rival and same_bill)


@pytest.mark.parametrize("same_bill", [True, False])
@pytest.mark.parametrize("kind", ClaimKind)
async def test_what_another_request_has_by_evidence_or_a_persons_word_may_be_doubted(
    requests: LedgerRequests, kind: ClaimKind, same_bill: bool
) -> None:
    row = await make(requests)
    await requests.move(row, State.REFUSED)
    terms = replace(TERMS, bill_number=row.terms.bill_number if same_bill else "B-2")
    other = await walk(requests, await make(requests, terms), State.APPROVED, State.SENDING, State.UNKNOWN)
    await requests.move(other, State.REDEEMED, resting_on("R-1", kind))

    weak = kind in {ClaimKind.EVIDENCE, ClaimKind.PERSON}
    likely = {"R-1": terms.bill_number} if weak else {}
    assert await requests.others(row, ["R-1"]) == Others(claimed=frozenset({"R-1"}), likely=likely)


@pytest.mark.parametrize("generated", [True, False])
@pytest.mark.parametrize("redemption_id", [None, "R-1"])
async def test_generated_numbers_that_claim_nothing_are_told(
    database: Database, requests: LedgerRequests, generated: bool, redemption_id: str | None
) -> None:
    other = await make(requests, replace(TERMS, bill_number="CD-OTHER", generated=generated))
    outcome = {"settled": "answer", "redemption_id": redemption_id} if redemption_id else {}
    await put_back(database, other, state="redeemed", outcome=outcome)
    row = await make(requests)

    expected = {"CD-OTHER"} if generated and redemption_id is None else set()
    assert set(await requests.unclaimed_numbers(row)) == expected


# What is due


async def test_the_longest_due_are_leased_first_and_no_more_than_asked_for(
    database: Database, requests: LedgerRequests
) -> None:
    rows = [await make(requests, another_coupon()) for _ in range(4)]
    for number, row in enumerate(rows):
        await put_back(database, row, due_at=NOON - timedelta(days=400 + number))

    assert [row.id for row in await requests.due(2)] == [rows[3].id, rows[2].id]
    assert [row.id for row in await requests.due(9)] == [rows[1].id, rows[0].id]
    assert await requests.due(9) == []
    assert HOLD_S == 30.0


async def test_what_is_not_due_or_never_due_is_not_leased(
    database: Database, requests: LedgerRequests
) -> None:
    await make(requests, another_coupon())
    never = await make(requests, another_coupon())
    await put_back(database, never, due_at=None)

    assert await requests.due(9) == []


async def test_what_is_due_at_the_same_moment_comes_by_its_id(
    database: Database, requests: LedgerRequests
) -> None:
    """However it lies in the table, so that no instance passes one over."""
    rows = [await make(requests, another_coupon(), request_id=RequestId(name)) for name in "CAB"]
    for row in rows:
        await put_back(database, row, state="waiting", due_at=NOON - timedelta(days=400), attend_at=NOON)

    assert [row.id for row in await requests.attendable(NOON, 9)] == ["A", "B", "C"]
    assert [row.id for row in await requests.due(9)] == ["A", "B", "C"]


# The day's use


async def usage_of(requests: LedgerRequests) -> Usage:
    return await requests.usage(AGENT, TODAY)


async def test_a_day_that_has_no_row_gets_one_when_a_redemption_is_found(
    database: Database, requests: LedgerRequests
) -> None:
    row = await make(requests)
    row = await requests.move(row, State.REFUSED)
    async with database.transaction() as connection:
        await connection.execute(delete(used_days))
    await requests.move(row, State.REDEEMED, Change(outcome=Outcome(settled=Settled.OWN_NUMBER)))

    assert await usage_of(requests) == Usage(count=1, value=Decimal(100))


#: The worth before and after, the limit, and whether it fits: what takes less always does.
WORTHS = [
    ("100", "150", "150", True),
    ("100", "150.01", "150", False),
    ("100", "50", "10", True),
    ("100", "100", "10", True),
    ("100", "900", None, True),
]


@pytest.mark.parametrize(("before", "after", "limit", "fits"), WORTHS)
async def test_only_what_takes_more_must_fit(
    requests: LedgerRequests, before: str, after: str, limit: str | None, fits: bool
) -> None:
    made = await make(requests, another_coupon(before))
    row = await requests.move(made, State.WAITING)
    limits = Limits(value=Decimal(limit)) if limit else NO_LIMITS
    terms = replace(row.terms, worth=Worth(amount=Decimal(after)))
    change = Change(terms=terms, limits=limits)

    if fits:
        await requests.move(row, State.WAITING, change)
        assert await usage_of(requests) == Usage(count=1, value=Decimal(after))
        return
    with pytest.raises(Stopped) as stopped:
        await requests.move(row, State.WAITING, change)
    assert stopped.value.stop is Stop.VALUE_LIMIT
    assert stopped.value.at_limit == AtLimit(limits=limits, used=Usage(), worth=Decimal(after))
    assert await usage_of(requests) == Usage(count=1, value=Decimal(before))


async def test_what_took_nothing_gives_nothing_back(requests: LedgerRequests) -> None:
    await make(requests, another_coupon())
    refused = await make(requests, another_coupon(), limits=Limits(count=1))
    await requests.move(refused, State.REFUSED, Change(never_due=True))

    assert await usage_of(requests) == Usage(count=1, value=Decimal(100))


# Reads


async def test_earlier_requests_are_counted_by_whom_and_for_what(
    database: Database, requests: LedgerRequests
) -> None:
    since = NOON - timedelta(days=90)
    rejected = Decision(by=SENIOR, at=NOON, round=1, approved=False)
    row = await requests.move(await make(requests), State.WAITING)
    await requests.move(row, State.REJECTED, Change(decided=rejected))
    first = await requests.move(await make(requests), State.WAITING)
    earlier = replace(rejected, at=NOON - timedelta(days=1))
    await requests.move(first, State.REJECTED, Change(decided=earlier))
    for terms, made_at in (
        (another_coupon(), since),
        (another_coupon(), since - timedelta(seconds=1)),
        (another_coupon(requester=SENIOR), NOON),
        (replace(another_coupon(), customer=CustomerId("1")), NOON),
    ):
        await put_back(database, await make(requests, terms), state="redeemed", made_at=made_at)
    itself = await make(requests)

    assert await requests.earlier(TERMS, since=since, but=itself.id) == Earlier(
        redeemed=1, attempts=2, rejected=rejected
    )


async def test_a_customers_requests_are_those_that_are_open_or_redeemed(
    database: Database, requests: LedgerRequests
) -> None:
    rows = [await make(requests, another_coupon()) for _ in range(3)]
    await put_back(database, rows[0], state="redeemed", made_at=NOON + timedelta(seconds=1))
    await put_back(database, rows[1], state="refused")
    await make(requests, replace(another_coupon(), customer=CustomerId("1")))

    assert [row.id for row in await requests.concerning(TERMS.customer)] == [rows[0].id, rows[2].id]
    assert (OF_CUSTOMER, LATEST) == (100, 50)
    assert {State.APPROVED, State.SENDING} == BEGINS


@pytest.mark.parametrize("ago_s", [0, 1])
async def test_a_redemption_of_the_coupon_lately(
    database: Database, requests: LedgerRequests, ago_s: int
) -> None:
    row = await make(requests, replace(TERMS, code=CouponCode(TERMS.code.swapcase())))
    await put_back(database, row, state="redeemed")
    since = NOON + timedelta(seconds=ago_s)
    found = await requests.redeemed_lately(TERMS.customer, TERMS.code, since)

    assert (found is not None) is (ago_s == 0)
    assert await requests.redeemed_lately(CustomerId("1"), TERMS.code, since) is None


async def test_of_many_redemptions_of_a_coupon_the_newest_are_read(
    database: Database, requests: LedgerRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.adapters.ledger.requests.LATEST", 1)
    for made_at in (NOON, NOON + timedelta(seconds=1)):
        newest = await make(requests, made_at=made_at)
        await put_back(database, newest, state="redeemed")
    found = await requests.redeemed_lately(TERMS.customer, TERMS.code, NOON)

    assert found is not None
    assert found.id == newest.id


async def test_the_open_request_of_a_coupon(requests: LedgerRequests) -> None:
    row = await make(requests)
    await make(requests, another_coupon())

    assert await requests.open_for(TERMS.customer, CouponCode(TERMS.code.swapcase())) == row
    assert await requests.open_for(CustomerId("1"), TERMS.code) is None
    await requests.move(row, State.REFUSED)
    assert await requests.open_for(TERMS.customer, TERMS.code) is None


async def test_what_comes_to_wait_is_attended_to_by_its_time(
    database: Database, requests: LedgerRequests
) -> None:
    rows = [await make(requests, another_coupon()) for _ in range(3)]
    for number, row in enumerate(rows):
        await put_back(database, row, state="waiting", attend_at=NOON - timedelta(seconds=number))

    assert [row.id for row in await requests.attendable(NOON, 9)] == [rows[2].id, rows[1].id, rows[0].id]
    assert [row.id for row in await requests.attendable(NOON, 1)] == [rows[2].id]
    assert [row.id for row in await requests.attendable(NOON - timedelta(seconds=1), 9)] == [
        rows[2].id,
        rows[1].id,
    ]


async def test_a_lost_claim_beside_an_open_request_is_no_open_one(
    database: Database, requests: LedgerRequests
) -> None:
    loser = await redeemed(requests, "R-1", ClaimKind.EVIDENCE)
    await make(requests, loser.terms)
    winner = await doubted(requests)
    claim = Claim(redemption_id="R-1", kind=ClaimKind.ANSWER)
    outcome = Outcome(settled=Settled.ANSWER, redemption_id="R-1")
    await requests.move(winner, State.REDEEMED, Change(outcome=outcome, claim=claim))

    lost = await now_of(requests, loser)
    assert (lost.state, lost.outcome.redemption_id, lost.outcome.doubt) == (
        State.REDEEMED,
        None,
        Doubt.CLAIMED_ELSEWHERE,
    )
    assert (await told(database, "moved", loser))[-1] == {
        "claimed_by": winner.reference,
        "outcome": {"settled": "evidence", "doubt": "claimed_elsewhere"},
    }
