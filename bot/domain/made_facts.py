"""
What the audit log keeps of a request's terms.

Names, last digits and notes are kept beside the events (`bot.domain.kept_text`); of a code only a keyed digest is kept.
Names of facts are stored: add, never rename. Amounts are texts, as they were confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.masking import masked
from bot.domain.redemption import Outcome, Terms


def made_facts(terms: Terms, code: str) -> Mapping[str, Any]:
    """The terms when it is made; `code` is the digest of the coupon's code."""
    return {**lasting_facts(terms, code), **changing_facts(terms)}


def lasting_facts(terms: Terms, code: str) -> Mapping[str, Any]:
    """Those of them that stay as they are when it is asked for again."""
    return {
        "customer": terms.customer,
        "customer_name": terms.customer_name,
        "customer_tail": terms.customer_tail,
        "code": code,
        "bill": str(terms.bill),
        "bill_number": masked(terms.bill_number, code=terms.code),
        "generated": terms.generated,
        "reason": terms.reason,
        "note": terms.note,
    }


def changing_facts(terms: Terms) -> Mapping[str, Any]:
    """Those that may be others when it is asked for again."""
    return {
        "worth": str(terms.worth.amount),
        "takes_off": str(terms.takes_off),
        "rule": terms.rule,
        "approvals": terms.approvals,
        "approvers": list(terms.approvers),
    }


def outcome_facts(outcome: Outcome) -> Mapping[str, Any]:
    """All of an outcome but its note; what is None is left out."""
    facts = {
        "settled": outcome.settled,
        "redemption_id": outcome.redemption_id,
        "refusal": outcome.refusal,
        "stop": outcome.stop,
        "doubt": outcome.doubt,
        "code": outcome.code,
        "status": outcome.status,
        "by": outcome.by,
        "uses": [use.id for use in outcome.uses],
    }
    return {name: fact for name, fact in facts.items() if fact is not None and fact != []}
