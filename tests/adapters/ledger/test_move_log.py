"""One log line for each move that the ledger holds, and none for what moved nothing."""

from __future__ import annotations

import pytest
import structlog

from bot.adapters.ledger.requests import LedgerRequests
from bot.aio.instance import INSTANCE
from bot.domain.errors import LedgerUnavailable
from bot.domain.redemption import Outcome, State, Stop
from bot.domain.transitions import Change
from tests.adapters.ledger.facts import AGENT, SENIOR, CutOff, make


async def test_each_move_is_one_line_with_who_by_which_rule_and_why(requests: LedgerRequests) -> None:
    with structlog.testing.capture_logs() as logged:
        row = await make(requests)
        row = await requests.move(row, State.WAITING)
        # A reminder moves nothing.
        row = await requests.move(row, State.WAITING, why={"reminded": 1})
        row = await requests.move(row, State.APPROVED, by=SENIOR)
        await requests.move(row, State.REFUSED, Change(outcome=Outcome(stop=Stop.CHANGED)))

    same = {
        "event": "moved",
        "log_level": "info",
        "request": row.reference,
        "rule": "small, by a senior",
        "instance": INSTANCE,
    }
    assert logged == [
        same | {"from": None, "to": "new", "by": AGENT},
        same | {"from": "new", "to": "waiting", "by": None},
        same | {"from": "waiting", "to": "approved", "by": SENIOR},
        same | {"from": "approved", "to": "refused", "by": None, "stop": "changed"},
    ]


async def test_what_the_ledger_did_not_take_is_no_line(requests: LedgerRequests) -> None:
    row = await make(requests)
    cut_off = LedgerRequests(CutOff(requests.database.engine))

    with structlog.testing.capture_logs() as logged, pytest.raises(LedgerUnavailable):
        await cut_off.move(row, State.WAITING)

    assert logged == []
