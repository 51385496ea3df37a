"""
What the engine's answer to a redeem call means.

Of each `body` is the SHA-256 of the answer's body in hex, for the audit log; None where no answer came.
"""

from __future__ import annotations

from dataclasses import field

from bot.aio.frozen import frozen
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal


@frozen(kw_only=True)
class Redeemed:
    """Every sign present is positive. `redemption_id` is None where the engine left it out (docs: redeem-single-coupon)."""

    redemption_id: str | None
    status: int | None = None
    body: str | None = field(default=None, compare=False)


@frozen(kw_only=True)
class Refused:
    """The body carries a clear no, and no sign of success."""

    refusal: Refusal
    code: int | None = None
    status: int | None = None
    body: str | None = field(default=None, compare=False)


@frozen(kw_only=True)
class NotSent:
    """The engine has surely not worked on it."""

    stop: Stop
    code: int | None = None
    status: int | None = None
    body: str | None = field(default=None, compare=False)


@frozen(kw_only=True)
class Unclear:
    """It may have been redeemed."""

    doubt: Doubt
    code: int | None = None
    status: int | None = None
    body: str | None = field(default=None, compare=False)


Answer = Redeemed | Refused | NotSent | Unclear
