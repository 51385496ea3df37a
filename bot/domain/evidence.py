"""What the engine's own records of a coupon prove about one request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.facts import OtherEvidence, OwnNumber, Undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """
    What is known beside the uses that were read.

    Attributes:
        customer: whose uses count; those of others are not ours.
        before: ids of the uses that were there before the redeem call; empty where none was made.
        bill_number, generated: of the request; whether the number was made for it and for nothing else.
        till: code of the till we book on; None when it is not known.
        claimed: ids of redemptions that belong to other requests.
        rival: whether another request for this coupon and bill is open, unknown, or redeemed without an id, so that
            a use with a typed number may be that one's.

    """

    customer: CustomerId
    before: Collection[str] = ()
    bill_number: str
    generated: bool
    till: str | None = None
    claimed: Collection[str] = ()
    rival: bool = False


def weigh(uses: Sequence[Use], known: Looked) -> OwnNumber | OtherEvidence | Undecided | None:
    """
    What these uses prove; None when nothing is new.

    Our generated number proves it whatever else is new, and whoever claims that use by something weaker. A typed
    number proves it only alone: one use is new, it is at our place, nobody else has it, and nobody else may have made it.
    """
    new = tuple(use for use in uses if use.id not in known.before and _may_be_theirs(use, known))
    own = tuple(use for use in new if known.generated and _ours(use, known))
    if own:
        return OwnNumber(uses=own)
    unclaimed = tuple(use for use in new if use.id not in known.claimed)
    if not unclaimed:
        return None
    alone = len(unclaimed) == 1 and not known.generated and not known.rival
    if alone and _ours(unclaimed[0], known):
        return OtherEvidence(use=unclaimed[0])
    return Undecided(uses=unclaimed)


def _may_be_theirs(use: Use, known: Looked) -> bool:
    """A code that belongs to nobody is used by many: a use of nobody in particular counts by our number alone."""
    return use.by == known.customer or (use.by is None and use.bill == known.bill_number)


def _ours(use: Use, known: Looked) -> bool:
    """It carries our number and, where both sides name a place, it is ours."""
    at_our_place = known.till is None or use.till is None or use.till == known.till
    return use.bill == known.bill_number and at_our_place
