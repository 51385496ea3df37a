"""What the audit log keeps of a request's terms and outcome; names are stored: add, never rename."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.made_facts import made_facts, outcome_facts
from bot.domain.redemption import Doubt, Outcome, Settled, Stop
from bot.domain.refusal import Refusal
from tests.services.redeeming import ARJUN, LARGE, OURS
from tests.services.shelf import ASHA


def test_all_of_the_terms_and_no_code() -> None:
    terms = replace(LARGE, bill_number="T-ABC-1001", generated=False, note="n")

    assert made_facts(terms, "digest") == {
        "customer": ASHA.id,
        "customer_name": "Asha Menon",
        "customer_tail": "2345",
        "code": "digest",
        "bill": "1200",
        "bill_number": "T-•••-1001",
        "generated": False,
        "reason": "Other",
        "note": "n",
        "worth": "5000",
        "takes_off": "250",
        "rule": "everything else",
        "approvals": 1,
        "approvers": ["S0MANAGERS"],
    }


def test_all_of_an_outcome_but_its_note() -> None:
    outcome = Outcome(
        settled=Settled.PERSON,
        redemption_id="7",
        refusal=Refusal.ALREADY_USED,
        stop=Stop.BUSY,
        doubt=Doubt.TIMED_OUT,
        code=711,
        status=500,
        by=ARJUN,
        uses=(OURS,),
        note="n",
    )

    assert outcome_facts(outcome) == {
        "settled": "person",
        "redemption_id": "7",
        "refusal": "already_used",
        "stop": "busy",
        "doubt": "timed_out",
        "code": 711,
        "status": 500,
        "by": ARJUN,
        "uses": ["2"],
    }
    assert outcome_facts(Outcome()) == {}
