"""What was looked for at the engine is read back from the events, and the reason that was chosen last from the requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.looks import LedgerLooks
from bot.adapters.ledger.reasons import LedgerLastReason
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.person import PersonId
from bot.domain.redemption import Redemption, State, Terms
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import NO_LIMITS, NOON, TERMS, TODAY, another_coupon, new_id


async def made(requests: LedgerRequests, terms: Terms = TERMS, hours: int = 0) -> Redemption:
    at = NOON + timedelta(hours=hours)
    written = await requests.make(new_id(), terms, made_at=at, day=TODAY, limits=NO_LIMITS, begin_in_s=600.0)
    return written.row


async def test_every_look_is_told_with_what_it_found(database: Database, requests: LedgerRequests) -> None:
    row = await made(requests)
    row = await requests.move(row, State.APPROVED, why={"error": "EngineTimedOut"})
    row = await requests.move(row, State.SENDING, Change(send_in_s=600.0))
    row = await requests.move(row, State.UNKNOWN, why={"doubt": "timed_out"})
    for why in (
        {"proof": "nothing new", "uses": [], "looks": 0},
        {"error": "EngineTimedOut"},
        {"proof": "undecided", "uses": ["9", None], "looks": 1},
    ):
        row = await requests.move(row, State.UNKNOWN, why=why)

    looks = await LedgerLooks(database)(row.id)

    assert [(one.read, one.uses) for one in looks] == [(True, ()), (False, ()), (True, ("9",))]
    assert await LedgerLooks(database)(new_id()) == []


async def test_the_reason_chosen_last_is_the_persons_own(
    database: Database, requests: LedgerRequests
) -> None:
    other = replace(another_coupon(), reason="Goodwill")
    await made(requests, replace(TERMS, reason="Till offline"))
    await made(requests, other, hours=1)
    await made(requests, replace(another_coupon(), reason="Other", requester=PersonId("U0ELSE")), hours=2)

    assert await LedgerLastReason(database)(TERMS.requester) == "Goodwill"
    assert await LedgerLastReason(database)(PersonId("U0NOBODY")) is None
