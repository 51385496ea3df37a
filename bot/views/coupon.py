"""One coupon in words: what it takes off, its state, its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.coupon import Coupon, Standing, Use, UsesLeft
from bot.views.money import discount
from bot.views.text import Display, code, date, quoted

MARKS = {Standing.OPEN: "🟢", Standing.USED: "⚪", Standing.EXPIRED: "🔴"}


@dataclass(frozen=True, slots=True)
class Ours:
    """
    What the desk's own records know of a coupon, in lines.

    Attributes:
        opened: whose request, since when, in which state; it stands instead of what the engine says. Mostly one.
        uses: who redeemed it from here.

    """

    opened: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


NOTHING_OURS = Ours()


def coupon_lines(coupon: Coupon, now: datetime, display: Display, known: Ours = NOTHING_OURS) -> list[str]:
    """Return two or three lines of mrkdwn and what the desk knows: the coupon, its state, its history."""
    stands = f"{MARKS[coupon.standing(now)]} {_standing(coupon, now, display)}"
    return [
        line
        for line in (
            _head(coupon, display),
            *(known.opened or [stands]),
            _history(coupon, display),
            *known.uses,
        )
        if line
    ]


def _head(coupon: Coupon, display: Display) -> str:
    what = f"{code(coupon.code)}  *{discount(coupon.discount, display.currency)}*"
    return f"{what}  ·  {quoted(coupon.description)}" if coupon.description else what


def _standing(coupon: Coupon, now: datetime, display: Display) -> str:
    end = date(coupon.expires_at, display) if coupon.expires_at else None
    match coupon.standing(now):
        case Standing.EXPIRED:
            return f"*Expired* {end}"
        case Standing.USED:
            return f"*Used*, no use left  ·  {f'valid until {end}' if end else 'no end date known'}"
        case Standing.OPEN:
            until = f"*Valid* until {end}" if end else "*Valid*, no end date known"
            return until + uses_left(coupon.uses_left)


def uses_left(left: UsesLeft | None) -> str:
    """Return the uses left, after a dot; empty if the engine did not say."""
    if left is None:
        return ""
    if left.count is None:
        return "  ·  any number of uses"
    return f"  ·  {left.count} use{'' if left.count == 1 else 's'} left"


def _history(coupon: Coupon, display: Display) -> str:
    """Return the engine's count of uses and the latest one that it lists."""
    told = []
    if coupon.uses or coupon.used:
        told.append(_uses(coupon, display))
    if coupon.reversed_uses:
        undone = max(coupon.reversed_uses, key=_undone_at)
        when = f" {date(undone.reversed_at, display)}" if undone.reversed_at else ""
        told.append(f"A redemption was reversed{when}")
    return ". ".join(told)


def _uses(coupon: Coupon, display: Display) -> str:
    count = coupon.used if coupon.used is not None else len(coupon.uses)
    latest = max(coupon.uses, key=_used_at, default=None)
    times = "Redeemed once" if count == 1 else f"Redeemed {count} times"
    if latest is None:
        return times
    details = use_details(latest, display)
    return f"{times}: {details}" if count == 1 else f"{times}, last: {details}"


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
    """Every use since the day before, loudly where it carries this bill's number: a till may have done it."""
    same = [use for use in uses if use.bill == bill_number]
    others = [use for use in uses if use.bill != bill_number]
    loud = ["⚠️ *The loyalty engine shows it used for this bill already:*", *use_lines(same, display)]
    rest = ["*Used since the day before:*", *use_lines(others, display)]
    return [*(loud if same else []), *(rest if others else [])]


def _used_at(use: Use) -> float:
    return use.at.timestamp() if use.at else 0.0


def _undone_at(use: Use) -> float:
    return use.reversed_at.timestamp() if use.reversed_at else 0.0
