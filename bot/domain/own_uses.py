"""Uses made from here that an answer of the engine does not show yet: what is drawn of a coupon counts them in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.coupon import Coupon, Use, UsesLeft, same_code
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.redemption import Redemption, State
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
