"""Which request a redemption of the engine belongs to: to one at most, whoever claims it, and when."""

from __future__ import annotations

import asyncio
import importlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, select, text
from sqlalchemy.util import await_only
from structlog.testing import capture_logs

from bot.adapters.ledger.claims import Taken, take
from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.adapters.ledger.tables import claims, events, messages
from bot.domain.claim import Claim, ClaimKind
from bot.domain.messages import MessageKind
from bot.domain.redemption import Doubt, Outcome, Redemption, RequestId, Settled, State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import LONG, NO_LIMITS, NOON, TODAY, another_coupon, make, waited_for, walk

ANSWER, OWN_NUMBER, EVIDENCE, PERSON = ClaimKind
_SETTLED = {
    ANSWER: Settled.ANSWER,
    OWN_NUMBER: Settled.OWN_NUMBER,
    EVIDENCE: Settled.EVIDENCE,
    PERSON: Settled.PERSON,
}
#: Each kind with those that it takes a redemption over from.
STRONGER = [
    (ANSWER, EVIDENCE),
    (OWN_NUMBER, EVIDENCE),
    (ANSWER, PERSON),
    (OWN_NUMBER, PERSON),
    (EVIDENCE, PERSON),
]
NOT_STRONGER = [(one, other) for one in ClaimKind for other in ClaimKind if (one, other) not in STRONGER]


def resting_on(redemption_id: str, kind: ClaimKind) -> Change:
    """A verdict that rests on this redemption."""
    outcome = Outcome(settled=_SETTLED[kind], redemption_id=redemption_id)
    return Change(outcome=outcome, claim=Claim(redemption_id=redemption_id, kind=kind))


async def doubted(requests: LedgerRequests) -> Redemption:
    """A request of unknown outcome, for a coupon of its own."""
    made = await make(requests, another_coupon())
    return await walk(requests, made, State.APPROVED, State.SENDING, State.UNKNOWN)


async def redeemed(requests: LedgerRequests, redemption_id: str, kind: ClaimKind) -> Redemption:
    row = await doubted(requests)
    return await requests.move(row, State.REDEEMED, resting_on(redemption_id, kind))


async def held(database: Database) -> dict[str, tuple[str, str]]:
    async with database.transaction() as connection:
        rows = (await connection.execute(select(claims))).all()
    return {row.redemption_id: (row.request_id, row.kind) for row in rows}


async def told(database: Database, what: str, of: Redemption) -> list[Mapping[str, Any]]:
    wanted = select(events.c.why).where(events.c.what == what, events.c.request_id == of.id)
    async with database.transaction() as connection:
        return list((await connection.execute(wanted.order_by(events.c.id))).scalars())


async def now_of(requests: LedgerRequests, row: Redemption) -> Redemption:
    found = await requests.get(row.id)
    assert found is not None
    return found


# Claimed


async def test_a_verdict_claims_the_redemption_that_it_rests_on(
    database: Database, requests: LedgerRequests
) -> None:
    row = await redeemed(requests, "R-1", EVIDENCE)

    assert await held(database) == {"R-1": (row.id, "evidence")}
    assert await told(database, "claimed", row) == [
        {"redemption_id": "R-1", "kind": "evidence", "from": None}
    ]
    assert await told(database, "alarm", row) == []


async def test_what_speaks_louder_for_the_same_request_strengthens_its_claim(
    database: Database, requests: LedgerRequests
) -> None:
    row = await redeemed(requests, "R-1", EVIDENCE)

    row = await requests.move(row, State.REDEEMED, resting_on("R-1", ANSWER))

    assert row.state is State.REDEEMED
    assert await held(database) == {"R-1": (row.id, "answer")}
    assert [why["kind"] for why in await told(database, "claimed", row)] == ["evidence", "answer"]
    assert await told(database, "alarm", row) == []


async def test_the_same_claim_again_is_no_event(database: Database, requests: LedgerRequests) -> None:
    row = await redeemed(requests, "R-1", EVIDENCE)

    await requests.move(row, State.REDEEMED, resting_on("R-1", EVIDENCE))

    assert len(await told(database, "claimed", row)) == 1


# Taken over


