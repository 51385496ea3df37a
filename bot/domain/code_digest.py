"""A coupon's code as the audit log names it: a keyed digest, by which the same code is found and no code is read."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

#: A fact that is a code, before it is written; afterwards `code` is its digest. Names are stored.
RAW, DIGEST = "coupon", "code"


def code_digest(key: str, code: str) -> str:
    """HMAC-SHA-256 in hex; in any letter case it is the same code."""
    return hmac.new(bytes.fromhex(key), code.casefold().encode(), hashlib.sha256).hexdigest()


def without_code(why: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The facts with the digest of a code in its place."""
    facts = dict(why)
    if RAW in facts:
        facts[DIGEST] = code_digest(key, str(facts.pop(RAW)))
    return facts
