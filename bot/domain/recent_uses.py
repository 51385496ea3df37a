"""Recent uses of a coupon, which the review and approvers are shown and the spend compares with."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from bot.aio.frozen import frozen
from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import CouponRecord, Redeemability, Use
from bot.domain.customer import CustomerId
from bot.domain.redeem_form import GENERATED_PREFIX
from bot.domain.redemption import Redemption, State


@frozen(kw_only=True)
class RecentUses:
    """
    A coupon's redemptions since a day, wherever they were made.

    Attributes:
        since: in the engine's zone.
        single: whether the coupon has one use left and was never used, so its record shows every use.
        whole: whether all of them could be read; if not, `error` says why.

    """

    since: date
    uses: tuple[Use, ...] = ()
    single: bool = False
    whole: bool = True
    error: str = ""

    def for_bill(self, number: str) -> tuple[Use, ...]:
        """Return uses that may be for this bill, however tills and people spell its number."""
        return tuple(use for use in self.uses if may_be_same_bill(use.bill, number))

    def at_our_place(self, number: str, till: str | None) -> tuple[Use, ...]:
        """Return uses with this bill number that were booked on our till, if both sides name one."""
        named = (use for use in self.uses if use.bill == number)
        return tuple(use for use in named if None in {till, use.till} or use.till == till)

    def of_customer_beside(self, customer: CustomerId, seen: Collection[str]) -> tuple[Use, ...]:
        """Return uses by this customer that are not in `seen`; others may use a shared code at any time."""
        return tuple(use for use in self.uses if use.by == customer and use.id not in seen)


def sent_from_here(uses: Iterable[Use], till: str | None) -> tuple[Use, ...]:
    """Return uses at our place with a number that only the desk makes."""
    ours = (use for use in uses if use.id is not None and (use.bill or "").startswith(GENERATED_PREFIX))
    return tuple(use for use in ours if None in {till, use.till} or use.till == till)


def single_use(check: Redeemability, record: CouponRecord | None) -> bool:
    """
    Whether one use is left and none was made: the coupon's record then shows every use.

    Of a code that belongs to nobody in particular it shows only the last one, which may be somebody else's, and one
    use may be left to each of many.
    """
    one_left = check.uses_left is not None and check.uses_left.count == 1
    unused = record is not None and record.owner is not None and record.last_use is None
    return one_left and unused and not check.used_by_customer


def seen_by(row: Redemption) -> Collection[str] | None:
    """Return ids of the uses that the approver, else the requester, was shown; None if none were shown."""
    approved = row.state is State.APPROVED and row.terms.approvals
    if approved and row.asking is not None and row.asking.recent is not None:
        return tuple(use.id for use in row.asking.recent if use.id is not None)
    return row.terms.seen


def shown_before(row: Redemption) -> Collection[str]:
    """
    Return ids of the uses that were shown to the requester at the review, and to whoever approved it.

    What was shown for an approval that nobody gave may be a use that this request made, and the ledger lost.
    """
    decided = row.decided
    approved = decided is not None and decided.approved and decided.round == row.round
    asked = row.asking.recent or () if approved and row.asking is not None else ()
    return {*(row.terms.seen or ()), *(use.id for use in asked if use.id is not None)}
