"""The card about one coupon: whether it can be redeemed, why not, its last use, the next step."""

from __future__ import annotations

from bot.domain.cards import FindingCard
from bot.domain.finding import CouponFinding, Verdict
from bot.domain.refusal import Refusal
from bot.views.coupon import NOTHING_OURS, Ours, use_details, uses_left
from bot.views.kit import Message, section
from bot.views.lookup import finding_controls, head_line
from bot.views.lookup_requests import ours
from bot.views.money import discount
from bot.views.refusals import REFUSALS
from bot.views.text import Display, code, date, plain


def finding_card(card: FindingCard, *, display: Display) -> Message:
    """Return the card. Redeem is shown if it applies and the reader seems to be allowed."""
    finding = card.finding
    head = head_line(finding.customer, "one coupon", card.as_of, display)
    known = ours(card.requests_for(finding.code), reader=card.look_up.asker, display=display)
    lines = finding_lines(finding, display, known)
    redeem = card.may_redeem and not known.opened and finding.verdict is Verdict.REDEEMABLE
    blocks = (section(head), section("\n".join(lines)), finding_controls(card.id, redeem=redeem))
    return Message(plain([head, *lines]), blocks)


def finding_note(finding: CouponFinding, *, display: Display) -> Message:
    """Return the facts of the coupon without a head, for a window that has its own."""
    lines = finding_lines(finding, display)
    return Message(plain(lines), (section("\n".join(lines)),))


def finding_lines(finding: CouponFinding, display: Display, known: Ours = NOTHING_OURS) -> list[str]:
    """What the engine says, and what the desk's own records know."""
    return [*_verdict_lines(finding, display, known), *known.uses]


def _verdict_lines(finding: CouponFinding, display: Display, known: Ours) -> list[str]:
    match finding.verdict:
        case Verdict.REDEEMABLE:
            return _redeemable(finding, display, known)
        case Verdict.NOT_REDEEMABLE:
            return _not_redeemable(finding, display, known)
        case Verdict.NO_SUCH_COUPON:
            return _refused(finding, Refusal.NO_SUCH_COUPON, display)
        case Verdict.NOT_THEIRS:
            return _refused(finding, Refusal.NOT_THEIRS, display)


def _redeemable(finding: CouponFinding, display: Display, known: Ours) -> list[str]:
    can = "🟢 *Can be redeemed*" + uses_left(finding.check.uses_left)
    return [
        _what(finding, display),
        *(known.opened or [can]),
        *_facts(finding, display),
    ]


def _not_redeemable(finding: CouponFinding, display: Display, known: Ours) -> list[str]:
    why = _refused(finding, finding.check.refusal or Refusal.OTHER, display)
    return [*why, *known.opened, *_facts(finding, display)]


def _refused(finding: CouponFinding, refusal: Refusal, display: Display) -> list[str]:
    words = REFUSALS[refusal]
    return [_what(finding, display), f"🔴 *Cannot be redeemed.* {words.why}", f"*Next:* {words.next_step}"]


def _what(finding: CouponFinding, display: Display) -> str:
    """Return the code and what it takes off, if that is known and the coupon is this customer's."""
    known = finding.discount
    shown = finding.verdict in {Verdict.REDEEMABLE, Verdict.NOT_REDEEMABLE} and known is not None
    return code(finding.code) + (f"  *{discount(known, display.currency)}*" if shown and known else "")


def _facts(finding: CouponFinding, display: Display) -> list[str]:
    record = finding.record
    if record is None:
        return []
    lines = []
    if record.expires_at is not None:
        lines.append(f"Valid until {date(record.expires_at, display)}")
    lines.append(
        f"Last redeemed {use_details(record.last_use, display)}"
        if record.last_use
        else "No redemption stands"
    )
    return lines
