"""The card about one coupon: whether it can be redeemed, why not, its last use, the next step."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.cards import FindingCard
from bot.domain.coupon import Standing
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.refusal import Refusal
from bot.views.coupon import LONGEST_DESCRIPTION, MARKS, NOTHING_OURS, Ours, use_details, uses_left
from bot.views.kit import Message, section
from bot.views.lookup import finding_controls, head_line
from bot.views.lookup_requests import ours
from bot.views.money import discount
from bot.views.pause import paused_lines
from bot.views.refusals import REFUSALS, refusal_step
from bot.views.text import Display, code, date, plain, quoted

#: The icon of a coupon that cannot be redeemed; of the same state as in a list. Else `_NO`.
_MARKS: Mapping[Refusal, str] = {
    Refusal.ALREADY_USED: MARKS[Standing.USED],
    Refusal.NOT_TWICE: MARKS[Standing.USED],
    Refusal.LIMIT_REACHED: MARKS[Standing.USED],
    Refusal.COUPON_EXPIRED: MARKS[Standing.EXPIRED],
    Refusal.SERIES_EXPIRED: MARKS[Standing.EXPIRED],
}
_NO = "⛔"
#: There is such a coupon, and it is this customer's.
_THEIRS = frozenset({Verdict.REDEEMABLE, Verdict.NOT_REDEEMABLE})


def finding_card(card: FindingCard, *, display: Display) -> Message:
    """Return the card. Redeem is shown if it applies and the reader seems to be allowed."""
    finding = card.finding
    head = head_line(finding.customer, "one coupon", card.as_of, display)
    known = ours(card.requests_for(finding.code), reader=card.look_up.asker, display=display)
    lines = finding_lines(finding, display, known)
    redeem = card.may_redeem and not known.opened and finding.verdict is Verdict.REDEEMABLE
    paused = paused_lines(card.pause, display)
    told = (section(head), *map(section, paused), section("\n".join(lines)))
    controls = finding_controls(card.id, redeem=redeem, details=finding.verdict in _THEIRS)
    return Message(plain([head, *paused, *lines]), (*told, controls))


def finding_note(finding: CouponFinding, *, display: Display) -> Message:
    """Return the facts of the coupon without a head, for a window that has its own."""
    lines = finding_lines(finding, display)
    return Message(plain(lines), (section("\n".join(lines)),))


def finding_lines(finding: CouponFinding, display: Display, known: Ours = NOTHING_OURS) -> list[str]:
    """Return the coupon, where it stands, what the engine says, and what the desk's own records know."""
    refusal = _refusal(finding)
    if refusal is None:
        what = _what(finding, known.mark or MARKS[Standing.OPEN], display)
        can = "*Can be redeemed*" + uses_left(finding.check.uses_left)
        return [what, *(known.opened or [can]), *_facts(finding, display, known), *known.uses]
    use_shown = bool(known.uses) or (finding.record is not None and finding.record.last_use is not None)
    return [
        _what(finding, known.mark or _MARKS.get(refusal, _NO), display),
        f"*Cannot be redeemed.* {REFUSALS[refusal].why}",
        *known.opened,
        *reversed(_facts(finding, display, known)),
        *known.uses,
        f"*Next:* {refusal_step(refusal, use_shown=use_shown)}",
    ]


def _refusal(finding: CouponFinding) -> Refusal | None:
    """Return why it cannot be redeemed; None where it can."""
    match finding.verdict:
        case Verdict.REDEEMABLE:
            return None
        case Verdict.NOT_REDEEMABLE:
            return finding.check.refusal or Refusal.OTHER
        case Verdict.NO_SUCH_COUPON:
            return Refusal.NO_SUCH_COUPON
        case Verdict.NOT_THEIRS:
            return Refusal.NOT_THEIRS


def _what(finding: CouponFinding, mark: str, display: Display) -> str:
    """Return the code and, if the coupon is this customer's, what it takes off and its description as far as known."""
    what = f"{mark} {code(finding.code)}"
    if finding.verdict not in _THEIRS:
        return what
    off, described = finding.discount, finding.check.description
    parts = [
        f"{what}  *{discount(off, display.currency)}*" if off is not None else what,
        *([quoted(described, LONGEST_DESCRIPTION)] if described else []),
    ]
    return "  ·  ".join(parts)


def _facts(finding: CouponFinding, display: Display, known: Ours) -> list[str]:
    """Return validity and last use; without a use that the engine lists, one from here speaks for itself."""
    record = finding.record
    if record is None:
        return []
    until = f"Valid until {date(record.expires_at, display)}" if record.expires_at is not None else ""
    if record.last_use is not None:
        last = f"Last redeemed {use_details(record.last_use, display)}"
    else:
        last = "" if known.uses else "No redemption stands"
    return [line for line in (until, last) if line]
