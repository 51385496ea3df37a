"""What the engine's records of a coupon prove about one request."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.facts import OtherEvidence, OwnNumber, Undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """
    What is known besides the uses that were read.

    Attributes:
        customer: only this customer's uses count.
        before: ids of the uses from before the redeem call; empty if no call was made.
        bill_number, generated: the request's bill number, and whether it was generated for it.
        till: code of the till that the desk books on; None if it is not known.
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
    Return what these uses prove; None if none is new.

    The generated number proves it, whatever else is new and even if a weaker claim holds that use. Nobody else has it,
    so it counts also where the ledger lost a call and the use was shown since. A typed number proves it only if
    exactly one use is new, this customer's, at our place, unclaimed, and no other request may have made it: where the
    coupon is shared and the engine names nobody, somebody else may have typed the same number.
    """
    theirs = tuple(use for use in uses if _may_be_theirs(use, known))
    own = tuple(use for use in theirs if known.generated and _ours(use, known))
    if own:
        return OwnNumber(uses=own)
    unclaimed = tuple(use for use in theirs if use.id not in {*known.before, *known.claimed})
    if not unclaimed:
        return None
    alone = len(unclaimed) == 1 and not known.generated and not known.rival
    if alone and unclaimed[0].by == known.customer and _ours(unclaimed[0], known):
        return OtherEvidence(use=unclaimed[0])
    return Undecided(uses=unclaimed)


def _may_be_theirs(use: Use, known: Looked) -> bool:
    """Whether a use may be this customer's; one without a customer counts only if it has our bill number."""
    return use.by == known.customer or (use.by is None and use.bill == known.bill_number)


def _ours(use: Use, known: Looked) -> bool:
    """Whether it has our bill number and, if both sides name a till, our till."""
    at_our_place = known.till is None or use.till is None or use.till == known.till
    return use.bill == known.bill_number and at_our_place
