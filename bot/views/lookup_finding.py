"""The card about one coupon: whether it can be redeemed, why not, its last use, the next step."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.cards import FindingCard
from bot.domain.coupon import Standing, Use
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
_NO_USE = "The loyalty engine shows no use of it"
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
    theirs, held = finding.verdict in _THEIRS, card.pause is not None
    controls = finding_controls(card.id, redeem=redeem, details=theirs, paused=held)
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
        return [what, *(known.opened or [can]), *_facts(finding, display, known), *_next(known.next_step)]
    use_shown = bool(known.uses) or _last_use(finding) is not None
    cannot = f"*Cannot be redeemed.* {REFUSALS[refusal].why}"
    # A use that the engine shows may be that of a request that was sent: what is not known yet goes first.
    stands = [*known.opened, cannot] if known.sent else [cannot, *known.opened]
    return [
        _what(finding, known.mark or _MARKS.get(refusal, _NO), display),
        *stands,
        *_facts(finding, display, known, uses_first=True),
        *_next(known.next_step if known.sent else refusal_step(refusal, use_shown=use_shown)),
    ]


def _next(step: str) -> list[str]:
    return [f"*Next:* {step}"] if step else []


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


def _facts(finding: CouponFinding, display: Display, known: Ours, *, uses_first: bool = False) -> list[str]:
    """Return validity, and the last use with those from here."""
    record, uses = finding.record, _uses(finding, display, known)
    if record is None or record.expires_at is None:
        return uses
    until = [f"Valid until {date(record.expires_at, display)}"]
    return [*uses, *until] if uses_first else [*until, *uses]


def _uses(finding: CouponFinding, display: Display, known: Ours) -> list[str]:
    """Return each use in one sentence; what a record leaves out may have been used and reversed."""
    last = _last_use(finding)
    if last is not None:
        return [f"Last redeemed {use_details(last, display)}{known.by(last)}", *known.others(last)]
    return known.others() or ([_NO_USE] if finding.record else [])


def _last_use(finding: CouponFinding) -> Use | None:
    return finding.record.last_use if finding.record else None
