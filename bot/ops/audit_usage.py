"""What `coupon-desk audit` cannot do at once: an option that has no effect would look as if it had."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.adapters.ledger.signing import is_public_key
from bot.domain.seal import as_digest
from bot.ops.audit_verify import SHORTEST_ANCHOR


def at_odds(given: Sequence[str]) -> str | None:
    """Say which of the options that are given, by their names, exclude each other; None if none do."""
    for one, others in _ALONE.items():
        apart = [other for other in others if one in given and other in given]
        if apart:
            return f"{one} and {' and '.join(apart)} cannot be given together; leave out one."
    for one in _OF_PROOF:
        if one in given and "--verify" not in given:
            return f"{one} proves nothing without --verify; write both."
    return None


_ALONE = {
    "--verify": ("--against-engine", "--csv", "--since", "--until"),
    "--against-engine": ("--csv", "--jsonl"),
    "--csv": ("--jsonl",),
}
_OF_PROOF = ("--anchor", "--key")


def unusable(anchor: str | None, keys: Sequence[str]) -> str | None:
    """Say what is wrong with an anchor or a key as typed: it would be told as a log that was changed."""
    if anchor is not None and not re.fullmatch(f"[0-9a-f]{{{SHORTEST_ANCHOR},64}}", as_digest(anchor)):
        return f"--anchor {anchor}: give the letters of one seal, as they were logged, {SHORTEST_ANCHOR} or more."
    wrong = next((key for key in keys if not is_public_key(key)), None)
    # It may be a secret that was typed by mistake.
    return "--key: give a public key, 32 bytes in base64, as a seal names it." if wrong is not None else None
