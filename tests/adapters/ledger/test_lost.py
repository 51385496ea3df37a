"""A redemption of ours at the engine that the ledger does not know: it was lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.lost import LedgerLost
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.alarm import Alarm
from bot.domain.claim import Claim, ClaimKind
from bot.domain.coupon import CouponCode, Use
from bot.domain.recent_uses import sent_from_here
from bot.domain.redemption import Outcome, State
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import TERMS, make, reasons, walk

USE = Use(id="77", bill=TERMS.bill_number, till="coupon.desk")


async def lost(database: Database, use: Use = USE) -> list[str]:
    """The alarms' redemptions after this use was seen."""
    await LedgerLost(database)(TERMS.code, [use])
    return [why["redemption_id"] for why in await reasons(database) if why.get("alarm") == Alarm.REQUEST_LOST]


async def test_a_number_that_no_request_has_is_an_alarm(database: Database, requests: LedgerRequests) -> None:
    await make(requests)

    assert await lost(database, replace(USE, bill="CD-LOST")) == ["77"]


async def test_the_number_of_a_request_for_another_coupon_is_an_alarm(
    database: Database, requests: LedgerRequests
) -> None:
    await make(requests, replace(TERMS, code=CouponCode("OTHER")))

    assert await lost(database) == ["77"]


async def test_the_number_of_a_request_in_any_state_is_none(
    database: Database, requests: LedgerRequests
) -> None:
    await make(requests)

    assert await lost(database) == []


async def test_a_use_that_a_request_claims_is_none_whatever_its_number(
    database: Database, requests: LedgerRequests
) -> None:
    row = await walk(requests, await make(requests), State.APPROVED, State.SENDING)
    claim = Claim(redemption_id="77", kind=ClaimKind.PERSON)
    await requests.move(row, State.REDEEMED, Change(claim=claim, outcome=Outcome(redemption_id="77")))

    assert await lost(database, replace(USE, bill="CD-OTHER")) == []


@pytest.mark.parametrize(
    ("use", "ours"),
    [
        (USE, True),
        (replace(USE, till=None), True),
        (replace(USE, till="till.7"), False),
        (replace(USE, bill="MG-88"), False),
        (replace(USE, bill=None), False),
        (replace(USE, id=None), False),
    ],
)
def test_a_use_was_sent_from_here_by_its_number_and_place(use: Use, ours: bool) -> None:
    assert sent_from_here([use], "coupon.desk") == ((use,) if ours else ())
