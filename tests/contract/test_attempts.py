"""What `services.ports.Attempts` promises of attempts that moved nothing."""

from __future__ import annotations

from bot.domain.case import CaseId
from bot.domain.redemption import RequestId
from bot.services.ports import AuditEvent
from tests.adapters.ledger.facts import AGENT, SENIOR
from tests.contract.conftest import Ledger


async def test_each_is_in_the_audit_log_whatever_ids_it_names(ledger: Ledger) -> None:
    request_id, case_id = RequestId("never made"), CaseId("never asked")

    await ledger.attempts.append(AuditEvent.DENIED, by=AGENT, request_id=request_id, why={"at": "approve"})
    await ledger.attempts.append(AuditEvent.CASE_DENIED, by=SENIOR, case_id=case_id, why={"groups": ["S0A"]})

    assert await ledger.attempted() == [
        ("denied", AGENT, request_id, None, {"at": "approve"}),
        ("case_denied", SENIOR, None, case_id, {"groups": ["S0A"]}),
    ]


async def test_an_id_is_cut_to_what_the_audit_log_can_hold(ledger: Ledger) -> None:
    await ledger.attempts.append(AuditEvent.DENIED, by=AGENT, request_id=RequestId("X" * 1000), why={})

    assert await ledger.attempted() == [("denied", AGENT, "X" * 40, None, {})]
