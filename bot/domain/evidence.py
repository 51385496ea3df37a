"""What the engine's records of a coupon prove about one request."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field

from bot.aio.frozen import frozen
from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import Use
from bot.domain.customer import CustomerId
from bot.domain.facts import OtherEvidence, OwnNumber, Undecided


@frozen(kw_only=True)
class Looked:
    """
    What is known besides the uses that were read.

    Attributes:
        customer: only this customer's uses count.
        before: ids of the uses from before the redeem call; empty if no call was made.
        bill_number, generated: the request's bill number, and whether it was generated for it.
        till: code of the till that the desk books on; None if it is not known.
        claimed: ids of redemptions that belong to other requests.
        likely: those of them that rest on evidence or a person's word only, each with the bill number of the request
            that has it.
        rival: whether another request for this coupon and bill is open, unknown, or redeemed without an id, so that
            a use with a typed number may be that one's.

    """

    customer: CustomerId
    before: Collection[str] = ()
    bill_number: str
    generated: bool
    till: str | None = None
    claimed: Collection[str] = ()
    likely: Mapping[str, str] = field(default_factory=dict)
    rival: bool = False


def weigh(uses: Sequence[Use], known: Looked) -> OwnNumber | OtherEvidence | Undecided | None:
    """
    Return what these uses prove; None if none is new.

    The generated number proves it, whatever else is new and even if a weaker claim holds that use. Nobody else has it,
    so it counts also where the ledger lost a call and the use was shown since. A typed number proves it only if
    exactly one use is new, this customer's, at our place, unclaimed, and no other request may have made it: where the
    coupon is shared and the engine names nobody, somebody else may have typed the same number. A use that another
    request has on evidence or a person's word only may be this one's: it proves nothing, and is left to a person.
    """
    theirs = tuple(use for use in uses if _may_be_theirs(use, known))
    own = tuple(use for use in theirs if known.generated and _ours(use, known))
    if own:
        return OwnNumber(uses=own)
    new = tuple(use for use in theirs if use.id not in known.before and not _is_anothers(use, known))
    if not new:
        return None
    alone = len(new) == 1 and new[0].id not in known.claimed and not known.rival
    if alone and new[0].by == known.customer and _ours(new[0], known):
        return OtherEvidence(use=new[0])
    return Undecided(uses=new)


def _may_be_theirs(use: Use, known: Looked) -> bool:
    """Whether a use may be this customer's; one without a customer counts only if it has our bill number."""
    return use.by == known.customer or (use.by is None and may_be_same_bill(use.bill, known.bill_number))


def _is_anothers(use: Use, known: Looked) -> bool:
    """
    Whether a use is another request's, beyond doubt.

    A claim on evidence or a person's word leaves a doubt where the use has our bill number, or is at our place and has
    a number that is not that request's either.
    """
    number = known.likely.get(use.id or "")
    if number is None:
        return use.id in known.claimed
    if may_be_same_bill(use.bill, known.bill_number):
        return False
    return use.bill == number or not _at_our_place(use, known)


def _ours(use: Use, known: Looked) -> bool:
    """Whether it has our bill number, at our place."""
    return use.bill == known.bill_number and _at_our_place(use, known)


def _at_our_place(use: Use, known: Looked) -> bool:
    """Whether it is at our till, if both sides name one."""
    return known.till is None or use.till is None or use.till == known.till
