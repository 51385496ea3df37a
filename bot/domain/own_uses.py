"""Uses made from here that an answer of the engine does not show yet: what is drawn of a coupon counts them in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import Coupon, Place, Use, UsesLeft, same_code
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.recent_uses import RecentUses
from bot.domain.redemption import Redemption, State, Terms
from bot.domain.refusal import Refusal

#: How long before an answer a use may have been made that it does not show. Longer ago, the engine just does not list it.
BEHIND = timedelta(hours=1)
#: How long after the press a use may still have been on its way while the answer was read: another one may show it.
UNDER_WAY = timedelta(minutes=1)


def unseen(
    requests: Sequence[Redemption], uses: Iterable[Use], as_of: datetime, within: timedelta = BEHIND
) -> Sequence[Redemption]:
    """Return those of one coupon's redemptions from here, the latest first, that are newer than all that is listed."""
    ids, bills = {use.id for use in uses}, {use.bill for use in uses}
    newer = []
    for row in requests:
        if row.state is not State.REDEEMED:
            continue
        if row.outcome.redemption_id in ids - {None} or row.terms.bill_number in bills:
            break
        newer.append(row)
    return [row for row in newer if row.pressed_at > as_of - within]


def with_own(recent: RecentUses, requests: Sequence[Redemption], terms: Terms, as_of: datetime) -> RecentUses:
    """
    Return these uses and those made from here that stand in the way of these terms and that the engine does not show.

    `requests` are those that redeemed this coupon, the latest first. Of this customer's uses the engine's records may
    be behind; of other customers' it shows only the last.
    """
    known = {use.id for use in recent.uses}
    theirs = [row for row in requests if row.terms.customer == terms.customer]
    others = [row for row in requests if row.terms.customer != terms.customer]
    missing = [
        *unseen(theirs, recent.uses, as_of),
        *(row for row in others if may_be_same_bill(row.terms.bill_number, terms.bill_number)),
    ]
    own = tuple(_as_use(row) for row in missing if row.outcome.redemption_id not in known - {None})
    return replace(recent, uses=(*recent.uses, *own), single=False) if own else recent


def _as_use(row: Redemption) -> Use:
    till = row.intent.till if row.intent is not None else None
    return Use(
        id=row.outcome.redemption_id,
        at=row.pressed_at,
        bill=row.terms.bill_number,
        place=Place(code=till) if till is not None else None,
        till=till,
        by=row.terms.customer,
    )


def behind(coupon: Coupon, requests: Sequence[Redemption], as_of: datetime) -> bool:
    """Whether the customer's list does not show yet what was redeemed from here, and reading it anew may help."""
    return bool(_unseen(coupon, requests, as_of, UNDER_WAY))


def finding_behind(finding: CouponFinding, requests: Sequence[Redemption], as_of: datetime) -> bool:
    """As `behind`, for one coupon by its code."""
    redeemable = finding.verdict is Verdict.REDEEMABLE
    return redeemable and bool(_unseen_of_finding(finding, requests, as_of, UNDER_WAY))


def counted_in(coupon: Coupon, requests: Sequence[Redemption], as_of: datetime) -> Coupon:
    """Return the coupon with as many uses less as were made from here and are not listed; unlimited stays unlimited."""
    uses = len(_unseen(coupon, requests, as_of))
    return replace(coupon, uses_left=_less(coupon.uses_left, uses)) if uses else coupon


def counted_in_finding(
    finding: CouponFinding, requests: Sequence[Redemption], as_of: datetime
) -> CouponFinding:
    """As `counted_in`; with no use left the coupon is one that was used already."""
    if finding.verdict is not Verdict.REDEEMABLE:
        return finding
    left = _less(finding.check.uses_left, len(_unseen_of_finding(finding, requests, as_of)))
    check = replace(finding.check, uses_left=left)
    if left is None or not left.none:
        return replace(finding, check=check)
    no = replace(check, redeemable=False, refusal=Refusal.ALREADY_USED)
    return replace(finding, verdict=Verdict.NOT_REDEEMABLE, check=no)


def _unseen(
    coupon: Coupon, requests: Sequence[Redemption], as_of: datetime, within: timedelta = BEHIND
) -> Sequence[Redemption]:
    of_coupon = [row for row in requests if same_code(row.terms.code, coupon.code)]
    return unseen(of_coupon, [*coupon.uses, *coupon.reversed_uses], as_of, within)


def _unseen_of_finding(
    finding: CouponFinding, requests: Sequence[Redemption], as_of: datetime, within: timedelta = BEHIND
) -> Sequence[Redemption]:
    of_coupon = [row for row in requests if same_code(row.terms.code, finding.code)]
    last = finding.record.last_use if finding.record else None
    return unseen(of_coupon, [last] if last else [], as_of, within)


def _less(left: UsesLeft | None, uses: int) -> UsesLeft | None:
    if left is None or left.count is None:
        return left
    return UsesLeft(max(left.count - uses, 0) if uses else left.count)
