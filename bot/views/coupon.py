"""One coupon in words: what it takes off, its state, its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.aio.frozen import frozen
from bot.domain.bill_number import may_be_same_bill
from bot.domain.coupon import Coupon, Standing, Use, UsesLeft
from bot.views.money import discount
from bot.views.text import DAY, DAY_AND_HOUR, Display, code, date, quoted

#: One icon for each state.
MARKS = {Standing.OPEN: "🟢", Standing.USED: "⚪", Standing.EXPIRED: "🔴"}
#: Characters of the engine's description that are shown.
LONGEST_DESCRIPTION = 60
#: An end of validity as near as this is told with its hour: in a list, in a window about one coupon.
NEAR = timedelta(days=2)
ALWAYS = timedelta.max
#: Uses made from here that get a line of their own; the engine's own list has all of them.
USES_NAMED = 2


@frozen(kw_only=True)
class OurUse:
    """
    A use that was made from here.

    Attributes:
        number: of the redemption; None where the engine gave none: then the bill tells which of its uses it is.
        who, when: as mrkdwn.

    """

    number: str | None
    bill: str
    who: str
    when: str
    reference: str

    def is_(self, use: Use) -> bool:
        """Whether the engine's use is this one."""
        if self.number is not None and use.id is not None:
            return self.number == use.id
        return self.bill == use.bill


@frozen
class Ours:
    """
    What the desk's own records know of a coupon.

    Attributes:
        opened: lines: whose request, since when, in which state; they stand instead of what the engine says. Mostly one.
        mark: the icon of its state; it stands instead of the engine's.
        uses: those made from here, the latest first.
        next_step: for the reader, while one is open; else empty.
        sent: whether one that is open may have been sent, so that a use which the engine shows may be its own.

    """

    opened: tuple[str, ...] = ()
    mark: str = ""
    uses: tuple[OurUse, ...] = ()
    next_step: str = ""
    sent: bool = False

    def by(self, use: Use) -> str:
        """Return who made this use from here, for after its details; empty if it was made elsewhere."""
        made = next((one for one in self.uses if one.is_(use)), None)
        return f", from here by {made.who}, reference {code(made.reference)}" if made else ""

    def others(self, *told: Use | None) -> list[str]:
        """Return a line for each of the latest uses from here, but for these, so that no use is told twice."""
        left = [one for one in self.uses if not any(use and one.is_(use) for use in told)]
        return [
            f"Used from here by {one.who} {one.when}, reference {code(one.reference)}"
            for one in left[:USES_NAMED]
        ]


NOTHING_OURS = Ours()
_DOT = "  ·  "


def coupon_lines(coupon: Coupon, now: datetime, display: Display, known: Ours = NOTHING_OURS) -> list[str]:
    """Return lines of mrkdwn, for a window about one coupon: the coupon, its state, its history, what the desk knows."""
    head, used = coupon_head(coupon, now, display, known), _used(coupon, now, display, known)
    if used:
        return [head, *known.opened, *used, *_reversal(coupon, display)]
    stands, history = _stands(coupon, now, display, known, ALWAYS), _history(coupon, display, known)
    return [line for line in (head, *stands, history, *known.others(_latest(coupon))) if line]


def coupon_row(
    coupon: Coupon, now: datetime, display: Display, known: Ours = NOTHING_OURS
) -> tuple[str, str]:
    """Return the same for a row of a list: which coupon, and where it stands, as short as may be."""
    head, used = coupon_head(coupon, now, display, known), _used(coupon, now, display, known)
    if used:
        return head, _DOT.join([*known.opened, *used])
    stands = _stands(coupon, now, display, known, NEAR)
    history = [] if known.opened else _row_history(coupon, display, known)
    return head, _DOT.join([*stands, *history, *known.others()])


def coupon_head(coupon: Coupon, now: datetime, display: Display, known: Ours = NOTHING_OURS) -> str:
    """Return the icon of its state, the code, what it takes off, and the engine's description."""
    what = f"{known.mark or MARKS[coupon.standing(now)]} {code(coupon.code)}  *{discount(coupon.discount, display.currency)}*"
    return f"{what}{_DOT}{quoted(coupon.description, LONGEST_DESCRIPTION)}" if coupon.description else what


def _stands(coupon: Coupon, now: datetime, display: Display, known: Ours, near: timedelta) -> list[str]:
    """What is open goes first; beside it stands what the engine says only where nobody can redeem it any more."""
    if known.opened and coupon.standing(now) is Standing.OPEN:
        return [*known.opened]
    return [*known.opened, _standing(coupon, now, display, near)]


