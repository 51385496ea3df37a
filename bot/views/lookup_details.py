"""The modal with everything about one coupon."""

from __future__ import annotations

from datetime import datetime

from bot.domain.coupon import Coupon, Place, Use
from bot.domain.finding import CouponDetails
from bot.domain.person import PersonId
from bot.views.case import ask_button
from bot.views.coupon import Ours, coupon_lines, use_details
from bot.views.kit import Block, View, actions, context, divider, section, sections
from bot.views.lookup_finding import finding_lines
from bot.views.lookup_requests import ours
from bot.views.text import Display, clock_time, date, quoted

TITLE = "Coupon details"
#: Uses shown at most, the latest first.
SHOWN = 40
PROPERTIES_SHOWN = 20
_ASKING = "details_asking"


def loading() -> View:
    """Return the modal that is opened at once, because a trigger lives three seconds."""
    return View(TITLE, (section("Asking the loyalty engine…"),))


def details(
    of: CouponDetails,
    *,
    now: datetime,
    display: Display,
    row: str | None = None,
    reader: PersonId | None = None,
) -> View:
    """Return the details; `row` is the coupon's place on its card, for Ask store ops."""
    blocks: list[Block] = []
    known = ours(of.requests, reader=reader, display=display)
    if of.coupon is not None:
        blocks = _coupon(of.coupon, now, display, known)
    elif of.finding is not None:
        moved = "It is not on the page that was looked at, so only what its code alone tells is shown."
        blocks = [section("\n".join(finding_lines(of.finding, display, known))), context(moved)]
    name = quoted(of.customer.name, 80) if of.customer.name else "Customer without a name"
    asking = [actions(_ASKING, [ask_button(row)])] if row else []
    return View(TITLE, (*blocks, context(f"{name}  ·  as of {clock_time(of.as_of, display)}"), *asking))


def _coupon(coupon: Coupon, now: datetime, display: Display, known: Ours) -> list[Block]:
    return [
        section("\n".join(coupon_lines(coupon, now, display, known))),
        section(_issued(coupon, display)),
        *_list("Redemptions", [_use(use, display) for use in _latest_first(coupon.uses)], _unlisted(coupon)),
        *_list(
            "Reversed redemptions", [_reversed(use, display) for use in _latest_first(coupon.reversed_uses)]
        ),
        *_properties(coupon),
        divider(),
    ]


def _unlisted(coupon: Coupon) -> str:
    """Return what is said if no use is listed; the engine may count uses that it does not list."""
    if coupon.used:
        return "The loyalty engine counts them, but lists none"
    return "None but those that were reversed" if coupon.reversed_uses else "Never redeemed"


def _issued(coupon: Coupon, display: Display) -> str:
    when = (
        date(coupon.created_at, display)
        if coupon.created_at
        else "at a time the loyalty engine does not name"
    )
    return f"*Issued* {when}{_at(coupon.issued_at)}" + (
        f"\nSeries {quoted(coupon.series_id, 40)}" if coupon.series_id else ""
    )


def _at(place: Place | None) -> str:
    """Return the place; C22: the engine does not say whether it is a store or a till."""
    return f", at {quoted(place.label, 80)}" if place and place.label else ""


def _number(use: Use) -> str:
    return f"  ·  redemption {quoted(use.id, 40)}" if use.id else ""


def _use(use: Use, display: Display) -> str:
    return use_details(use, display) + _number(use)


def _reversed(use: Use, display: Display) -> str:
    undone = f"reversed {date(use.reversed_at, display)}" if use.reversed_at else "reversed"
    redeemed = f"redeemed {date(use.at, display)}" if use.at else "redeemed at a time not stated"
    return f"{redeemed}{_at(use.place)}, {undone}{_number(use)}"


def _latest_first(uses: tuple[Use, ...]) -> list[Use]:
    return sorted(uses, key=lambda use: use.at.timestamp() if use.at else 0.0, reverse=True)


def _list(title: str, lines: list[str], nothing: str | None = None) -> list[Block]:
    if not lines:
        return [section(f"*{title}*\n{nothing}")] if nothing else []
    blocks = sections(title, [f"• {line}" for line in lines[:SHOWN]])
    return [*blocks, context(f"and {len(lines) - SHOWN} earlier")] if len(lines) > SHOWN else blocks


def _properties(coupon: Coupon) -> list[Block]:
    shown = coupon.properties[:PROPERTIES_SHOWN]
    blocks = _list(
        "Custom properties", [f"{quoted(name, 60)}: {quoted(value, 200)}" for name, value in shown]
    )
    left_out = len(coupon.properties) - len(shown)
    return [*blocks, context(f"and {left_out} more")] if left_out else blocks
