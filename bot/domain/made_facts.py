"""What the audit log keeps of a request's terms when it is made: no name, no digits of a mobile, no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.masking import masked
from bot.domain.redemption import Terms


def made_facts(terms: Terms) -> Mapping[str, Any]:
    """Names are stored: add, never rename. Amounts are texts, as they were confirmed."""
    return {
        **lasting_facts(terms),
        "worth": str(terms.worth.amount),
        "takes_off": str(terms.takes_off),
        "rule": terms.rule,
        "approvals": terms.approvals,
        "approvers": list(terms.approvers),
    }


def lasting_facts(terms: Terms) -> Mapping[str, Any]:
    """Those of them that stay as they are when it is asked for again."""
    return {
        "customer": terms.customer,
        "bill": str(terms.bill),
        "bill_number": masked(terms.bill_number, code=terms.code),
        "generated": terms.generated,
        "reason": terms.reason,
    }