@pytest.mark.parametrize(("stronger", "weaker"), STRONGER)
async def test_a_stronger_claim_takes_a_redemption_over(
    database: Database, requests: LedgerRequests, stronger: ClaimKind, weaker: ClaimKind
) -> None:
    loser = await redeemed(requests, "R-1", weaker)

    with capture_logs() as logs:
        winner = await redeemed(requests, "R-1", stronger)

    assert winner.state is State.REDEEMED
    assert await held(database) == {"R-1": (winner.id, stronger.value)}
    assert (await told(database, "claimed", winner))[-1]["from"] == loser.id
    lost = await now_of(requests, loser)
    assert (lost.state, lost.outcome) == (State.UNKNOWN, Outcome(doubt=Doubt.CLAIMED_ELSEWHERE))
    assert await told(database, "alarm", loser) == [{"alarm": "claim_lost", "state": "unknown"}]
    assert [(log["log_level"], log["alarm"], log["request"]) for log in logs if log["event"] == "alarm"] == [
        ("error", "claim_lost", loser.reference)
    ]


async def test_whoever_loses_a_claim_is_looked_at_anew(requests: LedgerRequests) -> None:
    doubted_once = await requests.move(await doubted(requests), State.UNKNOWN, Change(looks=2))
    loser = await requests.move(doubted_once, State.REDEEMED, resting_on("R-1", EVIDENCE))

    await redeemed(requests, "R-1", ANSWER)

    lost = await now_of(requests, loser)
    assert lost.looks == 0
    assert lost.unknown_at is not None
    assert lost.due_at == lost.unknown_at
    assert loser.unknown_at is not None
    assert lost.unknown_at > loser.unknown_at


async def test_whoever_loses_a_claim_is_told(database: Database, requests: LedgerRequests) -> None:
    loser = await redeemed(requests, "R-1", EVIDENCE)

    await redeemed(requests, "R-1", ANSWER)

    lost = await now_of(requests, loser)
    wanted = select(messages).where(messages.c.request_id == loser.id)
    async with database.transaction() as connection:
        rows = (await connection.execute(wanted)).all()
    assert {row.wanted_version for row in rows} == {lost.version}
    assert [row.channel for row in rows if row.role == MessageKind.REQUESTER] == [loser.terms.requester]


async def test_whoever_loses_a_claim_keeps_its_share_of_the_day(requests: LedgerRequests) -> None:
    loser = await redeemed(requests, "R-1", EVIDENCE)
    winner = await redeemed(requests, "R-1", ANSWER)

    used = await requests.usage(loser.terms.requester, TODAY)

    assert winner.terms.requester == loser.terms.requester
    assert used.count == 2


@pytest.mark.parametrize(("second", "first"), NOT_STRONGER)
async def test_what_is_not_stronger_leaves_a_redemption_to_whoever_has_it(
    database: Database, requests: LedgerRequests, second: ClaimKind, first: ClaimKind
) -> None:
    holder = await redeemed(requests, "R-1", first)

    late = await redeemed(requests, "R-1", second)

    assert await held(database) == {"R-1": (holder.id, first.value)}
    assert await now_of(requests, holder) == holder
    assert late.state is State.UNKNOWN
    assert (late.outcome.doubt, late.outcome.redemption_id) == (Doubt.CLAIMED_ELSEWHERE, None)
    assert await told(database, "alarm", late) == [{"alarm": "claim_lost", "state": "unknown"}]
    assert await told(database, "claimed", late) == []


async def test_the_engines_own_yes_outlives_a_lost_claim(
    database: Database, requests: LedgerRequests
) -> None:
    """It named no redemption, and the one that was found belongs to another request."""
    await redeemed(requests, "R-1", EVIDENCE)
    yes = Change(outcome=Outcome(settled=Settled.ANSWER))
    row = await requests.move(await doubted(requests), State.REDEEMED, yes)

    row = await requests.move(row, State.REDEEMED, resting_on("R-1", EVIDENCE))

    assert (row.state, row.outcome) == (State.REDEEMED, Outcome(settled=Settled.ANSWER))
    assert [why["alarm"] for why in await told(database, "alarm", row)] == ["claim_lost"]