def _standing(coupon: Coupon, now: datetime, display: Display, near: timedelta) -> str:
    """With the hour of an end only where it is as near as that: an end is mostly the end of a day."""
    ends = coupon.expires_at
    hour = ends is not None and abs(ends - now) < near
    end = date(ends, display, DAY_AND_HOUR if hour else DAY) if ends else None
    match coupon.standing(now):
        case Standing.EXPIRED:
            return f"*Expired* {end}"
        case Standing.USED:
            return "*Used*, no use left"
        case Standing.OPEN:
            return (f"*Valid* until {end}" if end else "*Valid*, no end date known") + uses_left(
                coupon.uses_left
            )


def _used(coupon: Coupon, now: datetime, display: Display, known: Ours) -> list[str]:
    """
    Return what people ask about a used coupon: when, where, for which bill, and by whom, each use in one sentence.

    Empty where it is not used, or neither the engine nor the desk knows of a use.
    """
    latest = _latest(coupon)
    if coupon.standing(now) is not Standing.USED or latest is None:
        return known.others() if coupon.standing(now) is Standing.USED else []
    times = "" if _count(coupon) == 1 else f" {_count(coupon)} times, last"
    return [f"*Used*{times} {use_details(latest, display)}{known.by(latest)}", *known.others(latest)]


def _row_history(coupon: Coupon, display: Display, known: Ours) -> list[str]:
    """Return how often it was redeemed, unless the uses from here, which are named, are all there are."""
    more = (coupon.uses or coupon.used) and _count(coupon) > len(known.uses)
    return [*([_times(coupon)] if more else []), *_reversal(coupon, display)]


def uses_left(left: UsesLeft | None) -> str:
    """Return the uses left, after a dot; empty if the engine did not say."""
    if left is None:
        return ""
    if left.count is None:
        return "  ·  any number of uses"
    return f"  ·  {left.count} use{'' if left.count == 1 else 's'} left"


def _history(coupon: Coupon, display: Display, known: Ours) -> str:
    """Return the engine's count of uses and the latest one that it lists."""
    told = []
    if coupon.uses or coupon.used:
        told.append(_uses(coupon, display, known))
    return ". ".join([*told, *_reversal(coupon, display)])


def _reversal(coupon: Coupon, display: Display) -> list[str]:
    if not coupon.reversed_uses:
        return []
    undone = max(coupon.reversed_uses, key=_undone_at)
    when = f" {date(undone.reversed_at, display)}" if undone.reversed_at else ""
    return [f"A redemption was reversed{when}"]


def _latest(coupon: Coupon) -> Use | None:
    """Return the latest use that the engine lists; None if it lists none."""
    return max(coupon.uses, key=_used_at, default=None)


def _uses(coupon: Coupon, display: Display, known: Ours) -> str:
    latest = _latest(coupon)
    if latest is None:
        return _times(coupon)
    details = f"{use_details(latest, display)}{known.by(latest)}"
    return f"{_times(coupon)}: {details}" if _count(coupon) == 1 else f"{_times(coupon)}, last: {details}"


def _times(coupon: Coupon) -> str:
    return "Redeemed once" if _count(coupon) == 1 else f"Redeemed {_count(coupon)} times"


def _count(coupon: Coupon) -> int:
    return coupon.used if coupon.used is not None else len(coupon.uses)


def use_details(use: Use, display: Display) -> str:
    """Return when, where and for which bill; an unknown place is left out."""
    parts = [
        date(use.at, display) if use.at else "time not stated",
        f"at {quoted(use.place.label, 80)}" if use.place and use.place.label else None,
        f"bill {quoted(use.bill, 80)}" if use.bill else "no bill number",
    ]
    return ", ".join(part for part in parts if part)


#: Uses that a list shows; a code shared by many may have hundreds.
LISTED_USES = 5


def use_lines(uses: Sequence[Use], display: Display) -> list[str]:
    """One line for each use, and how many more there are."""
    more = len(uses) - LISTED_USES
    lines = [f"• {use_details(use, display)}" for use in uses[:LISTED_USES]]
    return [*lines, *([f"• and {more} more"] if more > 0 else [])]


def lately_used(uses: Sequence[Use], bill_number: str, display: Display) -> list[str]:
    """
    Every use since the day before, loudly where it carries this bill's number: a till may have done it.

    Uses made from here that the engine does not show yet are among them.
    """
    same = [use for use in uses if may_be_same_bill(use.bill, bill_number)]
    others = [use for use in uses if use not in same]
    loud = [
        "⚠️ *The loyalty engine, or Coupon Desk's own record, shows it used for this bill already:*",
        *use_lines(same, display),
    ]
    rest = ["*Used since the day before:*", *use_lines(others, display)]
    return [*(loud if same else []), *(rest if others else [])]


def _used_at(use: Use) -> float:
    return use.at.timestamp() if use.at else 0.0


def _undone_at(use: Use) -> float:
    return use.reversed_at.timestamp() if use.reversed_at else 0.0
