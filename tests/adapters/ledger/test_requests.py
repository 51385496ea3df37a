"""Requests and the audit log, also where a commit is lost; `tests/contract/` tests what the port promises."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.adapters.ledger.database import Database
from bot.adapters.ledger.requests import LedgerRequests
from bot.domain.errors import LedgerUnavailable
from bot.domain.limits import Limits, Usage
from bot.domain.redemption import RequestId, State
from tests.adapters.ledger.facts import AGENT, TERMS, TODAY, CutOff, audit, make, walk


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
