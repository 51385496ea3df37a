"""What the engine's answer to a redeem call means, and what its later evidence proves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.coupon import Use
from bot.domain.redemption import Doubt, Stop
from bot.domain.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """Every sign present is positive. `redemption_id` is None where the engine left it out (docs: redeem-single-coupon)."""

    redemption_id: str | None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The body carries a clear no, and no sign of success."""

    refusal: Refusal
    code: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The engine has surely not worked on it."""

    stop: Stop
    code: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """It may have been redeemed."""

    doubt: Doubt
    code: int | None = None
    status: int | None = None


Answer = Redeemed | Refused | NotSent | Unclear


class Evidence(StrEnum):
    """What the redemptions that are new since the call prove."""

    REDEEMED = "redeemed"
    #: Nothing new; that proves an absence only after the end of the window.
    NOTHING_NEW = "nothing_new"
    #: For a person: more than one is new, or one with another bill number or place.
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    proof: Evidence
    #: The redemptions that are new, as the engine lists them.
    uses: tuple[Use, ...] = ()


def weigh(uses: Sequence[Use], *, before: Sequence[str], bill_number: str, till: str | None) -> Finding:
    """
    Redeemed when exactly one redemption is new, it carries our bill number, and its till, where both sides name one, is ours.

    `before` are the ids read before the call; `till` is the code of the till we book on, None when not known.
    """
    new = tuple(use for use in uses if use.id not in before)
    if not new:
        return Finding(proof=Evidence.NOTHING_NEW)
    if len(new) == 1 and new[0].bill == bill_number and _ours(new[0], till):
        return Finding(proof=Evidence.REDEEMED, uses=new)
    return Finding(proof=Evidence.UNDECIDED, uses=new)


def _ours(use: Use, till: str | None) -> bool:
    return till is None or use.till is None or use.till == till