async def test_what_was_not_sent_yet_still_ends_when_its_claim_is_lost(
    database: Database, requests: LedgerRequests
) -> None:
    await redeemed(requests, "R-1", ANSWER)
    made = await make(requests, another_coupon())

    row = await requests.move(made, State.REDEEMED, resting_on("R-1", OWN_NUMBER))

    assert (row.state, row.due_at) == (State.NEW, made.due_at)
    assert [why["alarm"] for why in await told(database, "alarm", row)] == ["claim_lost"]


async def test_a_loser_beside_an_open_request_stays_redeemed_for_a_person(
    database: Database, requests: LedgerRequests
) -> None:
    """Two open ones for one coupon cannot be."""
    loser = await redeemed(requests, "R-1", PERSON)
    await make(requests, loser.terms)

    await redeemed(requests, "R-1", ANSWER)

    lost = await now_of(requests, loser)
    assert (lost.state, lost.outcome.redemption_id) == (State.REDEEMED, None)
    assert lost.outcome.doubt is Doubt.CLAIMED_ELSEWHERE
    assert [why["alarm"] for why in await told(database, "alarm", loser)] == ["claim_lost"]


async def test_the_winner_may_be_of_the_same_coupon(requests: LedgerRequests) -> None:
    loser = await redeemed(requests, "R-1", PERSON)
    second = await walk(
        requests, await make(requests, loser.terms), State.APPROVED, State.SENDING, State.UNKNOWN
    )

    await requests.move(second, State.REDEEMED, resting_on("R-1", EVIDENCE))

    assert (await now_of(requests, loser)).state is State.UNKNOWN


# Given up


async def test_what_is_not_redeemed_any_more_claims_nothing(
    database: Database, requests: LedgerRequests
) -> None:
    row = await redeemed(requests, "R-1", EVIDENCE)

    refused = await requests.move(row, State.REFUSED, Change(outcome=Outcome(settled=Settled.ANSWER)))
    other = await redeemed(requests, "R-1", EVIDENCE)

    assert await told(database, "claim_released", refused) == [{"redemption_id": "R-1"}]
    assert await held(database) == {"R-1": (other.id, "evidence")}


async def test_a_request_claims_only_what_it_rests_on(database: Database, requests: LedgerRequests) -> None:
    row = await redeemed(requests, "R-1", EVIDENCE)

    row = await requests.move(row, State.REDEEMED, resting_on("R-2", ANSWER))

    assert await held(database) == {"R-2": (row.id, "answer")}
    assert await told(database, "claim_released", row) == [{"redemption_id": "R-1"}]


async def test_a_move_that_changes_no_outcome_keeps_the_claim(
    database: Database, requests: LedgerRequests
) -> None:
    row = await redeemed(requests, "R-1", EVIDENCE)

    await requests.move(row, State.REDEEMED, Change(never_due=True))

    assert await held(database) == {"R-1": (row.id, "evidence")}


# At once


async def test_of_ten_that_claim_a_redemption_at_once_one_has_it(instances: list[Database]) -> None:
    desks = [LedgerRequests(instances[number % len(instances)]) for number in range(10)]
    rows = [await doubted(desk) for desk in desks]

    ends = await asyncio.gather(
        *(
            desk.move(row, State.REDEEMED, resting_on("R-1", OWN_NUMBER))
            for desk, row in zip(desks, rows, strict=True)
        )
    )

    assert Counter(end.state for end in ends) == {State.REDEEMED: 1, State.UNKNOWN: 9}
    (winner,) = (end.id for end in ends if end.state is State.REDEEMED)
    assert await held(instances[0]) == {"R-1": (winner, "own_number")}


async def test_of_two_that_waited_for_a_new_claim_one_takes_it_over(postgres: str) -> None:
    """Both go on at once when it is there, and would both take it from whoever made it."""
    databases = [Database.open(postgres, limit_s=60.0) for _ in range(3)]
    rows = [await doubted(LedgerRequests(databases[0])) for _ in databases]
    _meet_when_inserted(*databases[1:])
    taken: list[Taken] = []

    async def take_over(database: Database, row: Redemption) -> None:
        async with database.transaction() as connection:
            taken.append(await take(connection, row.id, Claim(redemption_id="R-1", kind=OWN_NUMBER)))
            if len(taken) == 1:
                await waited_for(connection, by=1)

    async def first(database: Database, row: Redemption) -> None:
        async with database.transaction() as connection:
            await take(connection, row.id, Claim(redemption_id="R-1", kind=EVIDENCE))
            await waited_for(connection, by=2)

    await asyncio.gather(first(databases[0], rows[0]), *map(take_over, databases[1:], rows[1:]))

    assert [one.ours for one in taken] == [True, False]
    for database in databases:
        await database.close()


