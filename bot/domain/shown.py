"""What an approver is shown of a request, as the audit log tells it: the facts when it is asked, their digest when it is approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.domain.made_facts import changing_facts
from bot.domain.masking import masked
from bot.domain.redemption import Asking, Terms
from bot.domain.seal import canonical


def shown_facts(terms: Terms, asking: Asking | None, round_: int) -> Mapping[str, Any]:
    """
    The facts of one round. Names are stored: add, never rename.

    Name, last digits and note are not among them: `made` holds their digests, and a digest without a salt would tell
    them to whoever tries.
    """
    return {
        "round": round_,
        "requester": terms.requester,
        "customer": terms.customer,
        "bill": str(terms.bill),
        "bill_number": masked(terms.bill_number, code=terms.code),
        "reason": terms.reason,
        **changing_facts(terms),
        **(_asked(asking) if asking is not None else {}),
    }


def shown_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the facts as canonical JSON, in hex."""
    return hashlib.sha256(canonical(facts)).hexdigest()


def _asked(asking: Asking) -> Mapping[str, Any]:
    """Without what is found out later about the channel (`Asking.trouble`)."""
    return {
        "checked_at": asking.checked_at.isoformat(),
        "uses": asking.uses,
        "more_uses": asking.more_uses,
        "last_use_at": asking.last_use_at.isoformat() if asking.last_use_at else None,
        "earlier": asking.earlier,
        "attempt": asking.attempt,
        "rejected_by": asking.rejected.by if asking.rejected else None,
        "worth_before": str(asking.worth_before) if asking.worth_before is not None else None,
        "other_coupon": asking.other_coupon,
        "recent": [use.id for use in asking.recent] if asking.recent is not None else None,
    }