def _meet_when_inserted(*databases: Database) -> None:
    """Nobody goes on before each has found that it cannot insert its claim."""
    barrier = asyncio.Barrier(len(databases))

    def meet(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT"):
            await_only(barrier.wait())

    for database in databases:
        event.listen(database.engine.sync_engine, "after_cursor_execute", meet)


async def test_two_that_take_from_each_other_do_not_lock_each_other_out(instances: list[Database]) -> None:
    """Each rests on what the engine's answer to the other one names."""
    first, second = LedgerRequests(instances[0]), LedgerRequests(instances[-1])
    for number in range(6):
        x, y = f"X-{number}", f"Y-{number}"
        one, other = await redeemed(first, x, EVIDENCE), await redeemed(second, y, EVIDENCE)

        ends = await asyncio.gather(
            first.move(one, State.REDEEMED, resting_on(y, ANSWER)),
            second.move(other, State.REDEEMED, resting_on(x, ANSWER)),
            return_exceptions=True,
        )

        # Whoever is second finds its request moved on: it lost its claim.
        names = sorted(type(end).__name__ for end in ends)
        assert names == ["Redemption", "VersionConflict"], ends
        states = {(await now_of(first, row)).state for row in (one, other)}
        assert states == {State.REDEEMED, State.UNKNOWN}


async def test_one_that_is_given_up_and_claimed_at_once_is_neither_lost_nor_doubled(
    instances: list[Database],
) -> None:
    first, second = LedgerRequests(instances[0]), LedgerRequests(instances[-1])
    for number in range(6):
        holder = await redeemed(first, f"R-{number}", EVIDENCE)
        waiting = await doubted(second)

        refused, claiming = await asyncio.gather(
            first.move(holder, State.REFUSED, Change(outcome=Outcome(settled=Settled.ANSWER))),
            second.move(waiting, State.REDEEMED, resting_on(f"R-{number}", EVIDENCE)),
        )

        assert refused.state is State.REFUSED
        has_it = (await held(instances[0])).get(f"R-{number}")
        assert has_it == ((claiming.id, "evidence") if claiming.state is State.REDEEMED else None)


# Those of before there were claims


async def test_what_was_redeemed_before_there_were_claims_is_claimed_by_the_earliest(
    database: Database, requests: LedgerRequests
) -> None:
    """Two rows could rest on one redemption; one without an id rests on none."""
    later = await _old(requests, "R-1", Settled.EVIDENCE, made_later=True)
    earlier = await _old(requests, "R-1", Settled.PERSON)
    alone = await _old(requests, "R-2", Settled.ANSWER)
    nameless = await _old(requests, None, Settled.ANSWER)
    async with database.transaction() as connection:
        await connection.execute(text("DROP TABLE claims"))
        await connection.run_sync(_upgraded_to_claims)

    assert await held(database) == {"R-1": (earlier.id, "person"), "R-2": (alone.id, "answer")}
    for row in (later, nameless):
        assert (await now_of(requests, row)).state is State.REDEEMED


def _upgraded_to_claims(connection: Connection) -> None:
    revision = importlib.import_module("bot.adapters.ledger.migrations.versions.0008_claims")
    with Operations.context(MigrationContext.configure(connection)):
        revision.upgrade()


async def _old(
    requests: LedgerRequests, redemption_id: str | None, settled: Settled, *, made_later: bool = False
) -> Redemption:
    terms = another_coupon()
    made = await requests.make(
        RequestId(terms.code),
        replace(terms, bill_number=terms.code),
        made_at=NOON + timedelta(hours=1) if made_later else NOON,
        day=NOON.date(),
        limits=NO_LIMITS,
        begin_in_s=LONG,
    )
    row = await walk(requests, made.row, State.APPROVED, State.SENDING)
    outcome = Outcome(settled=settled, redemption_id=redemption_id)
    return await requests.move(row, State.REDEEMED, Change(outcome=outcome))
